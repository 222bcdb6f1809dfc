"""From which probability is it a fall? For everybody, and at most for one wearer."""

from __future__ import annotations

OPERATING = 0.5
"""As likely as not. Half of the F1 that can be reached would maximise it (Lipton, Elkan,
Naryanaswamy 2014): 0.4 for the noisiest watch, 0.49 for the others, and in between it made no
difference."""
CEILING = 0.65
"""No wearer's threshold rises beyond, however many false alarms `suggestions` learnt from; it
is the floor of the dial in `telecare.dials`. What it costs in falls found is in
docs/judgement-falls.md."""

"""From which probability is it a fall? For everybody, and for this wearer."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

OPERATING = 0.5
"""As likely as not. Half of the F1 that can be reached would maximise it (Lipton, Elkan,
Naryanaswamy 2014): 0.4 for the noisiest watch, 0.49 for the others, and in between it made no
difference."""
CEILING = 0.65
"""No wearer's threshold rises beyond; it is the floor of the dial in `telecare.dials`. What it
costs in falls found is in docs/judgement-falls.md."""
LEAST_FALSE_ALARMS = 3
"""One or two may be chance, and a threshold that follows them forgets falls."""
FALLS_KEPT = 0.9
"""Share of the known falls of other people that must stay above a personal threshold."""
_ABOVE = 0.02


class Outcome(msgspec.Struct, frozen=True):
    """What an operator recorded of one fall signal."""

    probability: float
    fell: bool


def personal_threshold(
    outcomes: Sequence[Outcome],
    known_falls: Sequence[float] = (),
    usual: float = OPERATING,
) -> float:
    """The threshold that would have spared the wearer's typical false alarm.

    It is the middle one of their probabilities, a little above it, once there are
    `LEAST_FALSE_ALARMS`; never below `usual`, never above `CEILING`, never above a confirmed
    fall of this wearer, and never so high that fewer than `FALLS_KEPT` of `known_falls`
    (probabilities of other people's real falls) would still be said. It is proposed to a
    human, who sets it; nothing here applies it.
    """
    false = sorted(each.probability for each in outcomes if not each.fell)
    if len(false) < LEAST_FALSE_ALARMS:
        return usual
    wanted = false[len(false) // 2] + _ABOVE
    limits = [CEILING]
    limits += [each.probability for each in outcomes if each.fell]
    if known_falls:
        falls = sorted(known_falls)
        limits.append(falls[len(falls) - math.ceil(FALLS_KEPT * len(falls))])
    return max(usual, min(wanted, *limits))

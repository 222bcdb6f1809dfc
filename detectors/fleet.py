"""The days of many homes, as constants: those of TIHM's developers' part (37 homes, 10 weeks).

Printed by `python -m detectors.evaluation.agitation DIR`; licence and source in `agitation`.
"""

from __future__ import annotations

from detectors.agitation import Fleet

TIHM_FLEET = Fleet(
    centre=(3.5474, 2.2149, 4.0694, 2.6712, 4.1697, 2.8205, 5.3631, 1.3340, 2.7609),
    scale=(1.0343, 1.1390, 1.2478, 1.3257, 1.1662, 1.2942, 0.7183, 0.5386, 0.3828),
    parts=(1.4609, 1.3127),
    whole=(0.0, 2.6253),
)

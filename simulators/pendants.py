"""What a worn trigger adds to a home: presses, and movement that may be a fall."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from simulators.acceleration import HZ, Movement, window
from simulators.happening import Happening
from simulators.homes import Home
from telecare.vocabulary import AlarmType, ReadingKind


def press(home: Home, at: datetime, alarm: AlarmType = AlarmType.PENDANT) -> Happening:
    """The person presses for help."""
    return Happening(at=at, sensor=home.pendant, type=alarm.value, kind=ReadingKind.ALARM)


def movement(home: Home, at: datetime, what: Movement, *, battery: float = 84.0) -> Happening:
    """A window of acceleration whose trigger was at `at`; the same moment, the same window."""
    rng = np.random.default_rng([home.seed, round(at.timestamp() * 1000)])
    samples = window(what, rng)
    return Happening(
        at=at,
        sensor=home.pendant,
        type="acceleration",
        kind=ReadingKind.ACCELERATION,
        data={"hz": HZ, "xyz_mg": samples, "wear": "chest", "battery": battery},
    )

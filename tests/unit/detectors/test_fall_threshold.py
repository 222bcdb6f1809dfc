"""A wearer's own false alarms teach the threshold, never past a floor."""

from __future__ import annotations

from detectors.fall_threshold import CEILING, OPERATING
from telecare.dials import DIALS


def test_the_dial_people_turn_is_the_threshold_in_force_and_ends_at_its_floor() -> None:
    (dial,) = (each for each in DIALS if (each.detector, each.setting) == ("falls", "threshold"))
    assert (dial.usual, dial.floor) == (OPERATING, CEILING)

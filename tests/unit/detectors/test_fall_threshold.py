"""A wearer's own false alarms teach the threshold, never past a floor."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.fall_threshold import (
    CEILING,
    FALLS_KEPT,
    OPERATING,
    Outcome,
    personal_threshold,
)
from telecare.dials import DIALS

SURE = st.floats(0, 1)


def false(*probabilities: float) -> list[Outcome]:
    return [Outcome(each, fell=False) for each in probabilities]


def test_one_or_two_false_alarms_teach_nothing() -> None:
    assert personal_threshold(false(0.6, 0.7)) == OPERATING


def test_who_drops_into_chairs_is_spared_the_typical_false_alarm() -> None:
    assert personal_threshold(false(0.5, 0.55, 0.6, 0.62)) == pytest.approx(0.62)


def test_nobodys_threshold_passes_the_ceiling() -> None:
    assert personal_threshold(false(*[0.99] * 50)) == CEILING


def test_what_is_proposed_and_what_can_be_set_have_one_floor() -> None:
    (dial,) = (each for each in DIALS if each.detector == "falls")
    assert (dial.usual, dial.floor) == (OPERATING, CEILING)


def test_a_real_fall_of_this_wearer_stays_found() -> None:
    outcomes = [*false(0.7, 0.7, 0.7), Outcome(0.55, fell=True)]
    assert personal_threshold(outcomes) == 0.55


def test_the_falls_of_others_hold_it_down() -> None:
    known = [0.51, 0.53, 0.56, 0.58, 0.6, 0.62, 0.64, 0.9, 0.95, 0.99]
    assert personal_threshold(false(0.9, 0.9, 0.9), known) == 0.53


@given(
    outcomes=st.lists(st.builds(Outcome, SURE, st.booleans()), max_size=30),
    known=st.lists(st.floats(OPERATING, 1), min_size=1, max_size=50),
)
def test_nine_of_ten_known_falls_are_always_kept(
    outcomes: list[Outcome], known: list[float]
) -> None:
    threshold = personal_threshold(outcomes, known)
    assert OPERATING <= threshold <= CEILING
    assert sum(each >= threshold for each in known) >= FALLS_KEPT * len(known)

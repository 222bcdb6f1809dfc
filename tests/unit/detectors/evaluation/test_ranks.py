"""Figures of a ranking, against ones worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.evaluation.ranks import (
    area,
    area_within,
    at_rate,
    at_threshold,
    average_precision,
)

SCORES = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3])
TRUTH = np.array([True, False, True, False, False, False, False])


def test_the_area_is_the_share_of_pairs_in_order() -> None:
    assert area(SCORES, TRUTH) == pytest.approx(9 / 10)
    assert area(np.ones(7), TRUTH) == pytest.approx(0.5)


def test_within_a_person_other_people_s_days_do_not_count() -> None:
    people = ["a", "a", "b", "b", "b", "b", "b"]
    assert area_within(SCORES, TRUTH, people) == pytest.approx(1.0)


def test_average_precision_by_hand() -> None:
    assert average_precision(SCORES, TRUTH) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(np.ones(7), TRUTH) == pytest.approx(2 / 7)


def test_one_alert_in_seven_home_days_is_one_a_week() -> None:
    assert at_rate(SCORES, TRUTH, 1.0) == (0.5, 1.0)
    assert at_rate(SCORES, TRUTH, 3.0) == pytest.approx((1.0, 2 / 3))


def test_at_a_threshold() -> None:
    assert at_threshold(SCORES, TRUTH, 0.65) == pytest.approx((1.0, 4 / 5))

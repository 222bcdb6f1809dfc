"""Figures checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.evaluation.fall_figures import (
    Judged,
    area,
    average_precision,
    best_f1,
    figures,
    roc,
)

SCORES = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
FELL = np.array([True, False, True, False, False])
ELDER = np.array([False, False, False, True, False])


def test_figures_of_five_trials() -> None:
    judged = Judged(SCORES, SCORES > 0.65)
    assert figures(judged, FELL, ELDER) == pytest.approx(
        {
            "sensitivity": 1.0,
            "specificity": 2 / 3,
            "elder_specificity": 1.0,
            "f1": 0.8,
            "auc": 5 / 6,
            "average_precision": (1 + 2 / 3) / 2,
        }
    )


def test_a_tie_is_half_a_pair_for_the_area_and_the_worst_order_for_precision() -> None:
    assert area(np.ones(4), np.array([True, False, True, False])) == 0.5
    assert average_precision(np.ones(2), np.array([True, False])) == 0.5


def test_where_nobody_falls_there_is_nothing_to_say() -> None:
    nobody = np.zeros(5, dtype=bool)
    said = figures(Judged(SCORES, nobody), nobody, nobody)
    assert said["sensitivity"] is None
    assert said["auc"] is None
    assert said["elder_specificity"] is None


def test_the_best_threshold_stands_halfway() -> None:
    assert best_f1(SCORES, FELL) == pytest.approx(0.65)


def test_the_curve_begins_with_silence_and_ends_with_everything() -> None:
    curve = roc("ours", SCORES, FELL)
    assert (curve.x[0], curve.y[0], curve.x[-1], curve.y[-1]) == (0, 0, 1, 1)

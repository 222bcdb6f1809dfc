"""The fall score on recordings, one person left out at a time."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from detectors import fall_score
from detectors.acceleration import window_of
from detectors.evaluation.falls import Trial, figures, fit, leave_one_out, load
from detectors.fall_score import candidates, features, most_fall_like
from tests.harness.windows import fall_window, quiet_window, walking_window

DATA = Path(os.environ.get("TELECARE_TEST_RECORDINGS", "../shared/data")) / "umafall"


def trial(subject: str, samples: list[list[int]], *, fell: bool) -> Trial:
    window = window_of({"hz": 50, "xyz_mg": samples})
    size = window.magnitude
    peaks = np.array([features(window.g, size, i) for i in candidates(size)])
    return Trial(subject, "WRIST", fell, peaks)


def small_world() -> list[Trial]:
    return [
        trial(f"S{i % 4}", (fall_window if i % 2 else walking_window)(i), fell=i % 2 == 1)
        for i in range(16)
    ]


def test_a_person_left_out_is_judged_by_the_others() -> None:
    trials = small_world()
    scores = leave_one_out(trials)
    result = figures(scores, np.array([t.fell for t in trials]))
    assert result == {"sensitivity": 1.0, "specificity": 1.0, "f1": 1.0, "auc": 1.0}


def test_the_same_recordings_give_the_same_model() -> None:
    first, second = fit(small_world()), fit(small_world())
    assert np.array_equal(first.weights, second.weights)


def test_a_window_at_rest_has_no_moment_to_judge() -> None:
    assert most_fall_like(window_of({"hz": 50, "xyz_mg": quiet_window()})) is None


@pytest.mark.skipif(
    not (DATA / "umafall_dev.npz").exists(),
    reason=f"recordings are absent: put UMAFall's umafall_dev.npz into {DATA}",
)
def test_the_shipped_weights_are_those_of_the_recordings() -> None:
    trials = load(DATA, ("WRIST", "WAIST"))
    model = fit(trials)
    assert np.allclose(model.weights, fall_score._WEIGHTS, atol=1e-3)
    assert np.allclose(model.centre, fall_score._CENTRE, atol=1e-3)
    assert np.allclose(model.scale, fall_score._SCALE, atol=1e-3)
    assert model.bias == pytest.approx(fall_score._BIAS, abs=1e-3)
    fell = np.array([t.fell for t in trials])
    assert figures(leave_one_out(trials), fell)["f1"] > 0.94

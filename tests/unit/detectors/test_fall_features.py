"""The plain numbers of a moment."""

from __future__ import annotations

import numpy as np

from detectors.acceleration import window_of
from detectors.fall_features import features
from detectors.fall_moments import Singles, cuts, peaks
from tests.harness.windows import fall_window, walking_window


def moments(samples: list[list[int]]) -> Singles:
    window = window_of({"hz": 50, "xyz_mg": samples})
    return cuts(window.g, peaks(window.magnitude))


def test_a_moment_has_the_same_numbers_alone_and_among_others() -> None:
    many = np.concatenate([moments(fall_window()), moments(walking_window())])
    together = features(many)
    alone = np.concatenate([features(each[None]) for each in many])
    assert np.allclose(together, alone, rtol=0, atol=1e-9)


def test_every_number_is_one() -> None:
    silent = np.zeros((1, *moments(fall_window()).shape[1:]), dtype=np.float32)
    silent[:, 160] = 1.5
    for windows in (silent, moments(fall_window()), moments(walking_window())):
        numbers = features(windows)
        assert numbers.shape[1] == features(silent).shape[1] >= 190
        assert np.isfinite(numbers[:1]).all()


def test_a_fall_is_told_from_a_walk_by_stillness_and_posture() -> None:
    fall, walk = features(moments(fall_window())), features(moments(walking_window()))
    differs = np.abs(fall[0] - walk.mean(axis=0)) > 3 * walk.std(axis=0) + 0.1
    assert differs.sum() > 50

"""A recording bent as another body or another device might have made it."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.evaluation.fall_bending import Bending, bent, turns
from detectors.fall_moments import PEAK, SAMPLES

MUCH = Bending(turn_degrees=180, cut=0.7, coarse=0.5, force=0.3)


def test_windows_keep_their_blow_in_place_when_bent() -> None:
    """However a recording is cut, slowed and turned: what stands elsewhere is its mirror image."""
    windows = np.zeros((40, SAMPLES, 3), np.float32) + np.array([0, 0, 1], np.float32)
    windows[:, PEAK : PEAK + 3] = [3, 1, 2]
    twisted = bent(windows, MUCH, np.random.default_rng(1))
    size = np.linalg.norm(twisted, axis=2)
    assert np.isfinite(twisted).all()
    assert twisted.dtype == np.float32
    assert (size[:, PEAK - 12 : PEAK + 12].max(axis=1) > 0.7 * size.max(axis=1)).all()


def test_any_turn_at_all_is_a_turn() -> None:
    turned = turns(200, 180, np.random.default_rng(1))
    assert turned @ turned.transpose(0, 2, 1) == pytest.approx(np.tile(np.eye(3), (200, 1, 1)))
    assert np.linalg.det(turned) == pytest.approx(np.ones(200))
    assert turned[:, 0, 0].min() < -0.9 < 0.9 < turned[:, 0, 0].max()


def test_nothing_is_bent_by_nothing() -> None:
    none = Bending(turn_degrees=0, warp=0, shift_samples=0, scale=0, noise_g=0)
    windows = np.random.default_rng(1).normal(size=(3, SAMPLES, 3)).astype(np.float32)
    assert bent(windows, none, np.random.default_rng(2)) == pytest.approx(windows, abs=1e-5)

"""Which moments are judged, and what of a recording is shown of each."""

from __future__ import annotations

import numpy as np

from detectors.fall_moments import PEAK, SAMPLES, cuts, peaks


def rest(samples: int) -> np.ndarray:
    return np.ones(samples)


def test_rest_has_no_moment() -> None:
    assert list(peaks(rest(400))) == []
    assert list(peaks(rest(0))) == []


def test_the_highest_within_a_second_is_the_moment() -> None:
    size = rest(400)
    size[[100, 120, 200]] = [2.0, 3.0, 1.5]
    assert list(peaks(size)) == [120, 200]


def test_a_sensor_at_its_limit_has_one_moment() -> None:
    size = rest(400)
    size[100:105] = 2.0
    assert list(peaks(size)) == [100]


def test_a_moment_looks_the_same_in_a_long_recording_and_in_a_window() -> None:
    day = np.random.default_rng(1).normal(0, 0.3, (5000, 3))
    day[2000] = [0, 0, 3]
    window = day[2000 - 192 : 2000 + 192]
    assert np.array_equal(cuts(day, np.array([2000])), cuts(window, np.array([192])))


def test_what_was_not_recorded_is_mirrored() -> None:
    g = np.arange(60.0)[:, None] * np.ones(3)
    (cut,) = cuts(g, np.array([20]))
    assert cut.shape == (SAMPLES, 3)
    assert cut[PEAK, 0] == 20
    assert cut[PEAK - 20, 0] == 0
    assert cut[PEAK - 25, 0] == 5
    assert cut[PEAK + 39, 0] == 59
    assert cut[PEAK + 44, 0] == 54
    assert np.abs(np.diff(cut[:, 0])).max() == 1


def test_a_single_sample_can_be_shown() -> None:
    assert (cuts(np.full((1, 3), 2.0), np.array([0])) == 2).all()

"""Stamps as radio stacks and cheap watches really give them."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.acceleration_clock import Floats, straightened


def rate(seconds: Floats) -> float:
    return float((len(seconds) - 1) / seconds[-1])


def test_bursts_are_spread_over_the_time_they_stand_for() -> None:
    handed_over = np.repeat(80.0 * np.arange(100, dtype=np.float64), 4)
    seconds = straightened(handed_over, 50)
    steps = np.diff(seconds)
    assert steps.max() < 0.03
    assert rate(seconds) == pytest.approx(50, rel=0.02)


def test_a_clock_set_back_or_forward_costs_one_step() -> None:
    stamps = 30.0 * np.arange(400, dtype=np.float64)
    stamps[150:] -= 5_000
    stamps[300:] += 600_000
    assert rate(straightened(stamps, 33.3)) == pytest.approx(33.3, rel=0.01)


def test_a_device_that_really_is_faster_than_its_kind_is_believed() -> None:
    assert rate(straightened(11.0 * np.arange(400, dtype=np.float64), 33.7)) == pytest.approx(
        90.9, rel=0.01
    )


@pytest.mark.parametrize("ms", [0.01, 450.0], ids=["8 million hertz", "2 hertz"])
def test_a_rate_no_such_device_has_is_replaced_by_the_nominal_one(ms: float) -> None:
    assert rate(straightened(ms * np.arange(400, dtype=np.float64), 33.7)) == pytest.approx(33.7)


def test_stamps_that_are_no_numbers_are_replaced_too() -> None:
    assert rate(straightened(np.full(50, np.nan), 20)) == pytest.approx(20)


def test_even_stamps_stay_as_they_are() -> None:
    assert np.allclose(
        straightened(20.0 * np.arange(200, dtype=np.float64), 50), 0.02 * np.arange(200)
    )

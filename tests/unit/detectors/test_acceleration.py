"""Windows as devices really send them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from detectors.acceleration import GRID_HZ, window_of
from telecare.errors import InvalidInput

REST = [[0, 0, 1000]] * 100


def test_samples_come_out_evenly_in_g() -> None:
    window = window_of({"hz": 20, "xyz_mg": REST})
    assert len(window.g) == pytest.approx(99 / 20 * GRID_HZ, abs=1)
    assert np.allclose(window.magnitude, 1.0)


def test_a_device_that_stamps_unevenly_is_straightened() -> None:
    times = [50 * i + (13 if i % 3 else 0) for i in range(100)]
    ramp = [[50 * i, 0, 0] for i in range(100)]
    window = window_of({"t_ms": times, "hz": 20, "xyz_mg": ramp})
    inner = np.diff(window.g[20:-20, 0])
    assert np.allclose(inner, 1 / GRID_HZ, atol=1e-3)


def test_a_device_that_states_no_rate_is_taken_at_its_stamps() -> None:
    window = window_of({"t_ms": [40 * i for i in range(100)], "xyz_mg": REST})
    assert len(window.g) == pytest.approx(99 / 25 * GRID_HZ, abs=1)


@pytest.mark.parametrize(
    "times",
    [list(range(100, 0, -1)), [0] * 100, [math.inf] * 100, list(range(99))],
    ids=["backwards", "stopped", "infinite", "too few"],
)
def test_times_that_cannot_be_are_replaced_by_the_stated_rate(times: list[float]) -> None:
    window = window_of({"t_ms": times, "hz": 20, "xyz_mg": REST})
    assert len(window.g) == pytest.approx(99 / 20 * GRID_HZ, abs=1)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"hz": 20}, "no xyz_mg"),
        ({"hz": 20, "xyz_mg": []}, "milli-g"),
        ({"hz": 20, "xyz_mg": "x"}, "milli-g"),
        ({"hz": 20, "xyz_mg": [[1, 2, 3], [1, 2]]}, "milli-g"),
        ({"hz": 20, "xyz_mg": [[0, 0, math.nan]] * 100}, "finite"),
        ({"xyz_mg": REST}, "needs hz"),
        ({"hz": True, "xyz_mg": REST}, "needs hz"),
        ({"hz": "20", "xyz_mg": REST}, "needs hz"),
        ({"hz": 0, "xyz_mg": REST}, "hz must be"),
        ({"hz": 5000, "xyz_mg": REST}, "hz must be"),
        ({"hz": 10**400, "xyz_mg": REST}, "hz must be"),
        ({"hz": 20, "xyz_mg": [[0, 0, 10**400]] * 100}, "milli-g"),
        ({"t_ms": [10**400] * 100, "xyz_mg": REST}, "t_ms"),
        ({"hz": 20, "xyz_mg": REST[:20]}, "at least 1 second"),
        ({"hz": 200, "xyz_mg": [[0, 0, 1000]] * 20_001}, "at most 20000"),
    ],
)
def test_what_is_no_window_is_refused_in_words(data: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        window_of(data)

"""Windows of a worn device obey physics, and falls differ from a day's movement."""

from __future__ import annotations

import numpy as np
import pytest

from simulators.acceleration import HZ, PEAK_AT_S, SECONDS, Floats, Movement, window

PEAK = int(PEAK_AT_S * HZ)
SEEDS = range(20)


def g(movement: Movement, seed: int) -> Floats:
    return np.asarray(window(movement, np.random.default_rng(seed)), dtype=np.float64) / 1000


def magnitude(movement: Movement, seed: int) -> Floats:
    return np.asarray(np.linalg.norm(g(movement, seed), axis=1))


@pytest.mark.parametrize("movement", list(Movement))
def test_a_window_is_twelve_seconds_at_fifty_hertz_and_repeatable(movement: Movement) -> None:
    once = window(movement, np.random.default_rng(3))
    assert np.asarray(once).shape == (int(HZ * SECONDS), 3)
    assert once == window(movement, np.random.default_rng(3))
    assert once != window(movement, np.random.default_rng(4))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_fall_is_weightless_then_hits_then_lies_still_and_turned(seed: int) -> None:
    xyz, size = g(Movement.FALL, seed), magnitude(Movement.FALL, seed)
    assert size[PEAK - 12 : PEAK - 3].max() < 0.75
    assert size[PEAK : PEAK + 10].max() > 3
    lying = size[PEAK + 2 * HZ :]
    assert abs(lying.mean() - 1) < 0.05
    assert lying.std() < 0.03
    before, after = xyz[:HZ].mean(axis=0), xyz[-HZ:].mean(axis=0)
    cosine = before @ after / np.linalg.norm(before) / np.linalg.norm(after)
    assert np.degrees(np.arccos(cosine)) > 50


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("movement", [Movement.WALKING, Movement.SITTING_DOWN])
def test_ordinary_movement_is_never_weightless_nor_hits_hard(movement: Movement, seed: int) -> None:
    size = magnitude(movement, seed)
    assert size.min() > 0.45
    assert size.max() < 2.6

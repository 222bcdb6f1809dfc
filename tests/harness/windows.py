"""Acceleration windows of round numbers: twelve seconds at 50 Hz, in milli-g."""

from __future__ import annotations

import random

HZ = 50
IMPACT_S = 6.0


def fall_window(seed: int = 1) -> list[list[int]]:
    """Upright, half a second of falling, a hard landing, then lying still on the side."""
    chance = random.Random(seed)
    samples = []
    for i in range(12 * HZ):
        t = i / HZ - IMPACT_S
        if t < -0.5:
            x, z, shake = 0, 1000, 40
        elif t < 0:
            x, z, shake = 150, 250, 40
        elif t < 0.1:
            x, z, shake = 3600, 1800, 200
        elif t < 1:
            x, z, shake = 1000, 200, 150
        else:
            x, z, shake = 1000, 60, 8
        samples.append([round(v + chance.gauss(0, shake)) for v in (x, 0, z)])
    return samples


def walking_window(seed: int = 1) -> list[list[int]]:
    """A brisk walk: a bump at each step, upright throughout."""
    chance = random.Random(seed)
    return [
        [
            round(chance.gauss(0, 60)),
            round(chance.gauss(0, 60)),
            round(1000 + (550 if i % 28 < 4 else -80) + chance.gauss(0, 60)),
        ]
        for i in range(12 * HZ)
    ]


def quiet_window(seed: int = 1) -> list[list[int]]:
    """Sitting in a chair."""
    chance = random.Random(seed)
    return [[round(chance.gauss(0, 15)) for _ in range(2)] + [1000] for _ in range(12 * HZ)]

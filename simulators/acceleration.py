"""Acceleration windows of a worn device, computed from a small physical model.

Twelve seconds at 50 Hz, three axes in milli-g, as a pendant on the chest would send them
around a peak. Gravity turns with the body; the rest is added along it. The numbers are
textbook physics and round figures (a fall from standing takes 0.3 to 0.5 s, the floor is
hard, a breathing chest moves a few milli-g); nothing is copied from recordings.
"""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np
import numpy.typing as npt

HZ = 50
SECONDS = 12.0
PEAK_AT_S = 6.0
"""Where in the window the device's trigger sits."""

Floats = npt.NDArray[np.float64]


class Movement(StrEnum):
    """What the wearer does in the window."""

    FALL = "fall"
    """Loses balance, drops, hits the floor and stays down."""
    WALKING = "walking"
    SITTING_DOWN = "sitting_down"
    """Drops the last inches into a chair and goes on sitting."""


def window(movement: Movement, rng: np.random.Generator) -> list[list[int]]:
    """600 samples [x, y, z] in milli-g; the same generator state gives the same window."""
    time = np.arange(int(HZ * SECONDS)) / HZ
    tilt, along, shake = _MODELS[movement](time, rng)
    azimuth = rng.uniform(0, 2 * math.pi)
    down = np.stack(
        [np.sin(tilt) * math.cos(azimuth), np.sin(tilt) * math.sin(azimuth), np.cos(tilt)], axis=1
    )
    xyz = down * along[:, None] + rng.normal(0, 1, (len(time), 3)) * shake[:, None]
    return np.rint(np.clip(xyz, -16, 16) * 1000).astype(int).tolist()  # type: ignore[no-any-return]


def _fall(time: Floats, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Tilt (radians), pull along gravity (g) and trembling (g) of a fall at `PEAK_AT_S`."""
    drop = rng.uniform(0.30, 0.45)
    weightless = rng.uniform(0.2, 0.45)
    peak = rng.uniform(3.2, 5.5)
    end_tilt = rng.uniform(1.25, 1.75)
    begins = PEAK_AT_S - drop
    along = 1 + _gait(time, rng) * (time < begins - 0.4)
    falling = (time >= begins) & (time < PEAK_AT_S)
    along = np.where(falling, weightless, along)
    after = time - PEAK_AT_S
    bounce = peak * np.exp(-after / 0.07) * np.cos(2 * math.pi * 6 * after)
    second = 0.9 * np.exp(-(((after - 0.45) / 0.06) ** 2))
    along = np.where(after >= 0, 1 + bounce + second, along)
    along = np.where(after > 1.5, 1 + 0.006 * np.sin(2 * math.pi * 0.27 * time), along)
    tilt = 0.15 + (end_tilt - 0.15) * _smooth((time - begins) / (drop + 0.15))
    shake = np.where(after > 1.5, 0.006, np.where(after >= 0, 0.25 * np.exp(-after / 0.4), 0.04))
    return tilt, along, shake


def _walking(time: Floats, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """A steady, rather slow walk."""
    tilt = 0.12 + 0.05 * np.sin(2 * math.pi * 0.9 * time)
    return tilt, 1 + _gait(time, rng), np.full_like(time, 0.04)


def _sitting_down(time: Floats, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Bends forward, drops a little, meets the seat, leans back and sits."""
    after = time - PEAK_AT_S
    bump = rng.uniform(0.5, 0.9) * np.exp(-((after / 0.06) ** 2))
    dip = -rng.uniform(0.15, 0.3) * np.exp(-(((after + 0.3) / 0.15) ** 2))
    gait = _gait(time, rng) * (time < PEAK_AT_S - 1.5)
    lean = 0.5 * np.exp(-(((after + 0.6) / 0.5) ** 2))
    tilt = 0.12 + lean + 0.2 * _smooth(after / 1.5)
    shake = np.where(after > 1, 0.015, 0.035)
    return tilt, 1 + gait + dip + bump, shake


def _gait(time: Floats, rng: np.random.Generator) -> Floats:
    """The trunk's up and down of an old person's walk, in g."""
    steps_per_s = rng.uniform(1.4, 1.8)
    size = rng.uniform(0.12, 0.22)
    phase = rng.uniform(0, 2 * math.pi)
    wave = np.sin(2 * math.pi * steps_per_s * time + phase)
    double = 0.35 * np.sin(4 * math.pi * steps_per_s * time + phase)
    return np.asarray(size * (wave + double), dtype=np.float64)


def _smooth(x: Floats) -> Floats:
    """0 before 0, 1 after 1, without a corner between."""
    clipped = np.clip(x, 0, 1)
    return np.asarray(clipped * clipped * (3 - 2 * clipped), dtype=np.float64)


_MODELS = {
    Movement.FALL: _fall,
    Movement.WALKING: _walking,
    Movement.SITTING_DOWN: _sitting_down,
}

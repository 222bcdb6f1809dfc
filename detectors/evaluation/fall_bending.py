"""Recordings of falls bent in the ways in which devices and people differ.

How the device is turned on the body, how fast and how hard somebody falls, how coarsely a
device samples, and how closely a recording was cut around its moment: the rest of a window is
then a mirror image, as it is of a short recording.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.fall_moments import PEAK, SAMPLES, Singles

_LEAST_BEFORE, _LEAST_AFTER = 16, 24
"""Samples beside the peak that a cut leaves."""

Random = np.random.Generator


class Bending(msgspec.Struct, frozen=True):
    """By how much; each window gets its own share, drawn evenly."""

    turn_degrees: float = 40.0
    """At most; 180 is any turn at all."""
    warp: float = 0.1
    shift_samples: float = 4.0
    scale: float = 0.1
    noise_g: float = 0.03
    cut: float = 0.0
    """Share of windows cut closer around their peak."""
    coarse: float = 0.0
    """Share of windows smoothed as a slower device would."""
    force: float = 0.0
    """By how much, as a logarithm, the moving part is made harder or softer."""


def bent(windows: Singles, bending: Bending, random: Random) -> Singles:
    """The same moments as another body with another device might have recorded them."""
    w = _resampled(windows, _times(len(windows), bending, random))
    count = (len(w), 1, 1)
    rough = np.where(random.random(count) < bending.coarse, random.uniform(0, 1 / 3, count), 0)
    w[:, 1:-1] += rough.astype(np.float32) * (w[:, :-2] + w[:, 2:] - 2 * w[:, 1:-1])
    gravity = w.mean(axis=1, keepdims=True)
    force = np.exp(random.uniform(-bending.force, bending.force, count))
    w = gravity + (w - gravity) * force.astype(np.float32)
    turn = turns(len(w), bending.turn_degrees, random)
    w = w @ (turn * random.uniform(1 - bending.scale, 1 + bending.scale, count)).astype(np.float32)
    loud = random.uniform(0, bending.noise_g, count).astype(np.float32)
    noisy: Singles = w + loud * random.standard_normal(w.shape, dtype=np.float32)
    return noisy


def turns(count: int, degrees: float, random: Random) -> NDArray[np.float64]:
    """Rotation matrices (count, 3, 3): any at all from 180 degrees on, else about any axis by
    up to so much.
    """
    four = random.normal(size=(count, 4))
    if degrees < 180:
        axis = four[:, 1:] / np.linalg.norm(four[:, 1:], axis=1, keepdims=True)
        half = np.radians(random.uniform(0, degrees, (count, 1))) / 2
        four = np.concatenate([np.cos(half), axis * np.sin(half)], axis=1)
    a, b, c, d = (four / np.linalg.norm(four, axis=1, keepdims=True)).T
    rows = (
        (1 - 2 * (c * c + d * d), 2 * (b * c - a * d), 2 * (b * d + a * c)),
        (2 * (b * c + a * d), 1 - 2 * (b * b + d * d), 2 * (c * d - a * b)),
        (2 * (b * d - a * c), 2 * (c * d + a * b), 1 - 2 * (b * b + c * c)),
    )
    return np.stack([np.stack(row, axis=1) for row in rows], axis=1)


def _times(count: int, bending: Bending, random: Random) -> Singles:
    """Where in its window each sample of a bent one is read: at an uneven pace, shifted, and
    mirrored where the recording is cut.
    """

    def any_of(low: float, high: float) -> Singles:
        return random.uniform(low, high, (count, 1)).astype(np.float32)

    steps = (np.arange(SAMPLES, dtype=np.float32) - PEAK)[None]
    wave = np.sin(2 * np.pi * (steps / SAMPLES * any_of(0.5, 2) + any_of(0, 1)))
    pace, shift = any_of(-bending.warp, bending.warp), bending.shift_samples
    at = PEAK + steps * (1 + pace) + 8 * bending.warp * wave + any_of(-shift, shift)
    cut = random.random((count, 1)) < bending.cut
    begin = np.where(cut, any_of(0, PEAK - _LEAST_BEFORE), 0)
    end = np.where(cut, any_of(PEAK + _LEAST_AFTER, SAMPLES - 1), SAMPLES - 1)
    around = np.mod(at - begin, 2 * (end - begin))
    times: Singles = (begin + np.minimum(around, 2 * (end - begin) - around)).astype(np.float32)
    return times


def _resampled(windows: Singles, times: Singles) -> Singles:
    before = np.minimum(times.astype(np.int32), SAMPLES - 2)
    flat = windows.reshape(-1, 3)
    at = before + SAMPLES * np.arange(len(windows), dtype=np.int32)[:, None]
    beyond = (times - before).astype(np.float32)[..., None]
    even: Singles = flat[at] + (flat[at + 1] - flat[at]) * beyond
    return even

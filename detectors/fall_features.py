"""What a fall looks like in plain numbers: before, impact and after, for many peaks at once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from detectors.acceleration import GRID_HZ, Floats
from detectors.fall_moments import PEAK, SAMPLES, Singles

_SEGMENTS_S = (-5.0, -4.0, -3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0)
_POSTURES_S = ((-5.0, -3.0, -1.0, 0.5, 1.5, 2.5), (-3.0, -1.0, -0.3, 1.5, 3.0, 4.0))
_CALM_G = 0.12
NUMBERS = 201
"""What `features` says of each moment."""
_BEGINS = np.array([PEAK + round(second * GRID_HZ) for second in _SEGMENTS_S[:-1]])
_LENGTHS = np.diff([*_BEGINS, SAMPLES])
_STAGES = [PEAK + round(second * GRID_HZ) for second in (-4.0, -1.0, -0.5, 0.5, 1.0)]
"""Where before, impact and after begin (and, between them, end)."""
_STAGE_LENGTHS = np.diff([*_STAGES, SAMPLES])[::2]
_POSTURES = np.array([[PEAK + round(s * GRID_HZ) for s in bound] for bound in _POSTURES_S])
_PAIRS = np.triu_indices(len(_POSTURES_S[0]), 1)
_LAGS = range(round(0.25 * GRID_HZ), round(1.3 * GRID_HZ), 2)
_RHYTHMS_S = ((-4.0, -0.5), (0.5, 4.0))
_BANDS_HZ = (0.2, 1.0, 2.5, 5.0, 10.0, 16.1)
_BANDS = [
    slice(low, high)
    for low, high in pairwise(
        np.searchsorted(np.fft.rfftfreq(round(3.5 * GRID_HZ), 1 / GRID_HZ), _BANDS_HZ).tolist()
    )
]
"""The same of both parts, which last three and a half seconds."""
_FLOOR_G = 0.05
"""Added before a ratio: a sensor that sends zeros must not make infinities."""
_TINY = 1e-6


def features(windows: Singles) -> Floats:
    """(n, about 200) numbers of (n, 288, 3) cuts in g; never the length of a recording.

    Columns are in a fixed order that the trained trees know; a change here needs new trees.
    """
    g = windows.astype(np.float64)
    size = np.sqrt(np.einsum("nij,nij->ni", g, g))
    columns = [
        *_by_segment(size),
        *_free_fall(size),
        *_peaks(size),
        *_postures(g),
        *_along_gravity(g, size),
        *_axes(g),
        *_stillness(g, size),
        *_rhythm(size),
    ]
    return np.ascontiguousarray(np.array(columns).T)


def _part(begin: float, end: float) -> slice:
    """The samples from `begin` to `end` seconds after the peak."""
    return slice(PEAK + round(begin * GRID_HZ), PEAK + round(end * GRID_HZ))


def _by_segment(size: Floats) -> list[Floats]:
    """Mean, deviation, highest, lowest |a| and mean step of eleven segments."""
    step = np.abs(np.diff(size, axis=1, append=size[:, -1:]))
    mean, square, steps = (
        np.add.reduceat(each, _BEGINS, axis=1) / _LENGTHS for each in (size, size**2, step)
    )
    spread = np.sqrt(np.clip(square - mean**2, 0, None))
    highest, lowest = (f.reduceat(size, _BEGINS, axis=1) for f in (np.maximum, np.minimum))
    return list(np.stack([mean, spread, highest, lowest, steps], axis=2).reshape(len(size), -1).T)


def _free_fall(size: Floats) -> list[Floats]:
    """How light, how long and how much of both the wearer became before and at the peak."""
    close = size[:, _part(-1.5, 0.1)]
    lightest = close.argmin(1)
    jerk = np.abs(np.diff(size[:, _part(-0.5, 0.5)], axis=1))
    return [
        size[:, _part(-1.0, 0.0)].min(1),
        (close < 0.65).sum(1) / GRID_HZ,
        (close < 0.8).sum(1) / GRID_HZ,
        np.clip(1 - close, 0, None).sum(1) / GRID_HZ,
        (close.shape[1] - lightest) / GRID_HZ,
        jerk.max(1),
        np.clip(size[:, _part(-0.3, 0.8)] - 1, 0, None).sum(1) / GRID_HZ,
        (size[:, _part(-0.5, 0.8)] > 0.6 * size[:, PEAK, None]).sum(1) / GRID_HZ,
        size[:, _part(0.0, 1.0)].min(1),
    ]


def _peaks(size: Floats) -> list[Floats]:
    """The peak itself, how it stands out of what was before and after, and other peaks."""
    peak = size[:, PEAK] + _FLOOR_G
    inner = np.zeros_like(size, dtype=bool)
    inner[:, 1:-1] = (size[:, 1:-1] > size[:, :-2]) & (size[:, 1:-1] >= size[:, 2:])
    columns: list[Floats] = [np.log(peak)]
    for level in (1.2, 1.5, 2.0):
        high = inner & (size > level)
        for begin, end in ((-5.0, -0.75), (-0.75, 0.75), (0.75, 4.0)):
            columns.append(high[:, _part(begin, end)].sum(1).astype(np.float64))
    before = size[:, _part(-5.0, -0.75)].max(1) + _FLOOR_G
    after = size[:, _part(0.75, 4.0)].max(1) + _FLOOR_G
    columns += [np.log(peak / before), np.log(peak / after), np.log(before / after)]
    columns.append(np.log(peak / (np.sort(size[:, _part(1.5, 4.0)], axis=1)[:, -8] + _FLOOR_G)))
    near = np.abs(size[:, _part(-0.75, 0.75)] - 1).sum(1)
    columns.append(near / (np.abs(size - 1).sum(1) + _TINY))
    columns.append(near / (np.abs(size[:, _part(-5.0, -0.75)] - 1).sum(1) + 1))
    columns.append(near / (np.abs(size[:, _part(0.75, 4.0)] - 1).sum(1) + 1))
    return columns


def _angle(one: Floats, other: Floats) -> Floats:
    """Radians between unit vectors."""
    angle: Floats = np.arccos(np.clip(np.einsum("...k,...k->...", one, other), -1, 1))
    return angle


def _length(vectors: Floats) -> Floats:
    length: Floats = np.sqrt(np.einsum("...k,...k->...", vectors, vectors))
    return length


def _unit(vectors: Floats) -> Floats:
    unit: Floats = vectors / (_length(vectors)[..., None] + _TINY)
    return unit


def _postures(g: Floats) -> list[Floats]:
    """Angles between six estimates of where down was, and how far they are from 1 g."""
    passed = np.concatenate([np.zeros((len(g), 1, 3)), np.cumsum(g, axis=1)], axis=1)
    means = (passed[:, _POSTURES[1]] - passed[:, _POSTURES[0]]) / np.diff(_POSTURES, axis=0).T
    units = _unit(means)
    blocks = _unit(g.reshape(len(g), -1, int(GRID_HZ) // 2, 3).mean(2))
    travel = _angle(blocks[:, 1:], blocks[:, :-1])
    return [
        *_angle(units[:, _PAIRS[0]], units[:, _PAIRS[1]]).T,
        *_length(means).T,
        travel[:, :8].sum(1), travel[:, 8:12].sum(1), travel[:, 12:].sum(1),
    ]  # fmt: skip


def _by_stage(numbers: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean, deviation, highest and lowest of each stage, along the second axis."""
    long = _STAGE_LENGTHS.reshape(-1, *[1] * (numbers.ndim - 2))
    mean, square = (
        np.add.reduceat(each, _STAGES, axis=1)[:, ::2] / long for each in (numbers, numbers**2)
    )
    spread: Floats = np.sqrt(np.clip(square - mean**2, 0, None))
    highest, lowest = (
        f.reduceat(numbers, _STAGES, axis=1)[:, ::2] for f in (np.maximum, np.minimum)
    )
    return mean, spread, highest, lowest


def _along_gravity(g: Floats, size: Floats) -> list[Floats]:
    """The vertical and the horizontal part, as seen before and as seen after the peak."""
    columns: list[Floats] = []
    for stage in (slice(_STAGES[0], _STAGES[1]), slice(_STAGES[4], None)):
        vertical = np.einsum("nij,nj->ni", g, _unit(g[:, stage].mean(1)))
        horizontal = np.sqrt(np.clip(size**2 - vertical**2, 0, None))
        stats = [*_by_stage(vertical), *_by_stage(horizontal)[:3]]
        columns += [each[:, i] for i in range(3) for each in stats]
    return columns


def _axes(g: Floats) -> list[Floats]:
    """Where the arm points and how each axis moves: as the device is worn, not turned."""
    mean, spread, _, _ = _by_stage(g)
    columns = [each[:, i, axis] for i in range(3) for each in (mean, spread) for axis in range(3)]
    impact = g[:, _part(-0.3, 0.3)]
    columns += [*impact.max(1).T, *impact.min(1).T]
    columns += list((mean[:, 2] - mean[:, 0]).T)
    return columns


def _stillness(g: Floats, size: Floats) -> list[Floats]:
    """How calm it becomes, and when."""
    columns: list[Floats] = []
    for begin, end in ((-4.0, -1.0), (1.0, 2.5), (2.5, 4.0), (1.0, 4.0)):
        off = np.abs(size[:, _part(begin, end)] - 1)
        columns += [(off < _CALM_G).mean(1), (off < 0.05).mean(1)]
        columns.append(np.log(_spread(g[:, _part(begin, end)]).mean(1) + 0.005))
    restless = np.abs(size[:, _part(0.3, 4.0)] - 1) > _CALM_G
    last = restless.shape[1] - restless[:, ::-1].argmax(1)
    columns.append(np.where(restless.any(1), last, 0) / GRID_HZ)
    calm = np.cumsum(np.pad(~restless, ((0, 0), (1, 0))), axis=1)
    second = int(GRID_HZ) // 2
    run: NDArray[np.bool_] = calm[:, second:] - calm[:, :-second] == second
    columns.append(np.where(run.any(1), run.argmax(1), run.shape[1]) / GRID_HZ)
    columns.append(columns[2] - columns[11])
    return columns


def _spread(g: Floats) -> Floats:
    """As `g.std(1)`, without asking what is known: that costs more than the sum."""
    off = g - g.mean(1, keepdims=True)
    spread: Floats = np.sqrt((off * off).sum(1) / g.shape[1])
    return spread


def _rhythm(size: Floats) -> list[Floats]:
    """Steps and clapping repeat themselves; a fall does not."""
    columns: list[Floats] = []
    for begin, end in _RHYTHMS_S:
        part = size[:, _part(begin, end)]
        part = part - part.mean(1, keepdims=True)
        power = np.abs(np.fft.rfft(part, axis=1)) ** 2 / part.shape[1]
        columns += [np.log(power[:, band].sum(1) + 1e-3) for band in _BANDS]
        padded = np.concatenate([part, np.zeros((len(part), _LAGS[-1]))], axis=1)
        ahead = np.lib.stride_tricks.sliding_window_view(padded, _LAGS[-1] + 1, axis=1)
        again = np.einsum("ni,nil->nl", part, ahead[:, :, _LAGS[0] :: _LAGS.step])
        columns.append(again.max(1) / ((part**2).sum(1) + 1e-3))
    return columns

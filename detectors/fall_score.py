"""How much does this moment look like a fall? Eleven plain numbers and their weights.

The weights are a ridge logistic regression on UMAFall's wrist and waist recordings
(Casilari et al. 2017, developers' part, 13 people; the authors' page: "can be freely
downloaded"), made by `detectors.evaluation.falls`. Nobody fell there who did not mean to,
and nobody there was frail: the probability is calibrated for such recordings only.
"""

from __future__ import annotations

import math

import msgspec
import numpy as np

from detectors.acceleration import GRID_HZ, Floats, Window

CANDIDATE_G = 1.4
_APART = int(1.0 * GRID_HZ)
_MOST_CANDIDATES = 5
_LEAST_SAMPLES = 8
"""Below a quarter of a second a posture or an unrest cannot be told."""
_UNKNOWN_UNREST_G = 0.1
_UNKNOWN_ANGLE = 0.7

FEATURES = (
    "log of the impact",
    "lowest |a| in the second before",
    "seconds below 0.65 g around it",
    "log of the sharpest step",
    "log of the unrest after",
    "log of the unrest before",
    "angle between the postures",
    "log of other peaks nearby",
    "share of all unrest",
    "log of the impact over the next peak",
    "stillness after",
)
_CENTRE = (
    0.948,
    0.5286,
    0.1725,
    -0.0705,
    -1.7286,
    -1.6595,
    0.704,
    1.567,
    0.3271,
    -0.1205,
    0.5534,
)
_SCALE = (
    0.5328,
    0.2927,
    0.2251,
    0.936,
    1.0441,
    0.9889,
    0.689,
    1.0577,
    0.1683,
    0.5246,
    0.3368,
)
_WEIGHTS = (
    *(1.1377, -0.4845, 0.1151, 1.1587, -1.3411, -1.1472),
    *(1.0888, -0.6082, 1.9054, 1.3092, -0.0621),
)
_BIAS = -6.4824


class Moment(msgspec.Struct, frozen=True):
    """The most fall-like moment of a window."""

    index: int
    """Of the impact, on the window's grid."""
    probability: float
    impact_g: float
    angle_degrees: float
    still_share: float
    """Share of the seconds 1 to 4 after the impact within 0.12 g of rest."""
    features: tuple[float, ...]


def most_fall_like(window: Window) -> Moment | None:
    """The candidate peak with the highest score; None if nothing reaches `CANDIDATE_G`."""
    magnitude = window.magnitude
    best: Moment | None = None
    for index in candidates(magnitude):
        numbers = features(window.g, magnitude, index)
        probability = _logistic(score(numbers))
        if best is None or probability > best.probability:
            best = Moment(
                index=index,
                probability=probability,
                impact_g=float(magnitude[index]),
                angle_degrees=math.degrees(numbers[6]),
                still_share=numbers[10],
                features=numbers,
            )
    return best


def candidates(magnitude: Floats) -> list[int]:
    """Up to five peaks of at least `CANDIDATE_G`, highest first, a second apart."""
    left = magnitude.copy()
    found: list[int] = []
    while len(found) < _MOST_CANDIDATES:
        index = int(left.argmax())
        if left[index] < CANDIDATE_G:
            break
        found.append(index)
        left[max(0, index - _APART) : index + _APART] = 0.0
    return found


def features(g: Floats, magnitude: Floats, index: int) -> tuple[float, ...]:
    """`FEATURES` of the peak at `index`. Seconds the window does not cover count as unknown,
    so that its length says nothing.
    """

    def around(begin: float, end: float) -> slice:
        low = max(0, index + int(begin * GRID_HZ))
        return slice(low, max(low, index + int(end * GRID_HZ)))

    after, before = g[around(1.0, 4.0)], g[around(-4.0, -1.0)]
    close = magnitude[around(-0.4, 0.4)]
    without = magnitude.copy()
    without[around(-0.75, 0.75)] = 0.0
    nearby = without[around(-4.0, 4.0)]
    inner = nearby[1:-1]
    others = (inner > CANDIDATE_G) & (inner >= nearby[:-2]) & (inner >= nearby[2:])
    falling = magnitude[around(-1.0, 0.0)]
    rest = magnitude[around(1.0, 4.0)]
    known = len(rest) > _LEAST_SAMPLES
    impact = float(np.abs(magnitude[around(-0.75, 0.75)] - 1).sum())
    whole = float(np.abs(magnitude[around(-4.0, 4.0)] - 1).sum())
    return (
        math.log(float(magnitude[index])),
        float(falling.min()) if len(falling) else 1.0,
        float((magnitude[around(-1.2, 0.1)] < 0.65).sum()) / GRID_HZ,
        math.log((float(np.abs(np.diff(close)).max()) if len(close) > 1 else 0.0) + 0.05),
        math.log(_unrest(after) + 0.01),
        math.log(_unrest(before) + 0.01),
        _angle(before, after),
        math.log1p(int(others.sum())),
        impact / (whole + 1e-3),
        math.log(float(magnitude[index]) / (float(nearby.max()) + 0.5)),
        float((np.abs(rest - 1) < 0.12).mean()) if known else 0.5,
    )


def score(numbers: tuple[float, ...]) -> float:
    """Log odds of a fall."""
    return _BIAS + sum(
        weight * (number - centre) / scale
        for number, centre, scale, weight in zip(numbers, _CENTRE, _SCALE, _WEIGHTS, strict=True)
    )


def _logistic(odds: float) -> float:
    return 1 / (1 + math.exp(-max(min(odds, 30.0), -30.0)))


def _unrest(g: Floats) -> float:
    """Mean deviation of the three axes, in g."""
    if len(g) <= _LEAST_SAMPLES:
        return _UNKNOWN_UNREST_G
    return float(g.std(axis=0).mean())


def _angle(before: Floats, after: Floats) -> float:
    """Radians between the directions of gravity before and after."""
    if min(len(before), len(after)) <= _LEAST_SAMPLES:
        return _UNKNOWN_ANGLE
    a, b = before.mean(axis=0), after.mean(axis=0)
    cosine = float(a @ b) / (float(np.linalg.norm(a)) * float(np.linalg.norm(b)) + 1e-6)
    return math.acos(max(-1.0, min(1.0, cosine)))

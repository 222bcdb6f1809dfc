"""The most fall-like moment of a window, with what a person can be told of it."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from detectors.acceleration import GRID_HZ, Floats, Window
from detectors.fall_model import FallModel, probability
from detectors.fall_moments import cuts, peaks

CALM_G = 0.12
"""Closer to rest than this is hardly any movement."""
_MOST_JUDGED = 2
"""Of a window's peaks, the highest: judging one takes 2 ms, and the device sent the window
for its highest. On WEDA-FALL judging all peaks of each trial finds no fall more (249 of 250)
and makes no false alarm less or more (52)."""


class Moment(msgspec.Struct, frozen=True):
    index: int
    """Of the impact, on the window's grid."""
    probability: float
    """Of a fall, calibrated on people the model had not seen."""
    impact_g: float
    angle_degrees: float
    """Between the directions of gravity 1 to 4 s before and after; 0 where one is not known."""
    still_share: float
    """Share of the seconds 1 to 4 after the impact within `CALM_G` of rest."""
    lightest_g: float
    """Lowest |a| of the second before the impact: towards 0 is free fall."""


def most_fall_like(window: Window, model: FallModel) -> Moment | None:
    """The peak with the highest probability; None if nothing is worth judging."""
    magnitude = window.magnitude
    at = peaks(magnitude)
    if not len(at):
        return None
    at = at[np.argsort(-magnitude[at], kind="stable")[:_MOST_JUDGED]]
    odds = model.log_odds(cuts(window.g, at))
    best = int(odds.argmax())
    return _described(window.g, magnitude, int(at[best]), probability(float(odds[best])))


def _described(g: Floats, magnitude: Floats, index: int, sure: float) -> Moment:
    def around(begin: float, end: float) -> slice:
        low = max(0, index + int(begin * GRID_HZ))
        return slice(low, max(low, index + int(end * GRID_HZ)))

    rest = magnitude[around(1.0, 4.0)]
    falling = magnitude[around(-1.0, 0.0)]
    return Moment(
        index=index,
        probability=sure,
        impact_g=float(magnitude[index]),
        angle_degrees=_angle(g[around(-4.0, -1.0)], g[around(1.0, 4.0)]),
        still_share=float((np.abs(rest - 1) < CALM_G).mean()) if len(rest) else 0.0,
        lightest_g=float(falling.min()) if len(falling) else 1.0,
    )


def _angle(before: Floats, after: Floats) -> float:
    """Degrees between the mean directions; 0 if one of them lasts under a quarter second."""
    if min(len(before), len(after)) < GRID_HZ / 4:
        return 0.0
    one, other = before.mean(axis=0), after.mean(axis=0)
    cosine = float(one @ other) / (float(np.linalg.norm(one) * np.linalg.norm(other)) + 1e-6)
    return math.degrees(math.acos(max(-1.0, min(1.0, cosine))))

"""Figures of a score that ranks days: areas, and what so many alerts a week would find."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Truth = NDArray[np.bool_]


def area(scores: Scores, truth: Truth) -> float:
    """Chance that a true day scores above another, ties counted half; NaN without both."""
    wins, pairs = _wins(scores[truth], scores[~truth])
    return wins / pairs if pairs else float("nan")


def area_within(scores: Scores, truth: Truth, people: Sequence[str]) -> float:
    """The same over pairs of days of one person only, all pairs together."""
    wins = pairs = 0.0
    owners = np.array(people)
    for person in sorted(set(people)):
        own = owners == person
        more, of = _wins(scores[own & truth], scores[own & ~truth])
        wins, pairs = wins + more, pairs + of
    return wins / pairs if pairs else float("nan")


def average_precision(scores: Scores, truth: Truth) -> float:
    """Mean precision over the steps of recall; equal scores are one step."""
    if not truth.any():
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(truth[order])
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)
    recall = hits[last] / hits[-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * hits[last] / (last + 1)))


def at_rate(scores: Scores, truth: Truth, per_home_week: float) -> tuple[float, float]:
    """Recall and precision of the highest days at so many alerts in seven home-days."""
    count = round(len(scores) / 7 * per_home_week)
    chosen = np.argsort(-scores, kind="stable")[:count]
    hits = float(truth[chosen].sum())
    return hits / max(int(truth.sum()), 1), hits / max(count, 1)


def at_threshold(scores: Scores, truth: Truth, threshold: float) -> tuple[float, float]:
    """Sensitivity and specificity."""
    said = scores >= threshold
    return float(said[truth].mean()), float((~said)[~truth].mean())


def _wins(above: Scores, below: Scores) -> tuple[float, int]:
    ranked = np.sort(below)
    less = np.searchsorted(ranked, above, side="left")
    not_more = np.searchsorted(ranked, above, side="right")
    return float((less + not_more).sum()) / 2, len(above) * len(below)

"""Two plain judges of a fall, to see what the shipped one adds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from detectors.acceleration import GRID_HZ, Floats
from detectors.evaluation.fall_figures import Flags, Judged, best_f1
from detectors.evaluation.trials import Trial
from detectors.fall_moments import PEAK, cuts

_GROWTH: dict[str, Any] = {
    "objective": "binary", "num_leaves": 15, "learning_rate": 0.05, "min_data_in_leaf": 10,
    "num_threads": 1, "deterministic": True, "force_row_wise": True, "verbose": -1,
}  # fmt: skip
_TREES = 200
_PARTS_S = (-5.0, -3.0, -1.0, 0.0, 1.0, 2.5, 4.0)


def naive_scores(trials: Sequence[Trial]) -> Floats:
    """The highest |a| in g; 0 where there is no window."""
    return np.array([t.window.magnitude.max() if t.window else 0.0 for t in trials])


def plain_features(trials: Sequence[Trial]) -> Floats:
    """(trials, 31) of the highest peak; all 0 where there is no window."""
    return np.stack([_plain(trial) for trial in trials])


def _plain(trial: Trial) -> Floats:
    if trial.window is None:
        return np.zeros(31)
    magnitude = trial.window.magnitude
    g = cuts(trial.window.g, np.array([magnitude.argmax()], dtype=np.intp))[0].astype(np.float64)
    size = np.linalg.norm(g, axis=1)
    at = [PEAK + round(second * GRID_HZ) for second in _PARTS_S]
    numbers: list[float] = [float(size[PEAK])]
    for begin, end in pairwise(at):
        part = size[begin:end]
        numbers += [part.mean(), part.std(), part.max(), part.min()]
    before, after = g[at[0] : at[2]].mean(0), g[at[4] : at[6]].mean(0)
    cosine = before @ after / (np.linalg.norm(before) * np.linalg.norm(after) + 1e-6)
    rest = size[at[4] :]
    numbers += [
        float(np.arccos(np.clip(cosine, -1, 1))),
        float(np.abs(np.diff(size)).max()),
        float((size[at[2] : at[3]] < 0.65).mean()),
        float((np.abs(rest - 1) < 0.12).mean()),
        float(size[PEAK] / rest.max()),
        float(g[at[4] : at[6]].std(0).mean()),
    ]
    return np.array(numbers)


def trained(numbers: Floats, fell: Flags, seed: int) -> lightgbm.Booster:
    """Gradient boosting on `plain_features`."""
    data = lightgbm.Dataset(numbers, fell.astype(np.float64))
    return lightgbm.train({**_GROWTH, "seed": seed}, data, num_boost_round=_TREES)


def odds(booster: lightgbm.Booster, numbers: Floats) -> Floats:
    """Log odds of a fall."""
    return np.asarray(booster.predict(numbers, raw_score=True), dtype=np.float64)


def unseen_plain(trials: Sequence[Trial], seed: int) -> Floats:
    """Log odds of each trial by boosting on everybody else."""
    numbers = plain_features(trials)
    fell = np.array([t.fell for t in trials])
    people = np.array([t.subject for t in trials])
    scores = np.zeros(len(trials))
    for person in np.unique(people):
        theirs = people == person
        scores[theirs] = odds(trained(numbers[~theirs], fell[~theirs], seed), numbers[theirs])
    return scores


def by_best_f1(scores: Floats, fell: Flags, people: NDArray[np.str_]) -> Judged:
    """Said by the threshold that was best on everybody else."""
    said = np.zeros(len(scores), dtype=bool)
    for person in np.unique(people):
        theirs = people == person
        said[theirs] = scores[theirs] >= best_f1(scores[~theirs], fell[~theirs])
    return Judged(scores, said)

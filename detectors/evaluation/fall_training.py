"""Trains the judges of a fall, and says how they judge people they have not seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import lightgbm
import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.acceleration import Floats
from detectors.evaluation.fall_biases import biases
from detectors.evaluation.fall_network_training import ABROAD, AT_HOME, Recipe
from detectors.evaluation.fall_network_training import train as train_network
from detectors.evaluation.fall_ridge import Ridge
from detectors.evaluation.trials import Trial
from detectors.fall_features import features
from detectors.fall_model import Calibration, FallModel, Provenance
from detectors.fall_moments import PEAK, Singles, cuts, peaks
from detectors.fall_network import FallNetwork
from detectors.fall_rocket import Rocket, answers, views
from detectors.fall_trees import Trees, trees_of

__all__ = ["ABROAD", "AT_HOME", "Judges", "Moments", "fit", "moments_of", "of_trial", "unseen"]

FOLDS = 5
NO_PEAK = -1e3
"""The log odds of a trial in which nothing is worth judging."""
_MOST_A_TRIAL = 3
"""Of daily life's peaks, the highest that train: half an hour of jogging is one example."""
_RIDGE = 0.1
_GROWTH: dict[str, Any] = {
    "objective": "binary", "num_leaves": 15, "learning_rate": 0.05, "feature_fraction": 0.4,
    "bagging_fraction": 0.8, "bagging_freq": 1, "min_data_in_leaf": 10, "lambda_l2": 1.0,
    "num_threads": 1, "deterministic": True, "force_row_wise": True, "verbose": -1,
}  # fmt: skip
_TREES = 300

Flags = NDArray[np.bool_]
Heard = Callable[[float], None]
"""Told the share done, 0 to 1."""


class Moments(msgspec.Struct, frozen=True):
    """All candidate moments of some trials, and what the judges see in them."""

    windows: Singles
    trial: NDArray[np.intp]
    """Of each moment, its trial's place in the list."""
    fell: Flags
    """Of each trial."""
    people: NDArray[np.str_]
    """Of each trial."""
    trains: Flags
    """Of a fall only the highest peak is known to be one; of daily life the highest few."""
    features: Floats
    answers: Singles

    @property
    def labels(self) -> Flags:
        """Whether each moment is of a fall's recording."""
        return self.fell[self.trial]

    @property
    def person(self) -> NDArray[np.str_]:
        """Of each moment."""
        return self.people[self.trial]


class Judges(msgspec.Struct, frozen=True):
    """Three unlike judges, trained on the same moments."""

    trees: Trees
    rocket: Rocket
    network: FallNetwork

    def margins(self, moments: Moments, which: NDArray[np.intp]) -> Floats:
        """(len(which), 3), as `FallModel.margins` has them."""
        return np.stack(
            [
                self.trees.margins(moments.features[which]),
                self.rocket.weigh(moments.answers[which]),
                self.network.margins(moments.windows[which]).astype(np.float64),
            ],
            axis=1,
        )


def moments_of(trials: Sequence[Trial]) -> Moments:
    """Every moment of `trials`; a trial without a window or a peak has none."""
    found: list[Singles] = []
    trial: list[int] = []
    for i, each in enumerate(trials):
        if each.window is not None:
            at = peaks(each.window.magnitude)
            found.append(cuts(each.window.g, at))
            trial += [i] * len(at)
    windows = np.concatenate(found)
    owner = np.array(trial, dtype=np.intp)
    fell = np.array([each.fell for each in trials])
    return Moments(
        windows=windows,
        trial=owner,
        fell=fell,
        people=np.array([each.subject for each in trials]),
        trains=_trains(windows, owner, fell),
        features=features(windows),
        answers=answers(views(windows), biases()),
    )


def _trains(windows: Singles, trial: NDArray[np.intp], fell: Flags) -> Flags:
    height = np.linalg.norm(windows[:, PEAK], axis=1)
    order = np.lexsort((-height, trial))
    begins = np.r_[True, trial[order][1:] != trial[order][:-1]]
    first = np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order)) - first
    allowed: Flags = rank < np.where(fell[trial], 1, _MOST_A_TRIAL)
    return allowed


class Trainer:
    """Trains judges on some of the moments, again and again; what folds share is kept.

    `weight` is each moment's (1 where None); `recipe` the network's.
    """

    def __init__(
        self, moments: Moments, seed: int, *, weight: Floats | None = None, recipe: Recipe = AT_HOME
    ) -> None:
        self.moments = moments
        self._seed = seed
        self._weight = np.ones(len(moments.trial)) if weight is None else weight
        self._recipe = recipe
        self._rows = np.flatnonzero(moments.trains)
        self._ridge = Ridge(moments.answers[self._rows], _RIDGE)

    def on(self, people: Flags) -> Judges:
        """Judges of the moments of which `people` is true."""
        moments = self.moments
        chosen = np.flatnonzero(people & moments.trains)
        fell, weight = moments.labels[chosen], self._weight[chosen]
        place = np.searchsorted(self._rows, chosen)
        weights, bias = self._ridge.fit(place, fell, weight)
        return Judges(
            trees=_grown(moments.features[chosen], fell, weight, self._seed),
            rocket=Rocket(biases(), weights, bias),
            network=train_network(
                moments.windows[chosen], fell, moments.trial[chosen], self._seed, weight,
                recipe=self._recipe,
            ),
        )  # fmt: skip


def unseen(trainer: Trainer, folds: Sequence[Sequence[str]], heard: Heard) -> Floats:
    """(moments, 3) margins, each by judges that have not seen the moment's person.

    People in no fold (pooled sets) only train; their margins stay 0.
    """
    moments = trainer.moments
    margins = np.zeros((len(moments.trial), 3))
    for i, people in enumerate(folds):
        theirs = np.isin(moments.person, np.array(people))
        which = np.flatnonzero(theirs)
        margins[which] = trainer.on(~theirs).margins(moments, which)
        heard((i + 1) / len(folds))
    return margins


def folds_of(moments: Moments, count: int, seed: int) -> list[list[str]]:
    """The people in `count` groups of about equally many, those who fell spread evenly."""
    rng = np.random.default_rng(seed)
    fallen = set(moments.people[moments.fell].tolist())
    everybody = sorted(set(moments.people.tolist()))
    shuffled = [everybody[i] for i in rng.permutation(len(everybody))]
    dealt = sorted(shuffled, key=lambda person: person not in fallen)
    return [group for i in range(count) if (group := dealt[i::count])]


def of_trial(log_odds: Floats, moments: Moments) -> Floats:
    """Each trial's highest log odds; `NO_PEAK` where nothing was worth judging."""
    highest = np.full(len(moments.fell), NO_PEAK)
    np.maximum.at(highest, moments.trial, log_odds)
    return highest


def calibrated(margins: Floats, moments: Moments, known: Flags | None = None) -> Calibration:
    """How margins of people not seen become one probability; learned on the moments that are
    `known` (all where None) and trial by trial, since it is trials that are judged.
    """
    which = np.ones(len(margins), dtype=bool) if known is None else known
    used = margins[which & moments.trains]
    centre, scale = used.mean(axis=0), used.std(axis=0) + 1e-9
    plain = Calibration(tuple(centre.tolist()), tuple(scale.tolist()), 1.0, 0.0)
    trials = np.zeros(len(moments.fell), dtype=bool)
    trials[moments.trial[which]] = True
    scores = of_trial(plain.log_odds(margins), moments)
    slope, offset = platt(scores[trials], moments.fell[trials])
    return Calibration(plain.centre, plain.scale, slope, offset)


def platt(scores: Floats, fell: Flags) -> tuple[float, float]:
    """Slope and offset of the log odds over `scores` (Platt 1999, with his softened targets)."""
    falls, others = int(fell.sum()), int((~fell).sum())
    target = np.where(fell, (falls + 1) / (falls + 2), 1 / (others + 2))
    x = np.column_stack([scores, np.ones(len(scores))])
    beta = np.array([1.0, 0.0])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        slope = x.T @ (p - target) + 1e-3 * beta
        curve = (x * (p * (1 - p))[:, None]).T @ x + 1e-3 * np.eye(2)
        beta = beta - np.linalg.solve(curve, slope)
    return float(beta[0]), float(beta[1])


def fit(trainer: Trainer, provenance: Provenance, heard: Heard) -> FallModel:
    """A model of everybody in the trainer, calibrated on margins of people not seen."""
    moments = trainer.moments
    folds = folds_of(moments, FOLDS, provenance.seed)
    margins = unseen(trainer, folds, lambda share: heard(share * FOLDS / (FOLDS + 1)))
    judges = trainer.on(np.ones(len(moments.trial), dtype=bool))
    heard(1.0)
    return FallModel(
        judges.trees, judges.rocket, judges.network, calibrated(margins, moments), provenance
    )


def _grown(numbers: Floats, fell: Flags, weight: Floats, seed: int) -> Trees:
    data = lightgbm.Dataset(numbers, fell.astype(np.float64), weight=weight)
    booster = lightgbm.train({**_GROWTH, "seed": seed}, data, num_boost_round=_TREES)
    return trees_of(booster.dump_model())

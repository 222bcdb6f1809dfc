"""Trains the judges of a fall, and says how they judge people they have not seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import lightgbm
import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.acceleration import Floats
from detectors.evaluation.fall_bending import Bending, bent
from detectors.evaluation.fall_biases import biases
from detectors.evaluation.fall_network_training import AT_HOME, Recipe
from detectors.evaluation.fall_network_training import train as train_network
from detectors.evaluation.fall_ridge import Ridge
from detectors.evaluation.trials import Trial
from detectors.fall_features import features
from detectors.fall_model import Calibration, FallModel, Provenance
from detectors.fall_moments import PEAK, Singles, cuts, peaks
from detectors.fall_network import FallNetwork
from detectors.fall_rocket import Rocket, answers, views
from detectors.fall_trees import Trees, trees_of
from telecare.errors import InvalidInput

FOLDS = 4
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
_MOST_STEPS, _LEAST_STEP = 100, 1e-9

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
    bent: Flags
    """Variations of other moments, made to train on and never to judge by."""
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
    """Every moment of `trials`; a trial without a window or a peak has none. Raises
    `InvalidInput` where none has.
    """
    found: list[Singles] = []
    trial: list[int] = []
    for i, each in enumerate(trials):
        if each.window is not None:
            at = peaks(each.window.magnitude)
            found.append(cuts(each.window.g, at))
            trial += [i] * len(at)
    if not trial:
        raise InvalidInput(
            "none of these recordings has a peak worth judging; acceleration is read in "
            "thousandths of g"
        )
    windows = np.concatenate(found)
    owner = np.array(trial, dtype=np.intp)
    fell = np.array([each.fell for each in trials])
    return Moments(
        windows=windows,
        trial=owner,
        fell=fell,
        people=np.array([each.subject for each in trials]),
        trains=highest(windows, owner, fell),
        bent=np.zeros(len(windows), dtype=bool),
        features=features(windows),
        answers=answers(views(windows), biases()),
    )


def varied(moments: Moments, rows: NDArray[np.intp], bending: Bending, seed: int) -> Moments:
    """The moments, and one more trial for each of theirs: its `rows` as another body with
    another device might have recorded them.
    """
    rng = np.random.default_rng(seed)
    more = clipped(bent(moments.windows[rows], bending, rng), rng)
    count = len(rows)
    return Moments(
        windows=np.concatenate([moments.windows, more]),
        trial=np.concatenate([moments.trial, moments.trial[rows] + len(moments.fell)]),
        fell=np.concatenate([moments.fell, moments.fell]),
        people=np.concatenate([moments.people, moments.people]),
        trains=np.concatenate([moments.trains, np.ones(count, dtype=bool)]),
        bent=np.concatenate([moments.bent, np.ones(count, dtype=bool)]),
        features=np.concatenate([moments.features, features(more)]),
        answers=np.concatenate([moments.answers, answers(views(more), biases())]),
    )


def clipped(windows: Singles, rng: np.random.Generator) -> Singles:
    """A third as a sensor set to 2 g a axis, a third as one set to 4 g, would have sent them."""
    limit = rng.choice([2.0, 4.0, np.inf], size=(len(windows), 1, 1)).astype(np.float32)
    return np.clip(windows, -limit, limit)


def highest(
    windows: Singles, trial: NDArray[np.intp], fell: Flags, most: int = _MOST_A_TRIAL
) -> Flags:
    """Of each fall's moments the highest, of daily life's trials the `most` highest."""
    height = np.linalg.norm(windows[:, PEAK], axis=1)
    order = np.lexsort((-height, trial))
    begins = np.r_[True, trial[order][1:] != trial[order][:-1]]
    first = np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order)) - first
    allowed: Flags = rank < np.where(fell[trial], 1, most)
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
        trees, rocket = self.plain_on(people)
        return Judges(trees, rocket, self.network_on(people))

    def plain_on(self, people: Flags) -> tuple[Trees, Rocket]:
        """The two that train in a second."""
        chosen = np.flatnonzero(people & self.moments.trains)
        fell, weight = self.moments.labels[chosen], self._weight[chosen]
        place = np.searchsorted(self._rows, chosen)
        weights, bias = self._ridge.fit(place, fell, weight)
        trees = _grown(self.moments.features[chosen], fell, weight, self._seed)
        return trees, Rocket(biases(), weights, bias)

    def network_on(self, people: Flags) -> FallNetwork:
        """The one that trains in half a minute; it bends what it sees by itself."""
        chosen = np.flatnonzero(people & self.moments.trains & ~self.moments.bent)
        # One group a moment: which of a fall's peaks counts has been chosen already.
        return train_network(
            self.moments.windows[chosen], self.moments.labels[chosen], chosen, self._seed,
            self._weight[chosen], recipe=self._recipe,
        )  # fmt: skip


def unseen(
    trainer: Trainer, folds: Sequence[Sequence[str]], network_folds: int, seed: int, heard: Heard
) -> Floats:
    """(moments, 3) margins, each by judges that have not seen the moment's person.

    Trees and filters leave out one of `folds` at a time. The network, which takes a hundred
    times as long, leaves out larger groups and so sees fewer people, never more. People in no
    fold (pooled sets) only train; their margins stay 0.
    """
    moments = trainer.moments
    everybody = sorted({person for fold in folds for person in fold})
    groups = dealt(everybody, set(moments.people[moments.fell].tolist()), network_folds, seed)
    steps = len(folds) + len(groups)
    margins = np.zeros((len(moments.trial), 3))
    for i, people in enumerate(folds):
        theirs = np.isin(moments.person, np.array(people))
        trees, rocket = trainer.plain_on(~theirs)
        margins[theirs, 0] = trees.margins(moments.features[theirs])
        margins[theirs, 1] = rocket.weigh(moments.answers[theirs])
        heard((i + 1) / steps)
    for i, people in enumerate(groups):
        theirs = np.isin(moments.person, np.array(people))
        network = trainer.network_on(~theirs)
        margins[theirs, 2] = network.margins(moments.windows[theirs])
        heard((len(folds) + i + 1) / steps)
    return margins


def dealt(everybody: list[str], fallen: set[str], count: int, seed: int) -> list[list[str]]:
    """The people in `count` groups of about equally many, those who fell spread evenly."""
    rng = np.random.default_rng(seed)
    shuffled = [everybody[i] for i in rng.permutation(len(everybody))]
    in_turn = sorted(shuffled, key=lambda person: person not in fallen)
    return [group for i in range(count) if (group := in_turn[i::count])]


def of_trial(log_odds: Floats, moments: Moments) -> Floats:
    """Each trial's highest log odds; `NO_PEAK` where nothing was worth judging."""
    highest = np.full(len(moments.fell), NO_PEAK)
    np.maximum.at(highest, moments.trial, log_odds)
    return highest


def calibrated(margins: Floats, moments: Moments, known: Flags | None = None) -> Calibration:
    """How margins of people not seen become one probability, learned on the moments that are
    `known` (all where None).

    The judges are weighed moment by moment; the probability is fitted trial by trial, since
    it is trials that are judged.
    """
    which = np.ones(len(margins), dtype=bool) if known is None else known
    used = which & moments.trains
    centre, scale = margins[used].mean(axis=0), margins[used].std(axis=0) + 1e-9
    weight = stacked((margins[used] - centre) / scale, moments.labels[used])
    plain = Calibration(
        tuple(centre.tolist()), tuple(scale.tolist()), tuple(weight.tolist()), 1.0, 0.0
    )
    trials = np.zeros(len(moments.fell), dtype=bool)
    trials[moments.trial[which]] = True
    scores = of_trial(np.where(which, plain.log_odds(margins), NO_PEAK), moments)
    slope, offset = platt(scores[trials], moments.fell[trials])
    return msgspec.structs.replace(plain, slope=slope, offset=offset)


def stacked(margins: Floats, fell: Flags) -> Floats:
    """How much to trust each judge: logistic regression on their standardised margins, pulled
    towards equal trust, none below zero; the weights' sum is one.
    """
    x = np.column_stack([margins, np.ones(len(margins))])
    prior = np.append(np.ones(margins.shape[1]), 0.0)
    pull = np.append(np.ones(margins.shape[1]), 1e-6)
    beta = np.maximum(_logistic(x, fell.astype(np.float64), prior, pull)[:-1], 0.0)
    weight: Floats = beta / beta.sum() if beta.any() else np.full(len(beta), 1 / len(beta))
    return weight


def platt(scores: Floats, fell: Flags) -> tuple[float, float]:
    """Slope and offset of the log odds over `scores` (Platt 1999, with his softened targets)."""
    falls, others = int(fell.sum()), int((~fell).sum())
    target = np.where(fell, (falls + 1) / (falls + 2), 1 / (others + 2))
    centre, scale = float(scores.mean()), float(scores.std()) + 1e-9
    x = np.column_stack([(scores - centre) / scale, np.ones(len(scores))])
    slope, offset = _logistic(x, target, np.zeros(2), np.full(2, 1e-3))
    return float(slope / scale), float(offset - slope * centre / scale)


def _logistic(x: Floats, target: Floats, prior: Floats, pull: Floats) -> Floats:
    """Logistic regression pulled towards `prior`, by Newton's steps, halved until they help."""

    def loss(beta: Floats) -> float:
        odds = x @ beta
        near = float((pull * (beta - prior) ** 2).sum()) / 2
        return float((np.logaddexp(0.0, odds) - target * odds).sum()) + near

    beta, best = prior.copy(), loss(prior)
    for _ in range(_MOST_STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        slope = x.T @ (p - target) + pull * (beta - prior)
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + np.diag(pull), slope)
        while loss(beta - step) > best and np.abs(step).max() > _LEAST_STEP:
            step = step / 2
        if np.abs(step).max() <= _LEAST_STEP:
            break
        beta, best = beta - step, loss(beta - step)
    return beta


def fit(
    trainer: Trainer, margins: Floats, provenance: Provenance, known: Flags | None = None
) -> FallModel:
    """A model of all moments, calibrated on the `margins` of people not seen of those `known`."""
    judges = trainer.on(np.ones(len(trainer.moments.trial), dtype=bool))
    calibration = calibrated(margins, trainer.moments, known)
    return FallModel(judges.trees, judges.rocket, judges.network, calibration, provenance)


def _grown(numbers: Floats, fell: Flags, weight: Floats, seed: int) -> Trees:
    data = lightgbm.Dataset(numbers, fell.astype(np.float64), weight=weight)
    booster = lightgbm.train({**_GROWTH, "seed": seed}, data, num_boost_round=_TREES)
    return trees_of(booster.dump_model())

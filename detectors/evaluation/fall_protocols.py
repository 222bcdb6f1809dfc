"""The protocols: who trains, who is judged, and where the threshold comes from."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.acceleration import Floats
from detectors.evaluation import fall_baselines as baselines
from detectors.evaluation.fall_figures import Flags, Judged, best_f1
from detectors.evaluation.fall_network_training import Recipe
from detectors.evaluation.fall_training import (
    Moments,
    Trainer,
    calibrated,
    fit,
    folds_of,
    moments_of,
    of_trial,
    unseen,
)
from detectors.evaluation.trials import Trial
from detectors.fall_model import FallModel, Provenance
from detectors.fall_threshold import OPERATING

NAIVE, BASELINE, OURS = "naive: highest peak", "baseline: boosting on 31 numbers", "ours"
OPERATING_ODDS = math.log(OPERATING / (1 - OPERATING))
NETWORK_FOLDS = 6
"""Groups of people the network leaves out; trees and filters leave out one at a time."""
QUICK = Recipe(views=("axes",), epochs=25, balanced=True)
"""A network for people with the same device as those trained on."""

Heard = Callable[[float], None]
Answers = Mapping[str, Judged]
"""Method -> what it said of each trial."""


class People(msgspec.Struct, frozen=True):
    """Some trials, and what is known of each."""

    trials: Sequence[Trial]

    @property
    def fell(self) -> Flags:
        return np.array([trial.fell for trial in self.trials])

    @property
    def elder(self) -> Flags:
        return np.array([trial.elder for trial in self.trials])

    @property
    def names(self) -> NDArray[np.str_]:
        return np.array([trial.subject for trial in self.trials])

    def of(self, which: Flags) -> People:
        """The trials where `which` is true."""
        return People([t for t, chosen in zip(self.trials, which, strict=True) if chosen])


def one_out(people: People, seed: int, heard: Heard) -> Answers:
    """Each person judged by judges of the others, at a threshold of the others."""
    moments = moments_of(people.trials)
    everybody = folds_of(moments, len(set(moments.people.tolist())), seed)
    trainer = Trainer(moments, seed, recipe=QUICK)
    margins = unseen(trainer, everybody, NETWORK_FOLDS, seed, heard)
    plain = baselines.unseen_plain(people.trials, seed)
    fell, names = people.fell, people.names
    return {
        NAIVE: baselines.by_best_f1(baselines.naive_scores(people.trials), fell, names),
        BASELINE: baselines.by_best_f1(plain, fell, names),
        OURS: _nested(margins, moments),
    }


def _nested(margins: Floats, moments: Moments) -> Judged:
    """Calibrated, for each person, on everybody else's margins by judges that had not seen
    them; a fall from a probability of `OPERATING`.
    """
    scores = np.zeros(len(moments.fell))
    for person in np.unique(moments.people):
        calibration = calibrated(margins, moments, moments.person != person)
        theirs = moments.people == person
        scores[theirs] = of_trial(calibration.log_odds(margins), moments)[theirs]
    return Judged(scores, scores >= OPERATING_ODDS)


def trained_on(people: People, seed: int, heard: Heard) -> FallModel:
    """The model of these people, calibrated among them."""
    moments = moments_of(people.trials)
    names = sorted(set(moments.people.tolist()))
    falls = int(moments.fell.sum())
    provenance = Provenance("", "", len(names), falls, len(moments.fell), seed)
    everything = np.ones(len(moments.trial), dtype=bool)
    return fit(Trainer(moments, seed, recipe=QUICK), everything, names, provenance, heard)


def judged_by(model: FallModel, people: People) -> Judged:
    """Other people at the model's own operating point."""
    moments = moments_of(people.trials)
    scores = of_trial(model.log_odds(moments.windows), moments)
    return Judged(scores, scores >= OPERATING_ODDS)


def carried_over(known: People, others: People, seed: int, heard: Heard) -> Answers:
    """`others` judged by what was trained, calibrated and thresholded on `known` alone."""
    naive, plain = (baselines.naive_scores(each.trials) for each in (known, others))
    mine = baselines.plain_features(known.trials)
    booster = baselines.trained(mine, known.fell, seed)
    cut = best_f1(baselines.unseen_plain(known.trials, seed), known.fell)
    theirs = baselines.odds(booster, baselines.plain_features(others.trials))
    return {
        NAIVE: Judged(plain, plain >= best_f1(naive, known.fell)),
        BASELINE: Judged(theirs, theirs >= cut),
        OURS: judged_by(trained_on(known, seed, heard), others),
    }


def halves(people: People, seed: int) -> tuple[Flags, Flags]:
    """The trials of one half of the people and of the other, those who fell spread evenly."""
    names = people.names
    fallen = set(names[people.fell].tolist())
    rng = np.random.default_rng(seed)
    everybody = sorted(set(names.tolist()))
    shuffled = [everybody[i] for i in rng.permutation(len(everybody))]
    dealt = sorted(shuffled, key=lambda person: person not in fallen)
    first = np.isin(names, np.array(dealt[::2]))
    return first, ~first

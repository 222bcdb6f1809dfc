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
    FOLDS,
    Moments,
    Trainer,
    calibrated,
    dealt,
    fit,
    moments_of,
    of_trial,
    unseen,
)
from detectors.evaluation.trials import Trial
from detectors.fall_model import FallModel, Provenance
from detectors.fall_threshold import OPERATING
from telecare.errors import InvalidInput

NAIVE, BASELINE, OURS = "naive: highest peak", "baseline: boosting on 31 numbers", "ours"
OPERATING_ODDS = math.log(OPERATING / (1 - OPERATING))
_LEAST_PEOPLE = 2
NETWORK_FOLDS = 6
"""Groups of people the network leaves out; trees and filters leave out one at a time."""
QUICK = Recipe(views=("axes", "axes"), epochs=25, balanced=True)
"""A network for people with the same device as those trained on: two that began elsewhere and
err on different people."""

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
    moments = _learnable(people)
    everybody = [[person] for person in np.unique(moments.people).tolist()]
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


def _learnable(people: People) -> Moments:
    """Their moments; raises `InvalidInput` if, one person left out, nothing could be learnt."""
    moments = moments_of(people.trials)
    fell, other = (
        len(np.unique(moments.person[each])) for each in (moments.labels, ~moments.labels)
    )
    if min(fell, other) < _LEAST_PEOPLE:
        raise InvalidInput(
            f"learning takes {_LEAST_PEOPLE} people who fell and {_LEAST_PEOPLE} with other "
            f"movement, so that one can be left out; these recordings have {fell} and {other}"
        )
    return moments


def trained_on(people: People, seed: int, heard: Heard) -> tuple[FallModel, Judged]:
    """The model of these people, and how it judged each of them unseen."""
    moments = _learnable(people)
    everybody = np.unique(moments.people).tolist()
    fallen = set(moments.people[moments.fell].tolist())
    folds = dealt(everybody, fallen, FOLDS, seed)
    trainer = Trainer(moments, seed, recipe=QUICK)
    margins = unseen(trainer, folds, FOLDS, seed, heard)
    falls, trials = int(moments.fell.sum()), len(moments.fell)
    provenance = Provenance("", "", len(everybody), falls, trials, seed)
    return fit(trainer, margins, provenance), _nested(margins, moments)


def judged_by(model: FallModel, people: People) -> Judged:
    """Other people at the model's own operating point."""
    moments = moments_of(people.trials)
    scores = of_trial(model.log_odds(moments.windows), moments)
    return Judged(scores, scores >= OPERATING_ODDS)


def carried_over(known: People, others: People, seed: int, heard: Heard) -> tuple[Answers, Judged]:
    """`others` judged by what was trained, calibrated and thresholded on `known` alone; and
    how ours judged `known` themselves, unseen.
    """
    model, own = trained_on(known, seed, heard)
    ours = judged_by(model, others)
    return {**plainly_over(known, others, seed), OURS: ours}, own


def plainly_over(known: People, others: People, seed: int) -> Answers:
    """`others` judged by the naive rule and the baseline of `known`."""
    naive, plain = (baselines.naive_scores(each.trials) for each in (known, others))
    booster = baselines.trained(baselines.plain_features(known.trials), known.fell, seed)
    cut = best_f1(baselines.unseen_plain(known.trials, seed), known.fell)
    theirs = baselines.odds(booster, baselines.plain_features(others.trials))
    return {
        NAIVE: Judged(plain, plain >= best_f1(naive, known.fell)),
        BASELINE: Judged(theirs, theirs >= cut),
    }


def halves(people: People, seed: int) -> tuple[Flags, Flags]:
    """The trials of one half of the people and of the other, those who fell spread evenly."""
    names = people.names
    fallen = set(names[people.fell].tolist())
    first = np.isin(names, dealt(np.unique(names).tolist(), fallen, 2, seed)[0])
    return first, ~first

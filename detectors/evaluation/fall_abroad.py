"""A model for other devices and other people than it was trained on.

Half of what it is calibrated on are moments of people not seen, as other devices might have
recorded them: the judges that only know their own device are trusted less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from detectors.evaluation.fall_invented import invented
from detectors.evaluation.fall_network_training import ABROAD
from detectors.evaluation.fall_training import (
    Heard,
    Trainer,
    dealt,
    fit,
    highest,
    moments_of,
    unseen,
    varied,
)
from detectors.evaluation.trials import Trial
from detectors.fall_model import FallModel, Provenance
from detectors.fall_shipped import WORN, Placement
from telecare.errors import InvalidInput

ELSEWHERE = 0.3
"""What a recording at another place of the body counts: a fall of the trunk is one too. Of
these only each trial's highest peak trains."""
RECIPE = msgspec.structs.replace(ABROAD, epochs=15)
FOLDS = 3
"""Groups of people left out in turn for the calibration."""


def model_of(
    bodies: Mapping[str, Sequence[Trial]],
    placement: Placement,
    licence: str,
    seed: int,
    heard: Heard,
) -> FallModel:
    """A model for `placement`, calibrated on its people left out in turn.

    Raises `InvalidInput` if no recordings are of that placement, or nobody falls in them.
    """
    worn = {name: each for name, each in bodies.items() if name.split()[-1] in WORN}
    recorded = [trial for each in worn.values() for trial in each]
    trials = [*recorded, *invented(seed)]
    here = np.array([WORN.get(trial.body.split()[-1]) is placement for trial in trials])
    if not any(trial.fell for trial, at_place in zip(trials, here, strict=True) if at_place):
        raise InvalidInput(
            f"these recordings have no falls at the {placement.value}; "
            "name another --placement, or a folder with such recordings"
        )
    moments = moments_of(trials)
    first = highest(moments.windows, moments.trial, moments.fell, most=1)
    trains = moments.trains & (here[moments.trial] | first)
    moments = msgspec.structs.replace(moments, trains=trains)
    rows = np.flatnonzero(trains & here[moments.trial])
    # Trees and filters do not turn the device in the hand as the network's training does.
    moments = varied(moments, rows, RECIPE.bending, seed)
    there = np.tile(here, 2)[moments.trial]
    weight = np.where(there, 1.0, ELSEWHERE)
    people = sorted(
        {trial.subject for trial, at_place in zip(trials, here, strict=True) if at_place}
    )
    provenance = Provenance(
        made_from=", ".join([*sorted(worn), f"{len(trials) - len(recorded)} invented trials"]),
        licence=licence,
        people=len(people),
        falls=sum(trial.fell for trial in trials),
        trials=len(recorded),
        seed=seed,
    )
    trainer = Trainer(moments, seed, weight=weight, recipe=RECIPE)
    folds = dealt(people, {trial.subject for trial in trials if trial.fell}, FOLDS, seed)
    margins = unseen(trainer, folds, FOLDS, seed, lambda share: heard(share * 0.8))
    model = fit(trainer, margins, provenance, there)
    heard(1.0)
    return model

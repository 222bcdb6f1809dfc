"""Movements that were computed look like what they are named for."""

from __future__ import annotations

import numpy as np

from detectors.evaluation.fall_invented import invented
from detectors.evaluation.fall_training import moments_of


def test_nobody_falls_and_most_of_it_is_worth_judging() -> None:
    trials = invented(1)
    assert not any(trial.fell for trial in trials)
    moments = moments_of(trials)
    judged = {trials[i].activity for i in moments.trial}
    assert judged == {"blow", "jump", "drop"}
    assert len(set(moments.trial.tolist())) > len(trials) / 2


def test_the_same_seed_invents_the_same() -> None:
    first, again, other = invented(1), invented(1), invented(2)
    for one, same in zip(first, again, strict=True):
        assert one.window is not None
        assert same.window is not None
        assert np.array_equal(one.window.g, same.window.g)
    assert first[0].window is not None
    assert other[0].window is not None
    assert not np.array_equal(first[0].window.g, other[0].window.g)

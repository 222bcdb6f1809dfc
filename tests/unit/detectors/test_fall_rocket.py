"""Filters counted in machine words give what plain counting gives."""

from __future__ import annotations

import numpy as np

from detectors.evaluation.fall_biases import biases
from detectors.fall_rocket import DILATIONS, KERNELS, Rocket, answers, shifted, views

WINDOWS = np.random.default_rng(3).normal(0, 0.5, (4, 288, 3)).astype(np.float32)


def test_the_shares_are_those_of_plain_counting() -> None:
    (view,) = views(WINDOWS[:1])
    counted = answers(views(WINDOWS[:1]), biases()).reshape(len(DILATIONS), 3, 84, 8)
    for i, dilation in enumerate(DILATIONS):
        answer = (KERNELS @ shifted(view, dilation)).reshape(84, 288, 8)
        above = answer > biases()[i][:, None, :]
        for stage, (begin, end) in enumerate([(0, 128), (128, 192), (192, 288)]):
            plain = above[:, begin:end].mean(axis=1)
            assert np.abs(plain - counted[i, stage]).max() <= 2 / (end - begin)
            assert np.abs(plain - counted[i, stage]).mean() < 1e-4


def test_a_window_is_judged_the_same_alone_and_among_others() -> None:
    weights = np.random.default_rng(1).normal(0, 1, 10_080).astype(np.float32)
    rocket = Rocket(biases(), weights, 0.5)
    together = rocket.margins(WINDOWS)
    assert [rocket.margins(each[None])[0] for each in WINDOWS] == together.tolist()


def test_filters_are_passed_about_half_the_time() -> None:
    share = answers(views(WINDOWS), biases()).mean()
    assert 0.3 < share < 0.7

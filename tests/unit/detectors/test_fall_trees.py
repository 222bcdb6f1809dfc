"""Trees answered by us say what the library that grew them says."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.fall_trees import Trees, trees_of

lightgbm = pytest.importorskip("lightgbm", reason="lightgbm, of the extra judgement, is absent")


def grown(rounds: int) -> tuple[Trees, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    numbers = rng.normal(0, 1, (400, 12)).astype(np.float32).astype(np.float64)
    fell = (numbers[:, 0] * numbers[:, 3] + numbers[:, 7] > 0).astype(float)
    options = {"objective": "binary", "verbose": -1, "num_threads": 1, "num_leaves": 15}
    booster = lightgbm.train(options, lightgbm.Dataset(numbers, fell), num_boost_round=rounds)
    return trees_of(booster.dump_model()), numbers, booster.predict(numbers, raw_score=True)


def test_the_odds_are_the_same() -> None:
    trees, numbers, expected = grown(40)
    assert np.abs(trees.margins(numbers) - expected).max() < 1e-5


def test_a_tree_that_found_nothing_to_split_says_its_one_leaf() -> None:
    leaf = {"tree_info": [{"tree_structure": {"leaf_value": 0.25}}]}
    assert trees_of(leaf).margins(np.zeros((2, 1))).tolist() == [0.25, 0.25]

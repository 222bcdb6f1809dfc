"""The small network of falls learns from weakly labelled recordings."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("jax", reason="the judgement extra is not installed")

import jax

from detectors.evaluation.fall_bending import turns
from detectors.evaluation.fall_network_training import (
    AT_HOME,
    Recipe,
    _forward,
    _settled,
    margins,
    train,
)
from detectors.fall_moments import PEAK, SAMPLES, Singles
from detectors.fall_network import FallNetwork, Member, channels, shapes
from telecare.errors import InvalidInput

QUICK = msgspec.structs.replace(AT_HOME, epochs=8)
BRIEF = Recipe(views=("gravity",), epochs=1)


def fall(random: np.random.Generator) -> Singles:
    """Standing, weightless for half a second, a blow, then lying still on the side."""
    w = np.tile(np.array([0, 0, 1.0]), (SAMPLES, 1)) + random.normal(0, 0.1, (SAMPLES, 3))
    w[PEAK - 16 : PEAK] *= 0.3
    w[PEAK : PEAK + 3] = [2.5, 0.5, random.uniform(1, 3)]
    w[PEAK + 16 :] = np.array([1, 0, 0.1]) + random.normal(0, 0.01, (SAMPLES - PEAK - 16, 3))
    return w.astype(np.float32)


def clapping(random: np.random.Generator) -> Singles:
    """As hard a blow, and many more of them before and after."""
    w = np.tile(np.array([0, 0, 1.0]), (SAMPLES, 1)) + random.normal(0, 0.1, (SAMPLES, 3))
    step = int(random.integers(12, 20))
    for at in range(PEAK % step, SAMPLES - 2, step):
        w[at : at + 2] += [random.uniform(1.5, 2.5), 0.5, random.uniform(0, 2)]
    return w.astype(np.float32)


def recorded(count: int, seed: int) -> tuple[Singles, NDArray[np.bool_], NDArray[np.intp]]:
    """As many falls as claps, one window a recording."""
    random = np.random.default_rng(seed)
    windows = [fall(random) if i % 2 else clapping(random) for i in range(count)]
    return np.stack(windows), np.arange(count) % 2 == 1, np.arange(count)


@pytest.fixture(scope="module")
def network() -> FallNetwork:
    return train(*recorded(64, seed=1), seed=1, recipe=QUICK)


def test_a_blow_with_stillness_after_it_is_told_from_clapping(network: FallNetwork) -> None:
    windows, falls, _ = recorded(60, seed=2)
    odds = network.margins(windows)
    assert odds[falls].min() > 0 > odds[~falls].max()


def test_however_the_device_is_turned(network: FallNetwork) -> None:
    windows, falls, _ = recorded(60, seed=3)
    turned = windows @ turns(60, 40, np.random.default_rng(3)).astype(np.float32)
    odds = network.margins(turned)
    assert odds[falls].min() > odds[~falls].max()


def test_production_computes_what_training_saw(network: FallNetwork) -> None:
    windows, _, _ = recorded(20, seed=4)
    for member in network.members:
        seen = channels(windows, member.view)
        assert member.margins(seen) == pytest.approx(margins(member, seen), abs=1e-5)


def test_production_needs_not_normalise_what_was_normalised_in_training() -> None:
    random = np.random.default_rng(8)
    arrays = [random.normal(0, 0.2, size).astype(np.float32) for size in shapes("axes")]
    seen = channels(recorded(8, seed=8)[0], "axes")
    normalised, _ = _forward(arrays, seen, jax.random.key(0), 0.0)
    settled = Member("axes", _settled(arrays, [seen]))
    assert settled.margins(seen) == pytest.approx(np.asarray(normalised), abs=1e-3)


def test_the_same_seed_gives_the_same_network() -> None:
    same, again, other = (
        train(*recorded(64, seed=1), seed=seed, recipe=BRIEF).dump() for seed in (5, 5, 6)
    )
    assert same == again
    assert same != other


def test_of_a_recorded_fall_only_its_highest_peak_is_believed() -> None:
    """Before the fall somebody clapped: were those peaks falls too, claps would become falls."""
    windows, falls, groups = recorded(64, seed=1)
    random = np.random.default_rng(7)
    claps = np.stack([clapping(random) for _ in range(64)])
    claps[:, PEAK] *= 0.5
    before = np.repeat(groups[falls], 2)
    mixed = train(
        np.concatenate([claps, windows]),
        np.concatenate([np.ones(64, bool), falls]),
        np.concatenate([before, groups]),
        seed=1,
        recipe=BRIEF,
    )
    alone = train(windows, falls, groups, seed=1, recipe=BRIEF)
    assert mixed.dump() == alone.dump()


def test_progress_is_told_to_the_end() -> None:
    heard: list[float] = []
    brief = Recipe(views=("axes", "gravity"), epochs=2)
    train(*recorded(64, seed=1), seed=1, progress=heard.append, recipe=brief)
    assert heard == [0.25, 0.5, 0.75, 1.0]


def test_recordings_of_one_kind_teach_nothing() -> None:
    windows, falls, groups = recorded(16, seed=1)
    with pytest.raises(InvalidInput, match="falls and of other things"):
        train(windows[falls], falls[falls], groups[falls], seed=1)

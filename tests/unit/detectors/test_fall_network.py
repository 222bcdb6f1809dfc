"""A small network judges the nine seconds around a peak."""

from __future__ import annotations

import itertools

import msgspec
import numpy as np
import pytest

from detectors.fall_moments import SAMPLES, Singles
from detectors.fall_network import CHANNELS, MOST_BYTES, FallNetwork, Member, View, channels, shapes
from telecare.errors import InvalidInput

VIEWS: tuple[View, ...] = ("axes", "gravity")


def drawn(view: View, seed: int = 1) -> Member:
    """Numbers by chance, as wide as trained ones."""
    random = np.random.default_rng(seed)
    sizes = shapes(view)
    return Member(view, tuple(random.normal(0, 0.1, size).astype(np.float32) for size in sizes))


def recorded(count: int = 5, seed: int = 2) -> Singles:
    windows = np.random.default_rng(seed).normal(0, 0.3, (count, SAMPLES, 3)).astype(np.float32)
    return windows + np.array([0, 0, 1], np.float32)


def test_a_network_written_and_read_judges_the_same() -> None:
    network = FallNetwork([drawn("axes"), drawn("gravity"), drawn("axes", seed=3)])
    data = network.dump()
    again = FallNetwork.load(data)
    assert len(data) < MOST_BYTES
    assert again.dump() == data
    assert np.array_equal(again.margins(recorded()), network.margins(recorded()))


def test_a_window_is_judged_the_same_alone_and_among_many() -> None:
    network = FallNetwork([drawn("axes"), drawn("gravity")])
    windows = recorded(300)
    alone = np.concatenate([network.margins(windows[i : i + 1]) for i in (0, 127, 128, 299)])
    assert network.margins(windows)[[0, 127, 128, 299]] == pytest.approx(alone, abs=1e-5)
    assert network.margins(windows[:0]).shape == (0,)


def test_members_are_averaged() -> None:
    one, other = drawn("axes"), drawn("gravity")
    apart = [FallNetwork([m]).margins(recorded()) for m in (one, other)]
    together = FallNetwork([one, other]).margins(recorded())
    assert together == pytest.approx((apart[0] + apart[1]) / 2, abs=1e-5)


def test_gravity_is_seen_alike_however_the_device_is_turned() -> None:
    windows = recorded()
    for order, signs in itertools.product([(1, 2, 0), (2, 0, 1)], [(1, 1, 1), (-1, -1, 1)]):
        turned = windows[:, :, order] * np.array(signs, np.float32)
        assert channels(turned, "gravity") == pytest.approx(channels(windows, "gravity"), abs=1e-4)


@pytest.mark.parametrize("view", VIEWS)
def test_what_a_member_sees_is_finite_even_of_no_movement_at_all(view: View) -> None:
    still = np.zeros((2, SAMPLES, 3), np.float32)
    seen = channels(still, view)
    assert seen.shape == (2, SAMPLES, CHANNELS[view])
    assert np.isfinite(seen).all()


def test_windows_of_another_shape_are_refused() -> None:
    with pytest.raises(InvalidInput, match="must be"):
        FallNetwork([drawn("axes")]).margins(np.zeros((1, 100, 3), np.float32))


def test_a_network_of_nobody_is_refused() -> None:
    with pytest.raises(InvalidInput, match="at least one"):
        FallNetwork([])


def test_too_many_members_are_refused() -> None:
    with pytest.raises(InvalidInput, match="fewer"):
        FallNetwork([drawn("axes")] * 6).dump()


def spoilt() -> list[bytes]:
    whole = FallNetwork([drawn("axes")]).dump()
    (format_, [[view, arrays]]) = msgspec.msgpack.decode(whole)
    without_bias = [format_, [[view, arrays[:-1]]]]
    short = [format_, [[view, [arrays[0][:-2], *arrays[1:]]]]]
    no_number = [format_, [[view, [*arrays[:-1], np.array([np.nan], "<f2").tobytes()]]]]
    other = [[2, [[view, arrays]]], [format_, [["smell", arrays]]], [format_, []]]
    return [
        *(msgspec.msgpack.encode(f) for f in (without_bias, short, no_number, *other)),
        whole[:-1],
        b"",
        b"\x80\x04pickle",
    ]


@pytest.mark.parametrize("data", spoilt())
def test_what_is_no_network_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="fall network"):
        FallNetwork.load(data)

"""Fixes in metres and in words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.position import Ground, apart, fix_of, seen_from
from telecare.vocabulary import ReadingKind
from tests.harness.diary import FIRST_DAY, Diary, local

NOON = local(FIRST_DAY, "12:00")


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.floats(-30_000, 30_000), st.floats(-30_000, 30_000))
def test_a_point_and_its_position_are_the_same_place(east: float, north: float) -> None:
    ground = Ground(50.715, -2.437)
    assert apart(ground.metres(*ground.position((east, north))), (east, north)) < 0.01


def test_it_holds_across_the_date_line() -> None:
    ground = Ground(-17.0, 179.999)
    assert ground.metres(-17.0, -179.999)[0] == pytest.approx(213, abs=2)


@pytest.mark.parametrize(
    ("point", "words"),
    [
        ((0, 10), "at home"),
        ((0, 240), "240 metres north of home"),
        ((-700, 700), "990 metres north-west of home"),
        ((900, -900), "1.3 km south-east of home"),
    ],
)
def test_a_place_is_said_without_a_map(point: tuple[float, float], words: str) -> None:
    assert seen_from("home", point) == words


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"lat": 50.7},
        {"lat": "50.7", "lon": "-2.4"},
        {"lat": True, "lon": False},
        {"lat": 0, "lon": 0},
        {"lat": 91, "lon": 0},
        {"lat": 10, "lon": 181},
        {"lat": float("inf"), "lon": 1},
        {"lat": 10**400, "lon": 1},
    ],
)
def test_what_cannot_be_a_place_is_none(data: dict[str, object]) -> None:
    note = Diary().note(NOON, "location", kind=ReadingKind.LOCATION, data=data)
    assert fix_of(note) is None


def test_an_accuracy_nobody_stated_is_an_ordinary_one() -> None:
    data: dict[str, object] = {"lat": 50.7, "lon": -2.4}
    fix = fix_of(Diary().note(NOON, "location", kind=ReadingKind.LOCATION, data=data))
    assert fix is not None
    assert fix.accuracy_m == 50

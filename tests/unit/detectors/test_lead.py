"""A home's time that goes on while the clock is set back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from detectors.lead import Lead
from telecare.clock import HandClock
from telecare.settings import Settings
from telecare.store.migrate import open_database
from telecare.store.session import Database
from telecare.vocabulary import SignalKind
from tests.harness.diary import FIRST_DAY, Diary, local
from tests.harness.judging import Homes, Judging

NIGHT = local(FIRST_DAY, "02:00")
FOUR = timedelta(minutes=4)
_numbers = count()
seconds = st.floats(min_value=0, max_value=200_000, allow_nan=False)


@given(passed=seconds, by=st.floats(min_value=2, max_value=300))
def test_a_deadline_is_met_when_its_wall_time_has_come_and_no_earlier(
    passed: float, by: float
) -> None:
    lead = Lead(NIGHT, timedelta(seconds=by))
    due = NIGHT + timedelta(seconds=passed)
    wall = lead.wall(due)
    assert lead.home_time(wall) >= due, "else it would be looked at and not met"
    assert lead.home_time(wall) - due <= timedelta(microseconds=5)


@given(seconds, seconds)
def test_its_time_never_goes_back(one: float, other: float) -> None:
    lead = Lead(NIGHT, FOUR)
    earlier, later = sorted((one, other))
    assert lead.home_time(NIGHT + timedelta(seconds=earlier)) <= lead.home_time(
        NIGHT + timedelta(seconds=later)
    )


def test_of_five_minutes_nothing_is_left_after_a_day() -> None:
    lead = Lead(NIGHT, timedelta(minutes=5))
    assert lead.at(NIGHT + timedelta(days=1)) == timedelta()
    assert lead.at(NIGHT + timedelta(hours=12)) == timedelta(minutes=2.5)


@pytest.fixture
def judging(sqlite_settings: Settings) -> Iterator[Judging]:
    opened: list[Database] = []

    def open_owner(owner: str) -> Database:
        opened.append(open_database(sqlite_settings, owner))
        return opened[-1]

    diary = Diary()
    yield Judging(
        open_owner, HandClock(NIGHT + FOUR), Homes(diary.profile(hubs={diary.hub: 900.0}))
    )
    for each in opened:
        each.close()


def _beats(judging: Judging, lane: str) -> None:
    now = judging.clock.now()
    beat = replace(Diary().beat(now), id=f"beat-{next(_numbers)}", received_at=now)
    judging.arrive([beat], lane, clock_moves=False)
    judging.work()


def _is_silent_after(judging: Judging, minutes: float) -> bool:
    judging.clock.forward(minutes=minutes)
    judging.work()
    return [each.kind for each in judging.signals()] == [SignalKind.HUB_SILENT]


def test_two_gateways_of_one_machine_are_set_back_once(judging: Judging) -> None:
    for lane in ("gateway-1", "gateway-2"):
        _beats(judging, lane)
    judging.clock.jump_wall(minutes=-4)
    for lane in ("gateway-1", "gateway-2"):
        _beats(judging, lane)
    assert not _is_silent_after(judging, 14.9)
    assert _is_silent_after(judging, 0.3)


def test_a_clock_that_is_set_back_twice_is_ahead_by_both(judging: Judging) -> None:
    for _ in range(2):
        _beats(judging, "gateway-1")
        judging.clock.jump_wall(minutes=-2)
    _beats(judging, "gateway-1")
    assert not _is_silent_after(judging, 14.9)
    assert _is_silent_after(judging, 0.3)

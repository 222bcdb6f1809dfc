"""Days are the same ones whenever they are lived, and look like a person's."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from simulators.homes import FRIDGE_DOOR, FRONT_DOOR, KETTLE, Home, make_home
from simulators.residents import habits_of, lived, rises_at, whole_day

START = datetime(2026, 3, 2, tzinfo=UTC)
MONTH = timedelta(days=28)


@pytest.fixture(params=range(4))
def home(request: pytest.FixtureRequest) -> Home:
    return make_home(7, request.param)


def test_the_same_home_lives_the_same_month_again(home: Home) -> None:
    habits = habits_of(home)
    again = make_home(home.seed // 1_000_003, home.seed % 1_000_003)
    first = list(lived(home, habits, START, START + MONTH))
    assert first == list(lived(again, habits_of(again), START, START + MONTH))


def test_two_spans_side_by_side_are_one_span(home: Home) -> None:
    habits, middle = habits_of(home), START + timedelta(days=3, hours=14, minutes=7)
    end = START + timedelta(days=6)
    whole = list(lived(home, habits, START, end))
    assert whole == [*lived(home, habits, START, middle), *lived(home, habits, middle, end)]


def test_happenings_come_in_order_of_time_with_ids_of_their_own(home: Home) -> None:
    month = list(lived(home, habits_of(home), START, START + MONTH))
    assert [h.at for h in month] == sorted(h.at for h in month)
    assert len({h.id for h in month}) == len(month)
    assert max(len(h.id) for h in month) <= 64


def test_a_month_has_the_counts_of_a_recorded_home(home: Home) -> None:
    month = list(lived(home, habits_of(home), START, START + MONTH))
    fired = Counter(h.sensor for h in month)
    assert 150 < len(month) / 28 < 300
    assert fired[KETTLE] / 28 > 6
    assert fired[FRIDGE_DOOR] / 28 > 6
    assert fired["motion-lounge"] > fired["motion-bathroom"] > 0


def test_who_goes_out_comes_back_and_nobody_moves_indoors_meanwhile(home: Home) -> None:
    month = list(lived(home, habits_of(home), START, START + MONTH))
    doors = [h for h in month if h.sensor == FRONT_DOOR]
    assert doors
    assert len(doors) % 4 == 0
    for left, shut, back, _ in zip(*[iter(doors)] * 4, strict=True):
        assert (left.value, shut.value, back.value) == (True, False, True)
        assert timedelta(minutes=30) < back.at - left.at < timedelta(minutes=125)
        assert not [h for h in month if shut.at < h.at < back.at]


def test_nights_are_still_but_for_the_bathroom(home: Home) -> None:
    habits = habits_of(home)
    for day in range(14):
        up = rises_at(home, habits, date(2026, 3, 3) + timedelta(days=day))
        night = lived(home, habits, up - timedelta(hours=3), up)
        assert {h.sensor for h in night} <= {"motion-bedroom", "motion-bathroom", "motion-hallway"}


@pytest.mark.parametrize("sunday", [date(2026, 3, 29), date(2026, 10, 25)])
def test_rising_keeps_to_the_wall_clock_when_clocks_change(home: Home, sunday: date) -> None:
    habits = habits_of(home)
    local = rises_at(home, habits, sunday).astimezone(home.zone)
    usual = habits.wakes / 60
    assert abs(local.hour + local.minute / 60 - usual) < 5 * habits.wakes_spread / 60 + 0.1
    night = whole_day(home, habits, sunday - timedelta(days=1))
    assert [h.at for h in night] == sorted(h.at for h in night)

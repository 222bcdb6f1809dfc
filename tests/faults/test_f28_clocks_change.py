"""F28: on 2026-03-29 and 2026-10-25 the clocks change, and somebody is on duty throughout."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.whom.rota import Rota, rota_of
from telecare.register.teams import Shift, Team

LONDON = ZoneInfo("Europe/London")
TEAM = Team(org="north", team="drivers", name="The drivers")
DAYS = [date(2026, 3, 29), date(2026, 10, 25)]


def minutes(day: date) -> list[datetime]:
    """Every minute of the civil day: 1,380 in March, 1,500 in October."""
    begins = datetime.combine(day, time(0), LONDON).astimezone(UTC)
    ends = datetime.combine(day + timedelta(days=1), time(0), LONDON).astimezone(UTC)
    return [begins + timedelta(minutes=n) for n in range((ends - begins) // timedelta(minutes=1))]


def round_the_clock(marks: list[int]) -> Rota:
    """Shifts that hand over at these minutes of the day, round and round."""
    clock = [f"{m // 60:02}:{m % 60:02}" for m in sorted(marks)]
    shifts = [
        Shift(
            org="north", shift=f"shift-{n}", team="drivers", member=f"member-{n}",
            days=list(range(7)), begins=begins, ends=clock[(n + 1) % len(clock)],
        )
        for n, begins in enumerate(clock)
    ]  # fmt: skip
    return rota_of(TEAM, shifts, (), [each.member for each in shifts])


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_day_is_as_long_as_it_is(day: date) -> None:
    assert len(minutes(day)) == (1380 if day.month == 3 else 1500)


@pytest.mark.parametrize("day", DAYS, ids=str)
@given(marks=st.lists(st.integers(0, 1439), min_size=1, max_size=6, unique=True))
def test_a_rota_without_gaps_on_the_wall_has_none_when_the_clocks_change(
    day: date, marks: list[int]
) -> None:
    """Wherever the handovers lie, inside the lost or the doubled hour too."""
    rota = round_the_clock(marks)
    every = minutes(day)
    assert rota.gaps(every[0], every[-1] + timedelta(minutes=1)) == []


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("marks", [[0], [90, 720], [60, 120, 1320], [61, 119]], ids=str)
def test_every_single_minute_has_somebody(day: date, marks: list[int]) -> None:
    rota = round_the_clock(marks)
    assert [at for at in minutes(day) if not rota.on_duty(at)] == []


@pytest.mark.parametrize("day", DAYS, ids=str)
@given(marks=st.lists(st.integers(0, 1439), min_size=2, max_size=6, unique=True), data=st.data())
def test_otherwise_the_gap_is_named_and_names_exactly_the_minutes_without_anybody(
    day: date, marks: list[int], data: st.DataObject
) -> None:
    whole = round_the_clock(marks)
    absent = data.draw(st.sampled_from(whole.shifts))
    rota = rota_of(TEAM, [s for s in whole.shifts if s is not absent], (), sorted(whole.members))
    every = minutes(day)
    gaps = rota.gaps(every[0], every[-1] + timedelta(minutes=1))
    for at in every[::7]:
        assert any(gap.begins <= at < gap.ends for gap in gaps) == (rota.on_duty(at) == ())

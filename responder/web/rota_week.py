"""A team's week as a table: each day's turns with names, and the gaps of the next fortnight."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from responder.whom.directory import Arranged
from responder.whom.rota import LOOK_AHEAD, spoken
from telecare.register.teams import Shift, Team


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One turn as the page shows it."""

    shift: str
    day: date
    """On which it begins: a turn is covered by this."""
    hours: str
    member: str
    name: str
    covers: bool
    """Somebody else's turn."""
    on_duty: bool
    """They are on duty now."""


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One day's turns, the first first."""

    day: date
    is_today: bool
    is_holiday: bool
    turns: list[Row]


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """A team's week from Monday."""

    team: Team
    days: list[Day]
    now: list[str]
    """Who is on duty at this moment, in the order they are called."""
    gaps: list[str]
    """When nobody will be, in the next fortnight, in words."""


def week_of(arranged: Arranged, team: Team, day: date | None, now: datetime) -> Week:
    """The week in which `day` lies on the team's wall, by default today."""
    rota, zone = arranged.rotas[team.team], ZoneInfo(team.time_zone)
    today = now.astimezone(zone).date()
    first = (day or today) - timedelta(days=(day or today).weekday())
    usual = {each.shift: each.member for each in rota.shifts}
    rows: dict[date, list[Row]] = {first + timedelta(days=n): [] for n in range(7)}
    for turn in sorted(rota.turns(first, first + timedelta(days=6))):
        begins, ends = turn.begins.astimezone(zone), turn.ends.astimezone(zone)
        rows[begins.date()].append(
            Row(
                shift=turn.shift, day=begins.date(), member=turn.member,
                hours=_hours(f"{begins:%H:%M}", f"{ends:%H:%M}"),
                name=arranged.members[turn.member].name,
                covers=usual[turn.shift] != turn.member,
                on_duty=turn.begins <= now < turn.ends,
            )
        )  # fmt: skip
    for day_, turns in rows.items():
        taken = {each.shift for each in turns}
        turns += [
            _nobodys(shift, day_)
            for shift in rota.shifts
            if shift.shift not in taken and rota.is_worked(shift, day_)
        ]
    names = [arranged.members[each].name for each in rota.on_duty(now)]
    return Week(
        team=team,
        days=[
            Day(day=each, is_today=each == today, is_holiday=each in rota.holidays, turns=turns)
            for each, turns in rows.items()
        ],
        now=names,
        gaps=[spoken(each, zone) for each in rota.gaps(now, now + LOOK_AHEAD)],
    )


def _hours(begins: str, ends: str) -> str:
    return "all day" if begins == ends == "00:00" else f"{begins} to {ends}"


def _nobodys(shift: Shift, day: date) -> Row:
    return Row(
        shift=shift.shift, day=day, hours=_hours(shift.begins, shift.ends), member="",
        name="nobody", covers=True, on_duty=False,
    )  # fmt: skip

"""When was somebody up and about, hour by hour, over four weeks?

Pure. Counts what the home's sensors noticed; says what is not known as such and never as
stillness; the usual is this home's own median. A day is 24 civil hours from 06:00, as the
detectors see it: a day and the night after it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from statistics import median

import msgspec

from telecare.messages import Reading, Signal
from telecare.vocabulary import ReadingKind

DAYS_SHOWN = 28
BEGINS = timedelta(hours=6)
HOURS = 24
LEAST_DAYS = 5
"""Fewer known days than this have no usual."""
SILENT_WITHOUT_PROMISE = timedelta(hours=24)
"""A home whose hub promises no heartbeat counts as silent after a day without a word."""

_STILL = (False, 0, "off", "closed", "clear", "vacant")


class CellState(StrEnum):
    """What we know of one hour."""

    KNOWN = "known"
    """The home was heard; its count is what was noticed, 0 included."""
    SILENT = "silent"
    """Nothing was heard from the home at all: this says nothing of the person."""
    AHEAD = "ahead"
    """It has not come yet, or the clocks skipped it."""


class Cell(msgspec.Struct, frozen=True):
    """One hour of one day."""

    state: CellState
    count: int = 0


class Day(msgspec.Struct, frozen=True):
    """24 hours from 06:00 of `date`."""

    date: date
    cells: list[Cell]
    changed: list[str]
    """Why the detectors mark this day; usually empty."""


class Usual(msgspec.Struct, frozen=True):
    """The home's own median of an hour, and where eight of ten days lie."""

    middle: float
    low: int
    high: int


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """The picture's numbers."""

    rooms: list[str]
    room: str | None
    """Which room is counted; None for all."""
    days: list[Day]
    """Oldest first."""
    usual: list[Usual | None]
    """Of each hour from 06:00; None while too few days are known."""


def begin_of(now: datetime, zone: tzinfo) -> datetime:
    """The first moment the picture needs readings from."""
    return _start(_day(now, zone) - timedelta(days=DAYS_SHOWN - 1), 0, zone)


def noticed(reading: Reading) -> bool:
    """Whether a reading says that somebody did something somewhere."""
    return (
        reading.kind is ReadingKind.READING and bool(reading.room) and reading.value not in _STILL
    )


def activity(
    readings: Iterable[Reading],
    heard: Iterable[datetime],
    changes: Iterable[Signal],
    *,
    now: datetime,
    zone: tzinfo,
    room: str | None = None,
    silent_after: timedelta = SILENT_WITHOUT_PROMISE,
) -> Activity:
    """The picture of the 28 days up to `now`.

    `heard` are all times of receipt, heartbeats included; with what was kept in the home and told
    later, a stretch longer than `silent_after` without any is not known. `changes` are signals of
    changed habits.
    """
    readings = list(readings)
    heard = sorted({*heard, *(each.occurred_at for each in readings)})
    rooms: set[str] = set()
    counts: Counter[tuple[date, int]] = Counter()
    for reading in filter(noticed, readings):
        assert reading.room is not None
        rooms.add(reading.room)
        if room in (None, reading.room):
            local = reading.occurred_at.astimezone(zone)
            counts[_day(local, zone), (local.hour - 6) % HOURS] += 1
    today = _day(now, zone)
    marked = _marked(changes, zone)
    days = []
    for back in range(DAYS_SHOWN - 1, -1, -1):
        day = today - timedelta(days=back)
        cells = [
            _cell(day, hour, counts[day, hour], heard, now, zone, silent_after)
            for hour in range(HOURS)
        ]
        days.append(Day(day, cells, marked.get(day, [])))
    usual = [_usual(days[:-1], hour) for hour in range(HOURS)]
    return Activity(rooms=sorted(rooms), room=room, days=days, usual=usual)


def _cell(
    day: date,
    hour: int,
    count: int,
    heard: Sequence[datetime],
    now: datetime,
    zone: tzinfo,
    silent_after: timedelta,
) -> Cell:
    start = _start(day, hour, zone)
    end = _start(day, hour + 1, zone)
    if start >= now or start >= end:
        return Cell(CellState.AHEAD)
    if count:
        return Cell(CellState.KNOWN, count)
    before = bisect_left(heard, start) - 1
    after = bisect_left(heard, end)
    if after - before > 1:  # something was heard within the hour
        return Cell(CellState.KNOWN)
    last = heard[before] if before >= 0 else datetime.min.replace(tzinfo=UTC)
    upto = heard[after] if after < len(heard) else now
    return Cell(CellState.SILENT if upto - last > silent_after else CellState.KNOWN)


def _usual(days: Sequence[Day], hour: int) -> Usual | None:
    """Over the known days that nobody marked: a change must not become usual by itself."""
    known = sorted(
        day.cells[hour].count
        for day in days
        if not day.changed and day.cells[hour].state is CellState.KNOWN
    )
    if len(known) < LEAST_DAYS:
        return None
    tenth = len(known) // 10
    return Usual(float(median(known)), known[tenth], known[-1 - tenth])


def _marked(changes: Iterable[Signal], zone: tzinfo) -> dict[date, list[str]]:
    """The days each change was seen in. It is told on the morning after the last of them."""
    found: dict[date, list[str]] = {}
    for signal in changes:
        last = _day(signal.occurred_at, zone) - timedelta(days=1)
        told = signal.evidence.facts.get("days_changed")
        length = int(told) if isinstance(told, int | float) else 1
        for back in range(max(1, length)):
            found.setdefault(last - timedelta(days=back), []).append(signal.why)
    return found


def _day(moment: datetime, zone: tzinfo) -> date:
    return (moment.astimezone(zone).replace(tzinfo=None) - BEGINS).date()


def _start(day: date, hour: int, zone: tzinfo) -> datetime:
    """When the hour begins; on the spring night the skipped hour begins when the next does."""
    wall = datetime.combine(day, time(), zone) + BEGINS + timedelta(hours=hour)
    return wall.astimezone(UTC)

"""What has a home been like lately? Stored readings made into pictures and one line of words.

Pure. Says what was noticed, never what it means: judging is the detectors' work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo

from responder.web.wording import room_words, spell
from telecare.messages import Evidence, EvidenceSeries, Reading
from telecare.vocabulary import ReadingKind

DAY = timedelta(hours=24)
DAYS_SHOWN = 14
_STILL = (False, 0, "off", "closed", "clear", "vacant")
QUIET_AFTER = timedelta(minutes=30)


def noticed(readings: Iterable[Reading]) -> list[Reading]:
    """Readings that say somebody did something somewhere, oldest first."""
    seen = [
        reading
        for reading in readings
        if reading.kind is ReadingKind.READING and reading.room and reading.value not in _STILL
    ]
    return sorted(seen, key=lambda reading: reading.occurred_at)


def day_by_room(readings: Iterable[Reading], now: datetime) -> Evidence | None:
    """The last 24 hours, one series for each room; None when nobody was noticed."""
    rooms: dict[str, list[float]] = {}
    for reading in noticed(readings):
        seconds = (reading.occurred_at - now).total_seconds()
        if reading.room and -DAY.total_seconds() <= seconds <= 0:
            rooms.setdefault(reading.room, []).append(seconds)
    if not rooms:
        return None
    return Evidence(
        around=now,
        series=[
            EvidenceSeries(name=room_words(room), x=times, y=[1.0] * len(times))
            for room, times in sorted(rooms.items())
        ],
    )


def day_by_day(readings: Sequence[Reading], now: datetime, zone: tzinfo) -> EvidenceSeries | None:
    """How often somebody was noticed on each of the last days; None when never."""
    counts = Counter(reading.occurred_at.astimezone(zone).date() for reading in noticed(readings))
    if not counts:
        return None
    today = now.astimezone(zone).date()
    begun = max(min(counts), today - timedelta(days=DAYS_SHOWN - 1))
    days = [begun + timedelta(days=n) for n in range((today - begun).days + 1)]
    return EvidenceSeries(
        name="times somebody was noticed, by day",
        x=[float(n) for n in range(len(days))],
        y=[float(counts[day]) for day in days],
        labels=[f"{day:%a} {day.day}" for day in days],
    )


def now_words(readings: Sequence[Reading], now: datetime, zone: tzinfo) -> str:
    """Where somebody was last noticed, and when the home was last heard of at all."""
    seen = noticed(readings)
    heard = max((reading.received_at for reading in readings), default=None)
    if heard is None:
        return "nothing heard from this home yet"
    parts = []
    if seen:
        last = seen[-1]
        ago = now - last.occurred_at
        parts.append(f"{room_words(last.room)} {last.occurred_at.astimezone(zone):%H:%M}")
        if ago > QUIET_AFTER:
            parts.append(f"no movement for {spell(ago.total_seconds())}")
    else:
        parts.append("no movement among the newest readings")
    parts.append(f"home last heard {spell((now - heard).total_seconds())} ago")
    return " · ".join(parts)

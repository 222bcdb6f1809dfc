"""Which hour is it on the kitchen clock of that home?

Nights, days and hours of habit are civil time; durations are elapsed time. On the last
Sunday of October a night is an hour longer, and no detector may stumble over it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from telecare.errors import InvalidInput

DAY_S = 86_400
_BLOCK_S = 900
"""Offsets of every zone of the tz database since 1972 change only at whole quarters of an
hour, so one look-up serves all readings of a quarter."""
_EPOCH = date(1970, 1, 1)


class LocalTime:
    """Civil time of one zone, cheap enough for every reading."""

    def __init__(self, timezone: str) -> None:
        self.zone = ZoneInfo(timezone)
        self._block = -1
        self._offset = 0

    def seconds(self, timestamp: float) -> int:
        """Civil seconds since 1970-01-01 00:00 civil: `// 86400` is a date, the rest a time."""
        second = int(timestamp)
        block = second // _BLOCK_S
        if block != self._block:
            offset = datetime.fromtimestamp(block * _BLOCK_S, self.zone).utcoffset()
            self._offset = 0 if offset is None else int(offset.total_seconds())
            self._block = block
        return second + self._offset

    def timestamp(self, day: int, second: int) -> float:
        """POSIX time of `second` (0 to 86399) on civil `day`.

        A time the clocks skip is read with the offset before the change, one that comes
        twice is its first coming.
        """
        midnight = datetime.combine(_EPOCH + timedelta(days=day), datetime.min.time())
        return (midnight + timedelta(seconds=second)).replace(tzinfo=self.zone).timestamp()

    def hours(self, timestamp: float, count: int) -> Iterator[tuple[float, int]]:
        """When each of `count` hours begins as they pass, and which of the day it is, the one of
        `timestamp` first. Where the clocks change one is skipped or comes twice.
        """
        second = self.seconds(timestamp)
        begins = timestamp - second % 3600
        last = begins + count * 3600
        changes = self.seconds(last) - int(last) != second - int(timestamp)
        for n in range(count):
            yield begins, (self.seconds(begins) if changes else second + n * 3600) % DAY_S // 3600
            begins += 3600

    def is_between(self, timestamp: float, from_hour: int, until_hour: int) -> bool:
        """Whether it is `within` these hours."""
        return within(self.seconds(timestamp) % DAY_S // 3600, from_hour, until_hour)

    def clock(self, timestamp: float) -> str:
        """`02:14`, as on the wall of the home."""
        return datetime.fromtimestamp(timestamp, UTC).astimezone(self.zone).strftime("%H:%M")

    def day_and_clock(self, timestamp: float) -> str:
        """`Tue 24 Mar 02:14`: of what may be longer ago than a day."""
        return f"{day_name(self.seconds(timestamp) // DAY_S)} {self.clock(timestamp)}"

    def clock_since(self, timestamp: float, now: float) -> str:
        """`clock`, with the day where it is a day ago or longer."""
        is_old = now - timestamp >= DAY_S
        return self.day_and_clock(timestamp) if is_old else self.clock(timestamp)


@lru_cache(maxsize=64)
def local_time(timezone: str) -> LocalTime:
    """One `LocalTime` a zone, shared: it remembers nothing but the last look-up.

    Raises `InvalidInput` if there is no such zone.
    """
    try:
        return LocalTime(timezone)
    except (ZoneInfoNotFoundError, ValueError) as wrong:
        raise InvalidInput(
            f"there is no time zone {timezone!r}; write it like Europe/London"
        ) from wrong


def within(hour: float, from_hour: int, until_hour: int) -> bool:
    """Whether it is `from_hour` or later and before `until_hour`, over midnight if need be; never
    where they are the same.
    """
    if from_hour <= until_hour:
        return from_hour <= hour < until_hour
    return hour >= from_hour or hour < until_hour


def day_name(day: int) -> str:
    """`Tue 24 Mar` for a civil day number."""
    return (_EPOCH + timedelta(days=day)).strftime("%a %d %b")

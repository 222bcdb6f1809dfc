"""A month as people mean it: from its first midnight to the next month's, in civil time."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from telecare.errors import InvalidInput

_WRITTEN = re.compile(r"20\d\d-(0[1-9]|1[0-2])")


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar month of one organisation. March in London lasts an hour less than 31 days."""

    name: str
    """2026-03"""
    begins: datetime
    ends: datetime
    """The first moment of the next month."""

    def holds(self, moment: datetime) -> bool:
        """Whether `moment` lies in it."""
        return self.begins <= moment < self.ends


def month(name: str, zone: str, now: datetime) -> Month:
    """The month written as 2026-03; raises `InvalidInput` for no month and for one to come."""
    if not _WRITTEN.fullmatch(name):
        raise InvalidInput(f"{name[:20]!r} is no month; write it like 2026-03.")
    first = date.fromisoformat(f"{name}-01")
    found = Month(
        name=name, begins=_midnight(first, zone), ends=_midnight(_next_first(first), zone)
    )
    if found.begins > now:
        raise InvalidInput(f"{name} has not begun yet; ask for an earlier month.")
    return found


def month_at(moment: datetime, zone: str) -> str:
    """The name of the month `moment` lies in."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m}"


def month_before(name: str) -> str:
    """2025-12 for 2026-01."""
    return f"{date.fromisoformat(f'{name}-01') - timedelta(days=1):%Y-%m}"


def month_after(name: str) -> str:
    """2026-01 for 2025-12."""
    return f"{_next_first(date.fromisoformat(f'{name}-01')):%Y-%m}"


def _next_first(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)

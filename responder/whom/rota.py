"""Who is on duty at this moment, in which order are they called, and where will nobody be?

Pure. Shifts are kept in civil time; here they become instants. When the clocks change, a
time on the wall may mean two instants (the autumn hour comes twice) or none (the spring
hour is left out). The rule: **a shift begins at the earlier and ends at the later of the
two instants its words may mean.** So colleagues who hand over in such an hour overlap; a
handover never becomes a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import msgspec
from govuk_bank_holidays.bank_holidays import BankHolidays

from telecare.register.teams import DIVISIONS, Cover, Holidays, Shift, Team

HOUSE_ZONE = ZoneInfo("Europe/London")
LOOK_AHEAD = timedelta(days=14)
"""How far ahead gaps are named: time enough to find cover."""


class Turn(msgspec.Struct, frozen=True, order=True):
    """One person's one turn, as instants."""

    begins: datetime
    ends: datetime
    call_order: int
    shift: str
    member: str


class Gap(msgspec.Struct, frozen=True):
    """Nobody of the team is on duty from `begins` until `ends`."""

    begins: datetime
    ends: datetime


class Rota(msgspec.Struct, frozen=True, kw_only=True):
    """A team's turns: what repeats every week, and what is different on single days."""

    team: Team
    shifts: tuple[Shift, ...] = ()
    covers: tuple[Cover, ...] = ()
    members: frozenset[str] = frozenset()
    """Who still works there; turns of others are nobody's."""
    holidays: frozenset[date] = frozenset()

    def turns(self, first: date, last: date) -> Iterator[Turn]:
        """Every turn that begins on a civil day from `first` to `last`, in no order."""
        zone = ZoneInfo(self.team.time_zone)
        covered = {(each.shift, each.day): each.member for each in self.covers}
        day = first
        while day <= last:
            for shift in self.shifts:
                if not self.is_worked(shift, day):
                    continue
                member = covered.get((shift.shift, day), shift.member)
                if member in self.members and member is not None:
                    begins, ends = instants(shift, day, zone)
                    yield Turn(begins, ends, shift.call_order, shift.shift, member)
            day += timedelta(days=1)

    def is_worked(self, shift: Shift, day: date) -> bool:
        """Whether a turn of this shift begins on that day, whoever takes it."""
        if (shift.first_day and day < shift.first_day) or (shift.last_day and day > shift.last_day):
            return False
        is_holiday = day in self.holidays
        if shift.holidays is Holidays.ONLY:
            return is_holiday
        if shift.holidays is Holidays.NEVER and is_holiday:
            return False
        return day.weekday() in shift.days

    def _around(self, begins: datetime, ends: datetime) -> list[Turn]:
        zone = ZoneInfo(self.team.time_zone)
        first = begins.astimezone(zone).date() - timedelta(days=2)
        last = ends.astimezone(zone).date() + timedelta(days=1)
        return [t for t in self.turns(first, last) if t.ends > begins and t.begins < ends]

    def on_duty(self, at: datetime) -> tuple[str, ...]:
        """Members on duty at `at`, each once, in the order to be called."""
        here = [t for t in self._around(at, at + timedelta(microseconds=1)) if t.begins <= at]
        here.sort(key=lambda turn: (turn.call_order, turn.begins, turn.shift))
        return tuple(dict.fromkeys(turn.member for turn in here))

    def gaps(self, begins: datetime, ends: datetime) -> list[Gap]:
        """Every stretch from `begins` to `ends` without anybody, in order."""
        found, reached = [], begins
        for turn in sorted(self._around(begins, ends)):
            if turn.begins > reached:
                found.append(Gap(reached, turn.begins))
            reached = max(reached, turn.ends)
        if reached < ends:
            found.append(Gap(reached, ends))
        return found


def instants(shift: Shift, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When the turn that begins on `day` begins and ends, in UTC."""
    begins, ends = time.fromisoformat(shift.begins), time.fromisoformat(shift.ends)
    until = day if ends > begins else day + timedelta(days=1)
    return min(may_mean(day, begins, zone)), max(may_mean(until, ends, zone))


def may_mean(day: date, clock: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The two instants a time on the wall may mean; nearly always the same one twice."""
    wall = datetime.combine(day, clock, zone)
    return wall.replace(fold=0).astimezone(UTC), wall.replace(fold=1).astimezone(UTC)


@cache
def bank_holidays(division: str) -> frozenset[date]:
    """Those the library knows by heart (no network is used): see `known_until`. None for a
    division it does not know: nobody's turn depends on how a word is written.
    """
    if division not in DIVISIONS:
        return frozenset()
    known = BankHolidays(use_cached_holidays=True).get_holidays(division=division)
    return frozenset(each["date"] for each in known)


def known_until(division: str) -> date:
    """The last day of the last year whose bank holidays are known; long ago if none are."""
    return date(max(bank_holidays(division), default=date.min).year, 12, 31)


def zone_of(name: str) -> ZoneInfo:
    """The time zone; the house's own when this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return HOUSE_ZONE


def rota_of(
    team: Team, shifts: Sequence[Shift], covers: Sequence[Cover], members: Sequence[str]
) -> Rota:
    """The team's rota from all of its organisation's shifts and covers."""
    own = tuple(each for each in shifts if each.team == team.team)
    ids = {each.shift for each in own}
    return Rota(
        team=team,
        shifts=own,
        covers=tuple(each for each in covers if each.shift in ids),
        members=frozenset(members),
        holidays=bank_holidays(team.division),
    )


def spoken(gap: Gap, zone: ZoneInfo) -> str:
    """`from Sun 29 March 00:00 to 02:00`: a gap in words, on the team's wall."""
    begins, ends = gap.begins.astimezone(zone), gap.ends.astimezone(zone)
    until = f"{ends:%H:%M}" if begins.date() == ends.date() else f"{ends:%a %-d %B %H:%M}"
    return f"from {begins:%a %-d %B %H:%M} to {until}"

"""When do people say that this home is not living its ordinary life?

A home's settings carry `pauses: [{"from": ..., "until": ..., "kind": ...}]`, written by
people: a stay in hospital, a holiday, visitors. Such days are neither judged nor learnt.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import msgspec

from detectors.base import HomeProfile
from detectors.local_time import LocalTime, local_time
from telecare.errors import InvalidInput

_EPOCH_DAY = date(1970, 1, 1).toordinal()


class AbsenceKind(StrEnum):
    """Who said what about the home."""

    AWAY = "away"
    """Nobody lives here for now: a holiday, a stay with family."""
    HOSPITAL = "hospital"
    """The resident is in hospital or respite care."""
    VISITORS = "visitors"
    """Others live here too for now, so the signs are not the resident's alone."""

    @property
    def empties(self) -> bool:
        """Whether nobody is expected to move in the home."""
        return self is not AbsenceKind.VISITORS

    @property
    def spoken(self) -> str:
        """What it is called in a sentence."""
        return {"away": "time away", "hospital": "stay in hospital", "visitors": "visit"}[self]


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    until: str
    kind: AbsenceKind
    begins: str = msgspec.field(name="from")


class Absence(msgspec.Struct, frozen=True):
    """From one moment (POSIX) until another, end excluded."""

    begins: float
    ends: float
    kind: AbsenceKind


class Absences:
    """The pauses of one home. A date counts as a whole civil day, `until` included.

    Raises `InvalidInput` if one cannot be read.
    """

    def __init__(self, profile: HomeProfile) -> None:
        local = local_time(profile.timezone)
        try:
            written = msgspec.convert(list(profile.pauses), list[_Written])
            self._known = [
                Absence(_moment(w.begins, 0, local), _moment(w.until, 1, local), w.kind)
                for w in written
            ]
        except (msgspec.ValidationError, ValueError, OverflowError) as wrong:
            raise InvalidInput(
                f"a pause of this home is wrong: {wrong}; write from and until like 2026-03-28 "
                f"and a kind out of {', '.join(AbsenceKind)}"
            ) from wrong

    def during(self, begins: float, ends: float) -> Absence | None:
        """The first pause that shares any time with [begins, ends)."""
        for absence in self._known:
            if absence.begins < ends and begins < absence.ends:
                return absence
        return None

    def emptied(self, since: float, now: float) -> Absence | None:
        """The last pause that left nobody at home at some time after `since` and up to `now`."""
        left = (a for a in self._known if a.kind.empties and a.begins <= now and a.ends > since)
        return max(left, key=lambda each: each.ends, default=None)

    def that_ended_at(self, moment: float) -> Absence | None:
        """The pause that left nobody at home until this very moment."""
        return next((a for a in self._known if a.kind.empties and a.ends == moment), None)


def _moment(written: str, days_on: int, local: LocalTime) -> float:
    """POSIX time of a date or a time; a civil one is read on the home's own clock."""
    if len(written) == len("2026-03-28"):
        day = date.fromisoformat(written).toordinal() - _EPOCH_DAY
        return local.timestamp(day + days_on, 0)
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=local.zone)
    return moment.timestamp()

"""Care lent for a time: after a stay in hospital, or while somebody finds their feet again.

Pure. A package has an end, and a day on which somebody asks whether it still serves. Both come
by themselves to the operators' list of calls, and what nobody decides on becomes an alert: no
package runs out unseen, and none runs on for ever.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from responder.arranged.expectations import Expectation, What, scheduled
from responder.whom.rota import may_mean
from telecare.errors import InvalidInput

LONGEST = timedelta(days=42)
"""Reablement is given for up to six weeks; longer is decided on anew."""
MORNING, EVENING = "09:00", "17:00"
"""When a review or an end stands on the list of its day."""


class PackageKind(StrEnum):
    """What it is for."""

    HOSPITAL_DISCHARGE = "hospital_discharge"
    REABLEMENT = "reablement"
    TRIAL = "trial"
    """To find out whether it helps."""
    RESPITE = "respite"
    """While the carer is away."""


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """One package of one home."""

    org: str
    id: str
    home: str
    kind: PackageKind
    time_zone: str
    begins_on: date
    review_on: date
    ends_on: date
    by: str
    """Who arranged it."""
    reviewed: bool = False
    """The day of its review has come to the list."""
    ended: bool = False
    """The day of its end has come to the list."""
    over_at: datetime | None = None
    """Somebody decided that it is over."""
    next_due_at: datetime | None = None
    """When its review or its end comes to the list; None: nothing comes any more."""


def checked(package: Package, today: date) -> Package:
    """The package with its time; raises `InvalidInput` for days that do not fit."""
    if not today <= package.review_on <= package.ends_on:
        raise InvalidInput("The review lies between today and the last day of the package.")
    if package.ends_on - max(today, package.begins_on) > LONGEST:
        raise InvalidInput("At most six weeks at a time: decide anew when they are over.")
    return planned(package)


def planned(package: Package) -> Package:
    """With `next_due_at` as it follows from everything else."""
    due = None
    if package.over_at is None and not package.reviewed:
        due = _morning(package.review_on, package.time_zone)
    elif package.over_at is None and not package.ended:
        due = _morning(package.ends_on, package.time_zone)
    return replace(package, next_due_at=due)


def turn(package: Package, now: datetime) -> tuple[Package, list[Expectation]]:
    """What comes to the list now, and the package afterwards. After an outage both days may
    have passed: each comes once, on the day it is noticed.
    """
    coming: list[Expectation] = []
    while package.next_due_at is not None and package.next_due_at <= now:
        is_review = not package.reviewed
        coming.append(_entry(package, What.REVIEW if is_review else What.PACKAGE_END, now))
        package = planned(
            replace(package, reviewed=True) if is_review else replace(package, ended=True)
        )
    return package, coming


def extended(package: Package, review_on: date, ends_on: date, today: date) -> Package:
    """Decided anew: another review, another end."""
    if package.over_at is not None:
        raise InvalidInput("This package is over; arrange a new one.")
    renewed = replace(package, review_on=review_on, ends_on=ends_on, reviewed=False, ended=False)
    return checked(renewed, today)


def entry_id(package: Package, what: What) -> str:
    """Which line of the list stands for the package's review or end."""
    return f"{package.id}-{what.value}-{package.ends_on:%Y%m%d}"


def _entry(package: Package, what: What, now: datetime) -> Expectation:
    """One line for the list: today, or tomorrow when it is evening already."""
    zone = ZoneInfo(package.time_zone)
    day = now.astimezone(zone).date()
    if now >= max(may_mean(day, time.fromisoformat(EVENING), zone)) - timedelta(hours=1):
        day += timedelta(days=1)
    wanted = Expectation(
        org=package.org, id=entry_id(package, what), home=package.home, what=what,
        begins=MORNING, by=EVENING, time_zone=package.time_zone, days=(day.weekday(),),
        last_day=day, text=_TEXT[what].format(kind=package.kind.value.replace("_", " ")),
    )  # fmt: skip
    return scheduled(wanted, max(now, min(may_mean(day, time(0), zone))))


_TEXT = {
    What.REVIEW: "Review of the package ({kind}): does it still serve them?",
    What.PACKAGE_END: "The package ({kind}) ends today: extend it, or arrange the equipment's "
    "return.",
}


def _morning(day: date, zone: str) -> datetime:
    return min(may_mean(day, time.fromisoformat(MORNING), ZoneInfo(zone)))

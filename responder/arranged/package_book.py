"""Packages of care: arranged, extended and ended by the desk."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from responder.arranged import expectations, packages
from responder.arranged.calls import DESK
from responder.arranged.expectations import What
from responder.arranged.packages import Package, PackageKind, entry_id
from responder.kept.record import Act
from responder.store import Work, Works, timed
from telecare.clock import Clock
from telecare.errors import NotFound
from telecare.register import Register
from telecare.register.secrets import new_id
from telecare.tenancy import Actor


class PackageBook:
    """Care for a time, home by home."""

    def __init__(self, works: Works, register: Register, clock: Clock) -> None:
        self._works = works
        self._register = register
        self._clock = clock

    def arrange(
        self, actor: Actor, home: str, kind: PackageKind, review_on: date, ends_on: date
    ) -> Package:
        """Care for a time, from today. Its review and its end come to the list of calls."""
        actor.require(*DESK)
        zone = self._register.homes.home(actor.org, home).time_zone
        today = self._clock.now().astimezone(ZoneInfo(zone)).date()
        package = packages.checked(
            Package(
                org=actor.org, id=new_id("package"), home=home, kind=kind, time_zone=zone,
                begins_on=today, review_on=review_on, ends_on=ends_on, by=actor.id,
            ),
            today,
        )  # fmt: skip
        with self._works.begin(self._clock.now()) as work:
            _keep(work, actor, package)
        return package

    def extend(self, actor: Actor, package: str, review_on: date, ends_on: date) -> Package:
        """Decided anew: another review and another end; what stood on the list for it goes."""
        actor.require(*DESK)
        with self._works.begin(self._clock.now()) as work:
            found = timed.packages.get(work, actor.org, package)
            _settle(work, found)
            today = work.now.astimezone(ZoneInfo(found.time_zone)).date()
            renewed = packages.extended(found, review_on, ends_on, today)
            _keep(work, actor, renewed)
        return renewed

    def end(self, actor: Actor, package: str) -> Package:
        """It is over: nothing comes to the list for it any more."""
        actor.require(*DESK)
        with self._works.begin(self._clock.now()) as work:
            found = timed.packages.get(work, actor.org, package)
            if found.over_at is not None:
                return found
            _settle(work, found)
            over = packages.planned(replace(found, over_at=work.now))
            timed.packages.put(work, over)
            work.done_by(
                actor, Act.PACKAGE_OVER, home=over.home, package=over.id,
                kind=over.kind.value,
            )  # fmt: skip
        return over

    def packages(self, actor: Actor, home: str | None = None) -> list[Package]:
        """Those that are not over, the first to end first."""
        actor.require(*DESK)
        found = timed.all_packages(self._works.database, actor.org)
        kept = [each for each in found if each.over_at is None and home in (None, each.home)]
        return sorted(kept, key=lambda each: (each.ends_on, each.id))


def _keep(work: Work, actor: Actor, package: Package) -> None:
    timed.packages.put(work, package)
    work.done_by(
        actor, Act.PACKAGE_ARRANGED, home=package.home, package=package.id,
        kind=package.kind.value, review=package.review_on.isoformat(),
        ends=package.ends_on.isoformat(),
    )  # fmt: skip


def _settle(work: Work, package: Package) -> None:
    """What stands on the list for the package is decided."""
    for what in (What.REVIEW, What.PACKAGE_END):
        try:
            entry = timed.expectations.get(work, package.org, entry_id(package, what))
        except NotFound:
            continue
        timed.expectations.put(work, expectations.ended(entry))

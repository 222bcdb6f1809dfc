"""A month of one organisation: its figures, and the place in the record they rest on.

Everything but installs and test calls, which say so, is worked out from the record alone, up to
one sequence of it: the same record and the same time give the same report, and its hash says which
record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec
from msgspec.structs import replace

from responder.learning.listening import handled_in, seed_of
from responder.learning.quality import draw, wanted_of
from responder.reports import sections
from responder.reports.cases import TELLING, Case, case_of, heard_of
from responder.reports.figure import Figure, Source
from responder.reports.month import Month, month, month_at
from responder.store.months import Months
from telecare.clock import Clock
from telecare.register import Register
from telecare.register.devices import Service


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a month was like. No resident's data: ids in it are opaque."""

    org: str
    month: str
    begins: datetime
    ends: datetime
    as_of: datetime
    """What was still open then may look different in a later report of the same month."""
    sequence: int
    """The last entry of the record it has read."""
    head: str
    """That entry's hash."""
    figures: list[Figure]


class Reports:
    """Reports of every organisation; each question names its own. Thread-safe."""

    def __init__(self, months: Months, register: Register, clock: Clock) -> None:
        self._months = months
        self._register = register
        self._clock = clock

    def of(self, org: str, name: str | None = None) -> Report:
        """The report of a month written as 2026-03, or of the present one.

        An alert belongs to the month in which it was opened, whenever it ended. Raises
        `InvalidInput` for no month, `NotFound` for an unknown organisation.
        """
        now = self._clock.now()
        zone = self._register.organisations.organisation(org).time_zone
        period = month(name or month_at(now, zone), zone, now)
        sequence, head = self._months.head(org)
        lives = self._months.lives(org, period.begins, period.ends, sequence, TELLING)
        cases = [case_of(each) for each in lives]
        services = self._register.devices.services(org)
        until = min(period.ends, now)
        since = until - sections.TEST_EVERY
        called = {
            str(entry.detail["home"])
            for entry in self._months.taken_in(org, since, until, sequence)
            if heard_of(entry).is_alarm
        }
        return Report(
            org=org, month=period.name, begins=period.begins, ends=period.ends, as_of=now,
            sequence=sequence, head=head,
            figures=[
                *figures(cases, services, called, period, now),
                *(self._quality(org, period, sequence) if period.ends <= now else ()),
            ],
        )  # fmt: skip

    def _quality(self, org: str, period: Month, sequence: int) -> list[Figure]:
        """Of a month that is over: which of its drawn calls were listened to."""
        wanted = wanted_of(self._register.organisations.organisation(org).settings)
        found = handled_in(self._months, org, period, sequence)
        drawn = draw(seed_of(self._register, org, period.name), found, wanted)
        return list(sections.quality(drawn))


def figures(
    cases: list[Case], services: list[Service], called: Iterable[str], period: Month, now: datetime
) -> list[Figure]:
    """Every figure of a month, section by section."""
    models = {each.device.device: each.device.model or each.device.kind for each in services}
    return [
        *sections.alerts(cases),
        *sections.answering(cases, now),
        *sections.arrival(cases, now),
        *_from(Source.REGISTER, sections.installs(services, period, now)),
        *sections.faults(cases, models, now),
        *sections.first_calls(cases, models),
        *_from(Source.BOTH, sections.test_calls(services, set(called), min(period.ends, now))),
        *sections.false_alarms(cases, models),
        *sections.outcomes(cases),
    ]


def _from(source: Source, found: Iterable[Figure]) -> Iterator[Figure]:
    return (replace(each, source=source) for each in found)

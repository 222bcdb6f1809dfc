"""What another system may read of a resident, as far as the resident agreed.

Deny is the default: without a resident's own agreement nothing of them is handed on, and
nothing of a home before everybody who lives there agreed. Every look goes on record.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from responder.kept.record import Act
from responder.life.alert import Alert
from responder.shared import fhir
from responder.shared.fhir import Kind, Resource
from responder.store import Reads, Works
from responder.store.messages import of_alert
from telecare.clock import Clock
from telecare.errors import Forbidden, InvalidInput
from telecare.register import Register
from telecare.store.lane import LaneReader
from telecare.store.types import microseconds
from telecare.tenancy import Actor
from telecare.vocabulary import ReadingKind, Role

LONGEST = timedelta(days=31)
"""So much of a home's readings in one search."""
Place = tuple[int | float | str, ...]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One search."""

    kind: Kind
    patient: str
    since: datetime | None = None
    until: datetime | None = None
    after: Place | None = None
    """Where the page before ended."""
    limit: int = 50


class Found(msgspec.Struct, frozen=True):
    """One page."""

    resources: list[Resource]
    onward: Place | None
    """Where the next begins; None: this was the last."""


class _Subject(msgspec.Struct, frozen=True):
    org: str
    home: str
    patient: str
    alone: bool

    @property
    def reference(self) -> str:
        return f"Patient/{self.patient}" if self.alone else f"Location/{self.home}"


class Sharing:
    """Searches, one page at a time. Thread-safe."""

    def __init__(
        self, works: Works, reads: Reads, register: Register, readings: LaneReader, clock: Clock
    ) -> None:
        self._works = works
        self._reads = reads
        self._register = register
        self._readings = readings
        self._clock = clock

    def search(self, actor: Actor, asked: Asked) -> Found:
        """Raises `NotFound` for the patient, `Forbidden` for who has not agreed or for a role
        that may not, `InvalidInput` for a stretch that is too long.
        """
        actor.require(Role.MANAGER)
        subject = self._subject(actor.org, asked.patient)
        with self._works.begin(self._clock.now()) as work:
            work.done_by(
                actor, Act.LOOKED, home=subject.home,
                through="fhir", what=asked.kind.value,
            )  # fmt: skip
        shown: list[tuple[Place, Resource]] = []
        for place, resource in self._all(subject, asked):
            if asked.after is not None and place <= asked.after:
                continue
            if len(shown) == asked.limit:
                return Found([each for _, each in shown], shown[-1][0])
            shown.append((place, resource))
        return Found([each for _, each in shown], None)

    def _subject(self, org: str, patient: str) -> _Subject:
        home = self._register.leaving.home_of_resident(org, patient)
        residents = self._register.residents.residents(org, home)
        agreed = self._register.residents.sharing(org, home)
        if not all(agreed.get(each.resident) for each in residents):
            raise Forbidden(
                "Not everybody concerned has agreed that other systems read this; ask them, and "
                "write it down with `telecare share`."
            )
        return _Subject(org, home, patient, len(residents) == 1)

    def _all(self, of: _Subject, asked: Asked) -> Iterator[tuple[Place, Resource]]:
        """Everything that matches, in the order of its places."""
        if asked.kind is Kind.OBSERVATION:
            yield from self._observations(of, asked)
        elif asked.kind in (Kind.DEVICE, Kind.CARE_PLAN, Kind.RELATED_PERSON):
            yield from self._on_file(of, asked.kind)
        else:
            yield from self._of_alerts(of, asked)

    def _on_file(self, of: _Subject, kind: Kind) -> Iterator[tuple[Place, Resource]]:
        register = self._register
        if kind is Kind.DEVICE:
            revoked = {
                each.device.device: each.revoked_at is not None
                for each in register.devices.admissions(org=of.org)
            }
            for device in sorted(
                register.devices.devices(of.org, of.home), key=lambda each: each.device
            ):
                gone = revoked.get(device.device, True)
                yield (device.device,), fhir.device(of.patient, device, revoked=gone)
        elif kind is Kind.CARE_PLAN:
            plans = [p for p in register.plans.plans(of.org) if p.home in ("", of.home)]
            for plan in sorted(plans, key=lambda each: each.plan):
                yield (plan.plan,), fhir.care_plan(of.patient, plan)
        else:
            contacts = register.contacts.contacts(of.org, of.home)
            for contact in sorted(contacts, key=lambda each: each.contact):
                yield (contact.contact,), fhir.related_person(of.patient, contact)

    def _of_alerts(self, of: _Subject, asked: Asked) -> Iterator[tuple[Place, Resource]]:
        for alert in self._reads.home_alerts(of.org, of.home):
            if asked.since is not None and alert.opened_at < asked.since:
                continue
            if asked.until is not None and alert.opened_at >= asked.until:
                continue
            opened = microseconds(alert.opened_at)
            for ident, resource in self._said(of, alert, asked.kind):
                yield (opened, alert.id, ident), resource

    def _said(self, of: _Subject, alert: Alert, kind: Kind) -> Iterator[tuple[str, Resource]]:
        if kind is Kind.FLAG:
            yield "", fhir.flag(of.reference, alert)
        elif kind is Kind.TASK:
            yield "", fhir.task(of.reference, alert)
        elif kind is Kind.ENCOUNTER:
            if alert.outcome in fhir.ENCOUNTERED:
                yield "", fhir.encounter(of.patient, alert)
        else:
            with self._works.database.read() as connection:
                messages = of_alert(connection, of.org, alert.id)
            for each in sorted(messages, key=lambda each: each.message.key):
                yield each.message.key, fhir.communication(of.patient, each)

    def _observations(self, of: _Subject, asked: Asked) -> Iterator[tuple[Place, Resource]]:
        until = asked.until or self._clock.now() + timedelta(seconds=1)
        since = asked.since or until - LONGEST
        if until - since > LONGEST:
            raise InvalidInput(f"Ask for at most {LONGEST.days} days of readings at a time.")
        if asked.after is not None and isinstance(asked.after[0], int):
            since = max(since, since + timedelta(microseconds=asked.after[0] - microseconds(since)))
        kinds = (ReadingKind.READING,)
        for reading in self._readings.past(of.org, of.home, since, until, kinds):
            place = (microseconds(reading.received_at), reading.device, reading.id)
            yield place, fhir.observation(of.reference, reading)

"""A monitoring centre for tests: real register, real desk, real server, two organisations."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI

from responder.acting.desk import Desk
from responder.api.app import build_app
from responder.arriving.intake import take, take_in
from responder.learning.tunings import Tunings
from responder.outgoing.links import Links
from responder.outgoing.outbox import Message
from responder.store import Works, timed
from responder.whom.people import Channel
from responder.wiring import build
from telecare.clock import Clock, RealClock, VirtualClock, VirtualClockLine
from telecare.messages import Evidence, Reading, Signal
from telecare.observe import Health
from telecare.register import Register
from telecare.register.contacts import Contact
from telecare.register.homes import Home
from telecare.register.people import Person
from telecare.register.residents import Resident
from telecare.settings import Settings
from telecare.store.lane import LaneReader, LaneRecord, LaneWriter
from telecare.store.migrate import migrate, open_database
from telecare.tenancy import Actor
from telecare.vocabulary import ReadingKind, Role, SignalKind
from tests.harness.duty import Mailbag

NIGHT = datetime(2026, 3, 10, 2, 53, 10, tzinfo=UTC)
PASSWORD = "quiet river under the bridge"
ORGANISATIONS = ("dorset", "devon")


def night_clock() -> VirtualClock:
    """Begins on a Tuesday night in March and runs as fast as a real one."""
    return VirtualClock(VirtualClockLine(start=NIGHT, anchor=RealClock().now(), speed=1.0))


@dataclass
class Office:
    """Everything of one installation that a test may touch."""

    settings: Settings
    clock: Clock
    register: Register
    desk: Desk
    tunings: Tunings
    works: Works
    links: Links
    app: FastAPI
    tokens: dict[tuple[str, Role], str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def raise_signal(
        self,
        kind: SignalKind = SignalKind.ALARM,
        *,
        org: str = "dorset",
        home: str = "home-1",
        kind_of: str = "pendant",
        why: str = "The pendant was pressed.",
        evidence: Evidence | None = None,
        at: datetime | None = None,
    ) -> str:
        """A signal arrives and is taken in; the alert it opened or joined."""
        number = next(self._numbers)
        moment = at or self.clock.now()
        signal = Signal(
            id=f"signal-{number}",
            org=org,
            home=home,
            kind=kind,
            type=kind_of,
            occurred_at=moment,
            raised_at=moment,
            why=why,
            source="gateway" if kind is SignalKind.ALARM else kind.value,
            explicit=kind is SignalKind.ALARM,
            evidence=evidence or Evidence(),
        )
        with self.works.begin(moment) as work:
            take_in(work, [LaneRecord("gateway-1", number, signal)])
        opened = [line for line in self.desk.queue(self.operator(org)) if line.home == home]
        return max(opened, key=lambda line: line.changed).id

    def take_in(self, gateway: LaneReader | None = None) -> None:
        """What waits is taken in: the gateway's signals, and our own concerns."""
        with self.works.begin(self.clock.now()) as work:
            take(work, timed.take_concerns(work, 100))
            for lane in gateway.lanes() if gateway else ():
                take_in(work, gateway.read(lane, 0, 1000) if gateway else [])

    def tell(self, home: str, rooms: Mapping[str, Sequence[float]], org: str = "dorset") -> None:
        """Motion in these rooms, so many seconds from now, stands in the gateway's lane."""
        now = self.clock.now()
        told = [
            Reading(
                org=org,
                home=home,
                device=f"hub-{home}",
                id=f"motion-{next(self._numbers)}",
                kind=ReadingKind.READING,
                type="motion",
                room=room,
                value=True,
                occurred_at=now + timedelta(seconds=seconds),
                received_at=now + timedelta(seconds=seconds),
            )
            for room, moments in rooms.items()
            for seconds in moments
        ]
        gateway = open_database(self.settings, "gateway")
        with gateway.begin() as connection:
            LaneWriter("gateway-1").append(connection, told)
        gateway.close()

    def asks_the_daughter(self) -> str:
        """The daughter of the first home is asked by e-mail; the path of her link."""
        alert = self.raise_signal()
        self.desk.claim(self.operator(), alert)
        self.desk.contact(self.operator(), alert, "daughter-1", Channel.EMAIL)
        now = self.clock.now()
        asked = Message(
            org="dorset",
            alert=alert,
            step="desk",
            recipient="daughter-1",
            channel=Channel.EMAIL.value,
            attempt=1,
            urgency=0,
            created_at=now,
            expires_at=now,
        )
        return f"/l/{self.links.token_of(asked)}"

    def operator(self, org: str = "dorset", number: int = 1) -> Actor:
        """One of the operators as the desk knows them."""
        return Actor(
            org=org, id=f"operator-{number}", role=Role.OPERATOR, name=f"Operator {number}"
        )

    def token(self, org: str, role: Role) -> dict[str, str]:
        """Headers of an API token with this role; an integration may read figures."""
        if (org, role) not in self.tokens:
            scopes = ["figures:read"] if role is Role.INTEGRATION else []
            self.tokens[org, role] = self.register.people.issue_token(org, role, scopes=scopes)[1]
        return {"Authorization": f"Bearer {self.tokens[org, role]}"}

    def client(self, role: Role, org: str = "dorset") -> httpx.AsyncClient:
        """A program that asks the interface with a token of this role."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        headers = self.token(org, role)
        return httpx.AsyncClient(transport=transport, base_url="http://desk.test", headers=headers)


def furnished(settings: Settings) -> Settings:
    """A migrated installation with both organisations on file, to be copied for each test."""
    migrate(settings)
    with open_office(settings):
        return settings


def copy_of(settings: Settings, folder: Path) -> Settings:
    """An installation of its own in `folder`, begun from a furnished one on SQLite."""
    shutil.copytree(settings.data_dir, folder / "var")
    return settings.model_copy(update={"data_dir": folder / "var"})


@contextmanager
def open_office(
    settings: Settings, clock: Clock | None = None, unwell: str | None = None
) -> Iterator[Office]:
    """An installation with two organisations whose homes carry the same ids.

    `unwell` names a service whose health is said to be bad.
    """
    clock = clock or night_clock()
    responder = build(settings, clock=clock, senders={Channel.EMAIL: Mailbag()})
    register = responder.register
    app = build_app(
        responder,
        lambda name: Health(name, name != unwell, "" if name != unwell else "Ill."),
    )
    if not register.organisations.organisations():
        for org in ORGANISATIONS:
            furnish(register, org)
    try:
        works, links = Works(responder.databases[0]), Links(register.key, settings.public_url)
        yield Office(
            settings, clock, register, responder.desk, responder.tunings, works, links, app
        )
    finally:
        responder.close()


def furnish(register: Register, org: str) -> None:
    """Homes, residents, contacts and staff of one organisation."""
    register.organisations.add_organisation(org, org.capitalize())
    for number in range(1, 7):
        home = f"home-{number}"
        register.homes.add_home(
            Home(
                org=org,
                home=home,
                address=f"{number} {org.capitalize()} Lane",
                time_zone="Europe/London",
                hazards=["falls", "oxygen in use", "dog"],
                access="side door, through the garden",
            ),
            keysafe=f"{number}417",
        )
        register.residents.add_resident(
            Resident(
                org=org,
                resident=f"resident-{number}",
                home=home,
                name=f"Resident {'ABCDEF'[number - 1]} {org.capitalize()}",
                born=1941,
                speak="hard of hearing, speak slowly",
                health="takes blood thinners",
            )
        )
        register.contacts.add_contact(
            Contact(
                org=org,
                contact=f"daughter-{number}",
                home=home,
                name=f"Daughter {number}",
                relation="daughter",
                phone=f"01632 96000{number}",
                email=f"daughter-{number}@example.org",
                rank=1,
                keyholder=True,
                minutes_away=12,
            )
        )
    for number in (1, 2):
        operator = Person(
            org=org,
            person=f"operator-{number}",
            username=f"{org}-{number}",
            name=f"Operator {number}",
            role=Role.OPERATOR,
        )
        register.people.add(operator, PASSWORD)


@contextmanager
def serving(app: FastAPI) -> Iterator[int]:
    """A real server on a free port, as long as the block lasts; yields the port."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="warning", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    waited = threading.Event()
    for _ in range(600):
        if server.started or not thread.is_alive():
            break
        waited.wait(0.05)
    assert server.started, "the server did not start"
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(15)

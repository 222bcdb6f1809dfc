"""The duty in a story: homes that press, a desk, a clock moved by hand, a channel that tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta

from msgspec.structs import replace

from responder.arranged.prompting import Prompting
from responder.arriving.intake import Intake
from responder.callout.dispatching import Dispatches
from responder.channels.base import Letter, Sender
from responder.channels.osrm import road_of
from responder.clockwork.auditor import Auditor
from responder.clockwork.rounds import Rounds
from responder.clockwork.timekeeping import Timekeeping
from responder.kept.keeping import RETENTION
from responder.life.steps import Steps
from responder.outgoing.links import Links
from responder.outgoing.sending import Post
from responder.seeing.views import AlertLine
from responder.store import Leases, Reads, Works, timed
from responder.whom.directory import RegisterDirectory
from responder.whom.people import Channel
from responder.whom.planning import Planning
from responder.wiring import Responder, build, terms_of
from telecare.clock import HandClock
from telecare.errors import ChannelRefused, ChannelUnavailable
from telecare.messages import Signal
from telecare.register import Register, open_register
from telecare.register.contacts import Contact
from telecare.register.homes import Home
from telecare.register.residents import Resident
from telecare.register.teams import Member, Shift, Team, Vehicle
from telecare.settings import Settings
from telecare.store.lane import LaneReader, LaneWriter
from telecare.store.session import Database
from telecare.tenancy import Actor
from telecare.vocabulary import Role, SignalKind

ORG = "north"


class Mailbag:
    """A channel in memory, as good or bad as the story needs. Keeps what it took."""

    channel = Channel.EMAIL

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.mood = "well"

    def send(self, letter: Letter) -> None:
        if self.mood == "refuses":
            raise ChannelRefused("The address is unknown.")
        if self.mood == "out":
            raise ChannelUnavailable("The provider is out.")
        self.letters.append(letter)


class Duty:
    """One installation with its homes; every step of the responder is taken by hand."""

    def __init__(
        self,
        settings: Settings,
        clock: HandClock,
        machine: HandClock,
        mailbag: Mailbag,
        senders: Mapping[Channel, Sender] | None = None,
    ) -> None:
        self.settings, self.clock, self.machine, self.mailbag = settings, clock, machine, mailbag
        senders = senders or {Channel.EMAIL: mailbag}
        self.responder: Responder = build(settings, clock=clock, machine=machine, senders=senders)
        self.desk = self.responder.desk
        self.own = self.responder.databases[0]
        self.works, self.reads = Works(self.own), Reads(self.own)
        self.leases = Leases(self.own, machine, "responder-1")
        self._lanes = {
            "gateway-1": self.responder.databases[1],
            "detectors-1": self.responder.databases[2],
        }
        readers = [LaneReader(database) for database in self._lanes.values()]
        links = Links(self.responder.register.key, settings.public_url)
        directory = self.desk._directory
        assert isinstance(directory, RegisterDirectory)
        self.planning = Planning(directory, list(senders))
        self.intake = Intake(self.works, self.reads, readers, clock, self.planning)
        timekeeping = Timekeeping(self.works, clock)
        self.steps = Steps(
            self.works, self.leases, directory, links, list(senders), clock, self.planning,
            timekeeping,
        )  # fmt: skip
        self.arrangements = self.responder.arrangements
        gateway = self.responder.databases[1]
        self.rounds = Rounds(
            self.works, self.responder.register, LaneReader(gateway), self.planning, clock
        )
        self.auditor = Auditor(self.works, self.reads, readers, self.planning, clock)
        self.dispatches = Dispatches(
            self.works, directory, links, list(senders), clock, road_of(settings),
            terms_of(settings), timekeeping,
        )  # fmt: skip
        self.prompting = Prompting(
            self.works, self.responder.register, LaneReader(gateway), links, list(senders), clock
        )
        self.post = Post(
            self.works, self.reads, self.leases, directory, links, senders, clock, self.prompting
        )
        self._number = 0

    def signal(self, signal: Signal) -> Signal:
        """A neighbour writes a signal into its lane."""
        self.signals([signal])
        return signal

    def signals(self, signals: Sequence[Signal]) -> None:
        """The same with many that have one source, at once."""
        lane = "gateway-1" if signals[0].explicit else "detectors-1"
        database: Database = self._lanes[lane]
        with database.begin() as connection:
            LaneWriter(lane).append(connection, signals)

    def press(self, home: str = "home-1", alarm: str = "pendant", *, org: str = ORG) -> Signal:
        """Somebody asks for help."""
        self._number += 1
        now = self.clock.now()
        return self.signal(
            Signal(
                id=f"press-{self._number}", org=org, home=home, kind=SignalKind.ALARM, type=alarm,
                occurred_at=now, raised_at=now, why=f"The {alarm} was pressed.",
                source="gateway", explicit=True, device=f"hub-{home}",
            )
        )  # fmt: skip

    def judged(self, kind: SignalKind, home: str = "home-1", *, org: str = ORG) -> Signal:
        """A detector is concerned."""
        self._number += 1
        now = self.clock.now()
        return self.signal(
            Signal(
                id=f"judged-{self._number}", org=org, home=home, kind=kind, occurred_at=now,
                raised_at=now, why=f"A detector noticed: {kind.value}.", source=kind.value,
            )
        )  # fmt: skip

    def days_pass(self, days: int) -> None:
        """All but the last night of them were had, so that this one forgets what is past its time:
        of what it finds it takes two days at most.
        """
        now = self.clock.forward(days=days)
        with self.works.begin(now) as work:
            night = timed.rounds.get(work, ORG, RETENTION)
            before = now - timedelta(days=1)
            timed.rounds.put(work, replace(night, next_due_at=now, upto=before))

    def settle(self) -> None:
        """Everything that is due now happens, until nothing more does."""
        parts = (
            self.rounds, self.intake, self.steps, self.dispatches, self.prompting, self.post,
        )  # fmt: skip
        while sum(part.step() for part in parts):
            pass

    def forward(self, **delta: float) -> None:
        """Time goes on in steps of ten seconds, and what becomes due happens."""
        left = timedelta(**delta)
        while left > timedelta():
            step = min(left, timedelta(seconds=10))
            self.clock.forward(seconds=step.total_seconds())
            self.machine.forward(seconds=step.total_seconds())
            self.settle()
            left -= step

    def only(self, *, org: str = ORG) -> AlertLine:
        """The one alert in the queue, what the duty says of itself left out."""
        lines = self.desk.queue(operator(1, org=org))
        (line,) = [line for line in lines if line.kinds[0] != "duty.plan"]
        return line

    def acts(self, alert: str, *, org: str = ORG) -> list[str]:
        """What was done on the alert, in order, looks left out."""
        return [e.act for e in self.reads.entries(org, alert=alert) if e.act != "looked"]

    def token(self, number: int = -1) -> str:
        """The token of a letter that was sent and asks something."""
        asking = [letter for letter in self.mailbag.letters if letter.link]
        return asking[number].link.rpartition("/")[2]


def operator(number: int = 1, *, org: str = ORG, role: Role = Role.OPERATOR) -> Actor:
    """Somebody on the desk."""
    return Actor(org=org, id=f"person-{number}", role=role, name=f"Operator {number}")


def furnish(register: Register, org: str = ORG, homes: int = 2, *, contacts: bool = True) -> None:
    """An organisation with homes, each with a resident, a keysafe and two contacts."""
    register.organisations.add_organisation(org, f"Council {org}")
    for n in range(1, homes + 1):
        home = f"home-{n}"
        register.homes.add_home(
            Home(
                org=org, home=home, address=f"{n} Sample Lane", time_zone="Europe/London",
                hazards=["oxygen in use"],
            ),
            keysafe=f"40{n}7",
        )  # fmt: skip
        register.residents.add_resident(
            Resident(org=org, resident=f"resident-{n}", home=home, name=f"Resident {n}", born=1941)
        )
        for rank, relation in enumerate(("daughter", "son") if contacts else (), 1):
            register.contacts.add_contact(
                Contact(
                    org=org, contact=f"{relation}-{n}", home=home, name=f"The {relation} {n}",
                    relation=relation, rank=rank, email=f"{relation}{n}@family.example",
                    phone=f"01632 96000{rank}",
                )
            )  # fmt: skip


def responders(
    register: Register, org: str, *members: str, team: str = "valley",
    at: tuple[float, float] = (50.76, -2.44),
) -> None:  # fmt: skip
    """A responder team with one car for each member, on duty at every hour."""
    teams = register.teams
    teams.add_team(Team(org=org, team=team, name=f"The {team}"))
    for order, member in enumerate(members, 1):
        teams.add_member(
            Member(
                org=org, member=member, team=team, name=member.title(),
                email=f"{member}@{team}.example",
            )
        )  # fmt: skip
        teams.add_shift(
            Shift(
                org=org, shift=f"{team}-{member}", team=team, member=member, days=list(range(7)),
                begins="00:00", ends="00:00", call_order=order,
            )
        )  # fmt: skip
        teams.add_vehicle(
            Vehicle(
                org=org, vehicle=f"car-of-{member}", team=team, name=f"Car of {member}",
                latitude=at[0], longitude=at[1],
            )
        )  # fmt: skip


@contextmanager
def duty(
    settings: Settings, clock: HandClock, machine: HandClock, mailbag: Mailbag | None = None
) -> Iterator[Duty]:
    """A furnished installation; its connections are given back at the end."""
    register = open_register(settings, clock)
    furnish(register)
    register.close()
    made = Duty(settings, clock, machine, mailbag or Mailbag())
    yield made
    made.responder.close()

"""The duty told in the field's words: who presses, who answers, what the desk sees.

Real responder, real database, real record; only time is moved by hand and letters are kept
in a bag. `world.press("pendant-7")` is the pendant of home 7; `world.operator(1)` somebody
on the desk; `world.contact("daughter", of=7)` who is asked to go.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal

from responder.acting.jobs import JobAct, Said
from responder.channels.base import Letter
from responder.seeing.views import AlertDetail, AlertLine, JobView
from responder.whom.people import member_id
from telecare.clock import HandClock
from telecare.messages import Signal
from telecare.register import Register, open_register
from telecare.register.contacts import Contact
from telecare.register.homes import Home
from telecare.register.residents import Resident
from telecare.settings import Settings
from telecare.vocabulary import AlertState, FalseAlarmCause, Outcome, Priority, SignalKind
from tests.harness.duty import ORG, Duty, Mailbag, responders
from tests.harness.duty import operator as actor


class World(Duty):
    """One county's evening. Everything due happens as soon as somebody acts or time moves."""

    @property
    def register(self) -> Register:
        """The county's register, to be changed as the story needs."""
        return self.responder.register

    def home(
        self,
        number: int,
        *family: str,
        at: tuple[float, float] | None = None,
        keysafe: str | None = None,
    ) -> str:
        """A home with one resident and its contacts in order, each named by relation."""
        home = f"home-{number}"
        self.register.homes.add_home(
            Home(
                org=ORG, home=home, address=f"{number} Sample Lane", time_zone="Europe/London",
                latitude=at[0] if at else None, longitude=at[1] if at else None,
            ),
            keysafe=keysafe,
        )  # fmt: skip
        self.register.residents.add_resident(
            Resident(org=ORG, resident=f"resident-{number}", home=home, name=f"Resident {number}")
        )
        for rank, relation in enumerate(family, 1):
            self.register.contacts.add_contact(
                Contact(
                    org=ORG, contact=f"{relation}-{number}", home=home, name=f"The {relation}",
                    relation=relation, rank=rank, email=f"{relation}{number}@family.example",
                )
            )  # fmt: skip
        self.look_again()
        return home

    def look_again(self) -> None:
        """Half a second passes on the machine, so that a change of the register is known."""
        self.machine.forward(seconds=1)

    def press(self, home: str = "home-1", alarm: str = "", *, org: str = ORG) -> Signal:
        """`pendant-7` is pressed, `smoke-7` goes off; or `home-7` with the kind of alarm."""
        name, _, number = home.rpartition("-")
        if name != "home":
            home, alarm = f"home-{number}", name.replace("-", "_")
        signal = super().press(home, alarm or "pendant", org=org)
        self.settle()
        return signal

    def notices(self, kind: SignalKind, home: int) -> Signal:
        """A detector notices something in this home."""
        signal = self.judged(kind, f"home-{home}")
        self.settle()
        return signal

    def operator(self, number: int = 1) -> Desker:
        """Somebody on the desk."""
        return Desker(self, number)

    def contact(self, relation: str, of: int) -> Relative:
        """Somebody the home's plan asks to go."""
        return Relative(self, f"{relation}-{of}", f"{relation}{of}@family.example")

    def team(self, name: str, *members: str, at: tuple[float, float]) -> None:
        """A responder team with one car for each member, on duty at every hour."""
        responders(self.register, ORG, *members, team=name, at=at)
        self.look_again()

    def driver(self, name: str, team: str) -> Driver:
        """Somebody of a responder team."""
        return Driver(self, name, team)

    def alerts(self, home: int | str) -> list[AlertLine]:
        """The home's open alerts in the queue's order."""
        home = f"home-{home}" if isinstance(home, int) else home
        return [line for line in self.desk.queue(actor(1)) if line.home == home]

    def alert(self, home: int | str) -> AlertLine:
        """The home's one open alert."""
        (line,) = self.alerts(home)
        return line


class Desker:
    """An operator: what they see and what they do. Ids are the alert's home."""

    def __init__(self, world: World, number: int) -> None:
        self._world = world
        self.actor = actor(number)

    def expect(
        self,
        home: int | str,
        *,
        priority: Priority | None = None,
        state: AlertState | None = None,
        says: str = "",
        called: str = "",
        next_step: str = "",
    ) -> AlertLine:
        """The home's alert is in the queue and looks like this."""
        line = self._world.alert(home)
        assert priority in (None, line.priority), line.priority
        assert state in (None, line.state), line.state
        assert says in f"{line.sentence} {line.reason}", (line.sentence, line.reason)
        assert called in (line.announcement or ""), line.announcement
        assert next_step in line.next_step, line.next_step
        return line

    def expect_nothing(self, home: int | str) -> None:
        """Nothing of this home is in the queue."""
        assert self._world.alerts(home) == []

    def sees(self, home: int | str) -> AlertDetail:
        """Opens the alert."""
        return self._world.desk.open_alert(self.actor, self._world.alert(home).id)

    def claims(self, home: int | str) -> AlertLine:
        """Takes it."""
        return self._acted(self._world.desk.claim(self.actor, self._world.alert(home).id))

    def rings(self, home: int, relation: str) -> AlertLine:
        """Telephones a contact by hand."""
        alert = self._world.alert(home).id
        return self._acted(self._world.desk.contact(self.actor, alert, f"{relation}-{home}"))

    def hears(
        self,
        home: int,
        relation: str,
        answer: Literal["going", "cannot", "answered", "arrived"],
    ) -> AlertLine:
        """Writes down what a contact said."""
        desk, alert = self._world.desk, self._world.alert(home).id
        return self._acted(desk.contact_answer(self.actor, alert, f"{relation}-{home}", answer))

    def notes(self, home: int | str, text: str) -> AlertLine:
        """Writes a note."""
        return self._acted(self._world.desk.note(self.actor, self._world.alert(home).id, text))

    def watches(self, home: int | str, minutes: int) -> AlertLine:
        """Will check again."""
        return self._acted(self._world.desk.watch(self.actor, self._world.alert(home).id, minutes))

    def sends(self, home: int | str, team: str = "") -> AlertLine:
        """Sends a responder."""
        return self._acted(self._world.desk.send(self.actor, self._world.alert(home).id, team))

    def calls_off(self, home: int | str) -> AlertLine:
        """Nobody needs to go."""
        return self._acted(self._world.desk.call_off(self.actor, self._world.alert(home).id))

    def closes(
        self,
        home: int | str,
        outcome: Outcome,
        text: str = "All is well.",
        cause: FalseAlarmCause | None = None,
    ) -> AlertLine:
        """Closes it with its outcome."""
        alert = self._world.alert(home).id
        return self._acted(self._world.desk.resolve(self.actor, alert, outcome, text, cause))

    def _acted(self, line: AlertLine) -> AlertLine:
        self._world.settle()
        return line


class Driver:
    """A member of a responder team: the offers that reached them, and the job on their phone."""

    def __init__(self, world: World, name: str, team: str) -> None:
        self._world, self.id = world, member_id(name)
        self._address = f"{name}@{team}.example"

    @property
    def letters(self) -> list[Letter]:
        """What they were sent, oldest first."""
        return [each for each in self._world.mailbag.letters if each.address == self._address]

    @property
    def token(self) -> str:
        """Of their last letter that leads to a job."""
        links = [each.link for each in self.letters if "/j/" in each.link]
        return links[-1].rpartition("/")[2]

    @property
    def job(self) -> JobView:
        """What the page behind their link shows."""
        return self._world.desk.job(self.token)

    def expect_offers(self, count: int) -> None:
        """They were offered so many jobs in all."""
        offers = [each for each in self.letters if each.subject.startswith("A job for you")]
        assert len(offers) == count, [each.subject for each in self.letters]

    def expect_nothing(self) -> None:
        """Nothing ever reached them."""
        assert self.letters == []

    def says(self, act: JobAct, **more: Any) -> JobView:
        """Presses a button of the job's page."""
        shown = self._world.desk.job_act(self.token, Said(act=act, **more))
        self._world.settle()
        return shown


class Relative:
    """Somebody who may go: what reached them and what they answer through their link."""

    def __init__(self, world: World, ident: str, address: str) -> None:
        self._world, self.id, self._address = world, ident, address

    @property
    def letters(self) -> list[Letter]:
        """What they were sent, oldest first."""
        return [each for each in self._world.mailbag.letters if each.address == self._address]

    def expect_asked(self, times: int = 1) -> None:
        """They were asked so often in all."""
        assert len(self.letters) == times, [each.address for each in self._world.mailbag.letters]

    def expect_nothing(self) -> None:
        """Nothing ever reached them."""
        self.expect_asked(0)

    def answers(self, answer: Literal["going", "cannot"]) -> None:
        """Presses one of the two buttons behind the link of their last letter."""
        token = self.letters[-1].body.split("/l/")[1].split()[0]
        self._world.desk.link_answer(token, answer)
        self._world.settle()

    @property
    def is_over(self) -> bool:
        """Their link says that somebody else sees to it."""
        return self._world.desk.link(self.letters[-1].body.split("/l/")[1].split()[0]).over


@contextmanager
def world(
    settings: Settings, now: datetime | None = None, *, is_real: bool = True
) -> Iterator[World]:
    """A county without homes yet; `is_real`: its time is not that of a story."""
    clock = HandClock(now or datetime(2026, 3, 10, 14, 0, tzinfo=UTC), is_real=is_real)
    register = open_register(settings, clock)
    register.organisations.add_organisation(ORG, "The county")
    register.close()
    made = World(settings, clock, HandClock(clock.now()), Mailbag())
    yield made
    made.responder.close()

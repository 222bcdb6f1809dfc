"""Does a plan reach somebody, now and at every minute of the next fortnight?

Reads what was arranged; decides nothing else. `course` is what escalation follows; `faults`
is what refuses a plan when it is saved and what the nightly check names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from responder.arriving.incidents import NETWORK
from responder.arriving.triage import Track
from responder.callout.crews import responder_teams
from responder.life.alert import Alert, Terms
from responder.whom import plans, rota
from responder.whom.directory import Arranged
from responder.whom.people import Channel, Contact, Directory
from responder.whom.plans import Course, Person
from responder.whom.ways import reachable
from telecare.register.plans import Plan, Step, StepKind


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong with an arrangement, in a sentence that says what to do."""

    home: str
    """Empty: it concerns the whole organisation."""
    sentence: str
    subject: str = ""
    """What it is about (a plan's or a team's id), so that a night later it is the same fault."""


class Asked(msgspec.Struct, frozen=True):
    """A contact as a list of who is asked shows them."""

    name: str
    relation: str
    ways: list[str]
    """The quickest first; empty: nothing of ours reaches them."""


class Book(Directory, Protocol):
    """A directory that also opens the whole book of arrangements."""

    def arrangements(self, org: str) -> Arranged:
        """Everything the organisation has arranged."""


class Planning:
    """Plans against the people and rotas of one installation. Thread-safe; changes nothing."""

    def __init__(self, book: Book, channels: Collection[Channel]) -> None:
        self._book = book
        self._channels = channels

    def terms(self, org: str, home: str, kind: str, track: Track = Track.CARE) -> Terms:
        """What a new alert must know of its plan from the beginning."""
        plan = self._book.plan(org, home, kind)
        scheme = self._book.scheme(org, home) if track is Track.CARE else None
        return Terms(
            start_seconds=plan.start_seconds,
            asks_always=bool(plan.kind),
            on_site_seconds=scheme.take_over_seconds if scheme else None,
        )

    def course(self, alert: Alert, now: datetime) -> Course:
        """The alert's plan as it stands now. Faults of our own never ask a family."""
        plan = self._book.plan(alert.org, alert.home, alert.leading)
        contacts = self._book.contacts(alert.org, alert.home)
        if alert.track is Track.DUTY:
            plan, contacts = plans.DEFAULT, []
        on_site: list[str] = []
        scheme = self._book.scheme(alert.org, alert.home) if alert.hold else None
        if scheme is not None:
            on_site = self._ids(self._book.on_duty(alert.org, scheme.team, now))
        teams = {step.team for step in plan.steps if step.team}
        return plans.course(
            plan,
            alert.leading,
            [Person(each.id, each.may_know) for each in contacts if self._reaches(each)],
            {team: self._ids(self._book.on_duty(alert.org, team, now)) for team in teams},
            on_site,
        )

    def asked(self, org: str, home: str) -> list[Asked]:
        """The home's contacts in the order they are asked, each with what reaches them."""
        return [
            Asked(
                each.name,
                each.relation,
                [w.words for w in reachable(each.channels, self._channels)],
            )
            for each in self._book.contacts(org, home)
        ]

    def area_of(self, org: str, home: str) -> str:
        """The area a home lies in; empty when none is known."""
        return self._book.arrangements(org).area_of(home)

    def network_of(self, org: str, home: str) -> str:
        """The mast or broker by which a home reaches us, as a place; empty when none is known."""
        network = self._book.arrangements(org).network_of.get(home)
        return f"{NETWORK}{network}" if network else ""

    def area_name(self, org: str, area: str) -> str:
        """What people call it."""
        return self._book.arrangements(org).area_name(area) if area else "the county"

    def faults(self, plan: Plan, now: datetime, home: str | None = None) -> list[Fault]:
        """What is wrong with a plan in `home` (by default its own); empty when it reaches
        somebody at every minute of the next fortnight and names nobody who cannot be reached.
        """
        home = plan.home if home is None else home
        arranged = self._book.arrangements(plan.org)
        if home and home not in arranged.homes:
            return [Fault(home, f"There is no home {home} any more: end this plan.", plan.plan)]
        contacts = {each.id: each for each in self._book.contacts(plan.org, home)} if home else {}
        wrong = [
            Fault(home, sentence, plan.plan)
            for number, step in enumerate(plan.steps, 1)
            for sentence in self._step_faults(number, step, plan, contacts, arranged)
        ]
        return wrong or list(self._silences(plan, home, contacts, arranged, now))

    def nightly(self, org: str, now: datetime) -> Iterator[Fault]:
        """Everything wrong with the organisation's arrangements: every saved plan, every home
        without one, every rota's gaps of the next fortnight, every scheme's staff.
        """
        arranged = self._book.arrangements(org)
        for plan in arranged.plans:
            if plan.home:
                yield from self.faults(plan, now)
        for home in arranged.homes:
            # A home follows everybody's plans for each kind it has no plan of its own for.
            for kind in sorted({each.kind for each in arranged.plans if not each.home} | {""}):
                plan = plans.choose(arranged.plans, home, kind)
                if not plan.home:
                    yield from self.faults(msgspec.structs.replace(plan, org=org), now, home)
        yield from self._rota_faults(arranged, now)

    def _step_faults(
        self,
        number: int,
        step: Step,
        plan: Plan,
        contacts: Mapping[str, Contact],
        arranged: Arranged,
    ) -> Iterator[str]:
        for contact in step.contacts:
            yield from self._contact_faults(number, contact, plan, contacts)
        if step.kind is StepKind.DISPATCH and not step.team:
            if plan.home and not responder_teams(arranged, plan.home):
                yield f"Step {number} sends a responder, and no team with a car drives there."
            return
        if step.kind not in (StepKind.TEAM, StepKind.DISPATCH):
            return
        if step.team not in arranged.teams:
            yield f"Step {number} asks a team that is not there: {step.team or 'none is named'}."
            return
        members = [each for each in arranged.members.values() if each.team == step.team]
        rota_ = arranged.rotas[step.team]
        if not members:
            yield f"Step {number} asks the team {step.team}, and it has no members."
        elif not any(self._reaches_member(arranged, each.member) for each in members):
            yield (
                f"Step {number} asks the team {step.team}, and none of it can be reached: give "
                "its members an address."
            )
        elif not rota_.shifts:
            yield f"Step {number} asks the team {step.team}, and it has no shifts."

    def _contact_faults(
        self, number: int, contact: str, plan: Plan, contacts: Mapping[str, Contact]
    ) -> Iterator[str]:
        if not plan.home:
            yield f"Step {number} names one home's contact in a plan for all homes."
        elif contact not in contacts:
            yield f"Step {number} asks a contact who is not on file any more: {contact}."
        elif not self._reaches(contacts[contact]):
            yield f"Step {number} asks {contact}, who cannot be reached: give them an address."
        elif plans.topic_of(plan.kind) not in contacts[contact].may_know:
            topic = plans.topic_of(plan.kind).value
            yield f"Step {number} asks {contact}, who may not be told of {topic}: ask the resident."

    def _silences(
        self,
        plan: Plan,
        home: str,
        contacts: Mapping[str, Contact],
        arranged: Arranged,
        now: datetime,
    ) -> Iterator[Fault]:
        """Moments at which nobody would be asked, although each step is in order by itself."""
        if any(step.kind is StepKind.DESK for step in plan.steps):
            return
        topic = plans.topic_of(plan.kind)
        told = [c for c in contacts.values() if self._reaches(c) and topic in c.may_know]
        asks_all = any(step.kind is StepKind.CONTACTS for step in plan.steps)
        if asks_all and (told or not home):
            return  # in a plan for all homes each home is checked by itself
        scheme = self._book.scheme(plan.org, home)
        named = {step.team for step in plan.steps if step.team}
        if any(step.kind is StepKind.DISPATCH for step in plan.steps):
            named |= {each.team for each in responder_teams(arranged, home)}
        teams = sorted(named | {scheme.team} if scheme else named)
        if not teams:
            yield Fault(
                home,
                f"{plan.name or 'The plan'} reaches nobody: add a contact with an address, a team "
                "on duty, or a step that calls the desk.",
                plan.plan,
            )
            return
        until = now + rota.LOOK_AHEAD
        gaps = _common([self._reachable_rota(arranged, team).gaps(now, until) for team in teams])
        if gaps:
            zone = ZoneInfo(arranged.teams[teams[0]].time_zone)
            yield Fault(
                home,
                f"{plan.name or 'The plan'} reaches nobody {rota.spoken(gaps[0], zone)}"
                + (f" and at {len(gaps) - 1} other times" if len(gaps) > 1 else "")
                + ": find cover, or add a step that calls the desk.",
                plan.plan,
            )

    def _rota_faults(self, arranged: Arranged, now: datetime) -> Iterator[Fault]:
        until = now + rota.LOOK_AHEAD
        for team in arranged.teams.values():
            zone = ZoneInfo(team.time_zone)
            gaps = self._reachable_rota(arranged, team.team).gaps(now, until)
            if team.always and gaps:
                others = f" ({len(gaps)} gaps in a fortnight)" if len(gaps) > 1 else ""
                yield Fault(
                    "",
                    f"Nobody of {team.name} is on duty {rota.spoken(gaps[0], zone)}{others}: "
                    "find cover.",
                    team.team,
                )
            if now.date() + rota.LOOK_AHEAD > rota.known_until(team.division):
                yield Fault(
                    "", "The bank holidays of next year are not known: upgrade.", "holidays"
                )

    def _reachable_rota(self, arranged: Arranged, team: str) -> rota.Rota:
        found = arranged.rotas[team]
        reached = frozenset(m for m in found.members if self._reaches_member(arranged, m))
        return msgspec.structs.replace(found, members=reached)

    def _reaches(self, person: Contact) -> bool:
        return bool(reachable(person.channels, self._channels))

    def _reaches_member(self, arranged: Arranged, member: str) -> bool:
        return self._reaches(arranged.as_contact(member))

    def _ids(self, people: list[Contact]) -> list[str]:
        return [each.id for each in people if self._reaches(each)]


def _common(lists: list[list[rota.Gap]]) -> list[rota.Gap]:
    """Stretches that lie in a gap of every list."""
    common = lists[0]
    for other in lists[1:]:
        common = [
            rota.Gap(max(a.begins, b.begins), min(a.ends, b.ends))
            for a in common
            for b in other
            if max(a.begins, b.begins) < min(a.ends, b.ends)
        ]
    return common

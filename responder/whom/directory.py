"""The register's people as the duty sees them, remembered until the register changes."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, time
from typing import Generic, NamedTuple, TypeVar

import msgspec

from responder.arriving.incidents import NETWORK
from responder.callout import routing
from responder.outgoing.languages import known
from responder.whom import plans
from responder.whom.people import (
    OFFICE,
    PLATFORM_HOME,
    WORKER,
    Contact,
    HomeCard,
    Subscription,
    member_id,
)
from responder.whom.quiet_hours import QuietHours
from responder.whom.rota import Rota, rota_of
from telecare.clock import Clock, RealClock
from telecare.errors import NotFound
from telecare.register import Register
from telecare.register.contacts import Contact as OnFile
from telecare.register.homes import Home
from telecare.register.plans import Plan, Topic
from telecare.register.register import LOOK_AGAIN_SECONDS
from telecare.register.residents import Resident
from telecare.register.teams import Area, Member, Scheme, Team, Vehicle

T = TypeVar("T")


class Arranged(msgspec.Struct, frozen=True, kw_only=True):
    """What an organisation has arranged, read in one go: plans, teams, rotas, schemes."""

    telephone: str = ""
    """At which the monitoring centre answers; empty where nobody has said it."""
    plans: tuple[Plan, ...]
    consents: dict[str, frozenset[Topic]]
    teams: dict[str, Team]
    areas: tuple[Area, ...]
    vehicles: tuple[Vehicle, ...]
    members: dict[str, Member]
    rotas: dict[str, Rota]
    schemes: dict[str, Scheme]
    scheme_of: dict[str, str]
    """By home."""
    network_of: dict[str, str]
    """By home: the mast or broker by which its hub reaches us, where that is on file."""
    homes: dict[str, tuple[float, float] | None]
    """Every home on file and where it is, if that is known."""

    def as_contact(self, member: str, position: int = 0) -> Contact:
        """A team's member as somebody who may be asked, `position`th in their on-call order."""
        found = self.members[member]
        team = self.teams.get(found.team)
        return Contact(
            id=member_id(member), name=found.name, relation=team.name if team else found.team,
            position=position, phone=found.phone, email=found.email,
            language=known(found.language),
        )  # fmt: skip

    def area_of(self, home: str) -> str:
        """The first of the areas the home lies in; empty when none is known."""
        return next(iter(routing.areas_of(self.homes.get(home), self.areas)), "")

    def area_name(self, area: str) -> str:
        """What people call it."""
        unnamed = area
        if area.startswith(NETWORK):
            unnamed = f"the mast or broker {area.removeprefix(NETWORK)}"
        return next((each.name for each in self.areas if each.area == area), unnamed)


MANY = 100
"""After so many homes of an organisation were read singly, as when a mast falls or all plans are
checked, the rest is read at once.
"""


class _ByHome(Generic[T]):
    """Something of each home, read when it is asked for."""

    def __init__(self, one: Callable[[str, str], T], all_: Callable[[str], dict[str, T]]) -> None:
        self._one, self._all = one, all_
        self._kept: dict[tuple[str, str], T] = {}
        self._singly: Counter[str] = Counter()

    def of(self, org: str, home: str) -> T:
        if (org, home) not in self._kept:
            self._singly[org] += 1
            if self._singly[org] == MANY:
                self._kept.update(((org, each), read) for each, read in self._all(org).items())
        found = self._kept.get((org, home))
        if found is None:
            found = self._kept[org, home] = self._one(org, home)
        return found


class _Held(NamedTuple):
    """What was read of one version of the register."""

    cards: _ByHome[HomeCard]
    contacts: _ByHome[list[Contact]]
    arranged: dict[str, Arranged]


class RegisterDirectory:
    """Implements `people.Directory`. Thread-safe; a change is known in half a second."""

    def __init__(self, register: Register, machine: Clock | None = None) -> None:
        self._register = register
        self._machine = machine or RealClock()
        self._lock = threading.Lock()
        self._version = -1
        self._looked = float("-inf")
        self._held = self._nothing_yet()

    def card(self, org: str, home: str) -> HomeCard:
        """The home's card; a bare one naming only the id when nothing is on file."""
        return self._still_true().cards.of(org, home)

    def contacts(self, org: str, home: str) -> list[Contact]:
        """The ladder in order; empty when nobody is on file."""
        return self._still_true().contacts.of(org, home)

    def everyone(self, org: str, home: str) -> list[Contact]:
        """The home's contacts, then every team's members (`member_id`), on duty or not."""
        arranged = self.arrangements(org)
        members = [arranged.as_contact(each) for each in arranged.members]
        return [*self.contacts(org, home), *members]

    def plan(self, org: str, home: str, kind: str) -> Plan:
        """The plan for a signal's label in this home; the default plan where none was saved."""
        return plans.choose(self.arrangements(org).plans, home, kind)

    def on_duty(self, org: str, team: str, at: datetime) -> list[Contact]:
        """The team's members on duty at `at` in their on-call order; empty for no such team."""
        arranged = self.arrangements(org)
        rota = arranged.rotas.get(team)
        on_duty = rota.on_duty(at) if rota else ()
        return [arranged.as_contact(each, n) for n, each in enumerate(on_duty, 1)]

    def scheme(self, org: str, home: str) -> Scheme | None:
        """The extra-care scheme the home belongs to."""
        arranged = self.arrangements(org)
        return arranged.schemes.get(arranged.scheme_of.get(home, ""))

    def arrangements(self, org: str) -> Arranged:
        """Everything the organisation has arranged, as of at most half a second ago."""
        held = self._still_true()
        found = held.arranged.get(org)
        if found is None:
            found = held.arranged[org] = read_arrangements(self._register, org)
        return found

    def place(self, org: str, home: str) -> tuple[float, float] | None:
        """Latitude and longitude of the home, where they are known."""
        return self.arrangements(org).homes.get(home)

    def telephone(self, org: str) -> str:
        """The number at which the monitoring centre answers; empty where nobody has said it."""
        return self.arrangements(org).telephone

    def team_zone(self, org: str, team: str) -> str:
        """The time zone on the team's wall; the country's for a team that is gone."""
        found = self.arrangements(org).teams.get(team)
        return found.time_zone if found else "Europe/London"

    def keysafe(self, org: str, home: str) -> str | None:
        """The code, or None when there is none. Call it only from a recorded act."""
        return self._register.homes.keysafe(org, home)

    def _still_true(self) -> _Held:
        """What is remembered of the register as it stands. A read begun before a change is kept
        with what was true then, and is let go with it.
        """
        with self._lock:
            now = self._machine.monotonic()
            if now - self._looked > LOOK_AGAIN_SECONDS:
                self._looked = now
                version = self._register.version()
                if version != self._version:
                    self._version, self._held = version, self._nothing_yet()
            return self._held

    def _nothing_yet(self) -> _Held:
        contacts = _ByHome(self._read_contacts, self._read_all_contacts)
        return _Held(_ByHome(self._read_card, self._read_cards), contacts, {})

    def _read_card(self, org: str, home: str) -> HomeCard:
        if home.startswith("_"):
            return HomeCard(org=org, home=home, home_label=self._place(org, home),
                            resident_label="")  # fmt: skip
        try:
            found = self._register.homes.home(org, home)
        except NotFound:
            return HomeCard(org=org, home=home, home_label=home, resident_label="")
        return _card(found, self._register.residents.residents(org, home))

    def _read_cards(self, org: str) -> dict[str, HomeCard]:
        living: dict[str, list[Resident]] = {}
        for each in self._register.residents.residents(org):
            living.setdefault(each.home, []).append(each)
        homes = self._register.homes.homes(org)
        return {home.home: _card(home, living.get(home.home, [])) for home in homes}

    def _place(self, org: str, home: str) -> str:
        """What stands for a home where something concerns more than one."""
        if home == OFFICE:
            return "The monitoring centre itself"
        if home == PLATFORM_HOME:
            return "The platform itself"
        if home.startswith(WORKER):
            member = self.arrangements(org).members.get(home.removeprefix(WORKER))
            return f"{member.name}, of a responder team" if member else "A responder"
        area = home.removeprefix("_area-")
        return self.arrangements(org).area_name(area) if area else "The whole county"

    def _read_contacts(self, org: str, home: str) -> list[Contact]:
        return self._read_all_contacts(org, home).get(home, [])

    def _read_all_contacts(self, org: str, home: str | None = None) -> dict[str, list[Contact]]:
        on_file = self._register.contacts.contacts(org, home)
        zones = {each.home: each.time_zone for each in self._register.homes.standing(org, home)}
        asked = None if home is None else [each.contact for each in on_file]
        browsers = self._register.browsers.of(org, asked)
        consents = self.arrangements(org).consents
        ladders: dict[str, list[Contact]] = {each: [] for each in zones}
        for each in on_file:
            if each.home not in zones:
                continue  # the home was erased a moment ago, and they with it
            ladder = ladders[each.home]
            ladder.append(
                Contact(
                    id=each.contact, name=each.name, relation=each.relation,
                    position=len(ladder) + 1, keyholder=each.keyholder, phone=each.phone,
                    email=each.email, minutes_away=each.minutes_away,
                    language=known(each.language), may_know_who=each.may_know_who,
                    quiet=_quiet(each, zones[each.home]),
                    postal_address=each.postal_address, elsewhere=each.elsewhere,
                    subscriptions=tuple(
                        Subscription(browser.endpoint, browser.p256dh, browser.auth)
                        for browser in browsers.get(each.contact, ())
                    ),
                    may_know=consents.get(each.contact, frozenset(Topic)),
                )
            )  # fmt: skip
        return ladders


def read_arrangements(register: Register, org: str) -> Arranged:
    """Read it all now."""
    teams, members = register.teams.teams(org), register.teams.members(org)
    shifts, covers = register.teams.shifts(org), register.teams.covers(org)
    homes = register.homes.standing(org)
    telephones = {each.org: each.telephone for each in register.organisations.organisations()}
    return Arranged(
        telephone=telephones.get(org, ""),
        plans=tuple(register.plans.plans(org)),
        consents={c.contact: frozenset(c.may_know) for c in register.plans.consents(org)},
        teams={each.team: each for each in teams},
        areas=tuple(register.teams.areas(org)),
        vehicles=tuple(register.teams.vehicles(org)),
        members={each.member: each for each in members},
        rotas={
            each.team: rota_of(
                each, shifts, covers, [m.member for m in members if m.team == each.team]
            )
            for each in teams
        },
        schemes={each.scheme: each for each in register.teams.schemes(org)},
        scheme_of={each.home: each.scheme for each in homes if each.scheme},
        network_of=register.devices.networks(org),
        homes={each.home: each.place for each in homes},
    )


def _quiet(contact: OnFile, zone: str) -> QuietHours | None:
    if contact.quiet_from is None or contact.quiet_until is None:
        return None
    begin, end = (time.fromisoformat(each) for each in (contact.quiet_from, contact.quiet_until))
    return QuietHours(begin, end, zone)


def _card(home: Home, residents: list[Resident]) -> HomeCard:
    return HomeCard(
        org=home.org, home=home.home, home_label=home.label,
        resident_label=" and ".join(each.name for each in residents),
        born_year=residents[0].born if len(residents) == 1 else None,
        hazards=home.hazards, access=home.access, has_keysafe=home.has_keysafe,
        speaking=_joined(residents, "speak"), notes=_joined(residents, "health"),
    )  # fmt: skip


def _joined(residents: list[Resident], field: str) -> str:
    said = [(each.name, str(getattr(each, field))) for each in residents]
    told = [(name, words) for name, words in said if words]
    if len(residents) == 1:
        return told[0][1] if told else ""
    return "; ".join(f"{name}: {words}" for name, words in told)

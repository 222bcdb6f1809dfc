"""The register's people as the duty sees them, remembered until the register changes."""

from __future__ import annotations

import threading

from responder.people import Contact, HomeCard
from telecare.clock import Clock, RealClock
from telecare.errors import NotFound
from telecare.register import Register
from telecare.register.homes import Resident
from telecare.register.register import LOOK_AGAIN_SECONDS

PLATFORM_HOME = "platform"
"""Not a home: alerts about the platform itself stand under it, in every organisation."""


class RegisterDirectory:
    """Implements `responder.people.Directory`. Thread-safe; a change is known in half a second."""

    def __init__(self, register: Register, machine: Clock | None = None) -> None:
        self._register = register
        self._machine = machine or RealClock()
        self._lock = threading.Lock()
        self._version = -1
        self._looked = float("-inf")
        self._cards: dict[tuple[str, str], HomeCard] = {}
        self._contacts: dict[tuple[str, str], list[Contact]] = {}

    def card(self, org: str, home: str) -> HomeCard:
        """The home's card; a bare one naming only the id when nothing is on file."""
        self._forget_if_changed()
        found = self._cards.get((org, home))
        if found is None:
            found = self._cards[org, home] = self._read_card(org, home)
        return found

    def contacts(self, org: str, home: str) -> list[Contact]:
        """The ladder in order; empty when nobody is on file."""
        self._forget_if_changed()
        found = self._contacts.get((org, home))
        if found is None:
            found = self._contacts[org, home] = self._read_contacts(org, home)
        return found

    def keysafe(self, org: str, home: str) -> str | None:
        """The code, or None when there is none. Call it only from a recorded act."""
        return self._register.homes.keysafe(org, home)

    def _forget_if_changed(self) -> None:
        with self._lock:
            now = self._machine.monotonic()
            if now - self._looked <= LOOK_AGAIN_SECONDS:
                return
            self._looked = now
            version = self._register.version()
            if version != self._version:
                self._version = version
                self._cards, self._contacts = {}, {}

    def _read_card(self, org: str, home: str) -> HomeCard:
        try:
            found = self._register.homes.home(org, home)
        except NotFound:
            label = "The platform itself" if home == PLATFORM_HOME else home
            return HomeCard(org=org, home=home, home_label=label, resident_label="")
        residents = self._register.homes.residents(org, home)
        return HomeCard(
            org=org, home=home, home_label=found.address,
            resident_label=" and ".join(each.name for each in residents),
            born_year=residents[0].born if len(residents) == 1 else None,
            hazards=found.hazards, access=found.access, has_keysafe=found.has_keysafe,
            speaking=_joined(residents, "speak"), notes=_joined(residents, "health"),
        )  # fmt: skip

    def _read_contacts(self, org: str, home: str) -> list[Contact]:
        return [
            Contact(
                id=each.contact, name=each.name, relation=each.relation, position=position,
                keyholder=each.keyholder, phone=each.phone, email=each.email,
                minutes_away=each.minutes_away,
            )
            for position, each in enumerate(self._register.homes.contacts(org, home), 1)
        ]  # fmt: skip


def _joined(residents: list[Resident], field: str) -> str:
    said = [(each.name, str(getattr(each, field))) for each in residents]
    told = [(name, words) for name, words in said if words]
    if len(residents) == 1:
        return told[0][1] if told else ""
    return "; ".join(f"{name}: {words}" for name, words in told)

"""Whom the duty is about and whom it can reach, as far as it needs to know.

The register keeps people; the duty asks it through `Directory`.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from telecare.register.plans import Plan, Topic
from telecare.register.teams import Scheme

OFFICE = "_office"
"""Stands for the home where something concerns the whole organisation; no home has this id."""
_TEAM = "team:"


def member_id(member: str) -> str:
    """A team member's id among the people an alert may ask; no contact has such an id."""
    return f"{_TEAM}{member}"


def is_member(person: str) -> bool:
    """Whether it is a team's member, as opposed to a contact of the home."""
    return person.startswith(_TEAM)


class Channel(StrEnum):
    """A way to reach somebody."""

    EMAIL = "email"


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may be asked to go, in the order of the home's ladder."""

    id: str
    name: str
    relation: str = ""
    position: int
    """1 is asked first."""
    keyholder: bool = False
    phone: str | None = None
    email: str | None = None
    minutes_away: int | None = None
    may_know: frozenset[Topic] = frozenset(Topic)
    """What the resident lets them be told of."""

    @property
    def channels(self) -> list[Channel]:
        """Ways the platform itself can reach them."""
        return [Channel.EMAIL] if self.email else []


class HomeCard(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator must know before acting. Never holds the keysafe's code."""

    org: str
    home: str
    home_label: str
    resident_label: str
    born_year: int | None = None
    hazards: list[str] = []
    access: str = ""
    """How to get in, without codes."""
    has_keysafe: bool = False
    speaking: str = ""
    """How to speak with them: hearing, language."""
    notes: str = ""
    windows: list[str] = []
    """What holds some signals back now, in words: shown before anybody acts."""


class Directory(Protocol):
    """Read access to the register. Every answer belongs to `org`; unknown ids are answered
    with a bare card, because an alarm from an unknown home is still an alarm.
    """

    def card(self, org: str, home: str) -> HomeCard:
        """The home's card; a bare one naming only the id when nothing is on file."""

    def contacts(self, org: str, home: str) -> list[Contact]:
        """The ladder in order; empty when nobody is on file."""

    def everyone(self, org: str, home: str) -> list[Contact]:
        """The home's contacts, then every team's members (`member_id`), on duty or not."""

    def plan(self, org: str, home: str, kind: str) -> Plan:
        """The plan for a signal's label in this home; the default plan where none was saved."""

    def on_duty(self, org: str, team: str, at: datetime) -> list[Contact]:
        """The team's members on duty at `at` in their on-call order; empty for no such team."""

    def scheme(self, org: str, home: str) -> Scheme | None:
        """The extra-care scheme the home belongs to."""

    def keysafe(self, org: str, home: str) -> str | None:
        """The code, or None when there is none. Call it only from a recorded act."""

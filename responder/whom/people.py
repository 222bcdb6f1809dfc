"""Whom the duty is about and whom it can reach, as far as it needs to know.

The register keeps people; the duty asks it through `Directory`.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from responder.outgoing import numbers
from responder.whom.quiet_hours import QuietHours
from telecare import vocabulary
from telecare.register.plans import Plan, Topic
from telecare.register.teams import Scheme

OFFICE = "_office"
"""Stands for the home where something concerns the whole organisation; no home has this id."""
PLATFORM_HOME = vocabulary.PLATFORM_HOME
WORKER = "_worker-"
"""Begins what stands for the home where something concerns a member of a team, by their id."""
_TEAM = "team:"


def member_id(member: str) -> str:
    """A team member's id among the people an alert may ask; no contact has such an id."""
    return f"{_TEAM}{member}"


def worker_home(person: str) -> str:
    """What stands for the home where something concerns this member of a team."""
    return f"{WORKER}{person.removeprefix(_TEAM)}"


def is_member(person: str) -> bool:
    """Whether it is a team's member, as opposed to a contact of the home."""
    return person.startswith(_TEAM)


class Channel(StrEnum):
    """A way to reach somebody, by one provider: each is one file in `responder/channels/`."""

    CONSOLE = "console"
    EMAIL = "email"
    NOTIFY_SMS = "notify_sms"
    NOTIFY_LETTER = "notify_letter"
    TWILIO_SMS = "twilio_sms"
    TWILIO_VOICE = "twilio_voice"
    WEB_PUSH = "web_push"
    WEBHOOK = "webhook"
    APPRISE = "apprise"

    @property
    def words(self) -> str:
        """What people call it."""
        return _CHANNEL_WORDS[self]


_CHANNEL_WORDS = {
    Channel.CONSOLE: "console",
    Channel.EMAIL: "e-mail",
    Channel.NOTIFY_SMS: "text message",
    Channel.NOTIFY_LETTER: "letter",
    Channel.TWILIO_SMS: "text message (second provider)",
    Channel.TWILIO_VOICE: "telephone call",
    Channel.WEB_PUSH: "push message",
    Channel.WEBHOOK: "webhook",
    Channel.APPRISE: "messenger",
}


class Subscription(msgspec.Struct, frozen=True):
    """A browser that asked for push messages."""

    endpoint: str
    p256dh: str
    auth: str


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
    language: str = "en"
    """What we write and speak to them in."""
    may_know_who: bool = True
    """Whether messages to them may name the resident."""
    quiet: QuietHours | None = None
    """When nothing but a call for help may disturb them."""
    postal_address: str | None = None
    """Lines of it, the postcode last."""
    elsewhere: str | None = None
    """https address of a system (webhook), or an address apprise knows. Holds a secret."""
    subscriptions: tuple[Subscription, ...] = ()
    may_know: frozenset[Topic] = frozenset(Topic)
    """What the resident lets them be told of."""

    @property
    def is_responder(self) -> bool:
        """Somebody whose work it is to go: sees what they must know on the spot."""
        return self.relation == "responder" or is_member(self.id)

    @property
    def channels(self) -> list[Channel]:
        """Ways the platform itself can reach them, the quickest first."""
        return [channel for channel in _QUICKEST if self.address(channel)]

    def address(self, channel: Channel) -> str | None:
        """Where `channel` finds them; None when it cannot."""
        elsewhere = self.elsewhere or ""
        is_webhook = elsewhere.startswith(("https://", "http://"))
        browsers = msgspec.json.encode(self.subscriptions).decode() if self.subscriptions else ""
        found = {
            Channel.NOTIFY_SMS: numbers.texting(self.phone),
            Channel.TWILIO_SMS: numbers.texting(self.phone),
            Channel.TWILIO_VOICE: numbers.calling(self.phone),
            Channel.EMAIL: self.email,
            Channel.WEB_PUSH: browsers,
            Channel.WEBHOOK: elsewhere if is_webhook else None,
            Channel.APPRISE: None if is_webhook else elsewhere,
            Channel.NOTIFY_LETTER: self.postal_address,
            Channel.CONSOLE: self.id,
        }
        return found[channel] or None


_QUICKEST = (
    Channel.NOTIFY_SMS, Channel.TWILIO_SMS, Channel.TWILIO_VOICE, Channel.WEB_PUSH,
    Channel.APPRISE, Channel.WEBHOOK, Channel.EMAIL, Channel.CONSOLE, Channel.NOTIFY_LETTER,
)  # fmt: skip


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

    def place(self, org: str, home: str) -> tuple[float, float] | None:
        """Latitude and longitude of the home, where they are known."""

    def telephone(self, org: str) -> str:
        """The number at which the monitoring centre answers; empty where nobody has said it."""

    def team_zone(self, org: str, team: str) -> str:
        """The time zone on the team's wall."""

    def keysafe(self, org: str, home: str) -> str | None:
        """The code, or None when there is none. Call it only from a recorded act."""

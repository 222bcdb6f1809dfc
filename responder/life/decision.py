"""What can happen by itself to an alert, and why."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

import msgspec

from responder.life.alert import Alert
from telecare.vocabulary import Priority


class Reason(StrEnum):
    """Why a decision was taken; goes to the record, the figures and the tests alike."""

    NOT_DUE = "not_due"
    """Asked before its time, or it is resolved: nothing is to be done."""
    UNCLAIMED = "unclaimed"
    """Nobody claimed it within 60 s."""
    LADDER_STARTED = "ladder_started"
    """Nobody claimed it within 180 s: contacts are asked."""
    NEXT_CONTACT = "next_contact"
    """The one before declined, did not answer in time or could not be reached."""
    NOBODY_REACHED = "nobody_reached"
    """The ladder is at its end; from now on the desk is called until somebody claims it."""
    ON_SITE_ASKED = "on_site_asked"
    """The staff on duty in the home's scheme have it first."""
    TAKEN_OVER = "taken_over"
    """The staff on site did not accept, or nobody is there: the desk has it now."""
    DISPATCHED = "dispatched"
    """The plan's next step sends a responder."""
    DESK_CALLED = "desk_called"
    """The plan's next step is the desk."""
    IN_INCIDENT = "in_incident"
    """A member of an open incident: seen to with it."""
    AGED = "aged"
    """It waited so long that its priority rises."""
    NO_ANSWER = "no_answer"
    """A contact's time to answer ended, and somebody else already sees to the alert."""
    UNTOUCHED = "untouched"
    """Its owner has done nothing for a while."""
    ABANDONED = "abandoned"
    """Its owner did nothing in spite of reminders: the queue has it again."""
    WATCH_ENDED = "watch_ended"
    """The timer ran out: the queue has it again."""
    NO_ARRIVAL = "no_arrival"
    """Somebody went, and nobody has said that they arrived."""


class Announce(msgspec.Struct, frozen=True, tag="announce"):
    """Call it out on every operator's desk."""

    sentence: str


class Ring(msgspec.Struct, frozen=True, tag="ring"):
    """Ask somebody: I am going, or I cannot?"""

    contact: str
    cycle: int
    on_site: bool = False


class Send(msgspec.Struct, frozen=True, tag="send"):
    """A responder is to be sent; the plan waits until one goes or none can."""

    team: str
    answers: timedelta


class NoTarget(msgspec.Struct, frozen=True, tag="no_target"):
    """A step of the plan had nobody to ask, and the next one was taken at once."""

    number: int
    missing: str


class NoAnswer(msgspec.Struct, frozen=True, tag="no_answer"):
    """A contact did not answer in time."""

    contact: str


class Raised(msgspec.Struct, frozen=True, tag="raised"):
    """Its priority rose with its age."""

    before: Priority
    after: Priority


Effect = Announce | Ring | Send | NoAnswer | NoTarget | Raised


class Decision(msgspec.Struct, frozen=True):
    """What happens now and what the alert is then."""

    reason: Reason
    effects: tuple[Effect, ...]
    alert: Alert

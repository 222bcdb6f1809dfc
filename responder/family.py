"""What a resident's family reads: plain, calm, within what the resident lets them know.

Pure. Never a raw sensor, never a diagnosis, never a worry without a thing to do.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec

from responder.alert import Alert
from responder.plans import topic_of
from responder.triage import Track
from responder.views import LinkView
from telecare.register.plans import Topic
from telecare.vocabulary import AlertState, Outcome

SOMEBODY = "the person you have agreed to help"


class Happened(msgspec.Struct, frozen=True):
    """Something that is over."""

    at: datetime
    sentence: str


class Asked(msgspec.Struct, frozen=True):
    """An open alert they were asked about."""

    alert: str
    view: LinkView


class FamilyHome(msgspec.Struct, frozen=True, kw_only=True):
    """One home of theirs."""

    home: str
    label: str
    """Address, or nothing where they may not know who it is."""
    who: str
    """Who lives there, as they may be told."""
    asked: list[Asked]
    now: str
    """How it stands, in one sentence."""
    lately: list[Happened]
    """The last first."""


def may_hear(alert: Alert, may_know: Collection[Topic]) -> bool:
    """Whether the resident lets them be told of it. Faults of our own concern no family."""
    return alert.track is not Track.DUTY and topic_of(alert.leading) in may_know


def now_words(alerts: Collection[Alert], who: str) -> str:
    """How it stands, of the open alerts they may hear of."""
    if not alerts:
        return "Nothing is open now. You do not need to do anything."
    alone = [each for each in alerts if each.state is not AlertState.ATTENDING]
    if any(topic_of(each.leading) is Topic.HELP for each in alone):
        return f"There is a call for help from {who}, and we are looking after it. {_WE_ASK}"
    if len(alone) < len(alerts):
        return "Somebody is with them or on the way. You do not need to do anything."
    return f"There is something we are looking into. {_WE_ASK}"


def lately_words(alert: Alert, who: str) -> str:
    """What happened and how it ended, in one sentence."""
    if alert.outcome is Outcome.TEST_CALL:
        return "The equipment was tested, and the call came through."
    ended = _ENDED.get(alert.outcome, "it was looked after") if alert.outcome else "it is over"
    return f"{_BEGAN[topic_of(alert.leading)].format(who=who)}: {ended.format(who=who)}."


_WE_ASK = "If we need you, we ask you."
_BEGAN = {
    Topic.HELP: "There was a call for help",
    Topic.WHEREABOUTS: "We were not sure where {who} was",
    Topic.WELLBEING: "Something was not as usual",
    Topic.EQUIPMENT: "The equipment in the home needed looking at",
}
_ENDED = {
    Outcome.HELPED_BY_TALKING: "we spoke with {who}, and that helped",
    Outcome.KEYHOLDER_ATTENDED: "somebody close went to see, and it was settled",
    Outcome.RESPONDER_ATTENDED: "a responder went to see, and it was settled",
    Outcome.AMBULANCE: "an ambulance came",
    Outcome.FIRE: "the fire service came",
    Outcome.POLICE: "the police came",
    Outcome.GP_OR_111: "we asked for a doctor's advice",
    Outcome.FOUND_SAFE: "{who} was found safe",
    Outcome.CANCELLED_BY_PERSON: "{who} told us that all was well",
    Outcome.FALSE_ALARM: "it was a false alarm",
    Outcome.EQUIPMENT_FAULT: "the equipment was at fault, and our technicians know",
    Outcome.NO_ONE_FOUND: "nobody was found there, and we passed it on",
}

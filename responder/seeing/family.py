"""What a resident's family reads: plain, calm, within what the resident lets them know.

Pure. Never a raw sensor, never a diagnosis, never a worry without a thing to do.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

import msgspec

from responder.arriving.triage import Track
from responder.life.alert import Alert
from responder.seeing.views import LinkView
from responder.whom.plans import topic_of
from telecare.register.plans import Topic
from telecare.vocabulary import AlertState, Outcome

Say = Callable[[str], str]
"""English into the reader's language."""


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
    language: str
    """In which the sentences are."""
    now: str
    """How it stands, in one sentence."""
    lately: list[Happened]
    """The last first."""


def may_hear(alert: Alert, may_know: Collection[Topic]) -> bool:
    """Whether the resident lets them be told of it. Faults of our own concern no family."""
    return alert.track is not Track.DUTY and topic_of(alert.leading) in may_know


def now_words(alerts: Collection[Alert], who: str, _: Say) -> str:
    """How it stands, of the open alerts they may hear of."""
    if not alerts:
        return _("Nothing is open now. You do not need to do anything.")
    alone = [each for each in alerts if each.state is not AlertState.ATTENDING]
    if any(topic_of(each.leading) is Topic.HELP for each in alone):
        return _(
            "There is a call for help from {who}, and we are looking after it. If we need you, "
            "we ask you."
        ).format(who=who)
    if len(alone) < len(alerts):
        return _("Somebody is with them or on the way. You do not need to do anything.")
    return _("There is something we are looking into. If we need you, we ask you.")


def lately_words(alert: Alert, who: str, _: Say) -> str:
    """What happened and how it ended, in one sentence."""
    if alert.outcome is Outcome.TEST_CALL:
        return _("The equipment was tested, and the call came through.")
    ended = _ended(alert.outcome, _) if alert.outcome else _("it is over")
    return f"{_began(topic_of(alert.leading), _)}: {ended}.".format(who=who)


def _began(topic: Topic, _: Say) -> str:
    return {
        Topic.HELP: _("There was a call for help"),
        Topic.WHEREABOUTS: _("We were not sure where {who} was"),
        Topic.WELLBEING: _("Something was not as usual"),
        Topic.EQUIPMENT: _("The equipment in the home needed looking at"),
    }[topic]


def _ended(outcome: Outcome, _: Say) -> str:
    return {
        Outcome.HELPED_BY_TALKING: _("we spoke with {who}, and that helped"),
        Outcome.KEYHOLDER_ATTENDED: _("somebody close went to see, and it was settled"),
        Outcome.RESPONDER_ATTENDED: _("a responder went to see, and it was settled"),
        Outcome.AMBULANCE: _("an ambulance came"),
        Outcome.FIRE: _("the fire service came"),
        Outcome.POLICE: _("the police came"),
        Outcome.GP_OR_111: _("we asked for a doctor's advice"),
        Outcome.FOUND_SAFE: _("{who} was found safe"),
        Outcome.CANCELLED_BY_PERSON: _("{who} told us that all was well"),
        Outcome.FALSE_ALARM: _("it was a false alarm"),
        Outcome.EQUIPMENT_FAULT: _("the equipment was at fault, and our technicians know"),
        Outcome.NO_ONE_FOUND: _("nobody was found there, and we passed it on"),
    }.get(outcome, _("it was looked after"))

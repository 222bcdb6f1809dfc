"""What a contact hears when they pick up, and after they pressed a key."""

from __future__ import annotations

from typing import Literal

import msgspec

from responder.arranged.expectations import Expectation, What
from responder.outgoing.languages import translations
from responder.outgoing.letters import who
from responder.seeing.views import LinkView
from responder.whom.people import Contact, HomeCard
from telecare.vocabulary import CallState

ANSWERS: dict[str, Literal["going", "cannot"]] = {"1": "going", "2": "cannot"}
"""By the key that is pressed."""


class Question(msgspec.Struct, frozen=True):
    """What is said before the keys are listened for, and when none is pressed."""

    question: str
    keys: str
    silence: str


def question(contact: Contact, card: HomeCard) -> Question:
    """Who calls, why, and which key means what. Said slowly: in full sentences."""
    _ = translations(contact.language).gettext
    asked = _(
        "Hello. This is the monitoring centre. We have had a call for help from {resident}. "
        "Can you go and see?"
    )
    return Question(
        asked.format(resident=who(_, contact, card)),
        _("If you are going, press 1. If you cannot, press 2."),
        _("We have not heard an answer. Goodbye."),
    )


def prompt(expected: Expectation, language: str) -> Question:
    """What a resident hears when the platform rings them about something expected. What somebody
    wrote for them is said as it was written; never why they are rung, and never a diagnosis.
    """
    _ = translations(language).gettext
    hello = _("Hello. This is a call from your monitoring centre.")
    if expected.what is What.MEDICATION:
        about = expected.text or _("It is time for your tablets.")
        keys = _(
            "When you have taken them, press 1. If you would like somebody to ring you, press 2."
        )
    else:
        about = expected.text or _("We would like to know how you are.")
        keys = _("If you are well, press 1. If you would like somebody to ring you, press 2.")
    silence = _("We have not heard an answer. We will ring again, or somebody will. Goodbye.")
    return Question(f"{hello} {about}", keys, silence)


def prompt_thanks(answered: str, language: str) -> str:
    """What a resident hears after a key, or when they pick up too late."""
    _ = translations(language).gettext
    if answered == "1":
        return _("Thank you. We have written it down. Goodbye.")
    if answered == "2":
        return _(
            "Thank you. Somebody will ring you. If you need help now, press your alarm button. "
            "Goodbye."
        )
    return _("Thank you. Nothing is asked of you any more. Goodbye.")


def thanks(link: LinkView, language: str) -> str:
    """What is said after a key, or when somebody picks up too late."""
    _ = translations(language).gettext
    if link.state in (CallState.ON_THE_WAY, CallState.ARRIVED):
        if link.over:
            return _("Thank you. Somebody else is on the way as well. Goodbye.")
        return _("Thank you. We have written down that you are going. Goodbye.")
    if link.over:
        return _("Thank you. It is being looked after. You do not need to do anything. Goodbye.")
    if link.state is CallState.DECLINED:
        return _("Thank you for telling us. We are asking the next person. Goodbye.")
    return _("We have not heard an answer. Goodbye.")


def elsewhere(language: str) -> str:
    """What a responder hears who takes a job while they still have another."""
    _ = translations(language).gettext
    return _(
        "Thank you. You still have another job, so we look for somebody else for this one. Goodbye."
    )

"""What a contact hears when they pick up, and after they pressed a key."""

from __future__ import annotations

from typing import Literal

import msgspec

from responder.languages import translations
from responder.letters import who
from responder.people import Contact, HomeCard
from responder.views import LinkView
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

"""What Twilio fetches while somebody holds the telephone: the question, then the thanks.

Signed by Twilio, and for the holder of a contact's link only. Fetching the question changes
nothing; a key answers, and the same key twice answers once.
"""

from __future__ import annotations

from fastapi import APIRouter, Response

from responder import spoken
from responder.api.parts import Parts, WithParts
from responder.api.receipts import SignedForm
from responder.channels.twilio_voice import asking, saying
from responder.replies import Called
from telecare.errors import NotFound

router = APIRouter(prefix="/voice", include_in_schema=False)
ENDED = "This call is over. Goodbye."


@router.post("/{token}")
def question(token: str, parts: WithParts, form: SignedForm) -> Response:  # noqa: ARG001
    """What is said when somebody picks up."""
    try:
        called = parts.desk.called(token)
    except NotFound:
        return _xml(saying(ENDED, "en"))
    if called.link.over:
        return _thanks(called)
    asked = spoken.question(called.contact, called.card)
    return _asked(parts, token, asked.question, called)


@router.post("/{token}/key")
def key(token: str, parts: WithParts, form: SignedForm) -> Response:
    """What follows from the key that was pressed."""
    answer = spoken.ANSWERS.get(form.get("Digits", ""))
    try:
        if answer is not None:
            parts.desk.link_answer(token, answer)
        called = parts.desk.called(token)
    except NotFound:
        return _xml(saying(ENDED, "en"))
    return _thanks(called) if answer else _asked(parts, token, "", called)


def _asked(parts: Parts, token: str, question: str, called: Called) -> Response:
    asked = spoken.question(called.contact, called.card)
    answer_at = f"{parts.settings.public_url}/voice/{token}/key"
    language = called.contact.language
    return _xml(asking(question, asked.keys, asked.silence, answer_at, language))


def _thanks(called: Called) -> Response:
    language = called.contact.language
    return _xml(saying(spoken.thanks(called.link, language), language))


def _xml(twiml: str) -> Response:
    return Response(twiml, media_type="text/xml")

"""What Twilio fetches while somebody holds the telephone: the question, then the thanks.

Signed by Twilio, and for the holder of a contact's link only. Fetching the question changes
nothing; a key answers, and the same key twice answers once.
"""

from __future__ import annotations

from fastapi import APIRouter, Response

from responder.acting.replies import Called
from responder.api.parts import Parts, WithParts
from responder.api.receipts import SignedForm
from responder.arranged.prompt_answers import KEYS, PromptCall
from responder.channels.twilio_voice import asking, saying
from responder.outgoing import spoken
from telecare.errors import Conflict, NotFound

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
    except Conflict:  # they have another job; Twilio would read our refusal out as an error
        language = parts.desk.called(token).contact.language
        return _xml(saying(spoken.elsewhere(language), language))
    return _thanks(called) if answer else _asked(parts, token, "", called)


@router.post("/prompt/{org}/{key}")
def prompt(org: str, key: str, parts: WithParts, form: SignedForm) -> Response:  # noqa: ARG001
    """What a resident hears when they pick up. Fetching it changes nothing."""
    try:
        call = parts.arrangements.answers.prompt_call(org, key)
    except NotFound:
        return _xml(saying(ENDED, "en"))
    if call.over:
        return _xml(saying(spoken.prompt_thanks(call.answered, call.language), call.language))
    return _prompted(parts, org, key, call)


@router.post("/prompt/{org}/{key}/key")
def prompt_key(org: str, key: str, parts: WithParts, form: SignedForm) -> Response:
    """What follows from the key a resident pressed."""
    pressed = form.get("Digits", "")
    try:
        call = parts.arrangements.answers.prompt_key(org, key, pressed, form.get("CallSid", ""))
    except NotFound:
        return _xml(saying(ENDED, "en"))
    if call.over or pressed in KEYS:
        return _xml(saying(spoken.prompt_thanks(call.answered, call.language), call.language))
    return _prompted(parts, org, key, call)


def _prompted(parts: Parts, org: str, key: str, call: PromptCall) -> Response:
    said = spoken.prompt(call.expected, call.language)
    answer_at = f"{parts.settings.public_url}/voice/prompt/{org}/{key}/key"
    return _xml(asking(said.question, said.keys, said.silence, answer_at, call.language))


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

"""Whom operators ring today: a list to work down, each line with its telephone and its tick."""

from __future__ import annotations

from collections import Counter
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from responder.api.parts import Parts, WithParts
from responder.api.signed_in import Operator
from responder.arranged.calls import TEXT_LENGTH, CallEntry, EntryState
from responder.arranged.expectations import CallOutcome
from responder.arranged.prompts import Prompt, PromptState, Why
from responder.web.rendering import page
from responder.web.visits import links_of
from responder.web.wording import clock_time
from telecare.errors import Conflict
from telecare.tenancy import Actor

router = APIRouter()
OUTCOMES = (
    (CallOutcome.WELL, "reached, all is well"),
    (CallOutcome.FOLLOW_UP, "reached, somebody must see to them"),
    (CallOutcome.NO_ANSWER, "no answer"),
    (CallOutcome.NOT_WANTED, "do not want to be rung today"),
)

_LEFT = {
    Why.ASKED: "They pressed 2: they would like somebody to ring them.",
    Why.NO_ANSWER: "The platform rang {tries} and had no answer. Please ring.",
    Why.NO_TELEPHONE: "No telephone is on file that can be rung. Please speak with them.",
    Why.PROVIDER: "The telephone provider does not take the platform's calls. Please ring.",
    Why.TOO_LATE: "There was an outage, and little time is left. Please ring.",
}


@router.get("/calls")
def calls(request: Request, actor: Operator, parts: WithParts) -> Response:
    """Today's list. This look goes on record."""
    parts.desk.look_at_list(actor, "calls")
    return _shown(request, actor, parts)


@router.post("/calls/{call}")
def called(
    request: Request,
    call: str,
    actor: Operator,
    parts: WithParts,
    outcome: Annotated[CallOutcome, Form()],
    text: Annotated[str, Form(max_length=TEXT_LENGTH)] = "",
) -> Response:
    """What came of a call; then the list again."""
    try:
        parts.arrangements.calls.called(actor, call, outcome, text)
    except Conflict as refusal:
        return _shown(request, actor, parts, str(refusal), 409)
    return RedirectResponse("/calls", 303)


def _shown(
    request: Request, actor: Actor, parts: Parts, refusal: str = "", status: int = 200
) -> Response:
    entries = [_line(parts, actor, each) for each in parts.arrangements.calls.calls(actor)]
    words = dict(OUTCOMES)
    states = Counter(row["state"] for row in entries)
    shown = {
        "here": "Calls", "entries": entries, "outcomes": OUTCOMES, "words": words,
        "count": {each.value: states[each] for each in EntryState}, "refusal": refusal,
    }  # fmt: skip
    return page(request, "calls.html", shown, actor=actor, status=status)


def _line(parts: Parts, actor: Actor, entry: CallEntry) -> dict[str, object]:
    """An entry with whom it is about. Names and numbers of today's list only: a look at a list
    of calls is part of making them, and each call goes on record.
    """
    residents = parts.register.residents.residents(actor.org, entry.home)
    home = parts.register.homes.home(actor.org, entry.home)
    return {
        "entry": entry,
        "state": entry.state,
        "platform": said_of(entry.prompt, entry.time_zone) if entry.prompt else "",
        "who": " and ".join(each.name for each in residents) or home.label,
        "phones": [each.phone for each in residents if each.phone],
        "speak": "; ".join(each.speak for each in residents if each.speak),
        "zone": ZoneInfo(entry.time_zone),
        "visit": links_of(parts).url_of(
            parts.arrangements.expected.expectation(actor.org, entry.id)
        ),
    }


def said_of(prompt: Prompt, zone: str) -> str:
    """How far the platform has come with ringing, in a sentence."""
    tries = "once" if prompt.tries == 1 else f"{prompt.tries} times"
    if prompt.state is PromptState.PEOPLE and prompt.why is not None:
        return _LEFT[prompt.why].format(tries=tries)
    if prompt.state is PromptState.DONE:
        return "The platform rang, and it is done." if prompt.tries else ""
    if prompt.tries == 0 or prompt.next_at is None:
        return f"The platform rings up to {prompt.most} times first."
    then = "rings again" if prompt.tries < prompt.most else "leaves it to people"
    at = clock_time(prompt.next_at, ZoneInfo(zone))
    return f"The platform rang {tries} of {prompt.most}, and {then} at {at}."

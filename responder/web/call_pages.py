"""Whom operators ring today: a list to work down, each line with its telephone and its tick."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from responder.api.parts import Parts, WithParts
from responder.api.signed_in import Operator
from responder.calls import TEXT_LENGTH, CallEntry
from responder.expectations import CallOutcome
from responder.web.rendering import page
from telecare.errors import Conflict
from telecare.tenancy import Actor

router = APIRouter()
OUTCOMES = (
    (CallOutcome.WELL, "reached, all is well"),
    (CallOutcome.FOLLOW_UP, "reached, somebody must see to them"),
    (CallOutcome.NO_ANSWER, "no answer"),
    (CallOutcome.NOT_WANTED, "do not want to be rung today"),
)


@router.get("/calls")
def calls(request: Request, actor: Operator, parts: WithParts) -> Response:
    """Today's list."""
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
        parts.arrangements.called(actor, call, outcome, text)
    except Conflict as refusal:
        return _shown(request, actor, parts, str(refusal), 409)
    return RedirectResponse("/calls", 303)


def _shown(
    request: Request, actor: Actor, parts: Parts, refusal: str = "", status: int = 200
) -> Response:
    entries = [_line(parts, actor, each) for each in parts.arrangements.calls(actor)]
    words = dict(OUTCOMES)
    shown = {
        "here": "Calls", "entries": entries, "outcomes": OUTCOMES, "words": words,
        "refusal": refusal,
    }  # fmt: skip
    return page(request, "calls.html", shown, actor=actor, status=status)


def _line(parts: Parts, actor: Actor, entry: CallEntry) -> dict[str, object]:
    """An entry with whom it is about. Names and numbers of today's list only: a look at a list
    of calls is part of making them, and each call goes on record.
    """
    residents = parts.register.homes.residents(actor.org, entry.home)
    home = parts.register.homes.home(actor.org, entry.home)
    return {
        "entry": entry,
        "who": " and ".join(each.name for each in residents) or home.address,
        "phones": [each.phone for each in residents if each.phone],
        "speak": "; ".join(each.speak for each in residents if each.speak),
        "zone": ZoneInfo(entry.time_zone),
    }

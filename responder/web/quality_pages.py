"""Calls to be listened to: drawn by a seed, one score sheet each. Supervisors."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from responder.api.parts import Parts, WithParts
from responder.api.signed_in import Listener
from responder.learning.listening import REMARK_LENGTH
from responder.learning.quality import WORDS, Question
from responder.reports.month import month_after, month_at, month_before
from responder.web.rendering import page
from responder.web.typed import Sent
from responder.web.wording import kind_words
from telecare.errors import Conflict, InvalidInput
from telecare.tenancy import Actor

router = APIRouter()
ANSWERS = (("2", "yes"), ("1", "in part"), ("0", "no"), ("", "does not apply"))
WAYS = {
    "made": "call made", "taken": "call taken", "unit": "the unit's call",
    "provider": "call by the platform",
}  # fmt: skip


@router.get("/quality")
def quality(
    request: Request,
    actor: Listener,
    parts: WithParts,
    month: Annotated[str, Query(max_length=7)] = "",
) -> Response:
    """A month's draw, handler by handler."""
    zone = parts.register.organisations.organisation(actor.org).time_zone
    last = month_before(month_at(parts.clock.now(), zone))
    sample = parts.listening.sample(actor, month or last)
    name = sample.month.name
    handlers = [
        {"id": operator, "name": sample.names.get(operator, operator), "calls": list(calls)}
        for operator, calls in groupby(sample.drawn, key=lambda each: each.operator)
    ]
    shown = {
        "here": "Quality", "sample": sample, "handlers": handlers, "before": month_before(name),
        "after": month_after(name) if name != last else None, "ways": WAYS,
        "kind_words": kind_words,
    }  # fmt: skip
    return page(request, "quality.html", shown, actor=actor)


@router.get("/quality/{month}/{alert}/{operator}")
def sheet(
    request: Request, month: str, alert: str, operator: str, actor: Listener, parts: WithParts
) -> Response:
    """One call's references and its score sheet. Opening it is a recorded look."""
    return _sheet(request, parts, actor, (month, alert, operator))


@router.post("/quality/{month}/{alert}/{operator}")
def scored(
    request: Request, month: str, alert: str, operator: str, actor: Listener, parts: WithParts,
    sent: Sent,
) -> Response:  # fmt: skip
    """The sheet is filled in, or shown again with the reason."""
    try:
        scores = {each: _score(str(sent.get(each.value, ""))) for each in Question}
        parts.listening.listened(actor, month, alert, operator, scores, str(sent.get("text", "")))
    except (InvalidInput, Conflict) as refused:
        typed = {name: str(value) for name, value in sent.items()}
        return _sheet(request, parts, actor, (month, alert, operator), str(refused), typed)
    return RedirectResponse(f"/quality?month={month}", 303)


def _sheet(
    request: Request,
    parts: Parts,
    actor: Actor,
    which: tuple[str, str, str],
    refusal: str = "",
    typed: dict[str, str] | None = None,
) -> Response:
    month, alert, operator = which
    each = parts.listening.one(actor, month, alert, operator)
    names = parts.listening.names(actor)
    review = each.review
    said = {q.value: str(review.scores.get(q, "")) for q in Question} if review else {}
    said = typed or said
    shown = {
        "here": "Quality", "each": each, "month": month, "refusal": refusal, "answers": ANSWERS,
        "name": names.get(operator, operator), "by": names.get(review.by) if review else "",
        "questions": [
            {"id": q.value, "words": WORDS[q], "answer": said.get(q.value, "")} for q in Question
        ],
        "longest": REMARK_LENGTH, "text": said.get("text", ""), "ways": WAYS,
        "kind_words": kind_words,
    }  # fmt: skip
    return page(request, "sheet.html", shown, actor=actor, status=422 if refusal else 200)


def _score(said: str) -> int | None:
    if said not in [value for value, _ in ANSWERS]:
        raise InvalidInput("Choose one of the answers.")
    return int(said) if said else None

"""Proactive care over JSON: today's list of calls, and packages for a time."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from responder.api.body import Body
from responder.api.paging import Paged
from responder.api.parts import WithParts
from responder.api.schemas import Json, answers
from responder.api.signed_in import Operator
from responder.arranged.calls import TEXT_LENGTH, CallEntry, EntryState
from responder.arranged.expectations import CallOutcome
from responder.arranged.packages import Package, PackageKind
from telecare.store.types import microseconds

router = APIRouter(tags=["care"])


class CallBody(Body):
    outcome: CallOutcome
    text: Annotated[str, Field(max_length=TEXT_LENGTH)] = ""


class DaysBody(Body):
    review_on: date
    ends_on: date


class PackageBody(DaysBody):
    kind: PackageKind


@router.get("/calls", responses=answers(list[CallEntry], 422))
def calls(actor: Operator, parts: WithParts, paged: Paged) -> Json:
    """Whom to ring today: those whose time has come first. What is not ticked off by its end
    becomes an alert.
    """
    parts.desk.look_at_list(actor, "calls")
    order = list(EntryState)
    found = parts.arrangements.calls.calls(actor)
    return paged.of(found, lambda e: (order.index(e.state), microseconds(e.by), e.id))


@router.post("/calls/{call}", responses=answers(CallEntry, 404, 409, 422))
def called(call: str, body: CallBody, actor: Operator, parts: WithParts) -> Json:
    """What came of a call."""
    return Json(parts.arrangements.calls.called(actor, call, body.outcome, body.text))


@router.get("/packages", responses=answers(list[Package], 422))
def packages(
    actor: Operator,
    parts: WithParts,
    paged: Paged,
    home: Annotated[str | None, Query(max_length=40)] = None,
) -> Json:
    """Care for a time that is not over, the first to end first."""
    found = parts.arrangements.packages.packages(actor, home)
    return paged.of(found, lambda each: (each.ends_on.isoformat(), each.id))


@router.post("/homes/{home}/packages", responses=answers(Package, 404, 422))
def arrange(home: str, body: PackageBody, actor: Operator, parts: WithParts) -> Json:
    """Care for at most six weeks from today, with a day of review and a last day."""
    return Json(
        parts.arrangements.packages.arrange(actor, home, body.kind, body.review_on, body.ends_on)
    )


@router.post("/packages/{package}/extend", responses=answers(Package, 404, 422))
def extend(package: str, body: DaysBody, actor: Operator, parts: WithParts) -> Json:
    """Decided anew: another review, another end."""
    return Json(parts.arrangements.packages.extend(actor, package, body.review_on, body.ends_on))


@router.post("/packages/{package}/end", responses=answers(Package, 404))
def end(package: str, actor: Operator, parts: WithParts) -> Json:
    """It is over: nothing comes to the list for it any more."""
    return Json(parts.arrangements.packages.end(actor, package))

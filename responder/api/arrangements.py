"""What is arranged for homes over JSON: windows, what is expected, and response plans."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from responder.api.body import Body
from responder.api.paging import Paged
from responder.api.parts import WithParts
from responder.api.schemas import Json, answers
from responder.api.signed_in import AlertWorker, Operator, Planner
from responder.arranged.expectations import Expectation, What
from responder.arranged.prompts import (
    LONGEST_WAIT_MINUTES,
    MOST_TRIES,
    SHORTEST_WAIT_MINUTES,
    Prompt,
)
from responder.arriving.suppression import Cause, Window
from responder.whom.planning import Fault
from telecare.errors import NotFound
from telecare.register.plans import Plan, Step, StepKind
from telecare.store.types import microseconds

router = APIRouter(tags=["arrangements"])

Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
_NEVER = datetime.max.replace(tzinfo=UTC)
Ident = Annotated[str, Field(max_length=80)]


class WindowBody(Body):
    cause: Cause
    ends_at: AwareDatetime
    begins_at: AwareDatetime | None = None


class PromptBody(Body):
    """The platform rings the resident first."""

    most: Annotated[int, Field(ge=1, le=MOST_TRIES)] = 3
    minutes: Annotated[int, Field(ge=SHORTEST_WAIT_MINUTES, le=LONGEST_WAIT_MINUTES)] = 5
    resident: Ident = ""


class ExpectationBody(Body):
    what: What
    begins: Clock
    by: Clock
    days: list[Annotated[int, Field(ge=0, le=6)]] = Field([*range(7)], min_length=1, max_length=7)
    noticed_by: list[Ident] = Field([], max_length=20)
    room: Ident | None = None
    last_day: date | None = None
    text: Annotated[str, Field(max_length=200)] = ""
    by_call: bool = False
    prompt: PromptBody | None = None


class StepBody(Body):
    kind: StepKind
    text: Annotated[str, Field(max_length=200)] = ""
    contacts: list[Ident] = Field([], max_length=20)
    team: Ident | None = None
    at_once: bool = False
    with_previous: bool = False
    seconds: Annotated[int, Field(ge=10, le=1800)] = 180


class PlanBody(Body):
    home: Ident = ""
    kind: Ident = ""
    name: Annotated[str, Field(max_length=100)] = ""
    steps: Annotated[list[StepBody], Field(min_length=1, max_length=20)]
    cycles: Annotated[int, Field(ge=1, le=5)] = 2
    start_seconds: Annotated[int, Field(ge=0, le=1800)] = 180
    version: Annotated[int, Field(ge=0)] = 0
    """Which one it was made from: another that is in use by now is not replaced (409)."""


@router.get("/windows", responses=answers(list[Window], 422))
def windows(
    actor: AlertWorker,
    parts: WithParts,
    paged: Paged,
    home: Annotated[str | None, Query(max_length=40)] = None,
) -> Json:
    """Windows that hold or will: away, in hospital, equipment being worked on."""
    found = parts.arrangements.windows.windows(actor, home)
    return paged.of(found, lambda each: (microseconds(each.ends_at), each.id))


@router.post("/homes/{home}/windows", responses=answers(Window, 404, 422))
def open_window(home: str, body: WindowBody, actor: AlertWorker, parts: WithParts) -> Json:
    """Keep what the cause explains from opening alerts until an end that is not far."""
    ends: datetime = body.ends_at
    return Json(
        parts.arrangements.windows.open(actor, home, body.cause, ends, begins_at=body.begins_at)
    )


@router.post("/windows/{window}/end", responses=answers(Window, 404))
def end_window(window: str, actor: AlertWorker, parts: WithParts) -> Json:
    """It is over: what it held back is looked at again."""
    return Json(parts.arrangements.windows.end(actor, window))


@router.get("/expectations", responses=answers(list[Expectation], 422))
def expected(
    actor: Operator,
    parts: WithParts,
    paged: Paged,
    home: Annotated[str | None, Query(max_length=40)] = None,
) -> Json:
    """What is expected to happen, the next due first."""
    found = parts.arrangements.expected.expected(actor, home)
    return paged.of(found, lambda each: (microseconds(each.next_due_at or _NEVER), each.id))


@router.post("/homes/{home}/expectations", responses=answers(Expectation, 404, 422))
def expect(home: str, body: ExpectationBody, actor: Operator, parts: WithParts) -> Json:
    """From now on this is to happen in the home between two times on its wall."""
    return Json(
        parts.arrangements.expected.expect(
            actor, home, body.what, body.begins, body.by, days=tuple(sorted(set(body.days))),
            noticed_by=tuple(body.noticed_by), room=body.room, last_day=body.last_day,
            text=body.text, by_call=body.by_call,
            prompt=Prompt(**body.prompt.model_dump()) if body.prompt else None,
        )
    )  # fmt: skip


@router.post("/expectations/{expectation}/confirm", responses=answers(Expectation, 404))
def confirm(expectation: str, actor: Operator, parts: WithParts) -> Json:
    """Somebody says that it happened."""
    return Json(parts.arrangements.expected.confirm(actor, expectation))


@router.post("/expectations/{expectation}/end", responses=answers(list[Expectation], 404))
def expect_no_more(expectation: str, actor: Operator, parts: WithParts) -> Json:
    """It is expected no more; answers what still is."""
    parts.arrangements.expected.expect_no_more(actor, expectation)
    return Json(parts.arrangements.expected.expected(actor))


@router.get("/plans", responses=answers(list[Plan], 422))
def plans(actor: Operator, parts: WithParts, paged: Paged) -> Json:
    """Saved plans in use; a home without one follows the default plan."""
    return paged.of(parts.register.plans.plans(actor.org), lambda each: (each.plan, each.version))


@router.get("/plans/faults", responses=answers(list[Fault], 422))
def faults(actor: Operator, parts: WithParts, paged: Paged) -> Json:
    """What is wrong now with plans, rotas and schemes: whom do they not reach?"""
    found = parts.arrangements.plans.check(actor)
    return paged.of(found, lambda each: (each.sentence, msgspec.json.encode(each).decode()))


@router.post("/plans", responses=answers(Plan, 404, 409, 422))
def save_plan(body: PlanBody, actor: Planner, parts: WithParts) -> Json:
    """The next version of a plan; refused in plain words when it reaches nobody. Supervisors."""
    plan = Plan(
        org=actor.org, home=body.home, kind=body.kind, name=body.name, cycles=body.cycles,
        start_seconds=body.start_seconds, version=body.version,
        steps=[Step(**each.model_dump()) for each in body.steps],
    )  # fmt: skip
    return Json(parts.arrangements.plans.save(actor, plan))


@router.get("/plans/{plan}/versions", responses=answers(list[Plan], 422))
def versions(plan: str, actor: Operator, parts: WithParts, paged: Paged) -> Json:
    """All versions of one plan, oldest first."""
    found = parts.register.plans.versions(actor.org, plan)
    if not found:
        raise NotFound(f"There is no plan {plan}.")
    return paged.of(found, lambda each: (each.version,))


@router.post("/plans/{plan}/end", responses=answers(list[Plan], 404))
def end_plan(plan: str, actor: Planner, parts: WithParts) -> Json:
    """Use it no more: the wider plan holds again. Supervisors. Answers what is in use."""
    parts.arrangements.plans.end(actor, plan)
    return Json(parts.register.plans.plans(actor.org))

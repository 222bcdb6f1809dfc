"""Alerts over JSON: the queue, one alert, and every act on it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, Field

from responder.acting.desk import Answer
from responder.api.body import Body
from responder.api.paging import WRONG, Paged, Paging, Place, moment_at, newest_first, paging
from responder.api.parts import Parts, WithParts
from responder.api.schemas import Json, answers
from responder.api.signed_in import ON_THE_DESK, AlertWorker, KeysafeHolder, Operator
from responder.outgoing.call_references import CallWay
from responder.seeing.views import AlertDetail, AlertLine
from responder.whom.people import Channel
from telecare.errors import InvalidInput, NotFound
from telecare.store.types import microseconds
from telecare.tenancy import Actor
from telecare.vocabulary import FalseAlarmCause, Outcome, Role

router = APIRouter(prefix="/alerts", tags=["alerts"])
history_router = APIRouter(tags=["alerts"])


Ident = Annotated[str, Query(max_length=80)]


class NoteBody(Body):
    text: Annotated[str, Field(min_length=1, max_length=4000)]


class CallBody(Body):
    way: Literal["made", "taken"]
    reference: Annotated[str, Field(min_length=1, max_length=80)]
    contact: Annotated[str, Field(max_length=80)] | None = None


class HandOverBody(Body):
    to: Annotated[str, Field(min_length=1, max_length=80)]


class AttendingBody(Body):
    who: Annotated[str, Field(min_length=1, max_length=200)]


class SendBody(Body):
    team: Annotated[str, Field(max_length=80)] = ""


class WatchBody(Body):
    minutes: Annotated[int, Field(ge=1, le=720)]


class RingBody(Body):
    channel: Channel | None = None


class AnswerBody(Body):
    answer: Answer


class ResolveBody(Body):
    outcome: Outcome
    text: Annotated[str, Field(min_length=1, max_length=500)]
    false_alarm_cause: FalseAlarmCause | None = None


class CheckBody(Body):
    number: Annotated[int, Field(ge=1, le=50)]
    done: bool = True


class Code(msgspec.Struct, frozen=True):
    """A keysafe's code; that it was shown is on record."""

    code: str


class Colleague(msgspec.Struct, frozen=True):
    """Somebody an alert can be handed to."""

    id: str
    name: str
    role: Role


_ACT = answers(AlertLine, 404, 409, 422)


@router.get("", responses=answers(list[AlertLine], 422))
def queue(
    actor: AlertWorker, parts: WithParts, paged: Annotated[Paging, Depends(paging(5000, 1000))]
) -> Json:
    """Open alerts, in the order to work them."""
    return paged.of(parts.desk.queue(actor), _in_queue)


def _in_queue(line: AlertLine) -> Place:
    waits = line.overdue and line.owner_id is None
    opened = microseconds(line.opened_at)
    return (line.priority.rank, int(not waits), line.rank, opened, line.id)


@router.get("/{alert}", responses=answers(AlertDetail, 404))
def open_alert(alert: str, actor: AlertWorker, parts: WithParts) -> Json:
    """The whole alert with the resident's card. Looking is an act: it goes on record."""
    return Json(parts.desk.open_alert(actor, alert))


@router.post("/{alert}/claim", responses=_ACT)
def claim(alert: str, actor: AlertWorker, parts: WithParts) -> Json:
    """Take it. One of many wins; the others are told who has it."""
    return Json(parts.desk.claim(actor, alert))


@router.post("/{alert}/release", responses=_ACT)
def release(alert: str, actor: AlertWorker, parts: WithParts) -> Json:
    """Give it back to the queue, where it is called out again."""
    return Json(parts.desk.release(actor, alert))


@router.post("/{alert}/hand-over", responses=_ACT)
def hand_over(alert: str, body: HandOverBody, actor: AlertWorker, parts: WithParts) -> Json:
    """Give it to a colleague, by their id."""
    parts.desk.line(actor, alert)
    for each in desk_people(parts, actor):
        if each.id == body.to:
            return Json(parts.desk.hand_over(actor, alert, each.id, each.name))
    raise NotFound("There is nobody by this id on the desk; `GET /colleagues` lists them.")


@router.post("/{alert}/note", responses=_ACT)
def note(alert: str, body: NoteBody, actor: AlertWorker, parts: WithParts) -> Json:
    """Write down what happened or was heard."""
    return Json(parts.desk.note(actor, alert, body.text))


@router.post("/{alert}/calls", responses=_ACT)
def note_call(alert: str, body: CallBody, actor: AlertWorker, parts: WithParts) -> Json:
    """Write down by which reference a call made or taken for it is found again."""
    way = CallWay(body.way)
    return Json(parts.desk.note_call(actor, alert, way, body.reference, body.contact))


@router.post("/{alert}/contacts/{contact}/ring", responses=_ACT)
def ring(alert: str, contact: str, body: RingBody, actor: AlertWorker, parts: WithParts) -> Json:
    """Ring one contact now; without a channel the operator telephones by hand."""
    return Json(parts.desk.contact(actor, alert, contact, body.channel))


@router.post("/{alert}/contacts/{contact}/answer", responses=_ACT)
def answer(
    alert: str, contact: str, body: AnswerBody, actor: AlertWorker, parts: WithParts
) -> Json:
    """Write down what the contact said."""
    return Json(parts.desk.contact_answer(actor, alert, contact, body.answer))


@router.post("/{alert}/attending", responses=_ACT)
def attending(alert: str, body: AttendingBody, actor: AlertWorker, parts: WithParts) -> Json:
    """Somebody who is no contact is on the way."""
    return Json(parts.desk.attending(actor, alert, body.who))


@router.post("/{alert}/dispatch", responses=_ACT)
def send(alert: str, body: SendBody, actor: Operator, parts: WithParts) -> Json:
    """Send a responder: who can be there soonest is asked first, of the team named if one is."""
    if body.team:
        parts.register.teams.team(actor.org, body.team)
    return Json(parts.desk.send(actor, alert, body.team))


@router.post("/{alert}/dispatch/off", responses=_ACT)
def call_off(alert: str, actor: Operator, parts: WithParts) -> Json:
    """Nobody needs to go any more; whoever was asked or on the way is told."""
    return Json(parts.desk.call_off(actor, alert))


@router.post("/{alert}/watch", responses=_ACT)
def watch(alert: str, body: WatchBody, actor: AlertWorker, parts: WithParts) -> Json:
    """Check again in some minutes."""
    return Json(parts.desk.watch(actor, alert, body.minutes))


@router.post("/{alert}/resolve", responses=_ACT)
def resolve(alert: str, body: ResolveBody, actor: AlertWorker, parts: WithParts) -> Json:
    """Close it with its outcome and one line of text."""
    return Json(parts.desk.resolve(actor, alert, body.outcome, body.text, body.false_alarm_cause))


@router.post("/{alert}/plan", responses=_ACT)
def check(alert: str, body: CheckBody, actor: AlertWorker, parts: WithParts) -> Json:
    """Check a step of the plan off, or take that back."""
    return Json(parts.desk.check(actor, alert, body.number, done=body.done))


@router.post("/{alert}/keysafe", responses=answers(Code, 404, 409))
def keysafe(alert: str, actor: KeysafeHolder, parts: WithParts) -> Json:
    """Reveal the code of the home's keysafe to the alert's owner; it goes on record first."""
    return Json(Code(parts.desk.reveal_keysafe(actor, alert)))


@history_router.get("/colleagues", responses=answers(list[Colleague], 422))
def colleagues(actor: AlertWorker, parts: WithParts, paged: Paged) -> Json:
    """Who an alert can be handed to, by name."""
    others = [each for each in desk_people(parts, actor) if each.id != actor.id]
    return paged.of(others, lambda each: (each.name, each.id))


def desk_people(parts: Parts, actor: Actor) -> list[Colleague]:
    """Everybody of the organisation who works alerts, by name."""
    people = [each for each in parts.register.people.people(actor.org) if each.role in ON_THE_DESK]
    return [
        Colleague(each.person, each.name, each.role)
        for each in sorted(people, key=lambda each: (each.name, each.person))
    ]


@history_router.get("/history", responses=answers(list[AlertLine], 422))
def history(
    actor: AlertWorker,
    parts: WithParts,
    paged: Paged,
    home: Ident | None = None,
    before: AwareDatetime | None = None,
) -> Json:
    """Closed alerts, last closed first; `before` begins with those closed before a time."""
    past = closed_at(paged.after) if paged.after else None
    found = parts.desk.history(actor, home=home, before=before, past=past, limit=paged.limit + 1)
    more = len(found) > paged.limit
    return paged.page(found[: paged.limit], _in_history, more=more)


def _in_history(line: AlertLine) -> Place:
    return (newest_first(line.resolved_at) if line.resolved_at else 0, line.id)


def closed_at(place: Place) -> tuple[datetime, str]:
    """When the last one shown was closed, and its id. Raises `InvalidInput`."""
    match place:
        case (int(at), str(ident)):
            return moment_at(at), ident
    raise InvalidInput(WRONG)

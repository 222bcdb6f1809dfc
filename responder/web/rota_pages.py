"""Pages of who is on duty, week by week."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from responder.api.parts import Parts, WithParts
from responder.api.signed_in import Operator, Planner
from responder.web.rendering import page
from responder.web.rota_week import week_of
from responder.web.typed import REFUSED
from telecare.register.teams import Cover
from telecare.tenancy import Actor
from telecare.vocabulary import Role

router = APIRouter()


@router.get("/rotas")
def rotas_page(
    request: Request,
    actor: Operator,
    parts: WithParts,
    week: date | None = None,
) -> Response:
    """Who is on duty in a week, team by team, with every gap named."""
    return _rotas(request, actor, parts, week)


@router.post("/rotas")
def turn_given(
    request: Request,
    actor: Planner,
    parts: WithParts,
    shift: Annotated[str, Form(max_length=80)],
    day: Annotated[date, Form()],
    member: Annotated[str, Form(max_length=80)] = "",
    was: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """One turn goes to somebody else, or to nobody: the page then names the gap."""
    cover = Cover(org=actor.org, shift=shift, day=day, member=member or None, was=was or None)
    try:
        parts.arrangements.plans.cover(actor, cover)
    except REFUSED as refused:
        return _rotas(request, actor, parts, day, str(refused))
    return RedirectResponse(f"/rotas?week={day.isoformat()}", 303)


@router.post("/rotas/{shift}/end")
def shift_ended(
    request: Request,
    actor: Planner,
    parts: WithParts,
    shift: str,
    day: Annotated[date, Form()],
) -> Response:
    """The turn comes on this day for the last time: the page then names what it leaves open."""
    try:
        parts.arrangements.plans.end_shift(actor, shift, day)
    except REFUSED as refused:
        return _rotas(request, actor, parts, day, str(refused))
    return RedirectResponse(f"/rotas?week={day.isoformat()}", 303)


def _rotas(
    request: Request, actor: Actor, parts: Parts, day: date | None, refusal: str = ""
) -> Response:
    now = parts.clock.now()
    arranged = parts.arrangements.plans.book(actor)
    weeks = [week_of(arranged, team, day, now) for team in arranged.teams.values()]
    first = weeks[0].days[0].day if weeks else now.date()
    shown: dict[str, Any] = {
        "here": "Rotas", "weeks": weeks, "refusal": refusal,
        "members": {team: _members(arranged, team) for team in arranged.teams},
        "before": first - timedelta(days=7), "after": first + timedelta(days=7),
        "may_plan": actor.role is Role.SUPERVISOR,
    }  # fmt: skip
    return page(request, "rotas.html", shown, actor=actor, status=422 if refusal else 200)


def _members(arranged: Any, team: str) -> list[Any]:
    return [each for each in arranged.members.values() if each.team == team]

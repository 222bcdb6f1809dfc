"""Pages of what people arrange: response plans, who is on duty, and windows.

Plain forms: they work without scripts and by keyboard, and a refusal comes back with what
was typed.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from msgspec.structs import replace
from starlette.datastructures import FormData

from responder.api.parts import Parts, WithParts
from responder.api.signed_in import AlertWorker, Operator, Planner
from responder.arriving.suppression import Cause
from responder.web.rendering import page
from responder.web.rota_week import week_of
from responder.web.typed_home import home_of
from responder.web.wording import kind_words
from responder.whom.plans import text_of
from telecare.errors import Conflict, InvalidInput, NotFound
from telecare.register.plans import Plan, Step, StepKind
from telecare.register.teams import Cover
from telecare.tenancy import Actor
from telecare.vocabulary import AlarmType, Role, SignalKind

router = APIRouter()
HOMES_SHOWN = 50
STEPS = 8
"""Rows of the form; a plan may have up to twenty, and keeps those beyond these."""
KINDS = [
    "",
    SignalKind.ALARM.value,
    *(f"{SignalKind.ALARM}.{each}" for each in AlarmType if each is not AlarmType.CANCEL),
    *(
        each.value
        for each in (
            SignalKind.FALL, SignalKind.WANDERING, SignalKind.INACTIVITY, SignalKind.ROUTINE,
            SignalKind.EXPECTATION, SignalKind.HUB_SILENT, SignalKind.EQUIPMENT,
        )
    ),
]  # fmt: skip
"""What a plan may be for; empty: for everything."""
_REFUSED = (InvalidInput, Conflict, NotFound)


async def sent_form(request: Request) -> FormData:
    """The fields of the form that was sent."""
    return await request.form()


Sent = Annotated[FormData, Depends(sent_form)]


@router.get("/plans")
def plans_page(
    request: Request,
    actor: Operator,
    parts: WithParts,
    find: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Plans in use, and whom the arrangements do not reach."""
    labels = _labels(parts, actor.org)
    rows = [
        {"plan": each, "where": labels.get(each.home, each.home) or "every home",
         "kind": kind_words(each.kind), "steps": [_said(step) for step in each.steps]}
        for each in parts.register.plans.plans(actor.org)
    ]  # fmt: skip
    needle = find.strip().casefold()
    rows = [row for row in rows if needle in f"{row['where']} {row['kind']}".casefold()]
    reached = [home for home, label in labels.items() if needle in label.casefold()]
    shown = {
        "here": "Plans", "rows": rows, "find": find,
        "faults": parts.arrangements.plans.check(actor),
        "labels": labels, "may_plan": actor.role is Role.SUPERVISOR,
        "asked": [
            {"where": labels[home], "people": parts.arrangements.plans.asked(actor, home)}
            for home in reached[:HOMES_SHOWN]
        ],
        "more": max(0, len(reached) - HOMES_SHOWN),
    }  # fmt: skip
    return page(request, "plans.html", shown, actor=actor)


@router.get("/plans/edit")
def plan_page(
    request: Request,
    actor: Planner,
    parts: WithParts,
    home: Annotated[str, Query(max_length=80)] = "",
    kind: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """The form of one plan: the one in use, or a new one."""
    found = [
        each
        for each in parts.register.plans.plans(actor.org)
        if (each.home, each.kind) == (home, kind)
    ]
    plan = found[0] if found else Plan(org=actor.org, home=home, kind=kind, steps=[])
    return _plan_form(request, actor, parts, plan)


@router.post("/plans/edit")
def plan_saved(request: Request, actor: Planner, parts: WithParts, sent: Sent) -> Response:
    """Saved as its next version, or the form again with the reason in plain words."""
    plan = _plan_of(sent, actor.org)
    try:
        plan = replace(plan, home=home_of(parts, actor.org, plan.home))
        parts.arrangements.plans.save(actor, _numbers(plan, sent))
    except _REFUSED as refused:
        return _plan_form(request, actor, parts, plan, str(refused))
    return RedirectResponse("/plans", 303)


@router.post("/plans/{plan}/end")
def plan_ended(plan: str, actor: Planner, parts: WithParts) -> Response:
    """The wider plan holds again."""
    parts.arrangements.plans.end(actor, plan)
    return RedirectResponse("/plans", 303)


def _plan_form(
    request: Request, actor: Actor, parts: Parts, plan: Plan, refusal: str = ""
) -> Response:
    contacts = parts.register.contacts.contacts(actor.org, plan.home) if plan.home else []
    shown = {
        "here": "Plans", "plan": plan, "refusal": refusal, "contacts": contacts,
        "kinds": [{"value": each, "words": kind_words(each)} for each in KINDS],
        "step_kinds": [{"value": k.value, "words": _STEP_WORDS[k]} for k in StepKind],
        "teams": parts.register.teams.teams(actor.org), "places": max(STEPS, len(plan.steps) + 1),
        "labels": _labels(parts, actor.org),
    }  # fmt: skip
    return page(request, "plan.html", shown, actor=actor, status=422 if refusal else 200)


def _plan_of(sent: FormData, org: str) -> Plan:
    steps = []
    for number in range(20):
        kind = str(sent.get(f"kind-{number}", ""))
        if kind not in set(StepKind):
            continue
        contacts = [str(each) for each in sent.getlist(f"contacts-{number}")]
        team = str(sent.get(f"team-{number}", "")) or None
        steps.append(
            Step(
                kind=StepKind(kind), text=str(sent.get(f"text-{number}", ""))[:200],
                contacts=contacts if kind == StepKind.CONTACTS else [],
                team=team if kind in (StepKind.TEAM, StepKind.DISPATCH) else None,
                at_once=f"at-once-{number}" in sent,
                with_previous=f"with-previous-{number}" in sent,
                seconds=_whole(sent.get(f"seconds-{number}")) or 180,
            )
        )  # fmt: skip
    about = str(sent.get("home", "")), str(sent.get("kind", ""))
    is_same = about == (sent.get("was-home"), sent.get("was-kind"))
    return Plan(
        org=org, home=about[0], kind=about[1],
        version=(_whole(sent.get("version")) or 0) if is_same else 0,
        name=str(sent.get("name", ""))[:100], steps=steps,
        cycles=_whole(sent.get("cycles")) or 2, start_seconds=_whole(sent.get("start")) or 0,
    )  # fmt: skip


def _numbers(plan: Plan, sent: FormData) -> Plan:
    """The plan itself; raises `InvalidInput` where a number was typed that is none."""
    for name, value in sent.multi_items():
        is_number = name in ("start", "cycles") or name.startswith("seconds-")
        if is_number and str(value).strip() and _whole(value) is None:
            raise InvalidInput(f"{value} is no whole number.")
    return plan


def _whole(value: object) -> int | None:
    said = str(value or "").strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) < 6 else None


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
    except _REFUSED as refused:
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
    except _REFUSED as refused:
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


@router.get("/windows")
def windows_page(
    request: Request,
    actor: AlertWorker,
    parts: WithParts,
    home: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """What holds signals back, where, and until when."""
    return _windows(request, actor, parts, {"home": home})


@router.post("/windows")
def window_opened(
    request: Request,
    actor: AlertWorker,
    parts: WithParts,
    home: Annotated[str, Form(max_length=80)],
    cause: Annotated[Cause, Form()],
    ends: Annotated[str, Form(max_length=20)],
    begins: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Opened, or the page again with the reason and what was typed."""
    typed = {"home": home, "cause": cause.value, "begins": begins, "ends": ends}
    try:
        home = home_of(parts, actor.org, home)
        zone = ZoneInfo(parts.register.homes.home(actor.org, home).time_zone)
        parts.arrangements.windows.open(
            actor, home, cause, _wall(ends, zone),
            begins_at=_wall(begins, zone) if begins else None,
        )  # fmt: skip
    except _REFUSED as refused:
        return _windows(request, actor, parts, typed, str(refused))
    return RedirectResponse("/windows", 303)


@router.post("/windows/{window}/end")
def window_ended(window: str, actor: AlertWorker, parts: WithParts) -> Response:
    """It is over: what it held back is looked at again."""
    parts.arrangements.windows.end(actor, window)
    return RedirectResponse("/windows", 303)


def _windows(
    request: Request, actor: Actor, parts: Parts, typed: dict[str, str], refusal: str = ""
) -> Response:
    labels = _labels(parts, actor.org)
    now = parts.clock.now()
    rows = [
        {"window": each, "where": labels.get(each.home, each.home), "holds": each.is_active(now)}
        for each in parts.arrangements.windows.windows(actor)
    ]
    causes = (Cause.MAINTENANCE, Cause.TEST) if actor.role is Role.TEC else tuple(Cause)
    shown = {
        "here": "Windows", "rows": rows, "refusal": refusal, "typed": typed, "causes": causes,
        "labels": labels,
    }  # fmt: skip
    return page(request, "windows.html", shown, actor=actor, status=422 if refusal else 200)


def _wall(written: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.fromisoformat(written).replace(tzinfo=zone)
    except ValueError:
        raise InvalidInput("Write a day and a time, as 2026-03-15 14:00.") from None


def _labels(parts: Parts, org: str) -> dict[str, str]:
    return {each.home: each.label for each in parts.register.homes.homes(org)}


_STEP_WORDS = {
    StepKind.CONTACTS: "ask contacts",
    StepKind.TEAM: "ask a team on duty",
    StepKind.DISPATCH: "send a responder",
    StepKind.DESK: "call the desk",
    StepKind.DO: "do something",
}


def _said(step: Step) -> str:
    said = text_of(step)
    if step.contacts:
        said += ": " + ", ".join(step.contacts)
    return f"{said} (together with the step before)" if step.with_previous else said

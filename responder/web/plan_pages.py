"""Pages of response plans: those in use, whom they do not reach, and the form of one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from msgspec.structs import replace
from starlette.datastructures import FormData

from responder.api.parts import Parts, WithParts
from responder.api.signed_in import Operator, Planner
from responder.web.rendering import page
from responder.web.typed import REFUSED, Sent, home_of, labels_of
from responder.web.wording import kind_words
from responder.whom.plans import text_of
from telecare.errors import InvalidInput
from telecare.register.plans import Plan, Step, StepKind
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


@router.get("/plans")
def plans_page(
    request: Request,
    actor: Operator,
    parts: WithParts,
    find: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Plans in use, and whom the arrangements do not reach."""
    labels = labels_of(parts, actor.org)
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
    except REFUSED as refused:
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
        "labels": labels_of(parts, actor.org),
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

"""Pages about how homes are judged: the detectors' precision, a home's dials, its four weeks."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from responder.api.judgement import Days, figures, seen
from responder.api.parts import Parts, WithParts
from responder.api.signed_in import FigureReader, Operator, Tuner
from responder.learning.outcomes import Precision
from responder.learning.tunings import TUNERS
from responder.store.tunings import Tuning
from responder.web.day_by_hour import legend, shade, shade_limits, told
from responder.web.rendering import page
from responder.whom.rota import zone_of
from telecare.dials import DIALS, Dial, dial
from telecare.errors import Conflict, InvalidInput
from telecare.messages import Fired
from telecare.register.homes import Home
from telecare.tenancy import Actor
from telecare.vocabulary import Role, TuningState

router = APIRouter()
SHARE_WIDTH = 100.0


class TuningLine(msgspec.Struct, frozen=True, kw_only=True):
    """A tuning as its home's page shows it."""

    tuning: Tuning
    dial: Dial
    spared: list[Fired]
    """Signals of now that would not have come."""
    kept: list[Fired]
    added: list[Fired]
    """Signals that only the other setting would have given."""


@router.get("/judgement")
def judgement_page(
    request: Request, actor: FigureReader, parts: WithParts, days: Days = Days.FOUR_WEEKS
) -> Response:
    """How often each detector was right. No resident's data."""
    rows = [
        {"row": row, "picture": Markup(share_picture(row))}  # noqa: S704 - numbers only
        for row in figures(parts, actor, days)
    ]
    waiting = parts.tunings.waiting(actor)
    shown = {
        "here": "Judgement",
        "rows": rows,
        "days": days.value,
        "choices": [each.value for each in Days],
        "waiting": [
            {"tuning": each, "dial": dial(each.detector, each.setting)} for each in waiting
        ],
        "may_tune": actor.role in TUNERS,
    }
    return page(request, "judgement.html", shown, actor=actor)


@router.get("/homes/{home}/activity")
def activity_page(
    request: Request,
    home: str,
    actor: Operator,
    parts: WithParts,
    room: Annotated[str | None, Query(max_length=80)] = None,
) -> Response:
    """A home's four weeks by day and hour. This look goes on record."""
    known = parts.register.homes.home(actor.org, home)
    parts.desk.look_at_home(actor, home)
    activity, changes = seen(parts, actor, known, room or None)
    limits = shade_limits(activity)
    shown = {
        "here": "Homes",
        "home": known,
        "residents": parts.register.residents.residents(actor.org, home),
        "shown": activity,
        "told": told(activity),
        "limits": limits,
        "shade": shade,
        "legend": legend(limits),
        "changes": changes[::-1],
        "zone": zone_of(known.time_zone),
    }
    return page(request, "activity.html", shown, actor=actor)


@router.get("/homes/{home}/judgement")
def home_judgement(request: Request, home: str, actor: Tuner, parts: WithParts) -> Response:
    """How a home is judged, what might be set otherwise, and a try. This look goes on record."""
    known = parts.register.homes.home(actor.org, home)
    parts.desk.look_at_home(actor, home)
    return _home_judgement(request, parts, actor, known, "")


@router.post("/homes/{home}/judgement")
def try_a_setting(
    request: Request,
    home: str,
    actor: Tuner,
    parts: WithParts,
    setting: Annotated[str, Form(max_length=80)],
    value: Annotated[str, Form(max_length=20)],
) -> Response:
    """Ask what another value would have done; nothing is changed by it."""
    known = parts.register.homes.home(actor.org, home)
    detector, _, name = setting.partition(".")
    try:
        parts.tunings.ask(actor, home, detector, name, _number(value))
    except InvalidInput as wrong:
        return _home_judgement(request, parts, actor, known, str(wrong), status=422)
    return RedirectResponse(f"/homes/{known.home}/judgement", 303)


@router.post("/homes/{home}/judgement/{tuning}")
def decide(
    request: Request,
    home: str,
    tuning: str,
    actor: Tuner,
    parts: WithParts,
    decision: Annotated[str, Form(max_length=20)],
) -> Response:
    """Accept or decline what was rehearsed."""
    known = parts.register.homes.home(actor.org, home)
    try:
        parts.tunings.decide(actor, tuning, accept=decision == "accept")
    except Conflict as refused:
        return _home_judgement(request, parts, actor, known, str(refused), status=409)
    return RedirectResponse(f"/homes/{known.home}/judgement", 303)


def share_picture(row: Precision) -> str:
    """The share that was right as a mark, and how sure we are of it as a band around it."""
    if row.precision is None or row.low is None or row.high is None:
        return ""
    low, middle, high = (SHARE_WIDTH * share for share in (row.low, row.precision, row.high))
    return (
        f'<svg class="share" viewBox="0 0 {SHARE_WIDTH:g} 12" preserveAspectRatio="none" '
        'aria-hidden="true">'
        f'<rect class="ground" width="{SHARE_WIDTH:g}" height="12" rx="2"/>'
        f'<rect class="band" x="{low:.1f}" width="{max(high - low, 1):.1f}" height="12" rx="2"/>'
        f'<rect class="middle" x="{min(middle, SHARE_WIDTH - 2):.1f}" width="2" height="12"/></svg>'
    )


def _home_judgement(
    request: Request, parts: Parts, actor: Actor, home: Home, refusal: str, status: int = 200
) -> Response:
    tunings = parts.tunings.of_home(actor, home.home)
    shown: dict[str, Any] = {
        "here": "Judgement",
        "home": home,
        "title": home.home if actor.role is Role.TEC else home.label,
        "dials": [{"dial": each, "value": each.value_in(home.settings)} for each in DIALS],
        "lines": [_line(each) for each in tunings],
        "awaited": any(each.state is TuningState.ASKED for each in tunings),
        "refusal": refusal,
        "zone": zone_of(home.time_zone),
    }
    return page(request, "home_judgement.html", shown, actor=actor, status=status)


def _line(tuning: Tuning) -> TuningLine:
    now = tuning.rehearsal.now if tuning.rehearsal else []
    then = tuning.rehearsal.then if tuning.rehearsal else []
    present, future = {each.id for each in now}, {each.id for each in then}
    return TuningLine(
        tuning=tuning,
        dial=dial(tuning.detector, tuning.setting),
        spared=[each for each in now if each.id not in future],
        kept=[each for each in then if each.id in present],
        added=[each for each in then if each.id not in present],
    )


def _number(said: str) -> float:
    try:
        return float(said.replace(",", "."))
    except ValueError:
        raise InvalidInput("The value must be a number.") from None

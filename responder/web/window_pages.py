"""Pages of what holds signals back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from responder.api.parts import Parts, WithParts
from responder.api.signed_in import AlertWorker
from responder.arriving.suppression import Cause
from responder.web.rendering import page
from responder.web.typed import REFUSED, home_of, labels_of
from telecare.errors import InvalidInput
from telecare.tenancy import Actor
from telecare.vocabulary import Role

router = APIRouter()


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
    except REFUSED as refused:
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
    labels = labels_of(parts, actor.org)
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

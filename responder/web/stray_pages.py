"""The inbox of the TEC team: what was heard and belongs to nobody yet."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from responder.api.parts import Parts, WithParts
from responder.api.signed_in import DeviceKeeper
from responder.web.rendering import page
from responder.web.typed import REFUSED, home_of, labels_of
from telecare.errors import AlreadyExists
from telecare.tenancy import Actor
from telecare.vocabulary import AlarmType

router = APIRouter()
_REFUSED = (AlreadyExists, *REFUSED)
Word = Annotated[str, Form(max_length=80)]


@router.get("/devices/inbox")
def inbox(request: Request, actor: DeviceKeeper, parts: WithParts) -> Response:
    """What was heard and belongs to nobody yet. Its alarms are on the desk all the same."""
    return _inbox(request, actor, parts)


@router.post("/devices/inbox/sensor")
def adopt_sensor(
    request: Request,
    actor: DeviceKeeper,
    parts: WithParts,
    bridge: Word,
    sensor: Annotated[str, Form(max_length=128)],
    name: Annotated[str, Form(max_length=128)] = "",
    room: Word = "",
    means: Word = "",
) -> Response:
    """Make a sensor this home's."""
    try:
        parts.upkeep.adopt_sensor(actor, bridge, sensor, name=name, room=room, means=means)
    except _REFUSED as refused:
        return _inbox(request, actor, parts, str(refused), 422)
    return RedirectResponse("/devices/inbox", 303)


@router.post("/devices/inbox/unit")
def adopt_unit(
    request: Request, actor: DeviceKeeper, parts: WithParts, stray: Word, device: Word, home: Word
) -> Response:
    """Make a careline unit this home's."""
    try:
        parts.upkeep.adopt_unit(actor, stray, device.strip(), home_of(parts, actor.org, home))
    except _REFUSED as refused:
        typed = {"stray": stray, "device": device, "home": home}
        return _inbox(request, actor, parts, str(refused), 422, typed)
    return RedirectResponse(f"/devices/{device.strip()}", 303)


def _inbox(
    request: Request, actor: Actor, parts: Parts, refusal: str = "", status: int = 200,
    typed: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    given = {
        "here": "Devices",
        "strays": parts.upkeep.strays(actor),
        "labels": labels_of(parts, actor.org),
        "alarms": [each.value for each in AlarmType if each is not AlarmType.CANCEL],
        "refusal": refusal,
        "typed": typed or {},
    }
    return page(request, "device_inbox.html", given, actor=actor, status=status)

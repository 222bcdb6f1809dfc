"""Pages of the TEC team: the work list, every device, and how one comes to us.

Who lives in a home stands nowhere here: it is not the TEC team's business.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from responder.api.parts import Parts, WithParts
from responder.api.signed_in import DeviceKeeper
from responder.devices.inventory import Enrolment, Shown, shown
from responder.devices.proving import Step
from responder.devices.upkeep import chain_of
from responder.web.claim_sheet import ENROLMENT, labels
from responder.web.rendering import page
from responder.web.typed import REFUSED, home_of, labels_of
from telecare.errors import AlreadyExists, Conflict, InvalidInput
from telecare.register.claims import Claim, IssuedClaim
from telecare.register.device import LINES, Device
from telecare.tenancy import Actor
from telecare.vocabulary import DeviceKind, Outcome

router = APIRouter()
ROWS_SHOWN = 500
LIST_WORDS = {
    Shown.ALL: "All",
    Shown.WORK: "Want somebody",
    Shown.UNENROLLED: "Enrolment not complete",
    Shown.TEST_DUE: "Test due",
    Shown.EXPIRING: "Credential ends soon",
}
_REFUSED = (AlreadyExists, *REFUSED)
OneOf = Literal["claim", "replace", "rotate", "withdraw", "revoke", "receipt", "command"]
Word = Annotated[str, Form(max_length=80)]


@router.get("/devices")
def device_list(
    request: Request, actor: DeviceKeeper, parts: WithParts, show: Shown = Shown.ALL,
    find: str = "",
) -> Response:  # fmt: skip
    """The work list first, then every device."""
    now, needle = parts.clock.now(), find.strip().casefold()[:80]
    every = parts.upkeep.rows(actor)
    addresses = labels_of(parts, actor.org)
    found = [
        row for row in shown(every, show, now)
        if needle
        in " ".join(
            (row.device.device, row.device.home, addresses.get(row.device.home, ""),
             row.device.serial or "")
        ).casefold()
    ]  # fmt: skip
    strays = parts.upkeep.strays(actor)
    given = {
        "here": "Devices",
        "work": [line for line in parts.desk.queue(actor) if line.kinds and _is_ours(line.kinds)],
        "rows": found[:ROWS_SHOWN],
        "left": len(found) - ROWS_SHOWN,
        "lists": [(each.value, words, len(shown(every, each, now)))
                  for each, words in LIST_WORDS.items()],
        "show": show.value,
        "labels": addresses,
        "find": find,
        "unknown": len(strays.offers) + len(strays.units),
        "now": now,
    }  # fmt: skip
    return page(request, "devices.html", given, actor=actor)


@router.post("/devices/work/{job}")
def work_on(
    job: str,
    actor: DeviceKeeper,
    parts: WithParts,
    act: Annotated[str, Form(max_length=10)],
    text: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Take an alert of the work list, or close it with what was done."""
    if act == "close":
        parts.desk.resolve(actor, job, Outcome.EQUIPMENT_FAULT, text, None)
    else:
        parts.desk.claim(actor, job)
    return RedirectResponse("/devices", 303)


@router.get("/devices/new")
def new_device(request: Request, actor: DeviceKeeper, parts: WithParts) -> Response:
    """The form for a device that is not there yet."""
    return _form(request, actor, parts, {}, "")


@router.post("/devices/new")
def expect(
    request: Request,
    actor: DeviceKeeper,
    parts: WithParts,
    device: Word,
    home: Word,
    serial: Word,
    kind: Annotated[DeviceKind, Form()] = DeviceKind.HUB,
    model: Word = "",
    room: Word = "",
    line: Word = "",
    exchange: Word = "",
    network: Word = "",
) -> Response:
    """Register it and show its sheet, once."""
    given = {"device": device, "home": home, "serial": serial, "model": model, "room": room,
             "line": line, "exchange": exchange, "network": network}  # fmt: skip
    filled = {name: value.strip() or None for name, value in given.items()}
    filled["model"] = filled["model"] or ""
    try:
        filled["home"] = home_of(parts, actor.org, home)
        made = Device(org=actor.org, kind=kind, **filled)  # type: ignore[arg-type]
        asked = (actor.org, actor.id, "new", kind, *given.values())
        issued = parts.sheets.issue(asked, lambda: parts.onboarding.expect(actor, made))
    except _REFUSED as refused:
        if _is_there(parts, actor, device, serial):
            return _there_already(request, actor, parts, device)
        return _form(request, actor, parts, given | {"kind": kind.value}, str(refused), 422)
    return _sheet(request, actor, parts, [issued])


@router.get("/devices/lines")
def lines(request: Request, actor: DeviceKeeper, parts: WithParts) -> Response:
    """What is left to convert from analogue to digital."""
    found = parts.upkeep.lines(actor)
    shown_ = {"here": "Devices", "lines": found, "left": sum(each.homes_left for each in found)}
    return page(request, "lines.html", shown_, actor=actor)


@router.get("/devices/{device}")
def device_page(request: Request, device: str, actor: DeviceKeeper, parts: WithParts) -> Response:
    """One device: its state, its onboarding, its orders."""
    return _device(request, actor, parts, device, {})


@router.post("/devices/{device}")
def act_on(
    request: Request,
    device: str,
    actor: DeviceKeeper,
    parts: WithParts,
    act: Annotated[OneOf, Form()],
    new: Word = "",
    serial: Word = "",
    name: Word = "",
) -> Response:
    """One of the acts of a device's page."""
    try:
        match act:
            case "claim":
                return _sheet(request, actor, parts, parts.onboarding.claim(actor, [device]))
            case "replace":
                asked = (actor.org, actor.id, "replace", device, new, serial)
                issued = parts.sheets.issue(
                    asked, lambda: parts.upkeep.replace(actor, device, new.strip(), serial)
                )
                return _sheet(request, actor, parts, [issued])
            case "rotate":
                rotated = parts.upkeep.rotate(actor, device)
                return _device(request, actor, parts, device, {"issued": rotated})
            case "withdraw":
                parts.onboarding.withdraw(actor, device=device)
            case "revoke":
                parts.upkeep.revoke(actor, device)
            case "receipt":
                parts.onboarding.confirm_receipt(actor, device)
            case "command":
                parts.upkeep.command(actor, device, name.strip(), {}, 300)
    except (AlreadyExists, Conflict, InvalidInput) as refused:
        if act == "replace" and _is_there(parts, actor, new, serial):
            return _there_already(request, actor, parts, new)
        typed = {"new": new, "serial": serial, "name": name}
        return _device(request, actor, parts, device, {"refusal": str(refused)} | typed, 422)
    return RedirectResponse(f"/devices/{device}", 303)


def _is_ours(kinds: list[str]) -> bool:
    """Supervisors see all tracks; this list is equipment's."""
    heads = ("hub_", "equipment", "unjudged", "incident", "service_")
    return any(kind.startswith(heads) for kind in kinds)


def _form(
    request: Request, actor: Actor, parts: Parts, filled: dict[str, Any], refusal: str,
    status: int = 200,
) -> Response:  # fmt: skip
    given = {
        "here": "Devices",
        "labels": labels_of(parts, actor.org),
        "models": sorted({each.model for each in parts.register.devices.devices(actor.org)}),
        "kinds": [each.value for each in DeviceKind],
        "lines": LINES,
        "filled": filled,
        "refusal": refusal,
    }
    return page(request, "device_new.html", given, actor=actor, status=status)


def _sheet(request: Request, actor: Actor, parts: Parts, issued: list[IssuedClaim]) -> Response:
    url = parts.settings.public_url
    given = {
        "here": "Devices",
        "labels": labels(issued, url),
        "enrolment": url + ENROLMENT,
    }
    return page(request, "claim_sheet.html", given, actor=actor)


def _is_there(parts: Parts, actor: Actor, device: str, serial: str) -> bool:
    """Whether just this device is on file, as somebody asks who clicked twice."""
    known = parts.register.devices.devices(actor.org)
    return any((each.device, each.serial) == (device.strip(), serial.strip()) for each in known)


def _there_already(request: Request, actor: Actor, parts: Parts, device: str) -> Response:
    """Its sheet was made by another process of ours, or a while ago, and stands there alone."""
    refusal = "It is registered already. If nobody has its sheet, make a new code below."
    return _device(request, actor, parts, device.strip(), {"refusal": refusal}, 422)


def _missing(claim: Claim, step: Step) -> str:
    if claim.used_at is None and claim.revoked_at is not None:
        return "its code was taken back; make a new one"
    return step.value


def _device(
    request: Request, actor: Actor, parts: Parts, device: str, more: dict[str, Any],
    status: int = 200,
) -> Response:  # fmt: skip
    row = parts.upkeep.row(actor, device)
    of_home = parts.register.devices.devices(actor.org, row.device.home)
    known = {each.device: each for each in of_home}
    progress = parts.onboarding.progress(actor, device)
    (config,) = parts.register.orders.configs(actor.org, device) or (None,)
    given = {
        "here": "Devices",
        "where": parts.register.homes.home(actor.org, row.device.home).label,
        "row": row,
        "claim": progress[0] if progress else None,
        "missing": _missing(*progress) if progress else "",
        "withdrawn": row.enrolment is Enrolment.WITHDRAWN,
        "on_desk": progress is not None and progress[1] in (Step.RECEIPT, Step.NOTHING),
        "before": chain_of(row.device, known),
        "after": [each for each in known.values() if each.replaces == device],
        "config": config,
        "commands": parts.register.orders.commands(actor.org, device, 20),
        "issued": None,
        "refusal": "",
        "new": "", "serial": "", "name": "",
        "now": parts.clock.now(),
    }  # fmt: skip
    return page(request, "device.html", given | more, actor=actor, status=status)

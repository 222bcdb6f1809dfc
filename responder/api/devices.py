"""Devices over JSON, for the TEC team's own tools."""

from __future__ import annotations

import csv
import io
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import Field

from responder.api.body import Body
from responder.api.paging import Paged
from responder.api.parts import WithParts
from responder.api.schemas import Json, answers
from responder.api.signed_in import DeviceKeeper
from responder.devices.inventory import Line, Row, Shown, Strays, shown
from responder.reports.table import safe_cell
from telecare.register.claims import IssuedClaim
from telecare.register.credentials import IssuedCredential
from telecare.register.device import Device
from telecare.register.orders import Command, Config
from telecare.vocabulary import DeviceKind

router = APIRouter(prefix="/devices", tags=["devices"])
Ident = Annotated[str, Field(min_length=1, max_length=80)]


class DeviceBody(Body):
    """A device that is not there yet."""

    device: Ident
    home: Ident
    serial: Annotated[str, Field(min_length=1, max_length=64)]
    kind: DeviceKind = DeviceKind.HUB
    model: Annotated[str, Field(max_length=80)] = ""
    room: Annotated[str, Field(max_length=80)] | None = None
    heartbeat_seconds: Annotated[int, Field(ge=10, le=604_800)] | None = None
    network: Annotated[str, Field(max_length=80)] | None = None


class ReplaceBody(Body):
    """What takes a device's place."""

    device: Ident
    serial: Annotated[str, Field(min_length=1, max_length=64)]


class CommandBody(Body):
    """What a device is to do."""

    name: Annotated[str, Field(max_length=40)]
    body: dict[str, Any] = Field({})
    seconds: Annotated[int, Field(ge=1, le=604_800)] = 60


class DeviceDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A device with everything it was told."""

    row: Row
    config: Config | None
    commands: list[Command]


@router.get("", responses=answers(list[Row], 422))
def devices(actor: DeviceKeeper, parts: WithParts, paged: Paged, show: Shown = Shown.ALL) -> Json:
    """Every device, or those of one list, by id."""
    found = shown(parts.upkeep.rows(actor), show, parts.clock.now())
    return paged.of(found, lambda row: (row.device.device,))


@router.post("", responses=answers(IssuedClaim, 404, 409, 422))
def expect(body: DeviceBody, actor: DeviceKeeper, parts: WithParts) -> Json:
    """Register a device and make its code, which is in this answer and nowhere else."""
    fields = body.model_dump()
    return Json(parts.onboarding.expect(actor, Device(org=actor.org, **fields)))


@router.get("/inbox", responses=answers(Strays))
def inbox(actor: DeviceKeeper, parts: WithParts) -> Json:
    """What was heard and belongs to nobody yet."""
    return Json(parts.upkeep.strays(actor))


@router.get("/lines", responses=answers(list[Line]))
def lines(actor: DeviceKeeper, parts: WithParts, paged: Paged) -> Json:
    """What is left to convert from analogue to digital, by scheme and exchange."""
    return paged.of(parts.upkeep.lines(actor), lambda line: (line.scheme, line.exchange))


@router.get("/lines.csv", response_class=Response)
def lines_csv(actor: DeviceKeeper, parts: WithParts) -> Response:
    """The same for a spreadsheet."""
    written = io.StringIO(newline="")
    table = csv.writer(written, lineterminator="\n")
    table.writerow(Line.__struct_fields__)
    for each in parts.upkeep.lines(actor):
        table.writerow(map(safe_cell, msgspec.structs.astuple(each)))
    name = f'attachment; filename="lines-{actor.org}.csv"'
    return Response(
        written.getvalue(), media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": name},
    )  # fmt: skip


@router.get("/{device}", responses=answers(DeviceDetail, 404))
def device_detail(device: str, actor: DeviceKeeper, parts: WithParts) -> Json:
    """One device: where it stands, how it should be set, what it was told and answered."""
    orders = parts.register.orders
    row = parts.upkeep.row(actor, device)
    (config,) = orders.configs(actor.org, device) or (None,)
    commands = orders.commands(actor.org, device)
    return Json(DeviceDetail(row=row, config=config, commands=commands))


@router.post("/{device}/claim", responses=answers(IssuedClaim, 404, 422))
def claim(device: str, actor: DeviceKeeper, parts: WithParts) -> Json:
    """A fresh code; an earlier one that was not used stops."""
    (issued,) = parts.onboarding.claim(actor, [device])
    return Json(issued)


@router.post("/{device}/rotate", responses=answers(IssuedCredential, 404))
def rotate(device: str, actor: DeviceKeeper, parts: WithParts) -> Json:
    """A new password beside the one in force, which ends when the new one was seen."""
    return Json(parts.upkeep.rotate(actor, device))


@router.post("/{device}/revoke", responses=answers(dict[str, bool], 404))
def revoke(device: str, actor: DeviceKeeper, parts: WithParts) -> Json:
    """Trust it no more."""
    parts.upkeep.revoke(actor, device)
    return Json({"revoked": True})


@router.post("/{device}/replace", responses=answers(IssuedClaim, 404, 409, 422))
def replace(device: str, body: ReplaceBody, actor: DeviceKeeper, parts: WithParts) -> Json:
    """Another takes its place, and its history with it."""
    return Json(parts.upkeep.replace(actor, device, body.device, body.serial))


@router.put("/{device}/config", responses=answers(Config, 404, 409, 422))
def configure(
    device: str,
    body: dict[str, Any],
    actor: DeviceKeeper,
    parts: WithParts,
    version: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
) -> Json:
    """How the device should be set; it reports the version it runs. `version`: which one it was
    made from (0: none): another that is in force by now is not replaced (409).
    """
    return Json(parts.upkeep.configure(actor, device, body, version))


@router.post("/{device}/commands", responses=answers(Command, 404, 422))
def command(device: str, body: CommandBody, actor: DeviceKeeper, parts: WithParts) -> Json:
    """Tell the device to do something within so many seconds."""
    return Json(parts.upkeep.command(actor, device, body.name, body.body, body.seconds))

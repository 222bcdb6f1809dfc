"""Homes over JSON: who lives there, what is dangerous, who can come, what was measured."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query

from responder.api.parts import WithParts
from responder.api.schemas import Json, answers
from responder.api.signed_in import Operator
from telecare.messages import Reading
from telecare.register.devices import Device
from telecare.register.homes import Contact, Home, Resident

router = APIRouter(prefix="/homes", tags=["homes"])


class HomeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A home's record. Opening it is a recorded look."""

    home: Home
    residents: list[Resident]
    contacts: list[Contact]
    devices: list[Device]


@router.get("", responses=answers(list[Home], 422))
def homes(
    actor: Operator,
    parts: WithParts,
    find: Annotated[str, Query(max_length=100)] = "",
    after: Annotated[str, Query(max_length=40)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Json:
    """Homes by id, without their residents; page on with `after` = the last `home`."""
    found = [
        home
        for home in parts.register.homes.homes(actor.org)
        if home.home > after and find.casefold() in home.address.casefold()
    ]
    return Json(found[:limit])


@router.get("/{home}", responses=answers(HomeRecord, 404))
def home_record(home: str, actor: Operator, parts: WithParts) -> Json:
    """The home's record. Looking is an act: it goes on record."""
    known = parts.register.homes.home(actor.org, home)
    parts.desk.look_at_home(actor, home)
    return Json(
        HomeRecord(
            home=known,
            residents=parts.register.homes.residents(actor.org, home),
            contacts=parts.register.homes.contacts(actor.org, home),
            devices=parts.register.devices.devices(actor.org, home),
        )
    )


@router.get("/{home}/readings", responses=answers(list[Reading], 404, 422))
def readings(
    home: str,
    actor: Operator,
    parts: WithParts,
    since: datetime | None = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 100,
) -> Json:
    """The home's newest readings by time of receipt. Looking is an act: it goes on record."""
    parts.register.homes.home(actor.org, home)
    parts.desk.look_at_home(actor, home)
    return Json(parts.readings.history(actor.org, home, since=since, limit=limit))

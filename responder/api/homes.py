"""Homes over JSON: who lives there, what is dangerous, who can come, what was measured."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, Field

from responder.api.body import Body
from responder.api.paging import WRONG, Paged, Paging, Place, moment_at, newest_first, paging
from responder.api.parts import WithParts
from responder.api.schemas import Json, answers
from responder.api.signed_in import Operator
from responder.outgoing.languages import DEFAULT
from telecare.errors import InvalidInput
from telecare.messages import Reading
from telecare.register.contacts import Contact
from telecare.register.devices import Device
from telecare.register.homes import Home
from telecare.register.residents import Resident

router = APIRouter(prefix="/homes", tags=["homes"])
MOST_AT_ONCE = 100_000
"""Readings of one home received in the same microsecond; nobody has more."""


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
    paged: Paged,
    find: Annotated[str, Query(max_length=100)] = "",
) -> Json:
    """Homes by id, without their residents. Looking is an act: it goes on record."""
    parts.desk.look_at_list(actor, "homes")
    found = [
        home
        for home in parts.register.homes.homes(actor.org)
        if find.casefold() in home.label.casefold()
    ]
    return paged.of(found, lambda each: (each.home,))


@router.get("/{home}", responses=answers(HomeRecord, 404))
def home_record(home: str, actor: Operator, parts: WithParts) -> Json:
    """The home's record. Looking is an act: it goes on record."""
    known = parts.register.homes.home(actor.org, home)
    parts.desk.look_at_home(actor, home)
    return Json(
        HomeRecord(
            home=known,
            residents=parts.register.residents.residents(actor.org, home),
            contacts=parts.register.contacts.contacts(actor.org, home),
            devices=parts.register.devices.devices(actor.org, home),
        )
    )


class TelephoneBody(Body):
    """How a resident is rung."""

    phone: Annotated[str, Field(max_length=40)]
    language: Annotated[str, Field(max_length=10)] = DEFAULT


@router.post("/{home}/residents/{resident}/telephone", responses=answers(Resident, 404, 422))
def telephone(
    home: str, resident: str, body: TelephoneBody, actor: Operator, parts: WithParts
) -> Json:
    """By which telephone, and in which language, a resident is rung; an empty number: by none."""
    expected = parts.arrangements.expected
    return Json(expected.telephone(actor, home, resident, body.phone, body.language))


@router.get("/{home}/readings", responses=answers(list[Reading], 404, 422))
def readings(
    home: str,
    actor: Operator,
    parts: WithParts,
    paged: Annotated[Paging, Depends(paging(5000, 100))],
    since: AwareDatetime | None = None,
) -> Json:
    """The home's newest readings by time of receipt. Looking is an act: it goes on record."""
    parts.register.homes.home(actor.org, home)
    parts.desk.look_at_home(actor, home)
    until, seen = _received(paged.after)
    found = parts.readings.history(
        actor.org, home, since=since, until=until, limit=paged.limit + 1 + seen
    )[seen:]
    shown = found[: paged.limit]
    last = shown[-1].received_at if shown else None
    so_far = sum(each.received_at == last for each in shown)
    so_far += seen if last == until else 0
    return paged.page(
        shown,
        lambda each: (newest_first(each.received_at), so_far),
        more=len(found) > paged.limit,
    )


def _received(after: Place | None) -> tuple[datetime | None, int]:
    """When the last one shown was received, and how many of that very moment were shown."""
    match after:
        case None:
            return None, 0
        case (int(at), int(so_far)) if 0 < so_far <= MOST_AT_ONCE:
            return moment_at(at), so_far
    raise InvalidInput(WRONG)

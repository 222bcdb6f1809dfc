"""FHIR R4 for other systems: read only, one search for each resource, patient by patient."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from msgspec import json

from responder.api.paging import Place, cursor_of, place_of
from responder.api.parts import WithParts
from responder.api.schemas import content, refusal
from responder.api.signed_in import CareReader
from responder.shared import fhir
from responder.shared.fhir import Kind
from responder.shared.sharing import Asked
from telecare.errors import InvalidInput

router = APIRouter(prefix="/api/fhir/r4", tags=["fhir"])
MEDIA = "application/fhir+json"
_DATE = re.compile(r"(ge|gt|le|lt|eq)?(\d{4}-\d{2}-\d{2})(T.+)?")
_REFUSALS: dict[int | str, dict[str, Any]] = {
    200: content(dict[str, Any], MEDIA),
    **{status: refusal(status) for status in (403, 404, 422)},
}


class Fhir(Response):
    """FHIR's JSON."""

    media_type = MEDIA

    def render(self, content: object) -> bytes:
        return json.encode(content)


@router.get("/metadata", response_class=Fhir, responses={200: content(dict[str, Any], MEDIA)})
def metadata(actor: CareReader, parts: WithParts) -> Fhir:  # noqa: ARG001 - asks for the right
    """What can be asked here."""
    return Fhir(fhir.capabilities(parts.clock.now()))


@router.get("/{kind}", response_class=Fhir, responses=_REFUSALS)
def search(
    request: Request,
    kind: Kind,
    actor: CareReader,
    parts: WithParts,
    patient: Annotated[str, Query(max_length=88, description="A resident's id.")],
    date: Annotated[
        list[str], Query(max_length=2, description="As ge2026-03-01 and lt2026-04-01.")
    ] = [],  # noqa: B006 - FastAPI's own copy
    count: Annotated[int, Query(alias="_count", ge=1, le=100)] = 50,
    cursor: Annotated[str | None, Query(alias="_cursor", max_length=1000)] = None,
) -> Fhir:
    """One page of what is known about a resident who agreed. This look goes on record."""
    since, until = _stretch(date)
    asked = Asked(
        kind=kind, patient=patient.removeprefix("Patient/"), since=since, until=until,
        after=place_of(cursor) if cursor else None, limit=count,
    )  # fmt: skip
    found = parts.sharing.search(actor, asked)
    own = f"{parts.settings.public_url}{request.url.path}"
    return Fhir(
        fhir.bundle(
            found.resources, f"{own}?{request.url.query}",
            _onward(own, request, found.onward) if found.onward else None,
        )
    )  # fmt: skip


def _onward(own: str, request: Request, place: Place) -> str:
    kept = [(k, v) for k, v in request.query_params.multi_items() if k != "_cursor"]
    return f"{own}?{urlencode([*kept, ('_cursor', cursor_of(place))])}"


def _stretch(dates: list[str]) -> tuple[datetime | None, datetime | None]:
    """From when until before when; both None where nothing is said."""
    since: datetime | None = None
    until: datetime | None = None
    for written in dates:
        found = _DATE.fullmatch(written)
        try:
            way, day, time = found.groups() if found else ("", "", "")
            begins = datetime.fromisoformat(f"{day}{time or ''}")
        except ValueError:
            raise InvalidInput(f"{written} is no date; write it like ge2026-03-01.") from None
        way, whole_day = way or "eq", not time
        begins = begins if begins.tzinfo else begins.replace(tzinfo=UTC)
        ends = begins + (timedelta(days=1) if whole_day else timedelta(microseconds=1))
        if way in ("ge", "eq", "gt"):
            since = ends if way == "gt" else begins
        if way in ("le", "eq", "lt"):
            until = begins if way == "lt" else ends
    return since, until

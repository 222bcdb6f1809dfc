"""The audit record over JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from responder.api.parts import WithParts
from responder.api.schemas import Json, answers
from responder.api.signed_in import RecordReader
from responder.views import ChainReport, RecordLine

router = APIRouter(prefix="/record", tags=["record"])


@router.get("", responses=answers(list[RecordLine], 422))
def record(
    actor: RecordReader,
    parts: WithParts,
    after: Annotated[int, Query(ge=0)] = 0,
    alert: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> Json:
    """Entries in order; page on with `after` = the last `sequence`."""
    return Json(parts.desk.record(actor, after=after, alert=alert, limit=limit))


@router.get("/chain", responses=answers(ChainReport))
def chain(actor: RecordReader, parts: WithParts) -> Json:
    """Every hash computed again: is the record whole?"""
    return Json(parts.desk.verify_chain(actor.org))

"""The audit record over JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from responder.api.paging import WRONG, Paging, paging
from responder.api.parts import WithParts
from responder.api.schemas import Json, answers
from responder.api.signed_in import RecordReader
from responder.seeing.views import ChainReport, RecordLine
from telecare.errors import InvalidInput

router = APIRouter(prefix="/record", tags=["record"])
LAST = 2**63 - 1


@router.get("", responses=answers(list[RecordLine], 422))
def record(
    actor: RecordReader,
    parts: WithParts,
    paged: Annotated[Paging, Depends(paging(1000, 500))],
    after: Annotated[int, Query(ge=0, le=LAST)] = 0,
    alert: Annotated[str | None, Query(max_length=80)] = None,
) -> Json:
    """Entries in order; `after` begins behind a `sequence`."""
    match paged.after:
        case None:
            pass
        case (int(sequence),) if 0 <= sequence <= LAST:
            after = max(after, sequence)
        case _:
            raise InvalidInput(WRONG)
    found = parts.desk.record(actor, after=after, alert=alert, limit=paged.limit + 1)
    more = len(found) > paged.limit
    return paged.page(found[: paged.limit], lambda each: (each.sequence,), more=more)


@router.get("/chain", responses=answers(ChainReport))
def chain(actor: RecordReader, parts: WithParts) -> Json:
    """Every hash computed again: is the record whole?"""
    return Json(parts.desk.verify_chain(actor.org, anew=True))

"""Reports by month: as JSON, for a spreadsheet, and to be put together with others."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from responder.api.parts import WithParts
from responder.api.schemas import Json, answers
from responder.api.signed_in import FigureReader
from responder.reports.report import Report
from responder.reports.table import as_csv, as_parquet

router = APIRouter(tags=["reports"])

_REFUSALS = {status: said for status, said in answers(Report, 422).items() if status != 200}
InMonth = Annotated[
    str | None, Query(max_length=20, description="As 2026-03; the present month without it.")
]


@router.get("/reports", responses=answers(Report, 422))
def report(actor: FigureReader, parts: WithParts, month: InMonth = None) -> Json:
    """What a month was like. An alert belongs to the month in which it was opened."""
    return Json(parts.reports.of(actor.org, month))


@router.get("/reports.csv", response_class=Response, responses=_REFUSALS)
def report_csv(actor: FigureReader, parts: WithParts, month: InMonth = None) -> Response:
    """The same, one line for each figure."""
    found = parts.reports.of(actor.org, month)
    return _file(as_csv(found).encode(), "text/csv; charset=utf-8", found, "csv")


@router.get("/reports.parquet", response_class=Response, responses=_REFUSALS)
def report_parquet(actor: FigureReader, parts: WithParts, month: InMonth = None) -> Response:
    """The same rows with their types."""
    found = parts.reports.of(actor.org, month)
    return _file(as_parquet(found), "application/vnd.apache.parquet", found, "parquet")


def _file(body: bytes, media_type: str, report: Report, ending: str) -> Response:
    name = f'attachment; filename="report-{report.org}-{report.month}.{ending}"'
    return Response(body, media_type=media_type, headers={"Content-Disposition": name})

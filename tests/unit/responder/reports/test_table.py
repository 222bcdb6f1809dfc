"""The files hold what the report says, with types, and no formula."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from msgspec.structs import replace

from responder.reports.figure import number, seconds, share
from responder.reports.report import Report
from responder.reports.table import COLUMNS, as_csv, as_parquet

NOW = datetime(2026, 4, 2, 9, 30, tzinfo=UTC)
REPORT = Report(
    org="north", month="2026-03", begins=NOW, ends=NOW, as_of=NOW, sequence=812, head="ab",
    figures=[
        share("answering", "within_60_s", 39, 40, target=0.975),
        share("answering", "within_180_s", 0, 0, target=0.99),
        seconds("answering", "median", 12.5),
        number("faults", "opened", 3, group='hub "silent", twice', model='=HYPERLINK("x")'),
    ],
)  # fmt: skip


def test_a_spreadsheet_gets_a_line_for_each_figure() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(REPORT))))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == len(REPORT.figures)
    first, empty, *_ = rows
    assert (first["count"], first["of"], first["value"], first["met"]) == (
        "39", "40", "0.975", "true",
    )  # fmt: skip
    assert (empty["value"], empty["met"]) == ("", "")


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r"])
def test_a_model_that_looks_like_a_formula_stays_a_text(begins: str) -> None:
    model = f'{begins}HYPERLINK("x")'
    report = replace(REPORT, figures=[number("faults", "opened", 3, model=model)])
    (row,) = csv.DictReader(io.StringIO(as_csv(report), newline=""))
    assert row["model"] == f"'{model}"


def test_parquet_holds_the_same_rows_with_their_types(tmp_path: Path) -> None:
    file = tmp_path / "report.parquet"
    file.write_bytes(as_parquet(REPORT))
    with duckdb.connect() as connection:
        described = connection.execute(f"DESCRIBE SELECT * FROM '{file}'").fetchall()
        rows = connection.execute(f"SELECT * EXCLUDE (as_of) FROM '{file}'").fetchall()
        names = [column[0] for column in connection.description or ()]
        instants = connection.execute(f"SELECT DISTINCT epoch(as_of) FROM '{file}'").fetchall()
    types = {name: kind for name, kind, *_ in described}
    assert tuple(types) == COLUMNS
    assert (types["count"], types["value"], types["met"]) == ("BIGINT", "DOUBLE", "BOOLEAN")
    assert types["as_of"] == "TIMESTAMP WITH TIME ZONE"
    assert instants == [(NOW.timestamp(),)]
    for row, figure in zip(rows, REPORT.figures, strict=True):
        cells = dict(zip(names, row, strict=True))
        for name in ("section", "name", "group", "model", "count", "of", "value", "unit", "met"):
            assert cells[name] == getattr(figure, name), name

"""A report as a table: CSV for a spreadsheet, Parquet for those who put many together."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from responder.reports.figure import Figure
from responder.reports.report import Report

_TYPES = {
    "org": "VARCHAR", "month": "VARCHAR", "section": "VARCHAR", "name": "VARCHAR",
    "group": "VARCHAR", "model": "VARCHAR", "count": "BIGINT", "of": "BIGINT", "value": "DOUBLE",
    "unit": "VARCHAR", "target": "DOUBLE", "met": "BOOLEAN", "as_of": "TIMESTAMPTZ",
    "sequence": "BIGINT", "source": "VARCHAR",
}  # fmt: skip
COLUMNS = tuple(_TYPES)
_EMPTY_IS_TEXT = ("group", "model")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(report: Report) -> str:
    """One line for each figure, under `COLUMNS`. No cell begins a spreadsheet's formula."""
    return _csv(report, guarded=True)


def as_parquet(report: Report) -> bytes:
    """The same rows with their types."""
    import duckdb  # noqa: PLC0415 - 27 MB that no service needs all day

    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in _TYPES.items())
    kept = ", ".join(f"'{name}'" for name in _EMPTY_IS_TEXT)
    with TemporaryDirectory(prefix="telecare-report-") as folder:
        rows, written = Path(folder) / "rows.csv", Path(folder) / "report.parquet"
        rows.write_text(_csv(report, guarded=False), newline="")
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(
                f"COPY (SELECT * FROM read_csv('{rows}', header = true, delim = ',', "
                f"quote = '\"', escape = '\"', columns = {{{columns}}}, "
                f"force_not_null = [{kept}])) TO '{written}' (FORMAT parquet)"
            )
        return written.read_bytes()


def _csv(report: Report, *, guarded: bool) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    frame = {
        "org": report.org, "month": report.month, "as_of": report.as_of.isoformat(),
        "sequence": report.sequence,
    }  # fmt: skip
    for figure in report.figures:
        row = frame | _cells(figure)
        writer.writerow([safe_cell(row[name]) if guarded else row[name] for name in COLUMNS])
    return out.getvalue()


def _cells(figure: Figure) -> dict[str, object]:
    cells = msgspec.structs.asdict(figure)
    return cells | {"met": None if figure.met is None else str(figure.met).lower()}


def safe_cell(cell: object) -> object:
    """What people typed, as a spreadsheet reads it: a text, and never a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell

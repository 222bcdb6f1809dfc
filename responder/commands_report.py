"""`telecare report`: a month's figures on the command line, with the record proved first."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from responder.reports.report import Report, Reports
from responder.reports.table import as_csv, as_parquet
from responder.seeing.looks import chain_report
from responder.store import Reads
from responder.store.months import Months
from telecare.clock import clock_of
from telecare.command_line import Org
from telecare.errors import InvalidInput
from telecare.files import replace
from telecare.register import open_register
from telecare.settings import load_settings
from telecare.store.migrate import open_database

app = typer.Typer()


class Format(StrEnum):
    """How the figures are written."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


@app.command()
def report(
    org: Org,
    month: Annotated[
        str | None, typer.Option("--month", help="As 2026-03; the present month without it.")
    ] = None,
    written: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.CSV,
    to: Annotated[
        Path | None, typer.Option("--to", help="The file to write; standard output without it.")
    ] = None,
) -> None:
    """A month's figures, once every hash of the record they rest on has been computed again."""
    if written is Format.PARQUET and to is None:
        raise InvalidInput("Parquet needs a file; name it with --to.")
    settings = load_settings()
    clock = clock_of(settings.data_dir)
    register = open_register(settings, clock)
    database = open_database(settings, "responder")
    try:
        chain = chain_report(Reads(database), org)
        if not chain.whole:
            raise InvalidInput(
                f"The record of {org} does not hold at entry {chain.broken_at}, so nothing is "
                "worked out from it; say `telecare doctor`."
            )
        found = Reports(Months(database), register, clock).of(org, month)
    finally:
        database.close()
        register.close()
    body = _body(found, written)
    if to is None:
        typer.echo(body.decode(), nl=False)
    else:
        replace(to, body)
        typer.echo(f"{len(found.figures)} figures of {found.month} written to {to}.")


def _body(found: Report, written: Format) -> bytes:
    if written is Format.PARQUET:
        return as_parquet(found)
    if written is Format.CSV:
        return as_csv(found).encode()
    return msgspec.json.format(msgspec.json.encode(found)) + b"\n"

"""Commands of the responder package."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from responder.api import access
from responder.api.app import ROUTERS, build_app
from responder.seeing.looks import chain_report
from responder.store import Reads
from responder.wiring import run
from telecare.errors import InvalidInput
from telecare.files import replace, text_of
from telecare.observe import configure_logs
from telecare.settings import load_settings
from telecare.store.migrate import open_database

app = typer.Typer()


@app.command()
def responder() -> None:
    """Run the duty: alerts, escalation, messages and the operators' pages."""
    settings = load_settings()
    configure_logs(settings.log_level)
    run(settings, build_app)


@app.command()
def routes(
    write: Annotated[
        Path | None, typer.Option(help="Put the table into this document, between its marks.")
    ] = None,
) -> None:
    """Print every route of the pages and the interface, and which role may use it."""
    table = access.table(ROUTERS)
    if write is None:
        typer.echo(table, nl=False)
        return
    if not write.exists():
        raise InvalidInput(f"There is no {write}: name a document to put the table into.")
    before, begin, rest = text_of(write).partition(access.BEGIN)
    _, end, after = rest.partition(access.END)
    if not (begin and end):
        raise InvalidInput(f"{write} needs the marks {access.BEGIN} and {access.END}.")
    replace(write, (before + begin + table + end + after).encode())
    typer.echo(f"{write} has the table of now.")


@app.command()
def verify() -> None:
    """Recompute every hash of the audit record; code 1 if an entry was changed or removed."""
    database = open_database(load_settings(), "responder")
    reads = Reads(database)
    reports = [chain_report(reads, org) for org in reads.organisations()]
    database.close()
    if not reports:
        typer.echo("Nothing is on record yet.", err=True)
    for report in reports:
        if report.whole:
            typer.echo(f"ok   {report.org}: {report.entries} entries, head {report.head}")
        else:
            typer.echo(f"BAD  {report.org}: the record does not hold at entry {report.broken_at}.")
    if not all(report.whole for report in reports):
        raise typer.Exit(1)

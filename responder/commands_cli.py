"""Commands of the responder package."""

from __future__ import annotations

import typer

from responder import commands_keeping, commands_report
from responder.api.app import build_app
from responder.looks import chain_report
from responder.store import Reads
from responder.wiring import run
from telecare.observe import configure_logs
from telecare.settings import load_settings
from telecare.store.migrate import open_database

app = typer.Typer()
app.add_typer(commands_report.app)
app.add_typer(commands_keeping.app)


@app.command()
def responder() -> None:
    """Run the duty: alerts, escalation, messages and the operators' pages."""
    settings = load_settings()
    configure_logs(settings.log_level)
    run(settings, build_app)


@app.command()
def verify() -> None:
    """Recompute every hash of the audit record; code 1 if an entry was changed or removed."""
    database = open_database(load_settings(), "responder")
    reads = Reads(database)
    reports = [chain_report(reads, org) for org in reads.organisations()]
    database.close()
    for report in reports:
        if report.whole:
            typer.echo(f"ok   {report.org}: {report.entries} entries, head {report.head}")
        else:
            typer.echo(f"BAD  {report.org}: the record does not hold at entry {report.broken_at}.")
    if not all(report.whole for report in reports):
        raise typer.Exit(1)

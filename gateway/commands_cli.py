"""Commands of the door: run it, and look at what came in."""

from __future__ import annotations

import base64
import sys
from typing import Annotated

import msgspec
import typer

from gateway import commands_careline, commands_inbox
from gateway.store import QuarantineReader
from gateway.wiring import accept_new_session, run
from telecare.command_line import known
from telecare.messages import Reading
from telecare.settings import load_settings
from telecare.store.lane import LaneReader
from telecare.store.migrate import open_database

app = typer.Typer()
readings_app = typer.Typer(name="readings", help="What devices said.", no_args_is_help=True)
quarantine_app = typer.Typer(
    name="quarantine", help="What could not be used.", no_args_is_help=True
)
app.add_typer(readings_app)
app.add_typer(quarantine_app)
app.add_typer(commands_inbox.app)
app.add_typer(commands_careline.app)
brokers_app = typer.Typer(
    name="brokers", help="Brokers of others that we listen to.", no_args_is_help=True
)
app.add_typer(brokers_app)

OnlyOrg = Annotated[
    str | None, typer.Option("--org", callback=known, help="Only this organisation.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


@app.command("gateway")
def gateway_command(
    accept: Annotated[
        list[str] | None,
        typer.Option(
            "--accept-new-session",
            help="Go on although this broker lost the session it kept for us.",
        ),
    ] = None,
) -> None:
    """Run the gateway alone, until it is told to stop."""
    settings = load_settings()
    for name in accept or []:
        accept_new_session(settings, name)
    run(settings)


@brokers_app.command("accept-new-session")
def brokers_accept_new_session(name: Annotated[str, typer.Argument(help="The broker.")]) -> None:
    """Let a running gateway go on although the broker lost the session it kept for us."""
    accept_new_session(load_settings(), name)
    typer.echo(f"The gateway goes on with a new session at {name} within half a minute.")


@readings_app.command("count")
def readings_count(org: OnlyOrg = None, as_json: AsJson = False) -> None:
    """Count the readings that are safe on disk."""
    by_kind = LaneReader(open_database(load_settings(), "gateway")).count(org)
    total = sum(by_kind.values())
    if as_json:
        typer.echo(msgspec.json.encode({"count": total, "by_kind": by_kind}).decode())
        return
    typer.echo(f"{total} readings")
    for kind, count in sorted(by_kind.items()):
        typer.echo(f"  {kind}: {count}")


@readings_app.command("export")
def readings_export(org: OnlyOrg = None) -> None:
    """Write every reading as a line of JSON, in the order in which they were stored."""
    reader = LaneReader(open_database(load_settings(), "gateway"))
    for reading in reader.readings(org):
        sys.stdout.buffer.write(msgspec.json.encode(export_line(reading)) + b"\n")


def export_line(reading: Reading) -> dict[str, object]:
    """A reading for other programs: `at` is when it happened, as far as we believe."""
    line: dict[str, object] = {
        "org": reading.org,
        "home": reading.home,
        "device": reading.device,
        "id": reading.id,
        "kind": reading.kind,
        "type": reading.type,
        "at": reading.occurred_at,
        "received_at": reading.received_at,
        "claimed_at": reading.at,
        "time_claim": reading.time_claim,
        "room": reading.room,
        "sensor": reading.sensor,
        "value": reading.value,
        "unit": reading.unit,
        "battery": reading.battery,
        "data": reading.data or None,
    }
    return {name: value for name, value in line.items() if value is not None}


@quarantine_app.command("list")
def quarantine_list(
    org: OnlyOrg = None,
    limit: Annotated[int, typer.Option(help="How many of the newest.", min=1)] = 100,
    as_json: AsJson = False,
) -> None:
    """Show the newest messages in quarantine, with the reason and (as JSON) their bytes."""
    rows = list(QuarantineReader(open_database(load_settings(), "gateway")).newest(org, limit))
    if not rows:
        typer.echo("Nothing is in quarantine.", err=True)
    for row in rows:
        if as_json:
            line = msgspec.to_builtins(row) | {"payload": base64.b64encode(row.payload).decode()}
            typer.echo(msgspec.json.encode(line).decode())
        else:
            when = f"{row.last_at:%Y-%m-%d %H:%M:%S}"
            about = f"{row.org}/{row.device} {row.kind} {row.reason} x{row.times}"
            typer.echo(f"{when} {about}: {row.why}")

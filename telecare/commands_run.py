"""Commands that set an installation up, run it and look at its health."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from telecare.clock import clock_of, start_virtual_clock
from telecare.doctor import examine, examine_plans
from telecare.errors import InvalidInput
from telecare.observe import configure_logs
from telecare.settings import Settings, load_settings
from telecare.store.migrate import migrate, revise
from telecare.store.session import OWNERS
from telecare.supervisor import services_of, supervise

app = typer.Typer()

ClockStart = Annotated[
    str | None,
    typer.Option(
        "--clock-start",
        help="Run the whole installation on a virtual clock that begins here, e.g. "
        "2026-03-10T02:30:00Z. Real channels refuse to send.",
    ),
]
ClockSpeed = Annotated[
    float, typer.Option("--clock-speed", help="Virtual seconds in one real second.")
]


@app.command("migrate")
def migrate_command() -> None:
    """Create or upgrade every table of this installation. Safe to run again."""
    migrate(load_settings())
    typer.echo("All tables are up to date.")


@app.command("revise")
def revise_command(
    owner: Annotated[str, typer.Argument(help=f"Whose tables: {', '.join(OWNERS)}.")],
    message: Annotated[str, typer.Argument(help="What changes, in a few words.")],
    revision: Annotated[str, typer.Argument(help="The next number, as 0042.")],
) -> None:
    """Write a migration from the difference between an installation's tables and their
    description. For whoever changes a table.
    """
    if owner not in OWNERS:
        raise InvalidInput(f"There is no owner {owner}: say {', '.join(OWNERS)}.")
    revise(load_settings(), owner, message, revision)
    typer.echo(f"Migration {revision} of {owner} is written; read it before you trust it.")


@app.command()
def up(clock_start: ClockStart = None, clock_speed: ClockSpeed = 1.0) -> None:
    """Run gateway, detectors and responder as supervised processes on this machine."""
    settings = prepare(clock_start, clock_speed)
    supervise(settings, services_of(settings), when_ready=lambda: announce(settings))


def prepare(clock_start: str | None, clock_speed: float) -> Settings:
    """Settings, clock and tables ready for services to start. Raises `InvalidInput`."""
    settings = load_settings()
    configure_logs(settings.log_level)
    if clock_start is not None:
        settings.make_data_dir()
        try:
            start_virtual_clock(settings.data_dir, parse_time(clock_start), clock_speed)
        except ValueError as error:
            raise InvalidInput(f"{error}.") from None
    elif clock_speed != 1.0:
        raise InvalidInput("--clock-speed needs --clock-start: the real clock has one speed.")
    migrate(settings)
    return settings


def parse_time(text: str) -> datetime:
    """An aware UTC time from ISO 8601; without a zone it means UTC. Raises `InvalidInput`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{text!r} is no time; write it like 2026-03-10T02:30:00Z.") from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def announce(settings: Settings) -> None:
    """Say where everything can be reached."""
    clock = clock_of(settings.data_dir)
    doors = [
        f"MQTT{over} on {settings.bind}:{port}"
        for over, port in (("", settings.mqtt_port), (" over TLS", settings.mqtts_port))
        if port
    ]
    typer.echo(f"Ready: pages at {settings.public_url}, {', '.join(doors) or 'MQTT is off'}.")
    if not clock.is_real:
        typer.echo(f"The clock is not real: {clock.now():%Y-%m-%d %H:%M} UTC, x{clock.speed:g}.")


@app.command()
def doctor(
    plans: Annotated[
        bool, typer.Option("--plans", help="Only the plans, rotas and schemes: who is reached?")
    ] = False,
) -> None:
    """Say in plain words what is wrong with this installation; code 1 if anything is."""
    settings = load_settings()
    findings = examine_plans(settings) if plans else examine(settings)
    for finding in findings:
        said = " ".join(finding.sentence.split())  # a driver's may be lines
        typer.echo(f"{'ok  ' if finding.well else 'BAD '} {said}")
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)

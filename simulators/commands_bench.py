"""`telecare bench`: figures of a private installation on this machine."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
import typer

from simulators.bench.alarm import AlarmBench
from simulators.bench.connections import connections
from simulators.bench.ingest import ingest
from simulators.bench.power import power
from simulators.bench.storm import StormBench
from telecare.yardstick import yardstick_ms

bench_app = typer.Typer()
"""Mounted under `telecare bench`."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(help="An empty PostgreSQL database, postgresql://...; SQLite if left out."),
]


@bench_app.command("alarm")
def bench_alarm(
    background: Annotated[int, typer.Option(help="Readings a second beside.", min=0)] = 1000,
    presses: Annotated[int, typer.Option(help="Presses, one in each home.", min=1)] = 300,
    every: Annotated[float, typer.Option(help="Seconds between two presses.")] = 0.2,
    browser: Annotated[bool, typer.Option(help="Also watch with a real browser.")] = True,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """How long from a press to the alert, and to the operator's browser?"""
    bench = AlarmBench(
        background=background,
        presses=presses,
        every_s=every,
        with_browser=browser,
        database_url=database_url,
        say=lambda sentence: typer.echo(sentence, err=True),
    )
    _show(asyncio.run(bench.run()), as_json)


@bench_app.command("ingest")
def bench_ingest(
    connections: Annotated[int, typer.Option(help="Hubs connected at once.", min=1)] = 2000,
    rate: Annotated[float, typer.Option(help="Readings a second, all together.")] = 20_000.0,
    seconds: Annotated[float, typer.Option(help="How long.")] = 30.0,
    whole: Annotated[bool, typer.Option(help="With detectors and responder running.")] = False,
    closed: Annotated[
        int,
        typer.Option(help="Closed loop: so many under way for each hub; no rate.", min=0, max=250),
    ] = 0,
    processes: Annotated[int, typer.Option(help="Gateways on one port.", min=1)] = 1,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """How many readings a second does the gateway make safe?"""
    figures = ingest(
        connections,
        rate,
        seconds,
        whole=whole,
        database_url=database_url,
        window=closed,
        processes=processes,
    )
    _show(figures, as_json)


@bench_app.command("storm")
def bench_storm(
    signals: Annotated[int, typer.Option(help="Presses, four in each home.", min=4)] = 5000,
    seconds: Annotated[float, typer.Option(help="Within how long they come.")] = 60.0,
    operators: Annotated[int, typer.Option(help="Consoles that look on.", min=1)] = 50,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """How soon does each home's first press stand on the desk while thousands press?"""
    bench = StormBench(
        signals=signals, seconds=seconds, operators=operators, database_url=database_url
    )
    _show(asyncio.run(bench.run()), as_json)


@bench_app.command("connections")
def bench_connections(
    idle: Annotated[int, typer.Option(help="Idle connections.", min=1)] = 10_000,
    hubs: Annotated[int, typer.Option(help="Hubs that come back at once.", min=1)] = 11_000,
    seconds: Annotated[float, typer.Option(help="Within how long they come back.")] = 60.0,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """What does an idle hub cost, and how soon are all back after a power cut?"""
    _show(connections(idle, hubs, seconds, database_url=database_url), as_json)


@bench_app.command("power")
def bench_power(
    homes: Annotated[int, typer.Option(help="Hubs that dial in the same second.", min=1)] = 5000,
    presses: Annotated[int, typer.Option(help="Homes in which somebody presses.", min=1)] = 200,
    backlog: Annotated[int, typer.Option(help="Readings each hub has kept.", min=0)] = 0,
    seconds: Annotated[float, typer.Option(help="Within how long they press.")] = 60.0,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """How soon is a press on the desk while a county's power comes back?"""
    _show(power(homes, presses, backlog, seconds, database_url=database_url), as_json)


def _show(figures: msgspec.Struct, as_json: bool) -> None:
    values = msgspec.to_builtins(figures) | {"yardstick_ms": yardstick_ms()}
    if as_json:
        typer.echo(msgspec.json.encode(values).decode())
        return
    for key, value in values.items():
        typer.echo(f"{key}: {value}")

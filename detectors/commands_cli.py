"""Commands of the detectors package."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from detectors.bench import measure_detectors
from detectors.wiring import run
from telecare.settings import load_settings
from telecare.yardstick import yardstick_ms

app = typer.Typer()
bench_app = typer.Typer()
"""Mounted under `telecare bench`."""


@app.command("detectors")
def detectors_command() -> None:
    """Run the detectors alone: readings in, signals out."""
    run(load_settings())


@bench_app.command("detectors")
def bench_detectors(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure the detectors: speed, memory of a home, snapshots, a fall window."""
    figures = measure_detectors() | {"yardstick_ms": yardstick_ms()}
    if as_json:
        typer.echo(json.dumps(figures))
        return
    for name, value in figures.items():
        typer.echo(f"{name:28} {value:,.2f}")

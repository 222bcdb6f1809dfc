"""`telecare simulate walk`: one locating device is carried out of the house and home again."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated

import typer

from simulators.connection import Door, Identity
from simulators.walks import carry, wanders_at_night
from telecare.clock import clock_of
from telecare.settings import load_settings


def simulate_walk(
    username: Annotated[str, typer.Argument(help="As `telecare device add` printed it.")],
    password: Annotated[
        str, typer.Option(envvar="TELECARE_DEVICE_PASSWORD", help="As it was printed with it.")
    ],
    latitude: Annotated[float, typer.Option(help="Where the home stands.", min=-90, max=90)],
    longitude: Annotated[float, typer.Option(help="Where the home stands.", min=-180, max=180)],
    minutes: Annotated[float, typer.Option(help="Lost for so long.", min=1, max=240)] = 15.0,
    seed: Annotated[int, typer.Option(help="The same seed, the same way.")] = 1,
) -> None:
    """Leave in two minutes, go to and fro as if lost, and be brought home."""
    settings = load_settings()
    clock = clock_of(settings.data_dir)
    leaves = clock.now() + timedelta(minutes=2)
    walk = wanders_at_night((latitude, longitude), leaves, timedelta(minutes=minutes), seed)
    door = Door(settings.bind, settings.mqtt_port)
    org, _, device = username.partition(".")
    carrier = Identity(org=org, device=device, username=username, password=password)
    asyncio.run(carry(walk, carrier, door, clock, seed))
    typer.echo("Home again, and everything heard.")

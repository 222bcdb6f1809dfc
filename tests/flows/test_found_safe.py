"""Somebody leaves at night with a locating device, paces, and is found safe: every part real."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulators.connection import Door, Identity
from simulators.walks import carry, wanders_at_night
from telecare.clock import clock_of, start_virtual_clock
from telecare.register import open_register
from telecare.register.devices import Device, IssuedCredential
from telecare.register.homes import Home
from telecare.settings import Settings
from telecare.vocabulary import DeviceKind
from tests.harness.installation import Installation, installation
from tests.harness.waiting import until

pytestmark = pytest.mark.anyio

NIGHT = datetime(2026, 3, 10, 0, 10, tzinfo=UTC)
POSITION = (50.715, -2.437)
SPEED = 60.0
"""A minute of the night is a second here."""


async def test_leaves_at_night_paces_and_is_found_safe(sqlite_settings: Settings) -> None:
    settings = sqlite_settings
    start_virtual_clock(settings.data_dir, NIGHT, SPEED)
    identity = signed_up(settings)
    with installation(settings) as world:
        world.sign_in_with_token("dorset")
        clock = clock_of(settings.data_dir)
        leaves = clock.now() + timedelta(minutes=2)
        walk = wanders_at_night(POSITION, leaves, timedelta(minutes=14), seed=7)
        door = Door("127.0.0.1", settings.mqtt_port)
        async with asyncio.TaskGroup() as tasks:
            out = tasks.create_task(carry(walk, identity, door, clock, seed=7))
            try:
                await asyncio.to_thread(found_safe, world)
            finally:
                out.cancel()


def signed_up(settings: Settings) -> Identity:
    """A home whose place on the map is known, and the device somebody there carries."""
    register = open_register(settings)
    register.organisations.add_organisation("dorset", "Dorset")
    register.homes.add_home(
        Home(org="dorset", home="home-1", address="1 Sample Lane", time_zone="Europe/London")
    )
    register.homes.place("dorset", "home-1", *POSITION)
    issued: IssuedCredential = register.devices.add(
        Device(org="dorset", device="locator-1", home="home-1", kind=DeviceKind.WEARABLE)
    )
    register.close()
    return Identity(
        org="dorset", device="locator-1", username=issued.username, password=issued.password
    )


def found_safe(world: Installation) -> None:
    """What an operator sees and does."""
    until(lambda: len(world.alerts()) == 1, "the alert is in the queue")
    (alert,) = world.alerts()
    assert alert["kinds"] == ["wandering.odd_hour"]
    assert alert["priority"] == "urgent"
    assert ", in the night; last seen " in alert["sentence"]
    assert "metres" in alert["sentence"]
    assert "of home at 0" in alert["sentence"]
    assert "://" not in alert["sentence"]
    here = f"/api/v1/alerts/{alert['id']}"
    assert world.http.post(f"{here}/claim").is_success
    until(lambda: "whereabouts" in kinds(world), "the search hears where they are")
    until(lambda: "returned" in kinds(world), "the device is home again")
    assert len(world.alerts()) == 1, "good news closes nothing"
    # Twenty minutes without a word of hers have given it back to the queue.
    world.http.post(f"{here}/claim")
    closing = {"outcome": "found_safe", "text": "A neighbour walked them home"}
    assert world.http.post(f"{here}/resolve", json=closing).is_success
    assert world.alerts() == []


def kinds(world: Installation) -> list[str]:
    alerts: list[dict[str, Any]] = world.alerts()
    return [kind for alert in alerts for kind in alert["kinds"]]

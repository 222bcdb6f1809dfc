"""The door's round over its connections: each is looked after, and nobody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import TypeVar

import pytest

from gateway.admission import Doorkeeper
from gateway.decoders import native
from gateway.service import Service
from gateway.sessions.store import SessionReader
from gateway.sources.mqtt_endpoint import listener
from gateway.sources.mqtt_endpoint.connection import Connection
from gateway.sources.mqtt_endpoint.listener import WATCHED_AT_ONCE, Address, MqttEndpoint
from gateway.store import GatewayStore
from telecare.clock import HandClock
from telecare.errors import StoreUnavailable
from telecare.observe import Heart
from telecare.register.register import Register, open_register
from telecare.settings import Settings
from telecare.store.migrate import open_database

pytestmark = pytest.mark.anyio
HUBS = 10 * WATCHED_AT_ONCE
K = TypeVar("K", bound=Doorkeeper)


class Hub(Connection):
    """Tells when it was looked after."""

    looked_after: list[Hub]

    def watch(self) -> None:
        self.looked_after.append(self)


@contextmanager
def opened(
    settings: Settings, clock: HandClock, keeping: Callable[[Register], K]
) -> Iterator[tuple[MqttEndpoint, K]]:
    """A door, and who lets in at it."""
    with (
        closing(open_database(settings, "gateway")) as database,
        closing(open_register(settings, clock)) as register,
    ):
        service = Service(
            GatewayStore(database, "gateway-1"), native.decode, clock,
            Heart(settings.data_dir, "gateway-1"),
        )  # fmt: skip
        keeper = keeping(register)
        yield MqttEndpoint(service, keeper, clock, SessionReader(database), "gateway-1"), keeper


async def test_many_hubs_are_looked_after_and_hold_up_no_press(
    sqlite_settings: Settings, clock: HandClock
) -> None:
    with opened(sqlite_settings, clock, Doorkeeper) as (door, _):
        watched: list[Hub] = []
        Hub.looked_after = watched
        hubs = [Hub(door, clock.monotonic) for _ in range(HUBS)]
        for each in hubs:
            door.opened(each)
        watching, before, at_once = asyncio.create_task(door.watch()), 0, []
        while not watching.done():
            await asyncio.sleep(0)  # a press comes in here
            at_once.append(len(watched) - before)
            before = len(watched)
            if before == WATCHED_AT_ONCE:
                gone = next(each for each in hubs if each not in watched)
                door.closed(gone)
        assert max(at_once) <= WATCHED_AT_ONCE
        assert set(watched) == set(hubs) - {gone}


class NeverRead(Doorkeeper):
    """The register has not answered since the gateway began."""

    asked = 0

    def refresh(self) -> None:
        self.asked += 1
        raise StoreUnavailable("It does not answer.")


async def test_a_register_that_has_not_answered_yet_closes_no_door(
    sqlite_settings: Settings, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "WATCH_SECONDS", 0.01)
    with opened(sqlite_settings, clock, NeverRead) as (door, keeper):
        ready = asyncio.Event()
        serving = asyncio.create_task(door.run([Address("127.0.0.1", 0)], ready))
        ended, _ = await asyncio.wait([serving], timeout=0.5)
        assert not ended
        assert keeper.asked > 1
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving

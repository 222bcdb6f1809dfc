"""A gateway that listens to somebody else's broker, in a thread of the test's process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gateway.broker_health import Knocking
from gateway.brokers import Broker, Listen
from gateway.decoders import native
from gateway.downlink import Downlink
from gateway.safekeeping import Keeper
from gateway.service import Service
from gateway.sources.mqtt_broker.sayings import Sayings
from gateway.sources.mqtt_broker.source import BrokerSource
from gateway.speakers import Speakers
from gateway.store import BrokerSessions, GatewayStore
from telecare.clock import Clock, RealClock
from telecare.errors import LaneTaken
from telecare.observe import Heart
from telecare.register import open_register
from telecare.settings import Settings
from telecare.store.lease import LaneLease
from telecare.store.migrate import open_database
from tests.harness.waiting import until

OAK = Listen("telecare/v1/oak/+/up/#")


def county(port: int, *listen: Listen, **more: Any) -> Broker:
    """The broker of these tests: plain, oak's own topics unless others are named."""
    terms: dict[str, Any] = {"name": "county", "org": "oak", "tls": False} | more
    return Broker(host="127.0.0.1", port=port, listen=listen or (OAK,), **terms)


class Lease(LaneLease):
    """Counts how often it was not to be had."""

    missed = 0

    def take(self, patience: float = 0.0) -> None:
        try:
            super().take(patience)
        except LaneTaken:
            self.missed += 1
            raise


class Ear:
    """The source and its service."""

    def __init__(self, service: Service, source: BrokerSource, lease: Lease) -> None:
        self.service = service
        self.source = source
        self._lease = lease
        self._thread = threading.current_thread()
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    @property
    def turns_missed(self) -> int:
        """How often another gateway had the broker."""
        return self._lease.missed

    async def until_told_to_leave(self) -> None:
        await self._stop.wait()

    def leave(self) -> None:
        """Stop it, before the test ends."""
        if self.is_running:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def until_listening(self) -> None:
        until(lambda: self.source.is_listening)

    def call(self, what: Callable[[], None]) -> None:
        """Do something in its loop, and wait until it is done."""
        done = threading.Event()

        def then() -> None:
            what()
            done.set()

        self._loop.call_soon_threadsafe(then)
        assert done.wait(20)

    def until_away(self) -> None:
        until(lambda: not self.source.is_listening)


@contextmanager
def ear(
    settings: Settings,
    clock: Clock,
    broker: Broker,
    *,
    keeper: Callable[[GatewayStore], Keeper] = lambda store: store,
    now: Callable[[], float] | None = None,
    lane: str = "gateway-1",
    service_class: type[Service] = Service,
    **planted: Any,
) -> Iterator[Ear]:
    """Listens; `planted` goes to the source. What ended it is raised where the test sees it."""
    database, register = open_database(settings, "gateway"), open_register(settings, clock)
    is_made = threading.Event()
    made: list[Ear] = []
    failed: list[BaseException] = []

    async def serve() -> None:
        heart = Heart(settings.data_dir, lane)
        service = service_class(keeper(GatewayStore(database, lane)), native.decode, clock, heart)
        speakers = Speakers(register)
        speakers.refresh()
        terms: dict[str, Any] = {"knocking": Knocking(0.05, 0.1), "watch_seconds": 0.05} | planted
        lease = Lease(database, f"broker-{broker.name}")
        source = BrokerSource(
            broker, service, speakers, BrokerSessions(database), lease, clock,
            Sayings(Downlink(register, clock)),
            now=now or RealClock().monotonic, chance=lambda: 1.0, **terms,
        )  # fmt: skip
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(source.run()), tasks.create_task(service.run())]
            made.append(Ear(service, source, lease))
            is_made.set()
            await made[0].until_told_to_leave()
            for task in running:
                task.cancel()

    def live() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:  # noqa: BLE001 - raised again where the test can see it
            failed.append(error)
        finally:
            is_made.set()

    thread = threading.Thread(target=live, name="ear")
    thread.start()
    is_made.wait()
    try:
        if made:
            yield made[0]
    finally:
        if made:
            made[0].leave()
        thread.join()
        register.close()
        database.close()
    if failed:
        error = failed[0]
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error

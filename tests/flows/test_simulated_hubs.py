"""Simulated hubs against a real door: they insist, they come back, they live."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import aiomqtt
import pytest

from simulators.backoff import Backoff
from simulators.connection import Door, HubConnection, Identity
from simulators.devices import Hub
from simulators.fleet import Fleet, Household
from simulators.homes import make_home
from simulators.pendants import press
from simulators.residents import habits_of, lived
from simulators.scenarios import scenes
from telecare.clock import RealClock, clock_of, start_virtual_clock
from telecare.settings import Settings
from telecare.vocabulary import ReadingKind, SignalKind
from tests.harness.door import GatewayProcess, World, gateway_process, world_of

pytestmark = pytest.mark.anyio

CLOCK = RealClock()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - the door is another process: nothing wakes us
            await asyncio.sleep(0.02)


def identity(world: World, device: str, home: str) -> Identity:
    issued = world.hub(device, home=home)
    return Identity(org="oak", device=device, username=issued.username, password=issued.password)


async def test_a_press_while_the_door_is_shut_is_heard_once_when_it_opens(
    sqlite_settings: Settings,
) -> None:
    home, hub = make_home(1, 1), Hub(1, heartbeat_s=None)
    with world_of(sqlite_settings, CLOCK) as world:
        line = HubConnection(
            hub,
            identity(world, home.hub, home.key),
            Door("127.0.0.1", sqlite_settings.mqtt_port),
            CLOCK,
            Backoff(1, first_s=0.1, longest_s=0.5),
        )
        hub.happened(press(home, CLOCK.now()))
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(line.run())
            await until(lambda: line.failures >= 2)
            process = GatewayProcess(sqlite_settings)
            try:
                await asyncio.to_thread(process.wait_until_ready)
                await until(lambda: not hub.unheard_alarms)
            finally:
                running.cancel()
                await asyncio.to_thread(process.kill)
        assert [s.kind for s in world.signals()] == [SignalKind.ALARM]
        assert len(world.readings()) == 1


async def test_the_receipt_and_not_the_puback_ends_the_repeats(
    sqlite_settings: Settings,
) -> None:
    home = make_home(1, 2)

    class Deaf(Hub):
        """Never hears a receipt."""

        def received(self, message_id: str) -> None:
            self.deaf_to = message_id

    hub = Deaf(1, heartbeat_s=None)
    with world_of(sqlite_settings, CLOCK) as world, gateway_process(sqlite_settings):
        line = HubConnection(
            hub,
            identity(world, home.hub, home.key),
            Door("127.0.0.1", sqlite_settings.mqtt_port),
            CLOCK,
            Backoff(1),
        )
        hub.happened(press(home, CLOCK.now()))
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(line.run())
            await until(lambda: hub.repeated >= 1)
            running.cancel()
        assert hub.unheard_alarms == 1
        assert len(world.readings()) == 1


async def test_a_fleet_lives_its_days_on_a_fast_clock_and_brings_its_past_along(
    sqlite_settings: Settings,
) -> None:
    settings = sqlite_settings
    homes = [make_home(5, number, key=f"f-{number}") for number in range(3)]
    start_virtual_clock(settings.data_dir, CLOCK.now(), 600.0)
    clock = clock_of(settings.data_dir)
    began = clock.now()
    with world_of(settings, clock) as world, gateway_process(settings):
        households = [
            Household(
                home=home,
                identity=identity(world, home.hub, home.key),
                story=scenes.presses(home, began + timedelta(minutes=30)),
                history_days=1,
                rare_trouble=False,
            )
            for home in homes
        ]
        fleet = Fleet(households, Door("127.0.0.1", settings.mqtt_port), clock)
        async with asyncio.TaskGroup() as tasks:
            life = tasks.create_task(fleet.run())
            await until(lambda: len(world.signals()) == 3 and not fleet.backlog)
            life.cancel()
        readings = world.readings()
    for home in homes:
        mine = [r for r in readings if r.home == home.key]
        lived_then = lived(home, habits_of(home), began - timedelta(hours=20), began)
        assert {h.id for h in lived_then} <= {r.id for r in mine}
        assert sum(r.kind is ReadingKind.ALARM for r in mine) == 1
        beats = [r for r in mine if r.kind is ReadingKind.HEARTBEAT and r.at and r.at > began]
        assert beats


async def test_told_to_leave_in_the_moment_the_line_breaks_it_leaves(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = HubConnection(
        Hub(1),
        Identity(org="oak", device="d", username="u", password="p"),
        Door("127.0.0.1", sqlite_settings.mqtt_port),
        CLOCK,
        Backoff(1),
    )
    stands = asyncio.Event()

    async def both_at_once() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(break_when_cancelled())
            await asyncio.Event().wait()

    async def break_when_cancelled() -> None:
        stands.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise aiomqtt.MqttError("the line broke") from None

    monkeypatch.setattr(line, "_one_connection", both_at_once)
    running = asyncio.create_task(line.run())
    await stands.wait()
    running.cancel()
    done, _ = await asyncio.wait({running}, timeout=5)
    running.cancel()
    assert done
    assert running.cancelled()

"""`kill -9` of the gateway under load, twenty times over: what was acknowledged is there."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence

import pytest

from gateway.intake import Intake
from gateway.store import GatewayStore
from telecare.clock import RealClock
from telecare.register.devices import IssuedCredential
from telecare.settings import Settings
from tests.harness.door import GatewayProcess, World, open_door, world_of
from tests.harness.mqtt import connect, publish

pytestmark = pytest.mark.anyio

CLIENTS = 50
ROUNDS = 20
WINDOW = 8
"""Messages a client has under way at once."""


class Hub:
    """A hub that sends again what was not acknowledged, over every reconnect."""

    def __init__(self, name: str, credential: IssuedCredential, first: int = 0) -> None:
        self.name = name
        self.credential = credential
        self.acknowledged: set[str] = set()
        self._unsure: list[str] = []
        self._made = first

    async def publish_until_cut_off(self, port: int) -> None:
        """Connect and publish until the gateway dies or we are cancelled."""
        under_way: dict[int, str] = {}
        writer = None
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(connect(self.credential.username, self.credential.password))
            if (await reader.readexactly(4))[3] != 0:
                return
            number, waiting, self._unsure = 0, self._unsure, []
            while True:
                while len(under_way) < WINDOW:
                    number = number % 0xFFFF + 1
                    under_way[number] = waiting.pop() if waiting else self._new_id()
                    writer.write(self._message(under_way[number], number))
                answer = await reader.readexactly(4)
                assert answer[:2] == b"\x40\x02", answer
                self.acknowledged.add(under_way.pop(int.from_bytes(answer[2:], "big")))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._unsure += under_way.values()
            if writer is not None:
                writer.close()

    def _new_id(self) -> str:
        self._made += 1
        return f"{self.name}-{self._made}"

    def _message(self, name: str, number: int) -> bytes:
        # One in ten is an alarm, so that signals must keep up with their readings.
        kind, what = ("alarm", "pendant") if name.endswith("0") else ("reading", "motion")
        topic = f"telecare/v1/oak/{self.name}/up/{kind}"
        return publish(topic, f'{{"id":"{name}","type":"{what}"}}'.encode(), number)


async def _load(hubs: Sequence[Hub], port: int, seconds: float) -> None:
    """All hubs publish for `seconds`, then are cut off if the gateway has not done so."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(hub.publish_until_cut_off(port)) for hub in hubs]
        await asyncio.sleep(seconds)
        for each in running:
            each.cancel()


async def _kill_in_full_swing(
    hubs: Sequence[Hub], process: GatewayProcess, port: int, seconds: float
) -> None:
    async with asyncio.TaskGroup() as tasks:
        for hub in hubs:
            tasks.create_task(hub.publish_until_cut_off(port))
        before = acknowledged(hubs)
        while acknowledged(hubs) < before + CLIENTS:  # noqa: ASYNC110 - at any speed of the machine
            await asyncio.sleep(0.01)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(process.kill)


def acknowledged(hubs: Sequence[Hub]) -> int:
    return sum(len(hub.acknowledged) for hub in hubs)


def broken_promises(world: World, acknowledged: set[str]) -> dict[str, list[str]]:
    """What the gateway promised and did not keep, by kind of promise."""
    readings = world.readings()
    times = Counter(reading.id for reading in readings)
    asked = Counter(signal.reading for signal in world.signals())
    alarms = [reading.id for reading in readings if reading.kind == "alarm"]
    return {
        "acknowledged and not stored": sorted(acknowledged - times.keys()),
        "stored twice": sorted(name for name, count in times.items() if count > 1),
        "alarms without exactly one signal": [name for name in alarms if asked[name] != 1],
    }


KEPT: dict[str, list[str]] = {
    "acknowledged and not stored": [],
    "stored twice": [],
    "alarms without exactly one signal": [],
}


@pytest.mark.timeout(170)
async def test_twenty_kills_lose_nothing_that_was_acknowledged(settings: Settings) -> None:
    chance = random.Random(20)
    with world_of(settings, RealClock()) as world:
        hubs = [Hub(f"hub-{n}", world.hub(f"hub-{n}")) for n in range(CLIENTS)]
        process, bound = GatewayProcess(settings), 0
        try:
            for _ in range(ROUNDS):
                await asyncio.to_thread(process.wait_until_ready)
                moment = chance.uniform(0.0, 0.45)
                await _kill_in_full_swing(hubs, process, settings.mqtt_port, moment)
                bound = max(bound, world.sheaves())  # nobody unties them now
                process = GatewayProcess(settings)
            await asyncio.to_thread(process.wait_until_ready)
            await _load(hubs, settings.mqtt_port, 0.5)
            promised = set[str]().union(*(hub.acknowledged for hub in hubs))
            assert len(promised) >= ROUNDS * CLIENTS
            assert broken_promises(world, promised) == KEPT
            if settings.database_url is None:
                assert bound, "no commit was large enough to be bound"
            async with asyncio.timeout(60):
                while world.sheaves():  # noqa: ASYNC110 - another process unties them, in peace
                    await asyncio.sleep(0.1)
        finally:
            process.kill()
        assert broken_promises(world, promised) == KEPT


async def test_of_two_gateways_on_one_port_one_may_be_killed(settings: Settings) -> None:
    both = settings.model_copy(update={"gateway_processes": 2})
    with world_of(settings, RealClock()) as world:
        hubs = [Hub(f"hub-{n}", world.hub(f"hub-{n}")) for n in range(12)]
        processes = [GatewayProcess(both, lane=number) for number in (1, 2)]
        try:
            for process in processes:
                await asyncio.to_thread(process.wait_until_ready)
            async with asyncio.TaskGroup() as tasks:
                publishing = {
                    hub: tasks.create_task(hub.publish_until_cut_off(settings.mqtt_port))
                    for hub in hubs
                }
                while world.lanes() != ["gateway-1", "gateway-2"]:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
                await asyncio.to_thread(processes[0].kill)
                await asyncio.sleep(0.1)
                cut_off = [hub for hub, task in publishing.items() if task.done()]
                for task in publishing.values():
                    task.cancel()
            # They come back, to the other one, with what they are unsure of.
            assert cut_off
            await _load(hubs, settings.mqtt_port, 0.4)
        finally:
            for process in processes:
                process.kill()
        assert world.lanes() == ["gateway-1", "gateway-2"]
        promised = set[str]().union(*(hub.acknowledged for hub in hubs))
        assert len(promised) > CLIENTS
        assert broken_promises(world, promised) == KEPT


class Forgetful:
    """A seeded wrong order: says "safe" first, and commits when it finds the time."""

    def __init__(self, store: GatewayStore) -> None:
        self._store = store

    def commit(self, intakes: Sequence[Intake]) -> list[bool]:
        assert intakes
        return [False] * len(intakes)  # then the process dies, before it found the time

    def probe(self) -> None:
        self._store.probe()

    def tidy(self) -> bool:
        return self._store.tidy()


async def test_acknowledging_before_the_commit_would_be_noticed(
    sqlite_settings: Settings,
) -> None:
    with world_of(sqlite_settings, RealClock()) as world:
        hub = Hub("hub-0", world.hub("hub-0"))
        with open_door(sqlite_settings, RealClock()) as door:
            await _load([hub], door.port, 0.1)
        assert hub.acknowledged
        assert broken_promises(world, hub.acknowledged) == KEPT
        with open_door(sqlite_settings, RealClock(), keeper=Forgetful) as door:
            await _load([hub], door.port, 0.1)
        assert broken_promises(world, hub.acknowledged)["acknowledged and not stored"]

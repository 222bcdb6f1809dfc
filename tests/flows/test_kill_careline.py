"""`kill -9` of the gateway while careline units call: what got its `<mrs>` is on disk, once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest

from simulators.scaip import ScaipUnit
from simulators.sip import Account
from telecare.clock import RealClock
from telecare.settings import Settings
from tests.flows.test_kill_gateway import Forgetful
from tests.harness.careline import SECRET_ONLY, scaip_unit, unit_account
from tests.harness.door import GatewayProcess, World, open_door, world_of
from tests.harness.postgres import free_port

pytestmark = pytest.mark.anyio

UNITS = 12
ROUNDS = 6


async def call_until_told(unit: ScaipUnit, safe: set[tuple[str, str]], stop: asyncio.Event) -> None:
    """Press again and again, each press until it is safe."""
    number = 0
    while not stop.is_set():
        number += 1
        mrs = await unit.call(
            f"{number:08X}", patience=1.0, mty="ME", dty="0003", stc="0010", crd="gsm:"
        )
        if mrs is not None and mrs.is_safe:
            safe.add((unit.controller, f"{number:08X}"))


async def one_unit(
    port: int, controller: str, account: Account, safe: set[tuple[str, str]], stop: asyncio.Event
) -> None:
    async with scaip_unit(port, account, controller=controller) as unit:
        await call_until_told(unit, safe, stop)


def broken_promises(world: World, safe: set[tuple[str, str]]) -> dict[str, object]:
    stored = Counter((each.data["scaip_cid"], each.data["scaip_ref"]) for each in world.readings())
    asked = Counter(each.reading for each in world.signals())
    return {
        "told and not stored": sorted(safe - stored.keys()),
        "stored twice": sorted(call for call, times in stored.items() if times > 1),
        "without exactly one signal": [each.id for each in world.readings() if asked[each.id] != 1],
    }


KEPT: dict[str, object] = {
    "told and not stored": [],
    "stored twice": [],
    "without exactly one signal": [],
}


@pytest.mark.timeout(170)
async def test_kills_lose_no_call_that_was_answered(settings: Settings) -> None:
    chance = random.Random(16)
    settings = settings.model_copy(update={"sip_port": free_port()})
    safe: set[tuple[str, str]] = set()
    with world_of(settings, RealClock()) as world:
        accounts = {str(900 + n): unit_account(world, f"u-{n}", str(900 + n)) for n in range(UNITS)}
        process = GatewayProcess(settings)
        stop = asyncio.Event()
        try:
            await asyncio.to_thread(process.wait_until_ready)
            async with asyncio.TaskGroup() as tasks:
                for controller, account in accounts.items():
                    tasks.create_task(one_unit(settings.sip_port, controller, account, safe, stop))
                for _ in range(ROUNDS):
                    before = len(safe)
                    while len(safe) < before + UNITS:  # noqa: ASYNC110 - at any speed
                        await asyncio.sleep(0.01)
                    await asyncio.sleep(chance.uniform(0.0, 0.4))
                    await asyncio.to_thread(process.kill)
                    process = GatewayProcess(settings)
                    await asyncio.to_thread(process.wait_until_ready)
                await asyncio.sleep(0.5)
                stop.set()
        finally:
            process.kill()
        assert len(safe) >= ROUNDS * UNITS
        assert broken_promises(world, safe) == KEPT


async def test_answering_before_the_commit_would_be_noticed(sqlite_settings: Settings) -> None:
    safe: set[tuple[str, str]] = set()
    with world_of(sqlite_settings, RealClock()) as world:
        account = unit_account(world, "u-1", "901")
        with open_door(sqlite_settings, RealClock(), sip=SECRET_ONLY, keeper=Forgetful) as door:
            async with scaip_unit(door.sip_ports[0], account, controller="901") as unit:
                mrs = await unit.press("1")
                assert mrs is not None
                safe.add(("901", "1"))
        assert broken_promises(world, safe)["told and not stored"]

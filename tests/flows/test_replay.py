"""A recording through the door: every event once, in order, and a second time changes nothing."""

from __future__ import annotations

import asyncio
import random
import sys
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from simulators.connection import Door, Identity
from simulators.keyring import Keyring
from simulators.recordings import Recorded, Tihm
from simulators.replay import AsFastAsItGoes, OnTheClock, Replay, ReplayResult
from telecare.clock import Clock, RealClock, clock_of, start_virtual_clock
from telecare.messages import Reading
from telecare.register import Register, open_register
from telecare.register.devices import Device
from telecare.register.homes import Home
from telecare.settings import Settings
from telecare.store.lane import LaneReader
from telecare.store.migrate import open_database
from telecare.vocabulary import ClaimOfTime
from tests.harness.door import GatewayProcess, gateway_process

pytestmark = pytest.mark.anyio

PLACES = ("kitchen", "lounge", "bathroom", "front-door", "fridge-door")
FIRST = datetime(2019, 4, 1, 6)  # noqa: DTZ001 - the recording states local time


@pytest.fixture
def tihm(tmp_path: Path) -> Tihm:
    """Three homes, 3,000 events over a day, several in one second."""
    rng = random.Random(20190401)
    rows = [
        (
            f"p{rng.randint(1, 3)}",
            rng.choice(PLACES),
            FIRST + timedelta(seconds=rng.randint(0, 86_400)),
        )
        for _ in range(3000)
    ]
    connection = duckdb.connect()
    connection.execute("create table rows (patient_id text, location text, ts timestamp)")
    connection.executemany("insert into rows values (?, ?, ?)", rows)
    connection.execute(f"copy rows to '{tmp_path / 'activity.parquet'}' (format parquet)")
    return Tihm(tmp_path)


def identities(settings: Settings, tihm: Tihm) -> dict[str, Identity]:
    register: Register = open_register(settings)
    keyring = Keyring(register, settings.data_dir / "keys.json")
    keyring.organisation("tihm", "Recorded")
    patients = tihm.patients()
    keyring.homes(
        [Home(org="tihm", home=p, address="", time_zone="Europe/London") for p in patients]
    )
    devices = [Device(org="tihm", device=f"{p}-hub", home=p, history_days=36_500) for p in patients]
    keys = keyring.devices(devices)
    register.close()
    return {p: keys[f"{p}-hub"] for p in patients}


def stored(settings: Settings) -> list[Reading]:
    database = open_database(settings, "gateway")
    found = list(LaneReader(database).readings("tihm"))
    database.close()
    return found


def replay(settings: Settings, tihm: Tihm, clock: Clock) -> Replay:
    door = Door("127.0.0.1", settings.mqtt_port)
    pace = AsFastAsItGoes() if clock.is_real else OnTheClock(clock)
    return Replay(identities(settings, tihm), door, clock, pace)


def expected(tihm: Tihm) -> dict[str, list[str]]:
    """Ids of each home in the recording's order."""
    ids: dict[str, list[str]] = {patient: [] for patient in tihm.patients()}
    for row in tihm.rows():
        ids[row.patient].append(row.happening.id)
    return ids


def by_home(readings: list[Reading]) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = {}
    for reading in readings:
        ids.setdefault(reading.home, []).append(reading.id)
    return ids


async def test_every_event_is_stored_once_and_in_order_and_a_second_run_adds_nothing(
    settings: Settings, tihm: Tihm
) -> None:
    with gateway_process(settings):
        first: ReplayResult = await replay(settings, tihm, RealClock()).run(tihm.rows())
        once = stored(settings)
        again = await replay(settings, tihm, RealClock()).run(tihm.rows())
    assert first.rows == first.acknowledged == again.acknowledged == 3000
    assert by_home(once) == expected(tihm)
    assert [r.id for r in stored(settings)] == [r.id for r in once]
    assert {r.time_claim for r in once} == {ClaimOfTime.LATE}
    assert all(r.occurred_at == r.at for r in once)


async def test_a_gateway_killed_in_the_middle_costs_nothing_but_repeats(
    sqlite_settings: Settings, tihm: Tihm
) -> None:
    settings = sqlite_settings
    tape = replay(settings, tihm, RealClock())
    killed = asyncio.Event()
    process = GatewayProcess(settings)
    process.wait_until_ready()

    def watch(safe: int) -> None:
        if safe > 500:
            killed.set()

    async def kill_and_restart() -> GatewayProcess:
        await killed.wait()
        await asyncio.to_thread(process.kill)
        successor = GatewayProcess(settings)
        await asyncio.to_thread(successor.wait_until_ready)
        return successor

    async with asyncio.TaskGroup() as tasks:
        restarted = tasks.create_task(kill_and_restart())
        result = await tape.run(tihm.rows(), watch)
    restarted.result().kill()
    assert result.repeated > 0
    assert by_home(stored(settings)) == expected(tihm)


async def test_on_the_installations_virtual_clock_events_keep_their_hours(
    sqlite_settings: Settings, tihm: Tihm
) -> None:
    first, _ = tihm.span()
    speed = 14_400.0
    start_virtual_clock(sqlite_settings.data_dir, first - timedelta(seconds=speed), speed)
    clock = clock_of(sqlite_settings.data_dir)
    with gateway_process(sqlite_settings):
        await replay(sqlite_settings, tihm, clock).run(tihm.rows())
    readings = stored(sqlite_settings)
    # Sent before its hour an event would count as wrong, and lose its hour.
    assert {r.time_claim for r in readings} <= {ClaimOfTime.TRUSTED, ClaimOfTime.LATE}
    assert all(r.occurred_at == r.at for r in readings)
    assert by_home(readings) == expected(tihm)


async def test_the_order_check_would_see_two_swapped_events(
    sqlite_settings: Settings, tihm: Tihm
) -> None:
    rows: list[Recorded] = list(tihm.rows())
    swap = next(n for n, (one, other) in enumerate(pairwise(rows)) if one.patient == other.patient)
    rows[swap], rows[swap + 1] = rows[swap + 1], rows[swap]
    with gateway_process(sqlite_settings):
        await replay(sqlite_settings, tihm, RealClock()).run(rows)
    assert by_home(stored(sqlite_settings)) != expected(tihm)


async def test_the_command_finds_the_running_door_and_provisions_the_homes(
    sqlite_settings: Settings, tihm: Tihm
) -> None:
    with gateway_process(sqlite_settings):
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "telecare", "replay", "tihm", str(tihm.file),
            "--speed", "0", "--json", "--org", "tihm",
            env={**sqlite_settings.environment(), "PYTHONPATH": str(Path(__file__).parents[2])},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, said = await child.communicate()
    assert child.returncode == 0, said.decode()
    assert b'"acknowledged":3000' in output
    assert len(stored(sqlite_settings)) == 3000
    assert (sqlite_settings.data_dir / "replay-tihm.json").stat().st_mode & 0o777 == 0o600

"""A gateway died for good: another files what it left, and never what a living one writes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from telecare.settings import Settings
from telecare.store import filing, heirs
from telecare.store.heirs import file_next, inherit
from telecare.store.lane import LaneReader
from telecare.store.lease import LaneLease
from telecare.store.migrate import open_database
from telecare.store.session import Database
from tests.unit.telecare.test_filing import Door


@pytest.fixture
def gateway(sqlite_settings: Settings) -> Iterator[Database]:
    opened = open_database(sqlite_settings, "gateway")
    yield opened
    opened.close()


@pytest.fixture
def left_by_the_dead(gateway: Database) -> list[int]:
    """A sheaf, and rows behind it."""
    door, numbers = Door(gateway, "gateway-2"), list(range(1, 6))
    assert all(door.store(numbers[:3]))
    assert all(door.store([4]))
    assert all(door.store([5]))
    return numbers


def unfiled(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {lane: head - mark for lane, mark, head in filing.lanes(connection) if head > mark}


def test_what_a_dead_gateway_left_is_filed_by_another(
    gateway: Database, left_by_the_dead: list[int]
) -> None:
    assert unfiled(gateway) == {"gateway-2": 5}
    while file_next(gateway, "gateway-1"):
        pass
    assert unfiled(gateway) == {}
    ids = {item.offset: item.record for item in LaneReader(gateway).read("gateway-2", 0, 9)}
    assert list(ids) == [1, 2, 3, 4, 5]
    again = Door(gateway, "gateway-1").store(left_by_the_dead)
    assert not any(again), "and each is known again"


def test_what_a_living_gateway_writes_is_left_to_it(
    gateway: Database, left_by_the_dead: list[int]
) -> None:
    lease = LaneLease(gateway, "gateway-2")
    lease.take()
    assert not file_next(gateway, "gateway-1")
    assert unfiled(gateway) == {"gateway-2": len(left_by_the_dead)}
    lease.release()
    assert file_next(gateway, "gateway-1")


def test_one_that_comes_back_finds_its_lane_free_and_goes_on(
    gateway: Database, left_by_the_dead: list[int]
) -> None:
    assert file_next(gateway, "gateway-1")
    lease = LaneLease(gateway, "gateway-2")
    lease.take()
    back = Door(gateway, "gateway-2")
    assert back.store([*left_by_the_dead, 6]) == [False] * 5 + [True]
    lease.release()
    while file_next(gateway, "gateway-1"):
        pass
    assert unfiled(gateway) == {}


@pytest.mark.anyio
@pytest.mark.usefixtures("left_by_the_dead")
async def test_it_waits_until_hardly_anything_comes_in(
    gateway: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heirs, "LOOK_SECONDS", 0.01)
    asked: list[bool] = []

    def is_calm() -> bool:
        asked.append(len(asked) >= 3)
        return asked[-1]

    inheriting = asyncio.create_task(inherit(gateway, "gateway-1", is_calm))
    while len(asked) < 3:
        await asyncio.sleep(0.01)
        assert unfiled(gateway) == {"gateway-2": 5} or len(asked) > 3
    while unfiled(gateway):  # noqa: ASYNC110 - what is filed raises no event
        await asyncio.sleep(0.01)
    inheriting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await inheriting

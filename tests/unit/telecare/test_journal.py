"""The journal is emptied beside its writer, and never at the price of one who reads for long."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from telecare.settings import Settings
from telecare.store import journal
from telecare.store.journal import LONG, empty, keep_short, size
from telecare.store.migrate import open_database
from telecare.store.session import Database, Seat, driver_of
from telecare.store.tray import OWN

PAGE = 4096


@pytest.fixture
def gateway(sqlite_settings: Settings) -> Iterator[Database]:
    opened = open_database(sqlite_settings, "gateway")
    yield opened
    opened.close()


def write(seat: Seat, pages: int) -> None:
    with seat.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS bulk (body BLOB)"))
        connection.execute(text(f"INSERT INTO bulk VALUES (zeroblob({pages * PAGE}))"))


def pages_in_journal(database: Database) -> int:
    with database.engine.connect() as connection:
        return int(driver_of(connection).execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1])


def test_a_long_journal_is_begun_anew(gateway: Database) -> None:
    seat = Seat(gateway, OWN)
    write(seat, LONG + 10)
    empty(gateway)
    write(seat, 3)
    assert pages_in_journal(gateway) < LONG


def test_who_reads_for_long_holds_up_no_writer(gateway: Database) -> None:
    seat = Seat(gateway, OWN)
    write(seat, 3)
    with gateway.read() as reader:
        before = reader.execute(text("SELECT count(*) FROM bulk")).scalar_one()
        write(seat, LONG + 10)
        empty(gateway)
        write(seat, 3)
        assert reader.execute(text("SELECT count(*) FROM bulk")).scalar_one() == before == 1
    empty(gateway)
    write(seat, 3)
    assert pages_in_journal(gateway) < LONG


@pytest.mark.anyio
async def test_in_a_storm_the_journal_is_left_until_it_is_large(
    gateway: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "LOOK_SECONDS", 0.01)
    seat, is_storm = Seat(gateway, OWN), True
    write(seat, LONG + 10)
    before, looks = size(gateway), asyncio.Event()

    def is_calm() -> bool:
        looks.set()
        return not is_storm

    keeping = asyncio.create_task(keep_short(gateway, is_calm))
    try:
        for _ in range(3):
            looks.clear()
            await asyncio.wait_for(looks.wait(), 30)
        write(seat, 3)
        assert size(gateway) > before, "it was begun anew"
        monkeypatch.setattr(journal, "LARGE", before)
        async with asyncio.timeout(30):
            while size(gateway) > before:  # noqa: ASYNC110 - a file tells nobody
                await asyncio.sleep(0.01)
        monkeypatch.undo()
        is_storm = False
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    write(seat, 3)
    assert size(gateway) < before, "what was large is given back"

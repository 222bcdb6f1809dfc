"""The journal is emptied beside its writer, and never at the price of one who reads for long."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from telecare.settings import Settings
from telecare.store.journal import LONG, empty
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

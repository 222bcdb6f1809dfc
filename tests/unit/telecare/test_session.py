"""A database that does not answer is an error in seconds, and says nothing of what it was asked."""

from __future__ import annotations

import os
import socket
from random import Random
from string import ascii_letters

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from telecare.errors import InvalidInput, StoreUnavailable
from telecare.register import Register
from telecare.settings import Settings
from telecare.store.lease import LaneLease
from telecare.store.session import OWNERS, Database, Seat, make_engine
from telecare.store.tray import OWN


@pytest.mark.parametrize("owner", OWNERS)
def test_what_was_committed_to_a_file_outlasts_a_power_cut(
    sqlite_settings: Settings, owner: str
) -> None:
    """No test can pull the plug: SQLite is asked whether it waits for the disk at every commit."""
    database = Database(owner, make_engine(sqlite_settings, owner))
    for begin in (database.begin, Seat(database, OWN).begin):
        with begin() as connection:
            waits = [
                connection.exec_driver_sql(f"PRAGMA {each}").scalar()
                for each in ("journal_mode", "synchronous")
            ]
        assert waits == ["wal", 2], "2 is FULL"
    database.close()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_line_that_swallows_everything_ends_in_ten_seconds(settings: Settings) -> None:
    """We ask the kernel for it: a proxy of the test's own would acknowledge what it swallows."""
    database = Database("gateway", make_engine(settings, "gateway"))
    with database.read() as connection:
        assert connection.execute(text("SHOW lock_timeout")).scalar() == "10s"
        driver = connection.connection.driver_connection
        assert driver is not None
        line = socket.socket(fileno=os.dup(driver.pgconn.socket))
        asked = [
            line.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_USER_TIMEOUT, socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL)
        ]
        line.close()
    database.close()
    assert asked == [10_000, 5, 2]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_what_no_column_can_hold_is_refused_and_no_fault_of_ours(register: Register) -> None:
    """Anybody can type it where they sign in."""
    with pytest.raises(InvalidInput, match="cannot be kept"):
        register.people.by_password("agnes\0", "a long enough password")


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_what_no_index_can_hold_is_refused_and_not_tried_for_ever(settings: Settings) -> None:
    database = Database("gateway", make_engine(settings, "gateway"))
    endless = "".join(Random(7).choices(ascii_letters, k=12_000))
    with pytest.raises(InvalidInput, match="longer"), database.begin() as connection:
        connection.execute(
            text("INSERT INTO broker_session VALUES (:org, :broker, 1, NULL, '{}')"),
            {"org": "dorset", "broker": endless},
        )
    database.close()


def test_a_lease_on_a_database_out_of_reach_is_asked_for_again_later() -> None:
    nowhere = Settings(database_url=SecretStr("postgresql://nobody@127.0.0.1:1/none"))
    lease = LaneLease(Database("detectors", make_engine(nowhere, "detectors")), "detectors-1")
    with pytest.raises(StoreUnavailable):
        lease.take()


def test_an_error_tells_nobody_what_was_to_be_written(settings: Settings) -> None:
    database = Database("gateway", make_engine(settings, "gateway"))
    secret = {"org": "Agnes", "broker": None, "since": 1, "dropped": "{}"}
    with pytest.raises(IntegrityError) as refused, database.begin() as connection:
        connection.execute(
            text("INSERT INTO broker_session VALUES (:org, :broker, :since, NULL, :dropped)"),
            secret,
        )
    database.close()
    assert "Agnes" not in str(refused.value).partition("DETAIL")[0]

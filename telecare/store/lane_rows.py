"""The rows of a lane: how a record is filed, numbered and stored once."""

from __future__ import annotations

import functools
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

from telecare.messages import (
    Reading,
    Record,
    RehearsalRequest,
    Signal,
    Verdict,
    encode,
    stored_at,
)
from telecare.store.types import UtcTime, microseconds

Row = tuple[Any, ...]
"""(record, org, home, device, id, kind, received_at, body)."""
Numbered = tuple[Any, ...]
"""(lane, offset) and a `Row`."""
Key = tuple[str, str, str, str]
"""(org, device, id, record): stored once, for ever."""
READING = "reading"
SIGNAL = "signal"
VERDICT = "verdict"
REQUEST = "request"
REHEARSAL = "rehearsal"
ERASED = "erased"
"""A stone: the offsets from the one its id ends with up to its own were erased on purpose."""


def lane_table(metadata: MetaData) -> Table:
    """Describe the lane table in an owner's metadata; every owner of a lane calls it once."""
    is_signal = text(f"record = '{SIGNAL}'")
    return Table(
        "lane_record",
        metadata,
        Column("lane", Text, primary_key=True),
        Column("offset", BigInteger, primary_key=True, autoincrement=False),
        Column("record", Text, nullable=False),
        Column("org", Text, nullable=False),
        Column("home", Text, nullable=False),
        Column("device", Text, nullable=False),
        Column("id", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("received_at", UtcTime, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Index("lane_record_once", "org", "device", "id", "record", unique=True),
        Index("lane_record_home", "org", "home", "received_at"),
        Index(
            "lane_record_signals",
            "lane",
            "offset",
            sqlite_where=is_signal,
            postgresql_where=is_signal,
        ),
        sqlite_with_rowid=False,
    )


_SIZES = (256, 64, 16, 4, 1)
"""Rows of one statement, so that a handful of them serves every number of rows."""
_COLUMNS = '"lane", "offset", record, org, home, device, id, kind, received_at, body'
_ONCE = "ON CONFLICT (org, device, id, record) DO NOTHING"


def row_of(record: Record) -> Row:
    """The record as it is filed; its place in the lane is given by `numbered`."""
    name, device, kind = _filed(record)
    return (
        name,
        record.org,
        record.home,
        device,
        record.id,
        kind,
        microseconds(stored_at(record)),
        encode(record),
    )


def _filed(record: Record) -> tuple[str, str, str]:
    """Under which name, device and kind a record stands in a lane."""
    if isinstance(record, Reading):
        return READING, record.device, record.kind.value
    if isinstance(record, Signal):
        return SIGNAL, record.device or "", record.kind.value
    if isinstance(record, Verdict):
        return VERDICT, "", record.kind.value
    name = REQUEST if isinstance(record, RehearsalRequest) else REHEARSAL
    return name, "", record.detector


def key_of(row: Row) -> Key:
    """By which the row is known again in any lane."""
    return (row[1], row[3], row[4], row[0])


def without_repeats(rows: list[Row]) -> list[int]:
    """Indexes of the first of each key."""
    seen: set[Key] = set()
    fresh = []
    for index, row in enumerate(rows):
        key = key_of(row)
        if key not in seen:
            seen.add(key)
            fresh.append(index)
    return fresh


def numbered(lane: str, head: int, rows: list[Row]) -> list[Numbered]:
    """The rows with their lane and the offsets that follow `head`."""
    return [(lane, offset, *row) for offset, row in enumerate(rows, start=head + 1)]


def insert(connection: Connection, rows: list[Numbered]) -> int:
    """Insert `rows` except those whose record is stored already; how many went in."""
    if connection.dialect.name != "sqlite":
        return _insert_many(connection, rows)
    # A statement of many rows is one step outside the interpreter's lock. `executemany` takes
    # and gives the lock back for each row, and stands in line for it behind the event loop.
    inserted, begin = 0, 0
    for size in _SIZES:
        while len(rows) - begin >= size:
            values = [value for row in rows[begin : begin + size] for value in row]
            inserted += connection.exec_driver_sql(_statement(size), tuple(values)).rowcount
            begin += size
    return inserted


@functools.cache
def _statement(rows: int) -> str:
    one = "(" + ", ".join("?" * 10) + ")"
    return f"INSERT INTO lane_record ({_COLUMNS}) VALUES {', '.join([one] * rows)} {_ONCE}"


def _insert_many(connection: Connection, rows: list[Numbered]) -> int:
    if not rows:
        return 0
    values = ", ".join(["%s"] * len(rows[0]))
    return connection.exec_driver_sql(
        f"INSERT INTO lane_record ({_COLUMNS}) VALUES ({values}) {_ONCE}", rows
    ).rowcount


def delete(connection: Connection, lane: str, after: int) -> None:
    """Take back what this transaction added to `lane` after offset `after`."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    connection.exec_driver_sql(
        f'DELETE FROM lane_record WHERE lane = {mark} AND "offset" > {mark}', (lane, after)
    )


def stored(connection: Connection, rows: list[Row]) -> set[Key]:
    """Which of these records the table has already, whatever their lane."""
    keys = msgspec.json.encode([key_of(row) for row in rows]).decode()
    if connection.dialect.name == "sqlite":
        wanted = (
            "SELECT value ->> 0 AS org, value ->> 1 AS device, value ->> 2 AS id, "
            "value ->> 3 AS record FROM json_each(:keys)"
        )
    else:
        wanted = (
            "SELECT value ->> 0 AS org, value ->> 1 AS device, value ->> 2 AS id, "
            "value ->> 3 AS record FROM json_array_elements(CAST(:keys AS json))"
        )
    found = connection.execute(
        text(
            f"SELECT w.org, w.device, w.id, w.record FROM ({wanted}) AS w JOIN lane_record AS l "
            "ON l.org = w.org AND l.device = w.device AND l.id = w.id AND l.record = w.record"
        ),
        {"keys": keys},
    )
    return {(row[0], row[1], row[2], row[3]) for row in found}


def first_erased(stone: str) -> int:
    """The first of the offsets that the stone with this id stands for."""
    return int(stone.rpartition(":")[2])

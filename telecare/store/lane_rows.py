"""The rows of a lane: how a record is filed, numbered and stored once."""

from __future__ import annotations

import functools
import itertools
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
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
from telecare.store.session import driver_of
from telecare.store.types import ONLY, UtcTime, microseconds

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


def lane_table(metadata: MetaData, *, is_filed: bool = False) -> Table:
    """Describe the lane table in an owner's metadata; every owner of a lane calls it once.
    `is_filed`: on SQLite its rows are filed (`telecare.store.filing`) and not indexed.
    """
    is_signal = text(f"record = '{SIGNAL}'")
    only = {ONLY: "postgresql"} if is_filed else {}
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
        Index("lane_record_once", "org", "device", "id", "record", unique=True, info=only),
        Index("lane_record_home", "org", "home", "received_at", info=only),
        Index(
            "lane_record_signals",
            "lane",
            "offset",
            sqlite_where=is_signal,
            postgresql_where=is_signal,
        ),
        sqlite_with_rowid=False,
    )


_SIZES = (256, 128, 64, 32, 16, 8, 4, 2, 1)
"""Rows of one statement, so that a handful of them serves every number of rows."""
_ASKED = (1, 4, 16, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1000)
"""Keys in one question. It is filled up with its last, so that it is one step without the lock."""
_COLUMNS = '"lane", "offset", record, org, home, device, id, kind, received_at, body'
_ONCE = " ON CONFLICT (org, device, id, record) DO NOTHING"


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


def key_of(record: Record) -> Key:
    """By which the record is known again in any lane."""
    if type(record) is Reading:
        return (record.org, record.device, record.id, READING)
    name, device, _ = _filed(record)
    return (record.org, device, record.id, name)


def numbered(lane: str, head: int, records: Iterable[Record]) -> list[Numbered]:
    """The rows of `records`, with their lane and the offsets that follow `head`."""
    return [(lane, offset, *row_of(each)) for offset, each in enumerate(records, start=head + 1)]


def insert(connection: Connection, rows: list[Numbered], *, indexed: bool) -> int:
    """Insert `rows`, where there is an index except those it knows; how many went in."""
    if connection.dialect.name != "sqlite":
        return _insert_many(connection, rows)
    # A statement of many rows is one step outside the interpreter's lock. `executemany` takes
    # and gives the lock back for each row, and stands in line for it behind the event loop.
    run, inserted = driver_of(connection).execute, 0
    for block in _blocks(rows):
        statement = _statement(len(block), _ONCE if indexed else "")
        inserted += run(statement, tuple(itertools.chain.from_iterable(block))).rowcount
    return inserted


def _blocks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    begin = 0
    for size in _SIZES:
        while len(rows) - begin >= size:
            yield rows[begin : begin + size]
            begin += size


@functools.cache
def _statement(rows: int, once: str) -> str:
    one = "(" + ", ".join("?" * 10) + ")"
    return f"INSERT INTO lane_record ({_COLUMNS}) VALUES {', '.join([one] * rows)}{once}"


def _insert_many(connection: Connection, rows: list[Numbered]) -> int:
    if not rows:
        return 0
    values = ", ".join(["%s"] * len(rows[0]))
    return connection.exec_driver_sql(
        f"INSERT INTO lane_record ({_COLUMNS}) VALUES ({values}){_ONCE}", rows
    ).rowcount


def take_back(connection: Connection, rows: list[Numbered]) -> None:
    """Delete what this transaction inserted of `rows`, and nothing that another one committed:
    who lost its lease without noticing may not be alone in its lane.
    """
    lane, first = rows[0][:2]
    where = 'lane = ? AND "offset" >= ?'
    if connection.dialect.name != "sqlite":
        where = 'lane = %s AND "offset" >= %s AND xmin = pg_current_xact_id()::xid'
    connection.exec_driver_sql(f"DELETE FROM lane_record WHERE {where}", (lane, first))


def stored(connection: Connection, keys: Sequence[Key], *tables: str) -> set[Key]:
    """Which of these records stand in one of `tables` already, whatever their lane."""
    if connection.dialect.name == "sqlite":  # asked for every commit: by the shortest way
        found: set[Key] = set()
        for begin in range(0, len(keys), _ASKED[-1]):
            block = keys[begin : begin + _ASKED[-1]]
            size = _ASKED[bisect_left(_ASKED, len(block))]
            asked = itertools.chain(block, itertools.repeat(block[-1], size - len(block)))
            values = tuple(itertools.chain.from_iterable(asked))
            found.update(driver_of(connection).execute(_question(size, tables), values).fetchall())
        return found
    (table,) = tables
    rows = connection.execute(
        text(
            "SELECT w.org, w.device, w.id, w.record FROM (SELECT value ->> 0 AS org, "
            "value ->> 1 AS device, value ->> 2 AS id, value ->> 3 AS record "
            f"FROM json_array_elements(CAST(:keys AS json))) AS w JOIN {table} AS l "
            "ON l.org = w.org AND l.device = w.device AND l.id = w.id AND l.record = w.record"
        ),
        {"keys": msgspec.json.encode(keys).decode()},
    )
    return {(row[0], row[1], row[2], row[3]) for row in rows}


@functools.cache
def _question(keys: int, tables: tuple[str, ...]) -> str:
    same = "l.org = w.org AND l.device = w.device AND l.id = w.id AND l.record = w.record"
    known = " OR ".join(f"EXISTS (SELECT 1 FROM {each} AS l WHERE {same})" for each in tables)
    return (
        f"WITH w(org, device, id, record) AS (VALUES {', '.join(['(?, ?, ?, ?)'] * keys)}) "
        f"SELECT org, device, id, record FROM w WHERE {known}"
    )


def first_erased(stone: str) -> int:
    """The first of the offsets that the stone with this id stands for."""
    return int(stone.rpartition(":")[2])


def head(connection: Connection, lane: str) -> int:
    """The last offset of `lane`, 0 when it is empty."""
    # Plain SQL: this is asked for every commit, and building the question costs more than it.
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    query = f'SELECT coalesce(max("offset"), 0) FROM lane_record WHERE lane = {mark}'
    last: int = connection.exec_driver_sql(query, (lane,)).scalar_one()
    return last

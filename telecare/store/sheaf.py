"""Sheaves: a commit of many readings in one row, until there is time to make rows of them.

A row for each reading costs a writer that takes thousands a second more than all the rest of its
work. So a large commit is bound: one row of `lane_sheaf` holds the bodies of its readings, one
behind the other, for the offsets from its first to its last. Later, the oldest first, a sheaf is
untied: its readings become rows of `lane_record` under the same offsets, and it is gone, in one
transaction. A lane is its rows and its sheaves together, and no offset is in both.

Only readings are bound. A signal is a row at once, so that who waits for alarms need not look
through sheaves. Only lanes that are filed (`telecare.store.filing`) have any.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, Column, Connection, LargeBinary, MetaData, Table, Text

from telecare.messages import Reading, encode_all
from telecare.store import lane_rows
from telecare.store.lane_rows import READING, Key, Row
from telecare.store.session import driver_of
from telecare.store.types import UtcTime, microseconds

Bound = tuple[str, int, bytes]
"""Lane, offset and body of a reading in a sheaf."""


def sheaf_table(metadata: MetaData) -> Table:
    """Describe the sheaves in the metadata of an owner whose lanes are filed."""
    return Table(
        "lane_sheaf",
        metadata,
        Column("lane", Text, primary_key=True),
        Column("last", BigInteger, primary_key=True, autoincrement=False),
        Column("first", BigInteger, nullable=False),
        Column("oldest", UtcTime, nullable=False),
        Column("newest", UtcTime, nullable=False),
        Column("body", LargeBinary, nullable=False),
    )


class Place(msgspec.Struct):
    """What a row says of its reading; a word that only a newer version knows is no hindrance."""

    org: str
    home: str
    device: str
    id: str
    kind: str
    received_at: datetime


_bodies = msgspec.json.Decoder(list[msgspec.Raw]).decode
_place = msgspec.json.Decoder(Place).decode
_places = msgspec.json.Decoder(list[Place]).decode
_EARLIEST, _LATEST = -(2**63), 2**63 - 1
_SHEAVES = "SELECT lane, first, last, body FROM lane_sheaf WHERE "


def bind(connection: Connection, lane: str, first: int, readings: Sequence[Reading]) -> None:
    """Write `readings` for the offsets from `first` on."""
    received = [each.received_at for each in readings]
    oldest, newest = microseconds(min(received)), microseconds(max(received))
    driver_of(connection).execute(
        "INSERT INTO lane_sheaf (lane, last, first, oldest, newest, body) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (lane, first + len(readings) - 1, first, oldest, newest, encode_all(readings)),
    )


def held(connection: Connection, lane: str) -> int:
    """How many readings of `lane` are in sheaves."""
    return _number(connection, 'coalesce(sum(last - "first" + 1), 0)', lane) or 0


def head(connection: Connection, lane: str) -> int:
    """The last offset of `lane` that is in a sheaf, 0 when there is none."""
    return _number(connection, "max(last)", lane) or 0


def first(connection: Connection, lane: str) -> int | None:
    """The first offset of `lane` that is in a sheaf, None when there is none."""
    return _number(connection, '"first"', lane, " ORDER BY last LIMIT 1")


def _number(connection: Connection, what: str, lane: str, order: str = "") -> int | None:
    query = f"SELECT {what} FROM lane_sheaf WHERE lane = ?{order}"
    row = driver_of(connection).execute(query, (lane,)).fetchone()
    return None if row is None else row[0]


def after(connection: Connection, lane: str, offset: int) -> Iterator[Bound]:
    """The readings in sheaves after `offset`, in order."""
    for each in _read(connection, "lane = ? AND last > ? ORDER BY last", (lane, offset)):
        if each[1] > offset:
            yield each


def of_home(
    connection: Connection, org: str, home: str, since: datetime | None, until: datetime | None
) -> Iterator[Bound]:
    """What is in sheaves of one home, lane by lane, in order; of those received from `since` until
    before `until`, and of some others.
    """
    # As it was encoded. Most sheaves need not be taken apart to see that it is not in them.
    words = b'"org":%b,"home":%b,' % (msgspec.json.encode(org), msgspec.json.encode(home))
    where = "newest >= ? AND oldest < ? AND instr(body, ?) ORDER BY lane, last"
    values = (
        _EARLIEST if since is None else microseconds(since),
        _LATEST if until is None else microseconds(until),
        words,
    )
    for each in _read(connection, where, values):
        if words in each[2]:
            yield each


def every(connection: Connection) -> Iterator[Bound]:
    """All that is in sheaves."""
    return _read(connection, "TRUE ORDER BY lane, last", ())


def place(connection: Connection, lane: str, offset: int) -> Place:
    """What a row would say of the reading at `offset`, which is in a sheaf."""
    _, found, body = next(after(connection, lane, offset - 1))
    assert found == offset
    return _place(body)


def key_of(body: bytes) -> Key:
    """By which a reading with this body is known again in any lane."""
    place = _place(body)
    return (place.org, place.device, place.id, READING)


def _read(connection: Connection, where: str, values: tuple[object, ...]) -> Iterator[Bound]:
    with closing(driver_of(connection).execute(_SHEAVES + where, values)) as sheaves:
        for lane, first, _, body in sheaves:
            for offset, each in enumerate(_bodies(body), start=first):
                yield lane, offset, bytes(each)


def untie(connection: Connection, lane: str, limit: int) -> list[tuple[int, int]]:
    """Make rows of the oldest sheaves of `lane`, until they are `limit` rows or none is left; the
    first and last offset of each.
    """
    run, query = driver_of(connection).execute, _SHEAVES + "lane = ? ORDER BY last LIMIT 1"
    spans: list[tuple[int, int]] = []
    while limit > 0 and (found := run(query, (lane,)).fetchone()) is not None:
        _, first, last, body = found
        rows = [_row(*each) for each in zip(_places(body), _bodies(body), strict=True)]
        numbered = [(lane, offset, *row) for offset, row in enumerate(rows, start=first)]
        lane_rows.insert(connection, numbered, indexed=False)
        run("DELETE FROM lane_sheaf WHERE lane = ? AND last = ?", (lane, last))
        spans.append((first, last))
        limit -= len(rows)
    return spans


def _row(place: Place, body: msgspec.Raw) -> Row:
    received = microseconds(place.received_at)
    return (
        READING, place.org, place.home, place.device, place.id, place.kind, received, bytes(body)
    )  # fmt: skip

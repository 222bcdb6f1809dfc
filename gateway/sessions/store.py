"""The tables of kept sessions. Written by the committing thread alone, inside its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

from gateway.clients import store as clients
from gateway.sessions.notes import (
    OWED_PER_SESSION,
    SESSIONS_PER_DEVICE,
    Came,
    Ended,
    Found,
    Gone,
    Handed,
    Held,
    KeptSession,
    Left,
    Note,
    Owed,
    Parted,
    Posted,
    Received,
    Released,
    SessionKey,
    Swept,
)
from telecare.store.session import Database
from telecare.store.types import UtcTime, microseconds

_KEY = ("org", "device", "client", "epoch")


def session_tables(metadata: MetaData) -> None:
    """Describe the tables in their owner's metadata."""
    clients.client_tables(metadata)
    Table(
        "mqtt_session",
        metadata,
        *(Column(name, Text, primary_key=True) for name in _KEY[:3]),
        Column("epoch", Text, primary_key=True),
        Column("holder", Text, nullable=False),
        Column("filters", LargeBinary, nullable=False),
        Column("expiry", BigInteger, nullable=False),
        Column("seen_at", UtcTime, nullable=False),  # when its holder was let in
        Column("expires_at", UtcTime, nullable=True),
    )
    Table(
        "mqtt_received",
        metadata,
        *(Column(name, Text, primary_key=True) for name in _KEY),
        Column("packet_id", Integer, primary_key=True, autoincrement=False),
        _of_session("mqtt_received"),
    )
    Table(
        "mqtt_owed",
        metadata,
        *(Column(name, Text, primary_key=True) for name in _KEY),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("topic", Text, nullable=False),
        Column("payload", LargeBinary, nullable=False),
        Column("posted_at", BigInteger, nullable=False),
        Column("expires_at", UtcTime, nullable=False),
        _of_session("mqtt_owed"),
    )


def _of_session(table: str) -> ForeignKeyConstraint:
    """What belongs to a session goes with it."""
    columns = [f"mqtt_session.{name}" for name in _KEY]
    return ForeignKeyConstraint(_KEY, columns, name=f"{table}_session", ondelete="CASCADE")


_MINE = "org = :org AND device = :device AND client = :client"
_THIS = f"{_MINE} AND epoch = :epoch"
# Another gateway let the client in since: which of two commits first says nothing (see
# `gateway.clients.store`), and two may be under way at once, so each statement asks it itself.
_ELSEWHERE = (
    "(mqtt_session.holder NOT LIKE :lane "
    "AND mqtt_session.seen_at > :at AND mqtt_session.seen_at <= :ahead)"
)
_BEGIN = text(
    "INSERT INTO mqtt_session "
    "(org, device, client, epoch, holder, filters, expiry, seen_at, expires_at) "
    "SELECT :org, :device, :client, :epoch, :holder, :filters, :expiry, :at, CAST(NULL AS BIGINT) "
    f"WHERE NOT EXISTS (SELECT 1 FROM mqtt_session WHERE {_MINE} AND {_ELSEWHERE}) "
    "ON CONFLICT (org, device, client, epoch) DO UPDATE SET holder = excluded.holder, "
    "filters = excluded.filters, expiry = excluded.expiry, seen_at = excluded.seen_at, "
    f"expires_at = NULL WHERE NOT {_ELSEWHERE}"
)
_FORGET = text(f"DELETE FROM mqtt_session WHERE {_MINE} AND NOT {_ELSEWHERE}")
_FORGET_OTHERS = text(
    "DELETE FROM mqtt_session WHERE org = :org AND device = :device AND (client, epoch) NOT IN "
    "(SELECT client, epoch FROM mqtt_session WHERE org = :org AND device = :device "
    "ORDER BY seen_at DESC, client LIMIT :limit)"
)
_LEAVE = text(f"UPDATE mqtt_session SET expires_at = :expires WHERE {_THIS} AND holder = :holder")
_RECEIVE = text(
    "INSERT INTO mqtt_received (org, device, client, epoch, packet_id) "
    f"SELECT org, device, client, epoch, :packet_id FROM mqtt_session WHERE {_THIS} "
    "ON CONFLICT (org, device, client, epoch, packet_id) DO NOTHING"
)
_IS_RECEIVED = text(f"SELECT 1 FROM mqtt_received WHERE {_THIS} AND packet_id = :packet_id")
_RELEASE = text(f"DELETE FROM mqtt_received WHERE {_THIS} AND packet_id = :packet_id")
_POST = text(
    "INSERT INTO mqtt_owed "
    "(org, device, client, epoch, number, topic, payload, posted_at, expires_at) "
    "SELECT org, device, client, epoch, :number, :topic, :payload, "
    f"(SELECT coalesce(max(posted_at), 0) + 1 FROM mqtt_owed WHERE {_THIS}), :expires "
    f"FROM mqtt_session WHERE {_THIS} "
    "ON CONFLICT (org, device, client, epoch, number) DO UPDATE SET topic = excluded.topic, "
    "payload = excluded.payload, posted_at = excluded.posted_at, expires_at = excluded.expires_at"
)
_LAST_NUMBER = text(f"SELECT coalesce(max(number), 0) FROM mqtt_owed WHERE {_THIS}")
_TRIM = text(
    f"DELETE FROM mqtt_owed WHERE {_THIS} AND number NOT IN "
    f"(SELECT number FROM mqtt_owed WHERE {_THIS} ORDER BY posted_at DESC LIMIT :limit)"
)
_HAND = text(f"DELETE FROM mqtt_owed WHERE {_THIS} AND number = :number")
_GONE = text(
    "UPDATE mqtt_session SET expires_at = :at + expiry * 1000000 "
    "WHERE holder LIKE :lane AND expires_at IS NULL"
)
_EXPIRE = text("DELETE FROM mqtt_session WHERE expires_at < :at")
_EXPIRE_OWED = text("DELETE FROM mqtt_owed WHERE expires_at < :at")
_FIND = text(
    "SELECT epoch, filters, expiry FROM mqtt_session "
    f"WHERE {_MINE} AND (expires_at IS NULL OR expires_at >= :at) ORDER BY seen_at DESC"
)
_FIND_OWED = text(
    "SELECT number, topic, payload, expires_at FROM mqtt_owed "
    f"WHERE {_THIS} AND expires_at >= :at ORDER BY posted_at"
).columns(expires_at=UtcTime)
_FIND_RECEIVED = text(f"SELECT packet_id FROM mqtt_received WHERE {_THIS}")


def apply(connection: Connection, notes: Sequence[Note], lane: str) -> set[int]:
    """Make `notes`, of the gateway `lane`, part of the caller's transaction, in order.

    Returns which of the `Received` among them, by `id()`, were received before: their
    messages must not be stored again.
    """
    repeated: set[int] = set()
    for note in notes:
        if type(note) is Received:
            if not _receive(connection, note):
                repeated.add(id(note))
        elif isinstance(note, Came | Gone | Parted):
            clients.apply(connection, note, lane)
        else:
            _apply_one(connection, note, lane)
    return repeated


def _receive(connection: Connection, note: Received) -> bool:
    """Whether it is new. Of a session that is over nothing is known: then it counts as new."""
    values = _of(note.key, note.epoch) | {"packet_id": note.packet_id}
    if connection.execute(_RECEIVE, values).rowcount:
        return True
    return connection.execute(_IS_RECEIVED, values).first() is None


def _apply_one(connection: Connection, note: Note, lane: str) -> None:
    match note:
        case Held():
            _hold(connection, note, lane)
        case Left(session, holder, at):
            values = _of(session.key, session.epoch) | {"holder": holder}
            expires = microseconds(at + timedelta(seconds=session.expiry))
            connection.execute(_LEAVE, values | {"expires": expires})
        case Ended(key, at):
            connection.execute(_FORGET, _of(key) | clients.let_in(at, lane))
        case Released(key, epoch, packet_id):
            connection.execute(_RELEASE, _of(key, epoch) | {"packet_id": packet_id})
        case Posted(key, epoch, owed):
            values = _of(key, epoch) | msgspec.structs.asdict(owed)
            if not owed.number:
                last = connection.execute(_LAST_NUMBER, _of(key, epoch)).scalar_one()
                values["number"] = last % 0xFFFF + 1
            values["expires"] = microseconds(values.pop("expires_at"))
            connection.execute(_POST, values)
            connection.execute(_TRIM, _of(key, epoch) | {"limit": OWED_PER_SESSION})
        case Handed(key, epoch, number):
            connection.execute(_HAND, _of(key, epoch) | {"number": number})
        case Swept(at, started):
            clients.sweep(connection, note)
            now = {"at": microseconds(at)}
            if started:
                connection.execute(_GONE, now | {"lane": f"{started}-%"})
            connection.execute(_EXPIRE, now)
            connection.execute(_EXPIRE_OWED, now)


def _hold(connection: Connection, note: Held, lane: str) -> None:
    session, when = note.session, clients.let_in(note.at, lane)
    if note.is_new:
        connection.execute(_FORGET, _of(session.key) | when)
    values: dict[str, Any] = _of(session.key, session.epoch) | {
        "holder": note.holder,
        "filters": msgspec.json.encode(session.filters),
        "expiry": session.expiry,
    }
    connection.execute(_BEGIN, values | when)
    if note.is_new:
        limit = {"limit": SESSIONS_PER_DEVICE}
        connection.execute(_FORGET_OTHERS, _of(session.key) | limit)


def _of(key: SessionKey, epoch: str | None = None) -> dict[str, Any]:
    values: dict[str, Any] = msgspec.structs.asdict(key)
    return values if epoch is None else values | {"epoch": epoch}


class SessionReader:
    """Finds kept sessions. Writes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, key: SessionKey, now: datetime) -> Found | None:
        """The session kept under `key`, unless it expired. Raises `StoreUnavailable`."""
        at = {"at": microseconds(now)}
        with self._database.read() as connection:
            row = connection.execute(_FIND, _of(key) | at).first()
            if row is None:
                return None
            owed = connection.execute(_FIND_OWED, _of(key, row.epoch) | at).mappings().all()
            received = connection.execute(_FIND_RECEIVED, _of(key, row.epoch)).scalars().all()
        filters = msgspec.json.decode(row.filters, type=tuple[tuple[str, int], ...])
        session = KeptSession(key, row.epoch, row.expiry, filters)
        return Found(session, tuple(Owed(**each) for each in owed), tuple(received))

"""Which connection has a client, where several gateways share one port.

A client that comes to another gateway than before must end its older connection there. Whoever
lets it in writes that down and reads in the same statement who had it before; the gateway of the
older of the two finds it on a list of its own, which it looks at once a second and which is empty
nearly always. Which of two gateways commits first says nothing of where the client came last: the
time of coming does. Without several gateways none of this is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, MetaData, Table, Text, text

from gateway.sessions.notes import Came, Gone, Parted, SessionKey, Swept
from telecare.store.session import Database
from telecare.store.types import UtcTime, microseconds, moment_of

UNCLAIMED = timedelta(days=1)
"""After so long nobody looks for what was to end: its gateway runs no more."""
AHEAD = timedelta(seconds=30)
"""A coming further ahead of ours is no newer one: the clock was set back since. Only where the
database was away is a commit so late, and then the client comes once more than it had to.
"""


def client_tables(metadata: MetaData) -> None:
    """Describe the tables in their owner's metadata."""
    Table(
        "mqtt_client",
        metadata,
        *(Column(name, Text, primary_key=True) for name in ("org", "device", "client")),
        Column("holder", Text, nullable=False),
        Column("before", Text, nullable=False),
        Column("at", UtcTime, nullable=False, server_default="0"),
    )
    Table(
        "mqtt_ousted",
        metadata,
        Column("org", Text, primary_key=True),
        Column("holder", Text, primary_key=True),
        Column("at", UtcTime, nullable=False),
    )


_MINE = "org = :org AND device = :device AND client = :client"
_COME = text(
    "INSERT INTO mqtt_client (org, device, client, holder, before, at) "
    "VALUES (:org, :device, :client, :holder, '', :at) "
    "ON CONFLICT (org, device, client) DO UPDATE SET before = mqtt_client.holder, "
    "holder = excluded.holder, at = excluded.at "
    "WHERE mqtt_client.holder LIKE :lane OR mqtt_client.at <= :at OR mqtt_client.at > :ahead "
    "RETURNING before"
)
_OUST = text(  # as of when the newer came
    "INSERT INTO mqtt_ousted (org, holder, at) "
    f"SELECT org, :older, at FROM mqtt_client WHERE {_MINE} "
    "ON CONFLICT (org, holder) DO NOTHING"
)
_GO = text(f"DELETE FROM mqtt_client WHERE {_MINE} AND holder = :holder")
_PART = text("DELETE FROM mqtt_ousted WHERE org = :org AND holder = :holder")
_FORGET_CLIENTS = text("DELETE FROM mqtt_client WHERE holder LIKE :lane")
_FORGET_OUSTED = text("DELETE FROM mqtt_ousted WHERE holder LIKE :lane")
_FORGET_UNCLAIMED = text("DELETE FROM mqtt_ousted WHERE at < :at")
_OUSTED = text("SELECT org, holder, at FROM mqtt_ousted WHERE holder LIKE :lane")
_HERE = text(
    "SELECT coalesce(epoch, '') FROM mqtt_client LEFT JOIN mqtt_session "
    "USING (org, device, client) "
    f"WHERE {_MINE} ORDER BY seen_at DESC"
)


def apply(connection: Connection, note: Came | Gone | Parted, lane: str) -> None:
    """Make `note`, of the gateway `lane`, part of the caller's transaction."""
    match note:
        case Came():
            _come(connection, note, lane)
        case Gone(key, holder):  # without effect if another has the client now
            connection.execute(_GO, msgspec.structs.asdict(key) | {"holder": holder})
        case Parted(org, holder):
            connection.execute(_PART, {"org": org, "holder": holder})


def _come(connection: Connection, note: Came, lane: str) -> None:
    """The client is the connection's that it came to last; another gateway's is told to end. One
    gateway's own comings are committed in their order, whatever its clock says.
    """
    key = msgspec.structs.asdict(note.key)
    coming = key | {"holder": note.holder} | let_in(note.at, lane)
    before: str | None = connection.execute(_COME, coming).scalar()
    if before is None:  # it came elsewhere since
        connection.execute(_OUST, key | {"older": note.holder})
    elif before and not before.startswith(f"{lane}-"):
        connection.execute(_OUST, key | {"older": before})


def let_in(at: datetime, lane: str) -> dict[str, Any]:
    """What tells whether another gateway than `lane` let the client in after `at`."""
    return {"at": microseconds(at), "ahead": microseconds(at + AHEAD), "lane": f"{lane}-%"}


def sweep(connection: Connection, note: Swept) -> None:
    """What a process left behind that has just started anew, or that never will."""
    if note.lane:
        for statement in (_FORGET_CLIENTS, _FORGET_OUSTED):
            connection.execute(statement, {"lane": f"{note.lane}-%"})
    connection.execute(_FORGET_UNCLAIMED, {"at": microseconds(note.at - UNCLAIMED)})


class Ousted(msgspec.Struct, frozen=True):
    """A connection whose client came to another gateway."""

    parted: Parted
    at: datetime


class ClientReader:
    """Asks who has a client. Writes nothing."""

    def __init__(self, database: Database, lane: str) -> None:
        self._database = database
        self._lane = lane

    def ousted(self) -> Sequence[Ousted]:
        """Connections of ours whose clients came to another gateway. Raises `StoreUnavailable`."""
        with self._database.read() as connection:
            rows = connection.execute(_OUSTED, {"lane": f"{self._lane}-%"})
            return [Ousted(Parted(row.org, row.holder), moment_of(row.at)) for row in rows]

    def session_here(self, key: SessionKey) -> str | None:
        """The epoch of the session with which this client is connected to any gateway, empty if
        that one is not kept; None if it is not connected. Raises `StoreUnavailable`.
        """
        with self._database.read() as connection:
            found: str | None = connection.execute(_HERE, msgspec.structs.asdict(key)).scalar()
        return found

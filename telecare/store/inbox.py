"""The inbox: devices that others spoke of and nobody registered.

The gateway writes it; whoever onboards devices reads it.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import Column, Index, Integer, MetaData, Table, Text, select

from telecare.store.session import Database
from telecare.store.types import UtcTime


class UnknownDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device in the inbox."""

    org: str
    device: str
    """Through which registered device we heard of it."""
    id: str
    home: str
    name: str
    type: str
    model: str
    maker: str
    first_at: datetime
    last_at: datetime
    times: int


def inbox_table(metadata: MetaData) -> Table:
    """The table, described in `metadata`; `device` is the one that spoke."""
    return Table(
        "unknown_device",
        metadata,
        Column("org", Text, primary_key=True),
        Column("device", Text, primary_key=True),
        Column("id", Text, primary_key=True),
        Column("home", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("type", Text, nullable=False),
        Column("model", Text, nullable=False),
        Column("maker", Text, nullable=False),
        Column("first_at", UtcTime, nullable=False),
        Column("last_at", UtcTime, nullable=False),
        Column("times", Integer, nullable=False),
        Index("unknown_device_newest", "org", "last_at"),
    )


_TABLE = inbox_table(MetaData())


class InboxReader:
    """Reads the inbox of unknown devices. Writes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, org: str, limit: int = 1000) -> list[UnknownDevice]:
        """What one organisation's devices spoke of, newest first."""
        query = (
            select(_TABLE)
            .where(_TABLE.c.org == org)
            .order_by(_TABLE.c.last_at.desc(), _TABLE.c.id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [UnknownDevice(**row) for row in connection.execute(query).mappings()]

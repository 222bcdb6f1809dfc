"""The gateway's tables."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

from gateway.sessions.store import session_tables
from telecare.store.filing import filing_tables
from telecare.store.inbox import inbox_table
from telecare.store.lane_rows import lane_table
from telecare.store.sheaf import sheaf_table
from telecare.store.types import Json, UtcTime

metadata = MetaData()
lane_table(metadata, is_filed=True)
filing_tables(metadata)
sheaf_table(metadata)
session_tables(metadata)

quarantine = Table(
    "quarantine",
    metadata,
    Column("org", Text, primary_key=True),
    Column("device", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("home", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("first_at", UtcTime, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    Column("times", Integer, nullable=False),
    Index("quarantine_newest", "org", "last_at"),
)
"""Messages that could not be used, once for the same bytes of the same device."""

unknown_device = inbox_table(metadata)
"""The inbox: devices that `device` spoke of, for a person to take in or to leave."""

broker_session = Table(
    "broker_session",
    metadata,
    Column("org", Text, primary_key=True),
    Column("broker", Text, primary_key=True),
    Column("since", UtcTime, nullable=False),
    Column("lost_at", UtcTime),
    Column("dropped", Json, nullable=False),
)
"""Sessions that brokers of others promised to keep for us, and how much each of their counters
said they had thrown away."""

"""Whose everything is, and how readers notice a change."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from telecare.register.tables.metadata import metadata
from telecare.store.types import Json, UtcTime

version = Table(
    "register_version",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
)
"""One row that grows with every change, so that readers know when to read again."""

organisation = Table(
    "organisation",
    metadata,
    Column("org", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("settings", Json, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

deed = Table(
    "deed",
    metadata,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("org", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("detail", Json, nullable=False),
)
"""What somebody did to the register that must be on record, written with the change itself; the
responder follows by `version`, which no two changes share and none is committed out of turn."""

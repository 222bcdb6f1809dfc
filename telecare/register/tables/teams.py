"""Who takes turns, where, and with what."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKeyConstraint, Integer, Table, Text

from telecare.register.tables.metadata import metadata
from telecare.store.types import Json, UtcTime

team = Table(
    "team",
    metadata,
    Column("org", Text, primary_key=True),
    Column("team", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("always", Boolean, nullable=False),
    Column("areas", Json, nullable=False),
    ForeignKeyConstraint(["org"], ["organisation.org"]),
)
"""People who take turns: responders who drive, or the staff of a scheme."""

area = Table(
    "area",
    metadata,
    Column("org", Text, primary_key=True),
    Column("area", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("outline", Json, nullable=False),
    ForeignKeyConstraint(["org"], ["organisation.org"]),
)

vehicle = Table(
    "vehicle",
    metadata,
    Column("org", Text, primary_key=True),
    Column("vehicle", Text, primary_key=True),
    Column("team", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("latitude", Float, nullable=False),
    Column("longitude", Float, nullable=False),
    Column("off_road", Boolean, nullable=False),
    ForeignKeyConstraint(["org", "team"], ["team.org", "team.team"]),
)

member = Table(
    "member",
    metadata,
    Column("org", Text, primary_key=True),
    Column("member", Text, primary_key=True),
    Column("team", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("phone", Text),
    Column("email", Text),
    Column("left_at", UtcTime),
    Column("language", Text, nullable=False, server_default="en"),
    ForeignKeyConstraint(["org", "team"], ["team.org", "team.team"]),
)

shift = Table(
    "shift",
    metadata,
    Column("org", Text, primary_key=True),
    Column("shift", Text, primary_key=True),
    Column("team", Text, nullable=False),
    Column("member", Text, nullable=False),
    Column("days", Json, nullable=False),
    Column("begins", Text, nullable=False),
    Column("ends", Text, nullable=False),
    Column("call_order", Integer, nullable=False),
    Column("first_day", Text),
    Column("last_day", Text),
    Column("holidays", Text, nullable=False),
    ForeignKeyConstraint(["org", "team"], ["team.org", "team.team"]),
    ForeignKeyConstraint(["org", "member"], ["member.org", "member.member"]),
)
"""A turn that comes again every week, in civil time."""

cover = Table(
    "cover",
    metadata,
    Column("org", Text, primary_key=True),
    Column("shift", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("member", Text),
    ForeignKeyConstraint(["org", "shift"], ["shift.org", "shift.shift"]),
    ForeignKeyConstraint(["org", "member"], ["member.org", "member.member"]),
)
"""One turn taken by somebody else, or (without a member) by nobody. A swap is two of them."""

scheme = Table(
    "scheme",
    metadata,
    Column("org", Text, primary_key=True),
    Column("scheme", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("take_over_seconds", Integer, nullable=False),
    ForeignKeyConstraint(["org", "team"], ["team.org", "team.team"]),
)
"""Extra-care housing: its own staff are asked first."""

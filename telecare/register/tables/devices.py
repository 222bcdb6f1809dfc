"""What stands in the homes, by what it is known, and what it is told."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKeyConstraint, Index, Integer, LargeBinary, Table, Text

from telecare.register.tables.metadata import metadata
from telecare.store.types import Json, UtcTime

device = Table(
    "device",
    metadata,
    Column("org", Text, primary_key=True),
    Column("device", Text, primary_key=True),
    Column("home", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("room", Text),
    Column("serial", Text),
    Column("sim", Text),
    Column("heartbeat_seconds", Integer),
    Column("history_days", Integer, nullable=False),
    Column("settings", Json, nullable=False),
    Column("added_at", UtcTime, nullable=False),
    Column("replaces", Text),
    Column("line", Text),
    Column("exchange", Text),
    Column("network", Text),
    ForeignKeyConstraint(["org", "home"], ["home.org", "home.home"]),
    Index("device_home", "org", "home"),
    Index("device_serial", "org", "serial", unique=True),
    Index("device_sim", "org", "sim", unique=True),
)

device_class = Table(
    "device_class",
    metadata,
    Column("org", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("heartbeat_seconds", Integer),
    Column("silent_after_seconds", Integer),
    Column("battery_low", Integer),
    Column("test_days", Integer),
    Column("supported_until", Text),
    ForeignKeyConstraint(["org"], ["organisation.org"]),
)
"""What holds for every device of a model."""

device_config = Table(
    "device_config",
    metadata,
    Column("org", Text, primary_key=True),
    Column("device", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("body", Json, nullable=False),
    Column("set_at", UtcTime, nullable=False),
    Column("set_by", Text, nullable=False),
    ForeignKeyConstraint(["org", "device"], ["device.org", "device.device"]),
)
"""How a device should be set. What it says of itself is the responder's to keep."""

credential = Table(
    "credential",
    metadata,
    Column("username", Text, primary_key=True),
    Column("org", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("issued_at", UtcTime, nullable=False),
    Column("given_at", UtcTime),
    Column("revoked_at", UtcTime),
    Column("kind", Text, nullable=False, server_default="password"),
    Column("expires_at", UtcTime),
    Column("next_digest", LargeBinary),
    Column("next_kind", Text),
    Column("next_issued_at", UtcTime),
    Column("next_expires_at", UtcTime),
    ForeignKeyConstraint(["org", "device"], ["device.org", "device.device"]),
    Index("credential_device", "org", "device"),
)
"""What a device shows, and perhaps its successor: both hold until the new one was seen at work.
Without `given_at` it was never given access, and this row is there to say that it is trusted no
more.
"""

claim = Table(
    "claim",
    metadata,
    Column("org", Text, primary_key=True),
    Column("claim", Text, primary_key=True),
    Column("device", Text, nullable=False),
    Column("batch", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("made_at", UtcTime, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
    Column("used_at", UtcTime),
    Column("refused", Integer, nullable=False),
    Column("presses", Json, nullable=False),
    Column("receipt_at", UtcTime),
    Column("receipt_by", Text),
    Column("completed_at", UtcTime),
    Column("proof", LargeBinary),
    ForeignKeyConstraint(["org", "device"], ["device.org", "device.device"]),
    Index("claim_device", "org", "device", "made_at"),
)
"""A code with which one device may ask once for its credential, and what came of it. By `proof`,
a digest of what only that device has, it is known when it asks again because no answer came.
"""

command = Table(
    "command",
    metadata,
    Column("org", Text, primary_key=True),
    Column("command", Text, primary_key=True),
    Column("device", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("body", Json, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("deadline_at", UtcTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("ended_at", UtcTime),
    Column("answer", Json),
    ForeignKeyConstraint(["org", "device"], ["device.org", "device.device"]),
    Index("command_waiting", "state", "deadline_at"),
    Index("command_device", "org", "device", "made_at"),
)
"""What a device was told to do, its answer, or that none came in time."""

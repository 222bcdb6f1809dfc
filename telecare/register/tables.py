"""The one description of the register's tables.

Every table begins with `org`, and every reference carries it, so that one organisation's
row cannot point at another's.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    true,
)

from telecare.store.types import Json, UtcTime

metadata = MetaData()

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

home = Table(
    "home",
    metadata,
    Column("org", Text, primary_key=True),
    Column("home", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("access", Text, nullable=False),
    Column("hazards", Json, nullable=False),
    Column("keysafe", LargeBinary),
    Column("rooms", Json, nullable=False),
    Column("settings", Json, nullable=False),
    Column("latitude", Float),
    Column("longitude", Float),
    ForeignKeyConstraint(["org"], ["organisation.org"]),
)

resident = Table(
    "resident",
    metadata,
    Column("org", Text, primary_key=True),
    Column("resident", Text, primary_key=True),
    Column("home", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("born", Integer),
    Column("speak", Text, nullable=False),
    Column("health", Text, nullable=False),
    ForeignKeyConstraint(["org", "home"], ["home.org", "home.home"]),
    Index("resident_home", "org", "home"),
)

contact = Table(
    "contact",
    metadata,
    Column("org", Text, primary_key=True),
    Column("contact", Text, primary_key=True),
    Column("home", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("relation", Text, nullable=False),
    Column("phone", Text),
    Column("email", Text),
    Column("rank", Integer, nullable=False),
    Column("keyholder", Boolean, nullable=False),
    Column("minutes_away", Integer),
    Column("language", Text, nullable=False, server_default="en"),
    Column("may_know_who", Boolean, nullable=False, server_default=true()),
    Column("quiet_from", Text),
    Column("quiet_until", Text),
    Column("postal_address", Text),
    Column("elsewhere", LargeBinary),
    ForeignKeyConstraint(["org", "home"], ["home.org", "home.home"]),
    Index("contact_home", "org", "home", "rank"),
)
"""`elsewhere` is sealed: the address of a messenger holds a secret of its owner's."""

push_subscription = Table(
    "push_subscription",
    metadata,
    Column("org", Text, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("contact", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("added_at", UtcTime, nullable=False),
    ForeignKeyConstraint(["org", "contact"], ["contact.org", "contact.contact"]),
    Index("push_subscription_contact", "org", "contact"),
)
"""Browsers that asked for push messages: endpoint and keys, sealed, under the endpoint's digest."""

device = Table(
    "device",
    metadata,
    Column("org", Text, primary_key=True),
    Column("device", Text, primary_key=True),
    Column("home", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("heartbeat_seconds", Integer),
    Column("history_days", Integer, nullable=False),
    Column("settings", Json, nullable=False),
    Column("added_at", UtcTime, nullable=False),
    ForeignKeyConstraint(["org", "home"], ["home.org", "home.home"]),
    Index("device_home", "org", "home"),
)

credential = Table(
    "credential",
    metadata,
    Column("username", Text, primary_key=True),
    Column("org", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("issued_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
    ForeignKeyConstraint(["org", "device"], ["device.org", "device.device"]),
    Index("credential_device", "org", "device"),
)

person = Table(
    "person",
    metadata,
    Column("org", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("username", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("role", Text, nullable=False),
    Column("password", Text, nullable=False),
    Column("left_at", UtcTime),
    ForeignKeyConstraint(["org"], ["organisation.org"]),
)
"""Somebody who works here and signs in."""

session = Table(
    "session",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("org", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("signed_in_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    ForeignKeyConstraint(["org", "person"], ["person.org", "person.person"]),
)

token = Table(
    "token",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("org", Text, nullable=False),
    Column("token", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("issued_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
    ForeignKeyConstraint(["org"], ["organisation.org"]),
)
"""A machine's access to the API."""

"""Where people live, who lives there and whom they want asked."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
    true,
)

from telecare.register.tables.metadata import metadata
from telecare.store.types import Json, UtcTime

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
    Column("scheme", Text),
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
    Column("phone", Text),
    Column("language", Text, nullable=False, server_default="en"),
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

consent = Table(
    "consent",
    metadata,
    Column("org", Text, primary_key=True),
    Column("contact", Text, primary_key=True),
    Column("may_know", Json, nullable=False),
    Column("given_by", Text, nullable=False),
    Column("given_at", UtcTime, nullable=False),
    ForeignKeyConstraint(["org", "contact"], ["contact.org", "contact.contact"]),
)
"""What a contact may be told of, as the resident decided."""

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

plan = Table(
    "plan",
    metadata,
    Column("org", Text, primary_key=True),
    Column("plan", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("home", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Json, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
    Column("saved_by", Text, nullable=False),
    Column("ended_at", UtcTime),
    Index(
        "plan_current", "org", "home", "kind", unique=True,
        sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
    ),
)  # fmt: skip
"""Every version of every response plan; `home` and `kind` are empty for "all"."""

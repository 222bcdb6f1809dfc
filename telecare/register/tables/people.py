"""Who works here, how they prove it, and which programs may ask."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    false,
)

from telecare.register.tables.metadata import metadata
from telecare.store.types import Json, UtcTime

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
    Column("proved", Boolean, nullable=False, server_default=false()),
    Column("locked_at", UtcTime),
    Column("wrong_pins", Integer, nullable=False, server_default="0"),
    ForeignKeyConstraint(["org", "person"], ["person.org", "person.person"]),
)

pin = Table(
    "pin",
    metadata,
    Column("org", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("set_at", UtcTime, nullable=False),
    ForeignKeyConstraint(["org", "person"], ["person.org", "person.person"]),
)
"""What unlocks somebody's desk beside their password; opens nothing else."""

second_factor = Table(
    "second_factor",
    metadata,
    Column("org", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("since", UtcTime),
    ForeignKeyConstraint(["org", "person"], ["person.org", "person.person"]),
)
"""The sealed key of somebody's authenticator. `since` is when its first code proved it;
`last_step` is that of the last code taken: none is taken twice."""

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("org", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    ForeignKeyConstraint(["org", "person"], ["second_factor.org", "second_factor.person"]),
)
"""Codes that stand in for a lost authenticator; a used one is gone."""

identity = Table(
    "identity",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("org", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("linked_at", UtcTime, nullable=False),
    ForeignKeyConstraint(["org", "person"], ["person.org", "person.person"]),
    Index("identity_person", "org", "person"),
)
"""Who an identity provider's subject is here."""

known_browser = Table(
    "known_browser",
    metadata,
    Column("org", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("seen_at", UtcTime, nullable=False),
    ForeignKeyConstraint(["org", "person"], ["person.org", "person.person"]),
)
"""Browsers somebody has signed in with: others cannot slow them down by guessing."""

token = Table(
    "token",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("org", Text, nullable=False),
    Column("token", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("issued_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
    Column("name", Text, nullable=False, server_default=""),
    Column("scopes", Json, nullable=False, server_default="[]"),
    ForeignKeyConstraint(["org"], ["organisation.org"]),
    Index("token_org", "org", "token", unique=True),
)
"""A machine's access to the API; `scopes` are an integration's only."""

member_account = Table(
    "member_account",
    metadata,
    Column("org", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("member", Text, nullable=False),
    ForeignKeyConstraint(["org", "person"], ["person.org", "person.person"]),
    ForeignKeyConstraint(["org", "member"], ["member.org", "member.member"]),
    Index("member_account_member", "org", "member", unique=True),
)

contact_account = Table(
    "contact_account",
    metadata,
    Column("org", Text, primary_key=True),
    Column("contact", Text, primary_key=True),
    Column("person", Text, nullable=False),
    ForeignKeyConstraint(["org", "contact"], ["contact.org", "contact.contact"]),
    ForeignKeyConstraint(["org", "person"], ["person.org", "person.person"]),
    Index("contact_account_person", "org", "person"),
)

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
    false,
    text,
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

credential = Table(
    "credential",
    metadata,
    Column("username", Text, primary_key=True),
    Column("org", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("issued_at", UtcTime, nullable=False),
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
"""What a device shows, and perhaps its successor: both hold until the new one was seen at work."""

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
    ForeignKeyConstraint(["org", "device"], ["device.org", "device.device"]),
    Index("claim_device", "org", "device", "made_at"),
)
"""A code with which one device may ask once for its credential, and what came of it."""

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
    ForeignKeyConstraint(["org", "team"], ["team.org", "team.team"]),
)

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

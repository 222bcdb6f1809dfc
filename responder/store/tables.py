"""The one description of the responder's tables.

Every table begins with `org`, and references carry it. An alert's row holds the whole
alert as `body`; the other columns repeat what queries ask for.
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
    literal_column,
    text,
)

from telecare.store.lane_rows import lane_table
from telecare.store.types import UtcTime

metadata = MetaData()
lane_record = lane_table(metadata)
"""What the detectors learn from: verdicts, and requests for rehearsals."""

_OPEN = text("state <> 'resolved'")
_READY = text("state = 'ready'")
_TO_APPLY = text("state = 'accepted' AND applied_at IS NULL")

alert = Table(
    "alert",
    metadata,
    Column("org", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("home", Text, nullable=False),
    Column("track", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("owner_id", Text),
    Column("owner_name", Text),
    Column("opened_at", UtcTime, nullable=False),
    Column("first_claimed_at", UtcTime),
    Column("next_due_at", UtcTime),
    Column("outcome", Text),
    Column("false_alarm_cause", Text),
    Column("resolved_at", UtcTime),
    Column("changed", BigInteger, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("leased_until", UtcTime),
    Column("leased_by", Text),
    Column("body", LargeBinary, nullable=False),
    Column("incident", Text),
    Column("deaths", Integer, nullable=False, server_default="0"),
    Index("alert_incident", "org", "incident"),
    Index(
        "alert_one_open", "org", "home", "track", unique=True,
        sqlite_where=_OPEN, postgresql_where=_OPEN,
    ),
    Index("alert_due", "next_due_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("alert_queue", "org", "urgency", sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("alert_history", "org", "resolved_at"),
    Index("alert_home", "org", "home", "resolved_at"),
)  # fmt: skip
"""`leased_until` is in the machine's time and `fence` grows with every lease: whoever comes
back after its lease was given to another is refused. `deaths`: how many processes of ours died
with it in hand since its last step."""

signal = Table(
    "signal",
    metadata,
    Column("org", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("alert", Text),
    Column("number", Integer, nullable=False),
    Column("home", Text, nullable=False),
    Column("taken_at", UtcTime, nullable=False),
    Column("body", LargeBinary, nullable=False),
    ForeignKeyConstraint(["org", "alert"], ["alert.org", "alert.id"]),
    Index("signal_alert", "org", "alert", "number"),
    Index("signal_home", "org", "home", "taken_at"),
)
"""Every signal taken in, once. Without an alert: good news for a home that had none."""

lane_position = Table(
    "lane_position",
    metadata,
    Column("lane", Text, primary_key=True),
    Column("offset", BigInteger, nullable=False),
)
"""Where we stand in each neighbour's lane; moves with what we did, in one transaction."""

time_kept = Table(
    "time_kept",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("noted_at", UtcTime, nullable=False),
    Column("lost_since", UtcTime),
    Column("lost_until", UtcTime),
)
"""Until when somebody took steps, and the last stretch in which nobody did, if there was one."""

record_entry = Table(
    "record_entry",
    metadata,
    Column("org", Text, primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("act", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("alert", Text),
    Column("detail", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("record_entry_alert", "org", "alert", "sequence"),
    Index("record_entry_at", "org", "at"),
)
"""The audit record. Triggers refuse UPDATE and DELETE."""

record_head = Table(
    "record_head",
    metadata,
    Column("org", Text, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)
"""The last entry of each chain; its row lock puts writers in line."""

wording = Table(
    "wording",
    metadata,
    Column("org", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("alert", Text, nullable=False),
    Column("text", Text, nullable=False),
    ForeignKeyConstraint(["org", "alert"], ["alert.org", "alert.id"]),
    Index("wording_alert", "org", "alert"),
)
"""Free texts people wrote. The record holds their id and digest; erasing a row erases the text."""

staff = Table(
    "staff",
    metadata,
    Column("org", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
)
"""Names of those who acted, as they were shown last; the record holds ids only."""

outbox = Table(
    "outbox",
    metadata,
    Column("org", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("alert", Text),
    Column("home", Text),
    Column("state", Text, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try_at", UtcTime),
    Column("expires_at", UtcTime, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("leased_until", UtcTime),
    Column("leased_by", Text),
    Column("failure", Text),
    Column("channel", Text, nullable=False, server_default="email"),
    Column("receipt", Text),
    Column("body", LargeBinary, nullable=False),
    ForeignKeyConstraint(["org", "alert"], ["alert.org", "alert.id"]),
    Index(
        "outbox_ready", "urgency", "next_try_at",
        sqlite_where=_READY, postgresql_where=_READY,
    ),
    Index("outbox_alert", "org", "alert"),
)  # fmt: skip
"""`receipt` is the strongest word of the provider; it may come before we know that it took it. A
prompt is about no alert, but about something expected in a `home`."""

answered_request = Table(
    "answered_request",
    metadata,
    Column("org", Text, primary_key=True),
    Column("actor", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("begun_at", UtcTime, nullable=False),
    Column("acted", Boolean, nullable=False),
    Column("status", Integer),
    Column("media_type", Text),
    Column("body", LargeBinary),
    Index("answered_request_begun", "org", "begun_at"),
)
"""Requests that came with a key of their own, for a day. `acted` is set in the transaction of
the act, so that it is never done twice; the sealed answer follows."""

link = Table(
    "link",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("org", Text, nullable=False),
    Column("alert", Text, nullable=False),
    Column("contact", Text, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    ForeignKeyConstraint(["org", "alert"], ["alert.org", "alert.id"]),
    Index("link_alert", "org", "alert"),
)
"""What a contact's link may do, under the digest of its token: one alert, one contact."""

suppression = Table(
    "suppression",
    metadata,
    Column("org", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("home", Text, nullable=False),
    Column("next_due_at", UtcTime),
    Column("body", LargeBinary, nullable=False),
    Index("suppression_due", "next_due_at"),
    Index("suppression_home", "org", "home"),
)
"""Time-boxed windows in which some signals of a home open nothing. Due at their end; a window
that is over has no `next_due_at`."""

suppressed = Table(
    "suppressed",
    metadata,
    Column("org", Text, primary_key=True),
    Column("signal", Text, primary_key=True),
    Column("suppression", Text, nullable=False),
    ForeignKeyConstraint(["org", "signal"], ["signal.org", "signal.id"]),
    ForeignKeyConstraint(["org", "suppression"], ["suppression.org", "suppression.id"]),
    Index("suppressed_window", "org", "suppression"),
)
"""Which signals a window held back, so that its end can look at them again."""

concern = Table(
    "concern",
    metadata,
    Column("org", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
"""Signals of our own, until the intake takes them in as it does any neighbour's."""

expectation = Table(
    "expectation",
    metadata,
    Column("org", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("home", Text, nullable=False),
    Column("next_due_at", UtcTime),
    Column("ring_at", UtcTime),
    Column("body", LargeBinary, nullable=False),
    Index("expectation_due", "next_due_at"),
    Index("expectation_ring", "ring_at"),
    Index("expectation_home", "org", "home"),
)
"""What should happen in a home, and when it is missed. Without `next_due_at`: given up. At
`ring_at` the platform rings the resident about it, or decides what follows."""

dispatch = Table(
    "dispatch",
    metadata,
    Column("org", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("alert", Text, nullable=False),
    Column("home", Text, nullable=False),
    Column("holder", Text),
    Column("next_due_at", UtcTime),
    Column("body", LargeBinary, nullable=False),
    ForeignKeyConstraint(["org", "alert"], ["alert.org", "alert.id"]),
    Index("dispatch_due", "next_due_at"),
    Index("dispatch_alert", "org", "alert"),
    Index("dispatch_home", "org", "home"),
    Index("dispatch_holder", "org", "holder", unique=True),
)
"""A responder is sent. `holder` was offered the job or has it: nobody has two. Without
`next_due_at` it is over."""

package = Table(
    "package",
    metadata,
    Column("org", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("home", Text, nullable=False),
    Column("next_due_at", UtcTime),
    Column("body", LargeBinary, nullable=False),
    Index("package_due", "next_due_at"),
    Index("package_home", "org", "home"),
)
"""Care for a time. Due when its review or its end comes to the list of calls."""

round_ = Table(
    "round",
    metadata,
    Column("org", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("next_due_at", UtcTime),
    Column("body", LargeBinary, nullable=False),
    Index("round_due", "next_due_at"),
)
"""What the platform looks after by itself again and again: the nightly check of all plans."""

erasure = Table(
    "erasure",
    metadata,
    Column("org", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("home", Text, nullable=False),
    Column("next_due_at", UtcTime),
    Column("body", LargeBinary, nullable=False),
    Index("erasure_due", "next_due_at"),
)
"""Whose data are to be erased. Due until done, and then every night for a month, so that what a
restored backup brings back goes again."""

legal_hold = Table(
    "legal_hold",
    metadata,
    Column("org", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("home", Text, nullable=False),
    Column("next_due_at", UtcTime),
    Column("body", LargeBinary, nullable=False),
    Index("legal_hold_home", "org", "home"),
)
"""Homes of which nothing may be erased. `next_due_at` is when it is to be reviewed; without, it
was lifted."""

tuning = Table(
    "tuning",
    metadata,
    Column("org", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("home", Text, nullable=False),
    Column("detector", Text, nullable=False),
    Column("setting", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", UtcTime),
    Column("applied_at", UtcTime),
    Column("after", Float, nullable=False),
    Column("body", LargeBinary),
    Index("tuning_home", "org", "home", "asked_at"),
    Index(
        "tuning_to_apply", "decided_at",
        sqlite_where=_TO_APPLY, postgresql_where=_TO_APPLY,
    ),
)  # fmt: skip
"""A change of a home's detector settings, from the question to the decision; `body` is its
rehearsal. Accepted and not yet applied is a duty, and found by its index."""

equipment = Table(
    "equipment",
    metadata,
    Column("org", Text, primary_key=True),
    Column("device", Text, primary_key=True),
    Column("home", Text, nullable=False),
    Column("heard_at", UtcTime, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("equipment_home", "org", "home"),
)
"""What each device last said of itself, folded from the gateway's lanes."""

# Said as literals, so that both databases see that a query matches a partial index.
IS_OPEN = alert.c.state != literal_column("'resolved'")
IS_RESOLVED = alert.c.state == literal_column("'resolved'")
IS_READY = outbox.c.state == literal_column("'ready'")
IS_TO_APPLY = (tuning.c.state == literal_column("'accepted'")) & tuning.c.applied_at.is_(None)

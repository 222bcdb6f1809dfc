"""What is stuck, in one cheap look with a time limit of its own.

Every question is answered from an index and limited; on PostgreSQL the database itself
ends the look after two seconds, so that a slow database is a finding and never a hang.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Column, Table, or_, select, text

from responder.store import tables as t
from responder.store.work import Work
from telecare.store.session import Database

LIMIT = 20
"""So many of a kind are named; that there are more changes nothing."""
LOOK_MILLISECONDS = 2000


class Stuck(msgspec.Struct, frozen=True):
    """Something that should have moved and did not."""

    org: str
    kind: str
    """`alert`, `message`, `window`, `expectation`, `round`, `erasure`, `dispatch`, `package`,
    `lane`."""
    id: str
    since: datetime | None
    """When it should have moved; None: it has no time at all, which must not be."""


def look(database: Database, now: datetime, patience: timedelta) -> list[Stuck]:
    """Everything whose time was over `patience` ago, and every open alert without a time.

    Raises `StoreUnavailable`, also when the look took too long.
    """
    before = now - patience
    found: list[Stuck] = []
    with database.read() as connection:
        if not database.is_sqlite:
            connection.execute(text(f"SET LOCAL statement_timeout = {LOOK_MILLISECONDS}"))
        late = or_(t.alert.c.next_due_at.is_(None), t.alert.c.next_due_at < before)
        query = select(t.alert.c.org, t.alert.c.id, t.alert.c.next_due_at)
        alerts = connection.execute(query.where(t.IS_OPEN, late).limit(LIMIT))
        found += [Stuck(row.org, "alert", row.id, row.next_due_at) for row in alerts]
        messages = select(t.outbox.c.org, t.outbox.c.key, t.outbox.c.expires_at).where(
            t.IS_READY, t.outbox.c.expires_at < before
        )
        unsent = connection.execute(messages.limit(LIMIT))
        found += [Stuck(row.org, "message", row.key, row.expires_at) for row in unsent]
        for kind, table in _TIMED.items():
            due: Column[datetime] = table.c.next_due_at
            rows = select(table.c.org, table.c.id, due).where(due < before).limit(LIMIT)
            found += [Stuck(r.org, kind, r.id, r.next_due_at) for r in connection.execute(rows)]
    return found


_TIMED: dict[str, Table] = {
    "window": t.suppression,
    "expectation": t.expectation,
    "round": t.round_,
    "erasure": t.erasure,
    "dispatch": t.dispatch,
    "package": t.package,
}


def impatient(work: Work) -> None:
    """Wait at most two seconds for what others hold: an auditor that hangs sees nothing."""
    if work.connection.dialect.name == "postgresql":
        work.connection.execute(text(f"SET LOCAL lock_timeout = {LOOK_MILLISECONDS}"))


def heads(database: Database) -> dict[str, tuple[int, str]]:
    """By organisation: the record's last sequence and hash."""
    query = select(t.record_head).order_by(t.record_head.c.org)
    with database.read() as connection:
        return {row.org: (row.sequence, row.hash) for row in connection.execute(query)}

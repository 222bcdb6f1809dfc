"""What is stuck, in one cheap look with a time limit of its own.

Every question is answered from an index and limited; on PostgreSQL the database itself
ends the look after two seconds, so that a slow database is a finding and never a hang.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Table, func, or_, select, text

from responder.store import tables as t
from responder.store.work import Work
from telecare.store.session import Database

LIMIT = 20
"""So many of a kind are named of each organisation; that there are more changes nothing."""
LOOK_MILLISECONDS = 2000


class Stuck(msgspec.Struct, frozen=True):
    """Something that should have moved and did not."""

    org: str
    kind: str
    """`alert`, `message`, `window`, `expectation`, `round`, `erasure`, `dispatch`, `package`,
    `concern`, `lane`."""
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
        due = t.alert.c.next_due_at
        late = t.IS_OPEN & or_(due.is_(None), due < before)
        found += _stuck(connection, "alert", t.alert.c.id, due, late)
        expired = t.IS_READY & (t.outbox.c.expires_at < before)
        found += _stuck(connection, "message", t.outbox.c.key, t.outbox.c.expires_at, expired)
        for kind, table in _TIMED.items():
            due = table.c.next_due_at
            found += _stuck(connection, kind, table.c.id, due, due < before)
        found += [each for each in _waiting(connection) if not each.since or each.since < before]
    return found


class _Raised(msgspec.Struct):
    raised_at: datetime


def _waiting(connection: Connection) -> list[Stuck]:
    """Signals of our own that nobody has taken in; there are none but for a moment."""
    found = []
    for row in connection.execute(select(t.concern).limit(LIMIT)):
        try:
            since = msgspec.json.decode(row.body, type=_Raised).raised_at
        except msgspec.MsgspecError:
            since = None
        found.append(Stuck(row.org, "concern", row.id, since))
    return found


def _stuck(
    connection: Connection,
    kind: str,
    ident: Column[str],
    since: Column[datetime],
    late: ColumnElement[bool],
) -> list[Stuck]:
    """Of each organisation those that wait longest."""
    org: Column[str] = ident.table.c.org
    longest = (since.is_not(None), since)  # without any time at all first, on both databases
    place = func.row_number().over(partition_by=org, order_by=longest)
    rows = select(org, ident.label("id"), since.label("since"), place.label("place")).where(late)
    first = rows.subquery()
    query = select(first.c.org, first.c.id, first.c.since).where(first.c.place <= LIMIT)
    return [Stuck(row.org, kind, row.id, row.since) for row in connection.execute(query)]


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

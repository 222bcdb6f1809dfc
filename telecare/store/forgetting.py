"""Forgetting what was kept long enough, and everything about one home.

Works on any owner's tables by their one description, in short transactions; what it did is
done, and doing it again changes nothing. Never touches the record, an open alert or a
message that still waits to leave. Raises `NotMigrated` when an owner's tables are another
version's by now: what they hold is not ours to judge.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import cache

import msgspec
from sqlalchemy import Column, ColumnElement, Table, delete, exists, select

from telecare.retention import CLASSES, DataClass
from telecare.store import stones
from telecare.store.migrate import begin_as_ours, metadata_of
from telecare.store.session import Database

BATCH = 500
Databases = Mapping[str, Database]
"""By owner."""

_DATED = {
    "gateway.quarantine": "last_at",
    "gateway.unknown_device": "last_at",
    "detectors.verdict": "at",
    "responder.tuning": "asked_at",
    "register.session": "seen_at",
    "register.known_browser": "seen_at",
}
"""Tables whose rows stand for themselves, and the column that tells their age."""
_LANES = ("gateway", "detectors", "responder")
_STATES = (
    "detectors.home_state",
    "responder.expectation",
    "responder.package",
    "responder.equipment",
)


def aged(
    databases: Databases,
    org: str,
    cut_offs: Mapping[DataClass, datetime],
    held: Collection[str],
) -> Iterator[tuple[DataClass, int]]:
    """Forget what an organisation has kept long enough, but nothing of `held` homes: class and
    number of rows after each short transaction.
    """
    for owner in _LANES:
        kind = CLASSES[f"{owner}.lane_record"]
        for home in _homes(databases[owner], org):
            if home not in held:
                while gone := stones.erase(databases[owner], org, home, cut_offs[kind]):
                    yield kind, gone
    for name, dated in _DATED.items():
        owner, table = _table(name)
        where = (table.c.org == org) & (table.c[dated] < cut_offs[CLASSES[name]])
        if held and "home" in table.c:
            where &= table.c.home.not_in(held)
        while gone := _delete(databases[owner], table, where):
            yield CLASSES[name], gone
    yield from _cases(databases["responder"], org, cut_offs[DataClass.CASES], held=held)


def home(databases: Databases, org: str, home: str, upto: datetime) -> Iterator[int]:
    """Erase everything about a home up to `upto` but what the register has of it: the number of
    rows after each short transaction.
    """
    for owner in _LANES:
        while gone := stones.erase(databases[owner], org, home, upto):
            yield gone
    for name, dated in _DATED.items():
        owner, table = _table(name)
        if "home" in table.c:
            where = (table.c.org == org) & (table.c.home == home) & (table.c[dated] <= upto)
            while gone := _delete(databases[owner], table, where):
                yield gone
    for name in _STATES:
        owner, table = _table(name)
        while gone := _delete(
            databases[owner], table, (table.c.org == org) & (table.c.home == home)
        ):
            yield gone
    for _, gone in _cases(databases["responder"], org, upto, home=home):
        yield gone


def _homes(database: Database, org: str) -> Iterator[str]:
    after = ""
    while found := stones.homes_on_file(database, org, after):
        yield from found
        after = found[-1]


def _cases(
    database: Database,
    org: str,
    before: datetime,
    *,
    home: str | None = None,
    held: Collection[str] = (),
) -> Iterator[tuple[DataClass, int]]:
    """Closed alerts with all that hangs on them, calls about no alert, signals that opened none,
    windows that are over: of `home`, or of all homes but `held`.
    """
    alert, signal = _table("responder.alert")[1], _table("responder.signal")[1]
    where = (alert.c.org == org) & (alert.c.resolved_at <= before)
    while gone := _delete_alerts(database, org, where & _of(alert.c.home, home, held)):
        yield DataClass.CASES, gone
    message = _table("responder.outbox")[1]
    where = (message.c.org == org) & message.c.alert.is_(None) & (message.c.expires_at <= before)
    while gone := _delete(database, message, where & _of(message.c.home, home, held)):
        yield DataClass.CASES, gone
    suppressed = _table("responder.suppressed")[1]
    where = (signal.c.org == org) & signal.c.alert.is_(None) & (signal.c.taken_at <= before)
    where &= _of(signal.c.home, home, held)
    while gone := _delete(database, signal, where, hanging=((suppressed, "signal"),)):
        yield DataClass.CASES, gone
    window = _table("responder.suppression")[1]
    where = (window.c.org == org) & _of(window.c.home, home, held)
    while gone := _delete(
        database,
        window,
        where if home is not None else _ended(database, window, where, before),
        hanging=((suppressed, "suppression"),),
    ):
        yield DataClass.CASES, gone


class _Window(msgspec.Struct):
    ended_at: datetime | None = None


_window = msgspec.json.Decoder(_Window).decode


def _ended(
    database: Database, window: Table, where: ColumnElement[bool], before: datetime
) -> ColumnElement[bool]:
    """At most a batch of windows that were over by then: only its body says when one ended."""
    query = select(window.c.id, window.c.body).where(where, window.c.next_due_at.is_(None))
    over = []
    with database.read() as connection:
        for row in connection.execute(query):
            with suppress(msgspec.MsgspecError):
                ended_at = _window(row.body).ended_at
                if ended_at is not None and ended_at <= before:
                    over.append(row.id)
    return where & window.c.id.in_(over[:BATCH])


def _of(column: Column[str], home: str | None, held: Collection[str]) -> ColumnElement[bool]:
    return column == home if home is not None else column.not_in(held)


def _delete_alerts(database: Database, org: str, where: ColumnElement[bool]) -> int:
    alert, signal = _table("responder.alert")[1], _table("responder.signal")[1]
    dispatch = _table("responder.dispatch")[1]
    # Whoever is still in that home is watched over until they have left it.
    where &= ~exists().where(
        dispatch.c.org == alert.c.org,
        dispatch.c.alert == alert.c.id,
        dispatch.c.next_due_at.is_not(None),
    )
    with begin_as_ours(database) as connection:
        ids = list(connection.execute(select(alert.c.id).where(where).limit(BATCH)).scalars())
        if not ids:
            return 0
        suppressed = _table("responder.suppressed")[1]
        signals = select(signal.c.id).where(signal.c.org == org, signal.c.alert.in_(ids))
        connection.execute(
            delete(suppressed).where(suppressed.c.org == org, suppressed.c.signal.in_(signals))
        )
        for name in ("signal", "wording", "outbox", "link", "dispatch"):
            table = _table(f"responder.{name}")[1]
            connection.execute(delete(table).where(table.c.org == org, table.c.alert.in_(ids)))
        connection.execute(delete(alert).where(alert.c.org == org, alert.c.id.in_(ids)))
    return len(ids)


def _delete(
    database: Database,
    table: Table,
    where: ColumnElement[bool],
    *,
    hanging: tuple[tuple[Table, str], ...] = (),
) -> int:
    """Delete at most a batch, with the rows that hang on them by the table's last key."""
    key = list(table.primary_key)
    with begin_as_ours(database) as connection:
        rows = connection.execute(select(*key).where(where).limit(BATCH)).all()
        for row in rows:
            # One by one: a key of several columns in a list is slow to plan on both databases.
            for other, column in hanging:
                connection.execute(
                    delete(other).where(other.c.org == row[0], other.c[column] == row[-1])
                )
            same = [part == value for part, value in zip(key, row, strict=True)]
            connection.execute(delete(table).where(*same))
    return len(rows)


@cache
def _table(name: str) -> tuple[str, Table]:
    owner, _, table = name.partition(".")
    return owner, metadata_of(owner).tables[table]

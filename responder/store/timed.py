"""Rows that come due by the clock, and concerns of our own on their way to the intake.

A timed row is worked on within one transaction that ends quickly and touches nothing
outside the database, so a row lock that others skip is lease enough.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from sqlalchemy import Select, Table, delete, exists, literal, select, union_all, update

from responder.arranged.expectations import Expectation
from responder.arranged.packages import Package
from responder.arriving.suppression import Window
from responder.arriving.triage import Track
from responder.clockwork.stumbling import put_off
from responder.kept.erasure import Erasure, LegalHold
from responder.life.alert import Alert
from responder.outgoing.outbox import MessageState
from responder.store import tables as t
from responder.store.work import Work, decode_alert
from telecare.errors import NotFound
from telecare.messages import Signal, decode_signal, encode
from telecare.store.among import among
from telecare.store.session import Database

_encoder = msgspec.json.Encoder()


class Timed(Protocol):
    """What every timed row says of itself."""

    @property
    def org(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def next_due_at(self) -> datetime | None: ...


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """Something the platform looks after by itself, again and again."""

    org: str
    id: str
    next_due_at: datetime | None
    upto: datetime | None = None
    """Up to when the past was seen to; None where it does not matter, or for the first time."""


T = TypeVar("T", bound=Timed)
R = TypeVar("R")


class Rows(Generic[T]):
    """Rows of one kind, each kept whole as its body."""

    def __init__(self, table: Table, kind: type[T]) -> None:
        self._table = table
        self.name = table.name
        self._decoder = msgspec.json.Decoder(kind)

    def put(self, work: Work, row: T) -> None:
        """Keep this state of the row."""
        values: dict[str, Any] = {"next_due_at": row.next_due_at, "body": _encoder.encode(row)}
        if "home" in self._table.c:
            values["home"] = row.home  # type: ignore[attr-defined]
        if "ring_at" in self._table.c:
            values["ring_at"] = row.ring_at  # type: ignore[attr-defined]
        key = {"org": row.org, "id": row.id}
        statement = work.insert(self._table).values(key | values)
        work.connection.execute(
            statement.on_conflict_do_update(index_elements=["org", "id"], set_=values)
        )

    def add(self, work: Work, row: T) -> None:
        """Keep the row unless there is one by its id."""
        statement = work.insert(self._table).values(
            org=row.org, id=row.id, next_due_at=row.next_due_at, body=_encoder.encode(row)
        )
        work.connection.execute(statement.on_conflict_do_nothing())

    def get(self, work: Work, org: str, ident: str) -> T:
        """The row, locked until the act ends. Raises `NotFound`."""
        query = select(self._table.c.body).where(
            self._table.c.org == org, self._table.c.id == ident
        )
        row = work.connection.execute(query.with_for_update()).first()
        if row is None:
            raise NotFound(f"There is no {self._table.name.replace('_', ' ')} {ident}.")
        return self._decoder.decode(row.body)

    def find(self, database: Database, org: str, ident: str) -> T:
        """The row as it stands. Raises `NotFound`."""
        query = select(self._table.c.body).where(
            self._table.c.org == org, self._table.c.id == ident
        )
        with database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFound(f"There is no {self._table.name.replace('_', ' ')} {ident}.")
        return self._decoder.decode(row.body)

    def due_keys(
        self, database: Database, now: datetime, limit: int, ident: str | None = None
    ) -> list[tuple[str, str]]:
        """At most `limit` rows (org, id), of this id if one is given, that are due."""
        query = select(self._table.c.org, self._table.c.id).where(self._table.c.next_due_at <= now)
        if ident is not None:
            query = query.where(self._table.c.id == ident)
        with database.read() as connection:
            rows = connection.execute(query.order_by(self._table.c.next_due_at).limit(limit))
            return [(row.org, row.id) for row in rows]

    def one_due(self, work: Work, org: str, ident: str) -> T | None:
        """The row if it is due, locked; None if it is not, or others work on it."""
        query = select(self._table.c.body).where(
            self._table.c.org == org, self._table.c.id == ident,
            self._table.c.next_due_at <= work.now,
        )  # fmt: skip
        row = work.connection.execute(query.with_for_update(skip_locked=True)).first()
        return None if row is None else self._decoder.decode(row.body)

    def put_off(self, work: Work, org: str, ident: str, until: datetime) -> None:
        """Look at the row again at `until`; what it says of itself stays."""
        work.connection.execute(
            update(self._table)
            .where(self._table.c.org == org, self._table.c.id == ident)
            .values(next_due_at=until)
        )

    def of_homes(
        self, work: Work, homes: Sequence[tuple[str, str]], *, locked: bool = False
    ) -> list[T]:
        """Rows of these (org, home) that are not over; `locked`: nobody ends one before the act."""
        query = select(self._table.c.body).where(
            among((self._table.c.org, self._table.c.home), homes),
            self._table.c.next_due_at.is_not(None),
        )
        if locked:
            query = query.order_by(self._table.c.org, self._table.c.id).with_for_update(read=True)
        return [self._decoder.decode(row.body) for row in work.connection.execute(query)]

    def due_after(self, work: Work, moment: datetime) -> list[T]:
        """Rows of all organisations that come due after this, locked; but for what nobody can
        read.
        """
        query = select(self._table.c.body).where(self._table.c.next_due_at > moment)
        ordered = query.order_by(self._table.c.org, self._table.c.id)
        return readable(work, ordered, self._decoder.decode)

    def of_org(self, database: Database, org: str) -> list[T]:
        """The organisation's rows that are not over, the next due first."""
        query = (
            select(self._table.c.body)
            .where(self._table.c.org == org, self._table.c.next_due_at.is_not(None))
            .order_by(self._table.c.next_due_at)
        )
        with database.read() as connection:
            return [self._decoder.decode(row.body) for row in connection.execute(query)]


def readable(work: Work, query: Select[Any], decode: Callable[[bytes], R]) -> list[R]:
    """What these bodies hold, locked until the act ends; what nobody can read is left out, for
    its own step tells of it.
    """
    found = []
    for body in work.connection.execute(query.with_for_update()).scalars():
        try:
            found.append(decode(body))
        except msgspec.MsgspecError:
            continue
    return found


windows: Rows[Window] = Rows(t.suppression, Window)
expectations: Rows[Expectation] = Rows(t.expectation, Expectation)
rounds: Rows[Round] = Rows(t.round_, Round)
packages: Rows[Package] = Rows(t.package, Package)
erasures: Rows[Erasure] = Rows(t.erasure, Erasure)
legal_holds: Rows[LegalHold] = Rows(t.legal_hold, LegalHold)


def rings_due(database: Database, now: datetime, limit: int) -> list[tuple[str, str]]:
    """At most `limit` expectations (org, id) about which the platform is to ring somebody."""
    query = select(t.expectation.c.org, t.expectation.c.id).where(t.expectation.c.ring_at <= now)
    with database.read() as connection:
        rows = connection.execute(query.order_by(t.expectation.c.ring_at).limit(limit))
        return [(row.org, row.id) for row in rows]


def to_ring(work: Work, org: str, ident: str) -> Expectation | None:
    """The expectation if somebody is to be rung about it, locked; None if not, or others work
    on it.
    """
    query = select(t.expectation.c.body).where(
        t.expectation.c.org == org, t.expectation.c.id == ident,
        t.expectation.c.ring_at <= work.now,
    )  # fmt: skip
    row = work.connection.execute(query.with_for_update(skip_locked=True)).first()
    return None if row is None else msgspec.json.decode(row.body, type=Expectation)


def ring_later(work: Work, org: str, ident: str, at: datetime) -> None:
    """Look at `at` whether somebody is to be rung; what the row says of itself stays."""
    work.connection.execute(
        update(t.expectation)
        .where(t.expectation.c.org == org, t.expectation.c.id == ident)
        .values(ring_at=at)
    )


def all_packages(database: Database, org: str) -> list[Package]:
    """The organisation's packages, those that are over too."""
    query = select(t.package.c.body).where(t.package.c.org == org)
    decode = msgspec.json.Decoder(Package).decode
    with database.read() as connection:
        return [decode(row.body) for row in connection.execute(query)]


def due_kinds(database: Database, now: datetime) -> set[str]:
    """Which kinds have something due, by table: `suppression`, `expectation`, ... One read, so
    that looking costs next to nothing while there is nothing to do.
    """
    timed = (t.suppression, t.expectation, t.round_, t.package, t.erasure, t.legal_hold)
    looks = [
        select(literal(table.name)).where(exists().where(table.c.next_due_at <= now))
        for table in timed
    ]
    with database.read() as connection:
        return set(connection.execute(union_all(*looks)).scalars())


def concern(work: Work, signal: Signal) -> None:
    """Raise a signal of our own; the same id again changes nothing."""
    statement = work.insert(t.concern).values(org=signal.org, id=signal.id, body=encode(signal))
    work.connection.execute(statement.on_conflict_do_nothing())


def waiting_concerns(database: Database, limit: int) -> list[tuple[str, str]]:
    """At most `limit` signals of our own (org, id) that wait."""
    with database.read() as connection:
        rows = connection.execute(select(t.concern.c.org, t.concern.c.id).limit(limit))
        return [(row.org, row.id) for row in rows]


def take_concerns(
    work: Work, limit: int, only: Sequence[tuple[str, str]] | None = None
) -> list[Signal]:
    """At most `limit` signals of our own, or of `only` these (org, id); they wait no more when
    the act has ended.
    """
    query = select(t.concern).limit(limit)
    if only is not None:
        query = query.where(among((t.concern.c.org, t.concern.c.id), only))
    rows = work.connection.execute(query).all()
    keys = [(row.org, row.id) for row in rows]
    if keys:
        work.connection.execute(
            delete(t.concern).where(among((t.concern.c.org, t.concern.c.id), keys))
        )
    return [_told(row.org, row.id, row.body, work.now) for row in rows]


def _told(org: str, ident: str, body: bytes, now: datetime) -> Signal:
    """The signal; where nobody can read it, one that says so: it holds up no other."""
    try:
        return decode_signal(body)
    except msgspec.MsgspecError:
        return put_off(org, "concern", ident, now)


def hold_back(work: Work, org: str, signal: str, window: str) -> None:
    """Note that a window kept this signal from opening anything."""
    statement = work.insert(t.suppressed).values(org=org, signal=signal, suppression=window)
    work.connection.execute(statement.on_conflict_do_nothing())


def held_back(work: Work, org: str, window: str) -> list[Signal]:
    """What a window kept from opening anything."""
    query = (
        select(t.signal.c.body)
        .join(
            t.suppressed,
            (t.suppressed.c.org == t.signal.c.org) & (t.suppressed.c.signal == t.signal.c.id),
        )
        .where(t.suppressed.c.org == org, t.suppressed.c.suppression == window)
    )
    return [decode_signal(row.body) for row in work.connection.execute(query)]


def signals_since(work: Work, org: str, home: str, since: datetime) -> list[Signal]:
    """Every signal of the home taken in since then, with or without an alert."""
    query = select(t.signal.c.body).where(
        t.signal.c.org == org, t.signal.c.home == home, t.signal.c.taken_at >= since
    )
    return [decode_signal(row.body) for row in work.connection.execute(query)]


def silent_since(work: Work, org: str, since: datetime) -> list[Alert]:
    """Open alerts of equipment opened since then that belong to no incident yet."""
    query = select(t.alert.c.body).where(
        t.alert.c.org == org,
        t.alert.c.track == Track.EQUIPMENT.value,
        t.alert.c.opened_at >= since,
        t.alert.c.incident.is_(None),
        t.IS_OPEN,
    )
    return [decode_alert(row.body) for row in work.connection.execute(query)]


def members_of(work: Work, org: str, incident: str) -> list[tuple[str, str]]:
    """The open alerts (org, id) that belong to this incident."""
    query = select(t.alert.c.id).where(
        t.alert.c.org == org, t.alert.c.incident == incident, t.IS_OPEN
    )
    return [(org, ident) for ident in work.connection.execute(query).scalars()]


def call_back(work: Work, org: str, alert: str) -> None:
    """Messages about this alert that have not left yet never leave."""
    work.connection.execute(
        update(t.outbox)
        .where(t.outbox.c.org == org, t.outbox.c.alert == alert, t.IS_READY)
        .values(state=MessageState.EXPIRED.value, next_try_at=None, failure="It was set aside.")
    )

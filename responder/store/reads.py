"""What is read of the duty without changing it. Every question names the organisation."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, Select, func, select, true

from responder.arriving.triage import Track
from responder.kept.record import Act, Entry
from responder.life.alerts import Alert
from responder.outgoing.call_references import ACTS as CALL_ACTS
from responder.outgoing.outbox import MessageState
from responder.store import tables as t
from telecare.errors import NotFound
from telecare.messages import Signal, decode_signal
from telecare.observe import log
from telecare.store.session import Database
from telecare.vocabulary import SignalKind

_alerts = msgspec.json.Decoder(Alert)


class Kept(msgspec.Struct, frozen=True):
    """An alert with the record sequence of its last change."""

    alert: Alert
    changed: int


class LinkRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a contact's link is for."""

    org: str
    alert: str
    contact: str


class Reads:
    """Questions to one responder's database. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open_alerts(self, org: str, homes: Collection[str] | None = None) -> list[Kept]:
        """All open alerts of the organisation, or of these of its homes, in no order."""
        where = (t.alert.c.org == org) & t.IS_OPEN
        return self._kept(where if homes is None else where & t.alert.c.home.in_(homes))

    def alert(self, org: str, alert: str) -> Kept:
        """Raises `NotFound`, also for an id of another organisation."""
        found = self.alerts(org, [alert])
        if not found:
            raise NotFound(f"There is no alert {alert}.")
        return found[0]

    def alerts(self, org: str, ids: Sequence[str]) -> list[Kept]:
        """Those of `ids` that exist in the organisation."""
        return self._kept((t.alert.c.org == org) & t.alert.c.id.in_(ids))

    def resolved(
        self, org: str, *, home: str | None = None, track: Track | None = None,
        before: datetime | None = None, past: tuple[datetime, str] | None = None,
        limit: int = 100,
    ) -> list[Kept]:  # fmt: skip
        """Resolved alerts, last resolved first; those after `past` = a time and an id."""
        where = (t.alert.c.org == org) & t.IS_RESOLVED
        where &= true() if home is None else t.alert.c.home == home
        where &= true() if track is None else t.alert.c.track == track.value
        where &= true() if before is None else t.alert.c.resolved_at < before
        if past is not None:
            at, ident = past
            same = (t.alert.c.resolved_at == at) & (t.alert.c.id > ident)
            where &= (t.alert.c.resolved_at < at) | same
        query = select(t.alert.c.body, t.alert.c.changed).where(where)
        query = query.order_by(t.alert.c.resolved_at.desc(), t.alert.c.id).limit(limit)
        return self._readable(query)

    def signals(self, org: str, alert: str) -> list[Signal]:
        """All signals of the alert, oldest first."""
        query = (
            select(t.signal.c.body)
            .where(t.signal.c.org == org, t.signal.c.alert == alert)
            .order_by(t.signal.c.number)
        )
        with self._database.read() as connection:
            return [decode_signal(row.body) for row in connection.execute(query)]

    def home_signals(self, org: str, home: str, kind: SignalKind, since: datetime) -> list[Signal]:
        """The home's signals of one kind taken in from `since` on, oldest first."""
        query = (
            select(t.signal.c.body)
            .where(t.signal.c.org == org, t.signal.c.home == home, t.signal.c.taken_at >= since)
            .order_by(t.signal.c.taken_at, t.signal.c.id)
        )
        with self._database.read() as connection:
            signals = [decode_signal(row.body) for row in connection.execute(query)]
        return [signal for signal in signals if signal.kind is kind]

    def all_home_signals(self, org: str, home: str) -> list[Signal]:
        """Every signal of the home that is kept, oldest first."""
        query = (
            select(t.signal.c.body)
            .where(t.signal.c.org == org, t.signal.c.home == home)
            .order_by(t.signal.c.taken_at, t.signal.c.id)
        )
        with self._database.read() as connection:
            return [decode_signal(row.body) for row in connection.execute(query)]

    def home_alerts(self, org: str, home: str) -> list[Alert]:
        """Every alert of the home that is kept, the first opened first."""
        query = (
            select(t.alert.c.body)
            .where(t.alert.c.org == org, t.alert.c.home == home)
            .order_by(t.alert.c.opened_at, t.alert.c.id)
        )
        with self._database.read() as connection:
            return [_alerts.decode(row.body) for row in connection.execute(query)]

    def home_rows(self, org: str, home: str, kind: str) -> list[dict[str, Any]]:
        """The home's rows of one table, as they are kept: `suppression`, `expectation`,
        `package`, `dispatch`, `equipment`.
        """
        tables = (t.suppression, t.expectation, t.package, t.dispatch, t.equipment)
        table = {each.name: each for each in tables}[kind]
        query = select(table.c.body).where(table.c.org == org, table.c.home == home)
        with self._database.read() as connection:
            return [msgspec.json.decode(row.body) for row in connection.execute(query)]

    def sequence(self, org: str) -> int:
        """The last sequence of the organisation's record; 0 when it is empty."""
        query = select(t.record_head.c.sequence).where(t.record_head.c.org == org)
        with self._database.read() as connection:
            return connection.execute(query).scalar() or 0

    def changed_after(self, org: str, sequence: int, limit: int) -> tuple[int, list[str]]:
        """The sequence read up to, and the alerts named in those entries, each once."""
        query = (
            select(t.record_entry.c.sequence, t.record_entry.c.alert)
            .where(t.record_entry.c.org == org, t.record_entry.c.sequence > sequence)
            .order_by(t.record_entry.c.sequence)
            .limit(limit)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        if not rows:
            return sequence, []
        return rows[-1].sequence, list(dict.fromkeys(r.alert for r in rows if r.alert))

    def entries(
        self, org: str, *, after: int = 0, alert: str | None = None, limit: int = 500
    ) -> list[Entry]:
        """Entries of the record in order."""
        where = (t.record_entry.c.org == org) & (t.record_entry.c.sequence > after)
        where &= true() if alert is None else t.record_entry.c.alert == alert
        query = select(t.record_entry).where(where)
        query = query.order_by(t.record_entry.c.sequence).limit(limit)
        with self._database.read() as connection:
            return [entry_of(row) for row in connection.execute(query)]

    def call_entries(self, org: str, alerts: Sequence[str]) -> list[Entry]:
        """Entries of these alerts that name a telephone call, in order."""
        e = t.record_entry
        named = (e.c.act == Act.CALL_NOTED.value) | e.c.detail.contains('"call":')
        query = (
            select(e)
            .where(e.c.org == org, e.c.alert.in_(alerts), e.c.act.in_(CALL_ACTS), named)
            .order_by(e.c.alert, e.c.sequence)
        )
        with self._database.read() as connection:
            return [entry_of(row) for row in connection.execute(query)]

    def all_entries(self, org: str, *, after: int = 0, batch: int = 2000) -> Iterator[Entry]:
        """The record in order, from its beginning or after a sequence; holds one batch in
        memory.
        """
        while entries := self.entries(org, after=after, limit=batch):
            yield from entries
            after = entries[-1].sequence

    def organisations(self) -> list[str]:
        """Those that have a record."""
        with self._database.read() as connection:
            query = select(t.record_head.c.org).order_by(t.record_head.c.org)
            return list(connection.execute(query).scalars())

    def wordings(self, org: str, alert: str) -> dict[str, str]:
        """The texts written on this alert that are still kept, by id."""
        query = select(t.wording.c.id, t.wording.c.text).where(
            t.wording.c.org == org, t.wording.c.alert == alert
        )
        with self._database.read() as connection:
            return {row.id: row.text for row in connection.execute(query)}

    def staff(self, org: str) -> dict[str, str]:
        """Names of those who ever acted, by id."""
        query = select(t.staff.c.id, t.staff.c.name).where(t.staff.c.org == org)
        with self._database.read() as connection:
            return {row.id: row.name for row in connection.execute(query)}

    def link(self, digest: bytes, now: datetime) -> LinkRow:
        """What the link with this token's digest is for. Raises `NotFound` when it does not hold
        (any more).
        """
        query = select(t.link).where(t.link.c.digest == digest)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None or row.expires_at <= now:
            raise NotFound("This link does not hold any more; please telephone us.")
        return LinkRow(org=row.org, alert=row.alert, contact=row.contact)

    def lived_until(self) -> datetime | None:
        """The time of the latest entry of any record; None before the first."""
        last = select(func.max(t.record_entry.c.at)).join(
            t.record_head,
            (t.record_head.c.org == t.record_entry.c.org)
            & (t.record_head.c.sequence == t.record_entry.c.sequence),
        )
        with self._database.read() as connection:
            found: datetime | None = connection.execute(last).scalar()
        return found

    def position(self, lane: str) -> int:
        """The last offset of `lane` that was taken in; 0 at first."""
        query = select(t.lane_position.c.offset).where(t.lane_position.c.lane == lane)
        with self._database.read() as connection:
            return connection.execute(query).scalar() or 0

    def overdue_seconds(self, now: datetime) -> float:
        """How late the latest due step is; 0 when none is."""
        query = select(func.min(t.alert.c.next_due_at)).where(t.IS_OPEN)
        with self._database.read() as connection:
            earliest = connection.execute(query).scalar()
        return 0.0 if earliest is None else max(0.0, (now - earliest).total_seconds())

    def messages(self, org: str, alert: str) -> list[tuple[str, MessageState, str | None]]:
        """Key, state and last failure of the alert's messages."""
        query = select(t.outbox.c.key, t.outbox.c.state, t.outbox.c.failure).where(
            t.outbox.c.org == org, t.outbox.c.alert == alert
        )
        with self._database.read() as connection:
            return [(r.key, MessageState(r.state), r.failure) for r in connection.execute(query)]

    def _kept(self, where: object) -> list[Kept]:
        return self._readable(select(t.alert.c.body, t.alert.c.changed).where(where))  # type: ignore[arg-type]

    def _readable(self, query: Select[tuple[bytes, int]]) -> list[Kept]:
        """What nobody can read takes no other from the desk; its step is late, which is told."""
        found = []
        with self._database.read() as connection:
            for row in connection.execute(query):
                try:
                    found.append(Kept(_alerts.decode(row.body), row.changed))
                except msgspec.MsgspecError:
                    log("reads").error("an alert cannot be read", changed=row.changed)
        return found


def entry_of(row: Row[Any]) -> Entry:
    """The entry a row of the record holds."""
    return Entry(
        org=row.org, sequence=row.sequence, at=row.at, act=row.act, actor=row.actor,
        alert=row.alert, detail=msgspec.json.decode(row.detail), previous=row.previous,
        hash=row.hash,
    )  # fmt: skip

"""A lane: the append-only log of one writer, read by its neighbours.

Offsets begin at 1, grow by one and have no gaps, because one process writes a lane and
takes the next offsets inside its own transaction. A reader keeps its (lane, offset) in
its own store, in the same transaction as what it did with the records, so the effect
happens exactly once.

Nobody tails a table with several writers by `id > last`: a row committed late would be
skipped for ever. Here a reader that meets a gap stops with `LaneDamaged`. What was erased on
purpose leaves no gap: a stone stands for its offsets (`telecare.store.stones`), and readers
pass it over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Select, func, select, text

from telecare.errors import LaneDamaged, StoreUnavailable
from telecare.messages import (
    Reading,
    Record,
    Rehearsal,
    Signal,
    Verdict,
    decode_reading,
    decode_rehearsal,
    decode_request,
    decode_signal,
    decode_verdict,
)
from telecare.store import filing, lane_rows, sheaf
from telecare.store.lane_rows import ERASED, READING, REHEARSAL, REQUEST, SIGNAL, VERDICT
from telecare.store.once import Once, once_of
from telecare.store.session import Database
from telecare.vocabulary import ReadingKind, SignalKind

_TABLE = filing.ROWS
_DECODERS: dict[str, Callable[[bytes], Record]] = {
    READING: decode_reading,
    SIGNAL: decode_signal,
    VERDICT: decode_verdict,
    REQUEST: decode_request,
    REHEARSAL: decode_rehearsal,
}
_DAY, _MOMENT = timedelta(days=1), timedelta(microseconds=1)
_IS_READING = _TABLE.c.record == READING


class LaneRecord(msgspec.Struct, frozen=True):
    """One record of a lane with its place in it."""

    lane: str
    offset: int
    record: Record


class LaneReading(LaneRecord, frozen=True):
    """A reading with its place in its lane."""

    record: Reading


class LaneWriter:
    """The one writer of one lane. Holding the lane's lease is the caller's duty (`LaneLease`)."""

    def __init__(self, lane: str, once: Once | None = None) -> None:
        """`once`: a `Tray`, where records come faster than they should be filed."""
        self.lane = lane
        self._once = once

    def append(self, connection: Connection, records: Sequence[Record]) -> list[int | None]:
        """Add `records` in order inside the caller's transaction.

        Returns the offset of each, or None where the same record (organisation, device, id)
        is in any lane already or twice in `records`: stored once, for ever. Nothing is
        safe before the caller's transaction has committed. Raises `StoreUnavailable` when
        another lane's writer came in between: the caller rolls back and tries again.
        """
        once = self._once or once_of(connection)
        head = once.look(connection, self.lane)
        keys = [lane_rows.key_of(record) for record in records]
        fresh = dict(zip(keys, records, strict=True))
        if len(fresh) < len(keys):  # of each the first counts
            fresh.update(zip(reversed(keys), reversed(records), strict=True))
        if fresh and not once.keep(connection, self.lane, head, fresh):
            # Some are stored already. This is rare (a device that repeats after an outage), so
            # only then is it worth asking which.
            stored = once.stored(connection, list(fresh))
            fresh = {key: fresh[key] for key in fresh if key not in stored}
            if fresh and not once.keep(connection, self.lane, head, fresh):
                # The writer of another lane stored one of them in between: begin anew.
                raise StoreUnavailable("Two lanes were given the same message at once.")
        if len(fresh) == len(keys):
            return list(range(head + 1, head + 1 + len(keys)))
        offsets = {key: offset for offset, key in enumerate(fresh, start=head + 1)}
        return [offsets.pop(key, None) for key in keys]

    def head(self, connection: Connection) -> int:
        """The last offset in this lane, 0 when it is empty."""
        return filing.head(connection, self.lane)

    def stored(self, connection: Connection, org: str, device: str, id: str) -> Reading | None:  # noqa: A002
        """The reading stored under this id, in whichever lane."""
        once = self._once or once_of(connection)
        body = once.body(connection, (org, device, id, READING))
        return None if body is None else decode_reading(body)


class LaneReader:
    """Reads all lanes kept in one owner's database. Writes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lanes(self) -> list[str]:
        """Names of the lanes that have records."""
        # A loose index scan: one look per lane instead of one per record.
        names: list[str] = []
        with self._database.read() as connection:
            if filing.is_filed(connection):
                return sorted(lane for lane, _, head in filing.lanes(connection) if head)
            while True:
                query = select(func.min(_TABLE.c.lane))
                if names:
                    query = query.where(_TABLE.c.lane > names[-1])
                name = connection.execute(query).scalar()
                if name is None:
                    return names
                names.append(name)

    def head(self, lane: str) -> int:
        """The last offset of `lane`, 0 when it is empty or unknown."""
        with self._database.read() as connection:
            return filing.head(connection, lane)

    def read(self, lane: str, after: int, limit: int) -> list[LaneRecord]:
        """At most `limit` records after offset `after`, in order; empty at the lane's end.

        Raises `LaneDamaged` at a gap.
        """
        with self._database.read() as connection:
            while True:
                rows = connection.execute(_after(lane, after, limit)).all()
                places = [_Standing(row.offset, row.record, row.id, row.body) for row in rows]
                if filing.is_filed(connection):
                    bound = islice(sheaf.after(connection, lane, after), limit)
                    places += [_Standing(offset, READING, "", body) for _, offset, body in bound]
                    places = sorted(places, key=attrgetter("offset"))[:limit]
                if not _is_whole(places, after):
                    raise LaneDamaged(
                        f"Lane {lane} has a gap after offset {after}; restore it from a backup and "
                        "say `telecare doctor`."
                    )
                found = [each for each in places if each.record != ERASED]
                if found or len(places) < limit:
                    return [_record(connection, lane, p.offset, p.record, p.body) for p in found]
                after = places[-1].offset

    def read_signals(self, lane: str, after: int, limit: int) -> tuple[list[LaneRecord], int]:
        """At most `limit` signals after offset `after`, and the offset read up to.

        The second value is where to go on from: every signal up to it has been returned.
        """
        query = (
            select(_TABLE.c.offset, _TABLE.c.body)
            .where(
                _TABLE.c.lane == lane,
                _TABLE.c.offset > after,
                # Said as plain text, so that both databases see it matches the partial index.
                text(f"record = '{SIGNAL}'"),
            )
            .order_by(_TABLE.c.offset)
            .limit(limit)
        )
        with self._database.read() as connection:
            head = filing.head(connection, lane)
            rows = connection.execute(query.where(_TABLE.c.offset <= head)).all()
            signals = [_record(connection, lane, row.offset, SIGNAL, row.body) for row in rows]
        return signals, (rows[-1].offset if len(rows) == limit else head)

    def history(
        self, org: str, home: str, *, since: datetime | None = None,
        until: datetime | None = None, limit: int = 100,
    ) -> list[Reading]:  # fmt: skip
        """The home's newest readings by time of receipt, newest first, at most `limit`; those
        received at `until` or before.
        """
        before = None if until is None else until + _MOMENT
        with self._database.read() as connection:
            rows = connection.execute(
                filing.of_home(
                    connection, org, home, since=since, until=before, where=[_IS_READING],
                    newest=limit,
                )
            )  # fmt: skip
            found = [LaneReading(r.lane, r.offset, decode_reading(r.body)) for r in rows]
            bound = _bound(connection, org, home, since, before)
        if bound:
            found = sorted([*found, *bound], key=_time_and_place, reverse=True)
        return [each.record for each in found[:limit]]

    def past(
        self,
        org: str,
        home: str,
        since: datetime,
        until: datetime,
        kinds: Sequence[ReadingKind] = tuple(ReadingKind),
    ) -> Iterator[Reading]:
        """The home's readings received from `since` until before `until`, in the order of
        receipt; holds a day of them in memory.
        """
        for item in self.lived(org, home, since, until, kinds):
            yield item.record

    def lived(
        self, org: str, home: str, since: datetime, until: datetime, kinds: Sequence[ReadingKind]
    ) -> Iterator[LaneReading]:
        """As `past`, each reading with its place in its lane."""
        while since < until:
            upto = min(since + _DAY, until)
            wanted = (_IS_READING, _TABLE.c.kind.in_(kinds))
            with self._database.read() as connection:
                query = filing.of_home(connection, org, home, since=since, until=upto, where=wanted)
                rows = connection.execute(query).all()
                bound = _bound(connection, org, home, since, upto)
            found = [LaneReading(r.lane, r.offset, decode_reading(r.body)) for r in rows]
            if bound:
                found += [each for each in bound if each.record.kind in kinds]
                found.sort(key=_time_and_place)
            yield from found
            since = upto

    def heard(self, org: str, home: str, since: datetime, until: datetime) -> list[datetime]:
        """When anything at all was received from the home, in order; reads no body of a row."""
        with self._database.read() as connection:
            query = filing.of_home(
                connection, org, home, since=since, until=until, where=[_IS_READING],
                with_body=False,
            )  # fmt: skip
            times = [row.received_at for row in connection.execute(query)]
            bound = _bound(connection, org, home, since, until)
        return sorted(times + [each.record.received_at for each in bound]) if bound else times

    def verdicts(self, org: str, since: datetime) -> list[Verdict]:
        """The organisation's verdicts written from `since` on, in no order."""
        query = select(_TABLE.c.body).where(
            _TABLE.c.org == org, _TABLE.c.record == VERDICT, _TABLE.c.received_at >= since
        )
        with self._database.read() as connection:
            return [decode_verdict(body) for body in connection.execute(query).scalars()]

    def rehearsals(self, org: str, home: str, since: datetime, until: datetime) -> list[Rehearsal]:
        """The home's rehearsals written from `since` until before `until`."""
        with self._database.read() as connection:
            rows = connection.execute(
                filing.of_home(
                    connection, org, home, since=since, until=until,
                    where=[_TABLE.c.record == REHEARSAL],
                )
            )  # fmt: skip
            return [decode_rehearsal(row.body) for row in rows]

    def count(self, org: str | None = None) -> dict[str, int]:
        """Number of readings by kind, of one organisation or of all."""
        query = (
            select(_TABLE.c.kind, func.count())
            .where(_TABLE.c.record == READING)
            .group_by(_TABLE.c.kind)
        )
        if org is not None:
            query = query.where(_TABLE.c.org == org)
        with self._database.read() as connection:
            found = Counter({row[0]: row[1] for row in connection.execute(query)})
            if filing.is_filed(connection):
                bound = (decode_reading(body) for *_, body in sheaf.every(connection))
                found.update(each.kind.value for each in bound if org in (None, each.org))
        return dict(found)

    def readings(self, org: str | None = None, batch: int = 5000) -> Iterator[Reading]:
        """Every reading in lane order, for export; holds one batch in memory."""
        for lane in self.lanes():
            after = 0
            while records := self.read(lane, after, batch):
                after = records[-1].offset
                for item in records:
                    if isinstance(item.record, Reading) and org in (None, item.record.org):
                        yield item.record


def _after(lane: str, after: int, limit: int) -> Select[Any]:
    return (
        select(_TABLE.c.offset, _TABLE.c.record, _TABLE.c.id, _TABLE.c.body)
        .where(_TABLE.c.lane == lane, _TABLE.c.offset > after)
        .order_by(_TABLE.c.offset)
        .limit(limit)
    )


class _Standing(NamedTuple):
    """What stands in a lane, in a row or in a sheaf."""

    offset: int
    record: str
    id: str
    body: bytes


def _is_whole(places: Sequence[_Standing], after: int) -> bool:
    """Whether these are every offset after `after`, or stones that stand for them."""
    if not places or places[-1].offset == after + len(places):
        return True
    for each in places:
        first = lane_rows.first_erased(each.id) if each.record == ERASED else each.offset
        if first > after + 1:
            return False
        after = each.offset
    return True


def _record(connection: Connection, lane: str, offset: int, record: str, body: bytes) -> LaneRecord:
    try:
        decoded = _DECODERS[record](body)
    except (KeyError, msgspec.MsgspecError):
        # Written by a newer version, or damaged. One such record must not stop the lane with
        # every alarm behind it, and must not vanish: it becomes a question to a person.
        decoded = _unreadable(connection, lane, offset)
    return LaneRecord(lane, offset, decoded)


def _time_and_place(item: LaneReading) -> tuple[datetime, str, int]:
    return (item.record.received_at, item.lane, item.offset)


def _bound(
    connection: Connection, org: str, home: str, since: datetime | None, until: datetime | None
) -> list[LaneReading]:
    """Readings of a home that are in sheaves, in order, of this time."""
    if not filing.is_filed(connection):
        return []
    found = []
    for lane, offset, body in sheaf.of_home(connection, org, home, since, until):
        each = decode_reading(body)
        in_time = (since is None or each.received_at >= since) and (
            until is None or each.received_at < until
        )
        if in_time and (each.org, each.home) == (org, home):
            found.append(LaneReading(lane, offset, each))
    return found


def _unreadable(connection: Connection, lane: str, offset: int) -> Signal:
    query = select(_TABLE).where(_TABLE.c.lane == lane, _TABLE.c.offset == offset)
    row = connection.execute(query).one_or_none() or sheaf.place(connection, lane, offset)
    return Signal(
        id=f"unreadable-{lane}-{offset}",
        org=row.org,
        home=row.home,
        kind=SignalKind.UNREADABLE_ALARM,
        occurred_at=row.received_at,
        raised_at=row.received_at,
        why="Something from this home was stored that this version cannot read. "
        "Ask whether help is needed.",
        source=lane,
        explicit=True,
        device=row.device or None,
    )

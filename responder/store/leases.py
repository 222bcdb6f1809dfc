"""Due alerts and ready messages, handed out to one worker at a time.

A lease is two numbers in the row: `leased_until` (the machine's time) and `fence`, which
grows with every lease. A worker that hangs loses its lease by time alone; when it wakes
and wants to commit, its fence is old and it is refused. A row lock would be no lease: it
stays as long as its holder is stopped. When the machine's clock is set, no lease holds for
longer than its length and `CLOCKS_APART`, and no process hands out a second time what it has
under way.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, Table, or_, select, tuple_, update

from responder.clockwork.stumbling import deadly
from responder.outgoing.outbox import Message, MessageState, patience
from responder.store import tables as t
from responder.store.timed import concern
from responder.store.work import Work, Works
from telecare.clock import Clock
from telecare.store.among import among
from telecare.store.session import Database

STEP_LEASE = timedelta(seconds=5)
"""Taking a batch of steps needs milliseconds; after a crash this is how late the next try is."""
SENDING_LEASE = timedelta(seconds=20)
"""Longer than a channel usually takes. One that takes longer may be sent a second time by
another worker: a letter twice is better than none.
"""
CLOCKS_APART = timedelta(seconds=5)
"""A lease that ends this much later than any can is from before the clock was set back. Less is
only somebody who looked at the clock a little after us.
"""

DEADLY = 3
"""An alert that was in hand at so many deaths running is taken for what we die of."""
ASIDE = timedelta(minutes=2)
"""How long its step waits then, while the others are taken."""

_messages = msgspec.json.Decoder(Message)


class Lease(msgspec.Struct, frozen=True):
    """The right to work on one row until it is given to another."""

    org: str
    id: str
    fence: int


class Sending(msgspec.Struct, frozen=True):
    """A message, leased to be sent."""

    lease: Lease
    message: Message
    tries: int


class Leases:
    """Hands out work to one process, `holder`.

    `machine` is the real clock: a worker hangs in real time.
    """

    def __init__(self, database: Database, machine: Clock, holder: str) -> None:
        self._database = database
        self._machine = machine
        self._holder = holder
        self._out: dict[tuple[str, str, str], float] = {}
        """What we have handed out and not had back, and until when by elapsed time."""

    def take_back(self, now: datetime) -> None:
        """End all leases of this holder: its process before this one is dead.

        Only for a process that has made sure of it (see `telecare.store.lease`). What the
        dead one had under way is due at once instead of when its leases end; but a message that
        was under way when we died before, too, waits as after any failure: should it be what we
        die of, the others are sent meanwhile, and it ends like one that no provider takes. An
        alert that we die of again and again steps aside for a while, and the desk is told.
        """
        with Works(self._database).begin(now) as work:
            mine = self._under_way(t.outbox) & t.IS_READY
            _count_as_tried(work.connection, mine, now)
            work.connection.execute(update(t.outbox).where(mine).values(leased_until=None))
            _count_deaths(work, self._under_way(t.alert) & t.IS_OPEN)
        self._out.clear()

    def _under_way(self, table: Table) -> ColumnElement[bool]:
        return (table.c.leased_by == self._holder) & table.c.leased_until.is_not(None)

    def due_alerts(self, now: datetime, limit: int) -> list[Lease]:
        """At most `limit` alerts whose next step is due, most urgent first, leased to us. Before
        them those that were in hand when a process died, each alone and the oftenest first: so
        what we die of is found, and nothing else is taken for it.
        """
        due = t.IS_OPEN & (t.alert.c.next_due_at <= now)
        return self._take(
            t.alert, t.alert.c.id, due, STEP_LEASE,
            (t.alert.c.deaths.desc(), t.alert.c.urgency, t.alert.c.opened_at), limit,
            suspected=t.alert.c.deaths,
        )  # fmt: skip

    def held(self, work: Work, leases: Sequence[Lease]) -> list[tuple[str, str]]:
        """Those of `leases` that still hold, locked and given back when the act ends."""
        wanted = {(each.org, each.id): each.fence for each in leases}
        rows = work.connection.execute(
            select(t.alert.c.org, t.alert.c.id, t.alert.c.fence)
            .where(among((t.alert.c.org, t.alert.c.id), wanted))
            .order_by(t.alert.c.org, t.alert.c.id)
            .with_for_update()
        ).all()
        ours = [(row.org, row.id) for row in rows if wanted[row.org, row.id] == row.fence]
        for key in ours:
            self._out.pop((t.alert.name, *key), None)
        if ours:
            work.connection.execute(
                update(t.alert)
                .where(among((t.alert.c.org, t.alert.c.id), ours))
                .values(leased_until=None, deaths=0)
            )
        return ours

    def ready_messages(
        self, now: datetime, limit: int, channels: Collection[str] | None = None
    ) -> list[Sending]:
        """At most `limit` messages to be tried now, most urgent first, leased to us; of these
        channels, or of all.
        """
        ready = t.IS_READY & (t.outbox.c.next_try_at <= now)
        if channels is not None:
            ready &= t.outbox.c.channel.in_(channels)
        leases = self._take(
            t.outbox, t.outbox.c.key, ready, SENDING_LEASE,
            (t.outbox.c.urgency, t.outbox.c.next_try_at), limit,
        )  # fmt: skip
        if not leases:
            return []
        key = (t.outbox.c.org, t.outbox.c.key)
        with self._database.read() as connection:
            rows = connection.execute(
                select(t.outbox.c.org, t.outbox.c.key, t.outbox.c.tries, t.outbox.c.body).where(
                    among(key, [(each.org, each.id) for each in leases])
                )
            ).all()
        found = {(row.org, row.key): row for row in rows}
        return [
            Sending(each, _messages.decode(row.body), row.tries)
            for each in leases
            if (row := found.get((each.org, each.id))) is not None
        ]

    def settle(
        self,
        work: Work,
        sending: Sending,
        *,
        state: MessageState,
        next_try_at: datetime | None,
        failure: str | None,
        tried: bool = True,
    ) -> bool:
        """Write down what became of a message; False if its lease went to another, or if a
        receipt has settled it meanwhile.
        """
        if sending.message.alert:
            work.hold(sending.lease.org, sending.message.alert)
        done = work.connection.execute(
            update(t.outbox)
            .where(
                t.outbox.c.org == sending.lease.org,
                t.outbox.c.key == sending.lease.id,
                t.outbox.c.fence == sending.lease.fence,
                t.IS_READY,
            )
            .values(
                state=state.value, next_try_at=next_try_at, tries=t.outbox.c.tries + int(tried),
                failure=failure, leased_until=None,
            )
        )  # fmt: skip
        if done.rowcount != 1:
            return False
        self._out.pop((t.outbox.name, sending.lease.org, sending.lease.id), None)
        return True

    def _take(
        self,
        table: Table,
        identity: ColumnElement[str],
        wanted: ColumnElement[bool],
        length: timedelta,
        order: Sequence[ColumnElement[object]],
        limit: int,
        suspected: ColumnElement[int] | None = None,
    ) -> list[Lease]:
        with self._database.read() as connection:
            # Looking first costs no write lock while there is nothing to do, nearly always.
            one = self._free(table, identity, wanted, length).limit(1)
            if connection.execute(one).first() is None:
                return []
        with self._database.begin() as connection:
            # The clock is looked at again: others may have taken leases while we waited.
            rows = self._free(table, identity, wanted, length).order_by(*order).limit(limit)
            real, moment = self._machine.now(), self._machine.monotonic()
            if suspected is not None:
                rows = rows.add_columns(suspected)
            chosen = connection.execute(rows.with_for_update(skip_locked=True)).all()
            if not chosen:
                return []
            if suspected is not None and chosen[0][2]:
                chosen = chosen[:1]
            taken = connection.execute(
                update(table)
                .where(among((table.c.org, identity), [(r[0], r[1]) for r in chosen]))
                .values(leased_until=real + length, leased_by=self._holder, fence=table.c.fence + 1)
                .returning(table.c.org, identity, table.c.fence)
            ).all()
        fences = {(row[0], row[1]): row[2] for row in taken}
        for row in taken:
            self._out[table.name, row[0], row[1]] = moment + length.total_seconds()
        return [Lease(r[0], r[1], fences[r[0], r[1]]) for r in chosen]

    def _free(
        self,
        table: Table,
        identity: ColumnElement[str],
        wanted: ColumnElement[bool],
        length: timedelta,
    ) -> Select[tuple[Any, str]]:
        """The rows that are wanted and nobody's."""
        real, until = self._machine.now(), table.c.leased_until
        free = wanted & or_(until.is_(None), until < real, until > real + length + CLOCKS_APART)
        out = self._still_out(table.name, self._machine.monotonic())
        if out:  # and one of ours that seems over is not, if the clock was set forward
            free &= tuple_(table.c.org, identity).not_in(out)
        return select(table.c.org, identity).where(free)

    def _still_out(self, table: str, moment: float) -> list[tuple[str, str]]:
        for key, until in list(self._out.items()):
            if until <= moment:
                self._out.pop(key, None)
        return [(org, ident) for name, org, ident in list(self._out) if name == table]


def _count_deaths(work: Work, in_hand: ColumnElement[bool]) -> None:
    """These alerts were in hand at one more death; what we die of waits, and is told."""
    counted = update(t.alert).where(in_hand).values(leased_until=None, deaths=t.alert.c.deaths + 1)
    columns = (t.alert.c.org, t.alert.c.id, t.alert.c.home, t.alert.c.deaths)
    for row in work.connection.execute(counted.returning(*columns)).all():
        if row.deaths >= DEADLY:
            this = (t.alert.c.org == row.org) & (t.alert.c.id == row.id)
            later = update(t.alert).where(this).values(next_due_at=work.now + ASIDE)
            work.connection.execute(later)
            concern(work, deadly(row.org, row.home, row.id, work.now))


def _count_as_tried(connection: Connection, under_way: ColumnElement[bool], now: datetime) -> None:
    columns = (t.outbox.c.org, t.outbox.c.key, t.outbox.c.tries)
    for row in connection.execute(select(*columns).where(under_way)).all():
        tries: dict[str, object] = {"tries": row.tries + 1}
        if row.tries:
            tries["next_try_at"] = now + patience(row.tries + 1)
        this = (t.outbox.c.org == row.org) & (t.outbox.c.key == row.key)
        connection.execute(update(t.outbox).where(this).values(tries))

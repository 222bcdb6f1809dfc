"""One act on the duty: alerts, texts, messages and their record, in one transaction.

What is written to the record during an act is chained when the act ends, under the lock
of the organisation's chain. Alerts are always locked before everything else, chains after it,
and both in the order of their ids, all that an act needs at once; our lane comes last. So acts
wait for each other and never deadlock. What is written on an alert that the act did not lock
locks it: `hold` it before anything of its own is touched.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from responder.arriving import incidents
from responder.arriving.triage import Track
from responder.kept import record
from responder.kept.record import Act, Detail, Entry
from responder.life.alerts import Alert
from responder.outgoing.outbox import Message, MessageState
from responder.store import tables as t
from responder.store.repeats import mark_acted
from telecare.errors import NotFound
from telecare.messages import RehearsalRequest, Signal, Verdict, decode_signal, encode
from telecare.register.secrets import new_id
from telecare.store import wall
from telecare.store.among import among
from telecare.store.lane import LaneWriter
from telecare.store.migrate import still_ours
from telecare.store.session import Database
from telecare.tenancy import Actor
from telecare.vocabulary import AlertState

_encoder = msgspec.json.Encoder()
_alerts = msgspec.json.Decoder(Alert)

decode_alert = _alerts.decode
"""An alert from its row's body."""

_INTAKE_LOCK, _LANE_LOCK = 7316_2101, 7316_2102
"""PostgreSQL advisory locks: one process takes signals in at a time, and one act at a time
appends to our lane, so that its offsets have no gap and none is numbered twice.
"""
LANE = "responder-1"


class Work:
    """An act under way. Use through `Works.begin`; nothing holds until it has ended."""

    def __init__(self, connection: Connection, now: datetime, lane: str = LANE) -> None:
        self.connection = connection
        self.now = now
        self._writer = LaneWriter(lane)
        self._said: list[Verdict | RehearsalRequest] = []
        self.insert = sqlite_insert if connection.dialect.name == "sqlite" else pg_insert
        self._entries: list[tuple[str, datetime, Act, str, str | None, Detail]] = []
        self._put: dict[tuple[str, str], Alert] = {}
        self._new: set[tuple[str, str]] = set()
        self._held: set[tuple[str, str]] = set()
        self.sequences: dict[tuple[str, str], int] = {}
        """After the act: the record sequence of each alert's last change in it."""

    # alerts

    def alert(self, org: str, alert: str) -> Alert:
        """The alert, locked until the act ends. Raises `NotFound`."""
        found = self.alerts([(org, alert)])
        if not found:
            raise NotFound(f"There is no alert {alert}.")
        return found[0]

    def alerts(self, ids: Sequence[tuple[str, str]]) -> list[Alert]:
        """Those of `ids` (org, id) that exist, locked until the act ends."""
        query = select(t.alert.c.body).where(among((t.alert.c.org, t.alert.c.id), ids))
        return self._locked(query)

    def open_alerts(
        self, homes: Sequence[tuple[str, str]], *, gathering: Collection[str] = ()
    ) -> list[Alert]:
        """The open alerts of these (org, home), locked until the act ends; of the organisations
        that are `gathering` also their incidents, and what may come under one now.
        """
        wanted = among((t.alert.c.org, t.alert.c.home), homes)
        if gathering:
            since = self.now - incidents.TOGETHER
            near = (t.alert.c.opened_at >= since) & t.alert.c.incident.is_(None)
            incident = t.alert.c.home.startswith(incidents.place_of(""), autoescape=True)
            equipment = t.alert.c.track == Track.EQUIPMENT.value
            wanted = wanted | t.alert.c.org.in_(gathering) & equipment & (near | incident)
        return self._locked(select(t.alert.c.body).where(wanted, t.IS_OPEN))

    def owned(self, org: str, owner: str) -> list[Alert]:
        """The open alerts that somebody has, locked until the act ends."""
        theirs = (t.alert.c.org == org) & (t.alert.c.owner_id == owner) & t.IS_OPEN
        return self._locked(select(t.alert.c.body).where(theirs))

    def incident(self, org: str, incident: str) -> list[Alert]:
        """An incident's alert and the open ones under it, locked until the act ends. Nobody
        gathers meanwhile.
        """
        self.only_intake()
        mine = (t.alert.c.incident == incident) & t.IS_OPEN
        query = select(t.alert.c.body).where(
            t.alert.c.org == org, (t.alert.c.id == incident) | mine
        )
        return self._locked(query)

    def hold(self, org: str, alert: str) -> None:
        """Lock an alert whose state the act need not know; it may be gone."""
        if (org, alert) not in self._held and self.connection.dialect.name == "postgresql":
            this = (t.alert.c.org == org) & (t.alert.c.id == alert)
            self.connection.execute(select(t.alert.c.id).where(this).with_for_update())
        self._held.add((org, alert))

    def _locked(self, query: object) -> list[Alert]:
        ordered = query.order_by(t.alert.c.org, t.alert.c.id).with_for_update()  # type: ignore[attr-defined]
        rows = self.connection.execute(ordered)
        found = [_alerts.decode(row.body) for row in rows]
        self._held.update((each.org, each.id) for each in found)
        return [self._put.get((each.org, each.id), each) for each in found]

    def claim(self, org: str, alert: str, owner: str, name: str) -> bool:
        """Decide a race in one statement: True for the one who got it."""
        won = self.connection.execute(
            update(t.alert)
            .where(
                t.alert.c.org == org,
                t.alert.c.id == alert,
                t.alert.c.owner_id.is_(None),
                t.IS_OPEN,
            )
            .values(owner_id=owner, owner_name=name)
        )
        return won.rowcount == 1

    def put(self, alert: Alert, *, new: bool = False) -> None:
        """Keep this state of the alert; the last one put in an act holds."""
        self._put[alert.org, alert.id] = alert
        self._held.add((alert.org, alert.id))
        if new:
            self._new.add((alert.org, alert.id))

    # the record

    def write(
        self, act: Act, *, org: str, actor: str, alert: str | None, **detail: str | int | None
    ) -> None:
        """Put an act on record; it is chained when the act ends."""
        if alert is not None:
            self.hold(org, alert)
        self._entries.append((org, self.now, act, actor, alert, dict(detail)))

    def done_by(
        self, actor: Actor, act: Act, *, alert: str | None = None, **detail: str | int | None
    ) -> None:
        """Put on record what somebody who is signed in did, and remember how they are called."""
        self.write(act, org=actor.org, actor=actor.id, alert=alert, **detail)
        self.staff(actor.org, actor.id, actor.name)

    def wording(self, org: str, alert: str, body: str) -> dict[str, str]:
        """Keep a text beside the record; returns what stands for it in an entry's detail."""
        self.hold(org, alert)
        reference = new_id("text")
        self.connection.execute(
            insert(t.wording).values(org=org, id=reference, alert=alert, text=body)
        )
        return {"text": reference, "digest": record.digest(body)}

    def staff(self, org: str, person: str, name: str) -> None:
        """Remember how an actor is called; the record holds the id only."""
        statement = self.insert(t.staff).values(org=org, id=person, name=name)
        self.connection.execute(
            statement.on_conflict_do_update(
                index_elements=["org", "id"], set_={"name": name}, where=t.staff.c.name != name
            )
        )

    # signals

    def only_intake(self) -> None:
        """Wait until no other process takes signals in; holds until the act ends."""
        if self.connection.dialect.name == "postgresql":
            self.connection.execute(text("SELECT pg_advisory_xact_lock(:k)"), {"k": _INTAKE_LOCK})

    def position(self, lane: str) -> int:
        """The last offset of `lane` that was taken in; 0 at first."""
        query = select(t.lane_position.c.offset).where(t.lane_position.c.lane == lane)
        return self.connection.execute(query).scalar() or 0

    def move(self, lane: str, offset: int) -> None:
        """We stand at `offset` of `lane` when this act has ended."""
        statement = self.insert(t.lane_position).values(lane=lane, offset=offset)
        self.connection.execute(
            statement.on_conflict_do_update(index_elements=["lane"], set_={"offset": offset})
        )

    def advance(self, lane: str, offset: int) -> bool:
        """The same, where several read one lane and nobody holds it alone; False when another
        stands there or further on, and then nothing changes.
        """
        statement = self.insert(t.lane_position).values(lane=lane, offset=offset)
        moved = self.connection.execute(
            statement.on_conflict_do_update(
                index_elements=["lane"], set_={"offset": offset},
                where=t.lane_position.c.offset < offset,
            )
        )  # fmt: skip
        return moved.rowcount == 1

    def known_signals(self, ids: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of `ids` (org, signal id) that were taken in before."""
        key = (t.signal.c.org, t.signal.c.id)
        rows = self.connection.execute(select(*key).where(among(key, ids)))
        return {(row.org, row.id) for row in rows}

    def signals(self, org: str, alert: str, limit: int | None = 50) -> list[Signal]:
        """The alert's newest signals (all without a limit), oldest first."""
        query = (
            select(t.signal.c.body)
            .where(t.signal.c.org == org, t.signal.c.alert == alert)
            .order_by(t.signal.c.number.desc())
            .limit(limit)
        )
        return [decode_signal(row.body) for row in self.connection.execute(query)][::-1]

    def keep_signals(self, kept: Sequence[tuple[Signal, str | None, int]]) -> None:
        """Store signals with the alert they joined (or none) and their number in it."""
        self._flush_alerts()
        rows = [
            {
                "org": signal.org, "id": signal.id, "alert": alert, "number": number,
                "home": signal.home, "taken_at": self.now, "body": encode(signal),
            }
            for signal, alert, number in kept
        ]  # fmt: skip
        if rows:
            self.connection.execute(insert(t.signal), rows)

    def say(self, records: Sequence[Verdict | RehearsalRequest]) -> None:
        """Append to our lane when the act ends: what the detectors are to learn."""
        self._said += records

    # messages

    def send(
        self,
        message: Message,
        token_digest: bytes | None = None,
        link_until: datetime | None = None,
    ) -> None:
        """Write a message down to be sent, with what its link may do if it has one. Once per
        key.
        """
        self._flush_alerts()
        statement = self.insert(t.outbox).values(
            org=message.org, key=message.key, alert=message.alert or None,
            home=message.home or None, state=MessageState.READY.value, urgency=message.urgency,
            tries=0, next_try_at=message.leaves_at or message.created_at,
            expires_at=message.expires_at, fence=0, channel=message.channel,
            body=_encoder.encode(message),
        )  # fmt: skip
        self.connection.execute(statement.on_conflict_do_nothing())
        if token_digest is None:
            return
        link = self.insert(t.link).values(
            digest=token_digest, org=message.org, alert=message.alert,
            contact=message.recipient, expires_at=link_until,
        )  # fmt: skip
        self.connection.execute(link.on_conflict_do_nothing())

    # the end of the act

    def finish(self) -> None:
        """Chain what was written and store every alert that was put."""
        last: dict[tuple[str, str], int] = {}
        for org in sorted({entry[0] for entry in self._entries}):
            for entry in self._chain(org):
                if entry.alert is not None:
                    last[org, entry.alert] = entry.sequence
        self.sequences = last
        self._flush_alerts()
        if last:
            self.connection.execute(
                update(t.alert)
                .where(t.alert.c.org == bindparam("o"), t.alert.c.id == bindparam("a"))
                .values(changed=bindparam("s")),
                [{"o": o, "a": a, "s": s} for (o, a), s in sorted(last.items())],
            )
        if self._said:
            if self.connection.dialect.name == "postgresql":
                self.connection.execute(text("SELECT pg_advisory_xact_lock(:k)"), {"k": _LANE_LOCK})
            with wall.opened(self.connection):  # offsets go on over all organisations
                self._writer.append(self.connection, self._said)

    def _chain(self, org: str) -> list[Entry]:
        first = self.insert(t.record_head).values(org=org, sequence=0, hash=record.GENESIS)
        self.connection.execute(first.on_conflict_do_nothing())
        head = self.connection.execute(
            select(t.record_head).where(t.record_head.c.org == org).with_for_update()
        ).one()
        sequence, hashed = head.sequence, head.hash
        entries = []
        for at, act, actor, alert, detail in [e[1:] for e in self._entries if e[0] == org]:
            entry = record.chain(
                (sequence, hashed), org=org, at=at, act=act, actor=actor, alert=alert,
                detail=detail,
            )  # fmt: skip
            sequence, hashed = entry.sequence, entry.hash
            entries.append(entry)
        self.connection.execute(
            insert(t.record_entry),
            [
                msgspec.structs.asdict(e) | {"detail": _encoder.encode(e.detail).decode()}
                for e in entries
            ],
        )
        self.connection.execute(
            update(t.record_head)
            .where(t.record_head.c.org == org)
            .values(sequence=sequence, hash=hashed)
        )
        return entries

    def flush(self) -> None:
        """Write every alert that was put: for rows of the same act that refer to one."""
        self._flush_alerts()

    def _flush_alerts(self) -> None:
        for key in sorted(self._put):
            alert = self._put[key]
            if key in self._new:
                row = {"org": alert.org, "id": alert.id, "changed": 0, "fence": 0}
                self.connection.execute(insert(t.alert).values(row | _columns(alert)))
                self._new.discard(key)
            else:
                self.connection.execute(
                    update(t.alert)
                    .where(t.alert.c.org == alert.org, t.alert.c.id == alert.id)
                    .values(_columns(alert))
                )
        self._put.clear()


def _columns(alert: Alert) -> dict[str, object]:
    return {
        "home": alert.home,
        "track": Track(alert.track).value,
        "state": AlertState(alert.state).value,
        "priority": alert.priority.value,
        "urgency": alert.priority.rank,
        "owner_id": alert.owner_id,
        "owner_name": alert.owner_name,
        "opened_at": alert.opened_at,
        "first_claimed_at": alert.first_claimed_at,
        "next_due_at": alert.next_due_at,
        "outcome": alert.outcome,
        "false_alarm_cause": alert.false_alarm_cause,
        "resolved_at": alert.resolved_at,
        "incident": alert.incident,
        "body": _encoder.encode(alert),
    }


class Works:
    """Begins acts on one responder's database."""

    def __init__(self, database: Database, lane: str = LANE) -> None:
        self.database = database
        self._lane = lane

    @contextmanager
    def begin(self, now: datetime) -> Iterator[Work]:
        """An act: all of it and its record, or nothing if an exception leaves it. Raises
        `NotMigrated` when a newer version has taken the tables over.
        """
        with self.database.begin() as connection:
            still_ours(connection, self.database.owner)
            work = Work(connection, now, self._lane)
            yield work
            work.finish()
            mark_acted(connection)

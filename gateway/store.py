"""The gateway's own tables, and the one transaction that makes messages safe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import blake2b

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    text,
    update,
)

from gateway.batch import TOLD, Batch
from gateway.intake import Intake, Quarantined, Unknown
from gateway.numbers import is_repetition, renumbered
from gateway.sessions import store as sessions
from gateway.sessions.notes import Note
from gateway.signals import numbers_signal
from telecare.crash import crash_at
from telecare.messages import Reading, Signal
from telecare.store.filing import filing_tables
from telecare.store.inbox import inbox_table
from telecare.store.lane import LaneWriter
from telecare.store.lane_rows import lane_table
from telecare.store.lease import LaneLease
from telecare.store.migrate import begin_as_ours, still_ours
from telecare.store.session import Database, Seat
from telecare.store.sheaf import sheaf_table
from telecare.store.tray import OWN, Tray
from telecare.store.turn import Turn
from telecare.store.types import Json, UtcTime, microseconds
from telecare.vocabulary import QuarantineReason

KEPT_PER_DEVICE = 1000
"""Quarantined messages, and unknown devices, kept of one device; the oldest give way, so that one
broken device cannot fill the disk for everybody."""

FILED_FOR_EACH = 2
"""Rows filed for each that comes in, while a round goes over the tray: so it grows no more."""
PATIENCE_SECONDS = 5.0
"""Real seconds in which a database server may notice that the writer before us died."""
FILED_IN_PEACE = 1000
"""Rows filed at once while hardly anything comes in: what comes just then waits milliseconds."""

metadata = MetaData()
lane_record = lane_table(metadata, is_filed=True)
filing_tables(metadata)
sheaf_table(metadata)
sessions.session_tables(metadata)

quarantine = Table(
    "quarantine",
    metadata,
    Column("org", Text, primary_key=True),
    Column("device", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("home", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("first_at", UtcTime, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    Column("times", Integer, nullable=False),
    Index("quarantine_newest", "org", "last_at"),
)
"""Messages that could not be used, once for the same bytes of the same device."""

unknown_device = inbox_table(metadata)
"""The inbox: devices that `device` spoke of, for a person to take in or to leave."""

broker_session = Table(
    "broker_session",
    metadata,
    Column("org", Text, primary_key=True),
    Column("broker", Text, primary_key=True),
    Column("since", UtcTime, nullable=False),
    Column("lost_at", UtcTime),
    Column("dropped", Json, nullable=False),
)
"""Sessions that brokers of others promised to keep for us, and how much each of their counters
said they had thrown away."""

_OFFER = text(
    "INSERT INTO unknown_device "
    "(org, device, id, home, name, type, model, maker, first_at, last_at, times) VALUES "
    "(:org, :device, :id, :home, :name, :type, :model, :maker, :at, :at, 1) "
    "ON CONFLICT (org, device, id) DO UPDATE SET name = excluded.name, "
    "type = excluded.type, model = excluded.model, maker = excluded.maker, "
    "last_at = excluded.last_at, times = unknown_device.times + 1"
)
_SET_ASIDE = text(
    "INSERT INTO quarantine "
    "(org, device, id, home, kind, reason, why, payload, size, first_at, last_at, times) VALUES "
    "(:org, :device, :id, :home, :kind, :reason, :why, :payload, :size, :at, :at, 1) "
    "ON CONFLICT (org, device, id) DO UPDATE SET "
    "last_at = excluded.last_at, times = quarantine.times + 1"
)


class QuarantineRow(msgspec.Struct, frozen=True, kw_only=True):
    """A message in quarantine, as an engineer looks at it."""

    org: str
    device: str
    home: str
    id: str
    kind: str
    reason: QuarantineReason
    why: str
    payload: bytes
    size: int
    first_at: datetime
    last_at: datetime
    times: int
    """How often the very same bytes came."""


class GatewayStore:
    """Commits what came in. One thread at a time may call `commit`: a lane has one writer."""

    def __init__(
        self,
        database: Database,
        lane: str,
        turn: Turn | None = None,
        lease: LaneLease | None = None,
    ) -> None:
        """`turn`: where several gateways share one database file. `lease`: of the lane, taken."""
        self._lease = lease
        self._database = database
        self._lane = lane
        self._tray = Tray(lane) if database.files_lanes else None
        self._place = Seat(database, OWN) if self._tray is not None else database
        self._writer = LaneWriter(lane, self._tray)
        self._turn = turn or Turn(database, alone=True)

    def commit(self, intakes: Sequence[Intake]) -> list[bool]:
        """Make all of `intakes` safe in one transaction, in order.

        When it returns they are on disk; tells of each whether its reading was there before.
        Raises `StoreUnavailable` when nothing was stored, or when that is not known: calling
        again is safe, for everything in here is stored once. Raises `NotMigrated` when another
        version has taken the tables over: nothing is acknowledged, and devices send it again.
        """
        notes = _notes_of(intakes)
        with self._begin() as connection:
            told = sessions.apply(connection, notes) if notes else set()
            batch = Batch(intakes, told)
            offsets = self._writer.append(connection, batch.records) if batch.records else []
            anew = self._hear_reused_numbers(connection, intakes, batch, offsets)
            if batch.set_aside:
                _set_aside(connection, batch.set_aside)
            if batch.unknown:
                _offer(connection, batch.unknown)
            if batch.records:
                if self._tray is not None:
                    self._tray.file(connection, FILED_FOR_EACH * len(batch.records))
                crash_at("before_commit")
        if batch.records:
            crash_at("after_commit")
        if not told and None not in offsets:
            return [False] * len(intakes)
        return [
            place == TOLD or (place >= 0 and offsets[place] is None and index not in anew)
            for index, place in enumerate(batch.places)
        ]

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        try:
            with self._turn, self._place.begin() as connection:
                still_ours(connection, self._database.owner)
                yield connection
        except BaseException:
            if self._tray is not None:
                self._tray.size = -1  # what was laid in it and filed from it was rolled back
            raise

    def _hear_reused_numbers(
        self,
        connection: Connection,
        intakes: Sequence[Intake],
        batch: Batch,
        offsets: Sequence[int | None],
    ) -> set[int]:
        """Of readings whose number was there before, store those that are no repetition.

        Returns which of `intakes` those are.
        """
        if None not in offsets:
            return set()
        others: dict[int, tuple[Reading, Signal | None]] = {}
        for index, (intake, place) in enumerate(zip(intakes, batch.places, strict=True)):
            reading = intake.reading
            if reading is None or place < 0 or offsets[place] is not None:
                continue
            stored = self._writer.stored(connection, reading.org, reading.device, reading.id)
            if stored is not None and not is_repetition(stored, intake):
                others[index] = renumbered(intake)
        if not others:
            return set()
        numbered = self._writer.append(connection, [reading for reading, _ in others.values()])
        anew = [index for index, offset in zip(others, numbered, strict=True) if offset is not None]
        signals: list[Signal] = []
        for index in anew:
            reading, signal = others[index]
            # After a mere reading with its number an alarm has already been signalled as it came.
            if signal is not None and offsets[batch.cries[index]] is None:
                signals.append(signal)
            signals.append(numbers_signal(reading))
        if signals:
            self._writer.append(connection, signals)
        return set(anew)

    def probe(self) -> None:
        """Ask whose the tables are and whether the lane is ours. A lease that was lost, as in a
        restart of the server that no commit fell into, is taken again. Raises `StoreUnavailable`,
        `LaneTaken`, and `NotMigrated` when the tables are another version's by now.
        """
        if self._lease is not None and not self._lease.still_held():
            self._lease.release()
            self._lease.take(PATIENCE_SECONDS)
        with self._database.read() as connection:
            still_ours(connection, self._database.owner)

    def tidy(self) -> bool:
        """While nobody waits for an answer, file a little of what came in; whether there is more.
        Raises as `commit` does.
        """
        if self._tray is None or self._tray.is_empty:
            return False
        with self._begin() as connection:
            self._tray.look(connection, self._lane)
            self._tray.file(connection, FILED_IN_PEACE, in_peace=True)
        return not self._tray.is_empty


def _notes_of(intakes: Sequence[Intake]) -> list[Note]:
    """The notes of `intakes` in order; that of a message which states several things, once."""
    return list({id(each.note): each.note for each in intakes if each.note is not None}.values())


class QuarantineReader:
    """Reads the quarantine. Writes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, org: str | None = None, limit: int = 100) -> Iterator[QuarantineRow]:
        """The newest messages of one organisation, or for the installation's keeper of all."""
        query = select(quarantine).order_by(quarantine.c.last_at.desc()).limit(limit)
        if org is not None:
            query = query.where(quarantine.c.org == org)
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        for row in rows:
            yield QuarantineRow(**{**row, "reason": QuarantineReason(row["reason"])})


class BrokerSession(msgspec.Struct, frozen=True):
    """What a broker promised, as far as we remember."""

    since: datetime
    dropped: dict[str, int] = {}
    """By the topic of its counter."""
    lost_at: datetime | None = None
    """It turned out at a start that it was gone, and no person has accepted that yet."""


class BrokerSessions:
    """Remembers across restarts which brokers promised to keep a session for us."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def probe(self) -> None:
        """Ask the database the simplest question; raises `StoreUnavailable`."""
        with self._database.read() as connection:
            connection.execute(text("SELECT 1"))

    def get(self, org: str, broker: str) -> BrokerSession | None:
        """What this broker promised; None: nothing yet. Raises `StoreUnavailable`."""
        kept = broker_session.c
        query = select(kept.since, kept.dropped, kept.lost_at)
        with self._database.read() as connection:
            row = connection.execute(query.where(_session(org, broker))).mappings().one_or_none()
        return BrokerSession(**row) if row is not None else None

    def put(self, org: str, broker: str, session: BrokerSession) -> None:
        """It promises now, or its counters have moved."""
        values = msgspec.structs.asdict(session)
        with begin_as_ours(self._database) as connection:
            changed = connection.execute(
                update(broker_session).where(_session(org, broker)).values(values)
            )
            if not changed.rowcount:
                connection.execute(insert(broker_session).values(org=org, broker=broker, **values))

    def forget(self, org: str, broker: str) -> bool:
        """A person accepts that the session is gone; whether there was any to forget."""
        with begin_as_ours(self._database) as connection:
            return bool(
                connection.execute(delete(broker_session).where(_session(org, broker))).rowcount
            )


def _session(org: str, broker: str) -> ColumnElement[bool]:
    return (broker_session.c.org == org) & (broker_session.c.broker == broker)


def _offer(connection: Connection, unknown: Sequence[Unknown]) -> None:
    connection.execute(
        _OFFER,
        [
            {
                "org": each.identity.org,
                "device": each.identity.device,
                "id": plain(each.offer.id, 128),
                "home": each.identity.home,
                "name": plain(each.offer.name, 128),
                "type": plain(each.offer.type, 64),
                "model": plain(each.offer.model, 128),
                "maker": plain(each.offer.maker, 128),
                "at": microseconds(each.received_at),
            }
            for each in unknown
        ],
    )
    for org, device in {(each.identity.org, each.identity.device) for each in unknown}:
        _make_room(connection, unknown_device, org, device)


def plain(value: str, limit: int) -> str:
    """At most `limit` characters that every database stores and every page can show."""
    return "".join(each if each.isprintable() else "?" for each in value[:limit])


def _set_aside(connection: Connection, set_aside: Sequence[Quarantined]) -> None:
    connection.execute(
        _SET_ASIDE,
        [
            {
                "org": each.identity.org,
                "device": each.identity.device,
                "id": _id(each),
                "home": each.identity.home,
                "kind": each.kind,
                "reason": each.reason.value,
                "why": each.why,
                "payload": each.payload,
                "size": each.size,
                "at": microseconds(each.received_at),
            }
            for each in set_aside
        ],
    )
    for org, device in {(each.identity.org, each.identity.device) for each in set_aside}:
        _make_room(connection, quarantine, org, device)


def _make_room(connection: Connection, table: Table, org: str, device: str) -> None:
    mine = (table.c.org == org) & (table.c.device == device)
    held = connection.execute(select(func.count()).where(mine)).scalar_one()
    if held <= KEPT_PER_DEVICE:
        return
    oldest = select(table.c.id).where(mine).order_by(table.c.last_at).limit(held - KEPT_PER_DEVICE)
    connection.execute(delete(table).where(mine, table.c.id.in_(oldest)))


def _id(quarantined: Quarantined) -> str:
    about = f"{quarantined.kind}\0{quarantined.size}\0".encode()
    return blake2b(about + quarantined.payload, digest_size=16).hexdigest()

"""The one transaction that makes messages safe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection

from gateway.batch import TOLD, Batch
from gateway.intake import Intake
from gateway.numbers import is_repetition, renumbered
from gateway.sessions import store as sessions
from gateway.sessions.notes import Note
from gateway.signals import numbers_signal
from gateway.store.set_aside import offer, set_aside
from telecare.crash import crash_at
from telecare.messages import Reading, Signal
from telecare.store.lane import LaneWriter
from telecare.store.lease import LaneLease
from telecare.store.migrate import still_ours
from telecare.store.session import Database, Seat
from telecare.store.tray import OWN, Tray
from telecare.store.turn import Turn

FILED_FOR_EACH = 2
"""Rows filed for each that comes in, while a round goes over the tray: so it grows no more."""
PATIENCE_SECONDS = 5.0
"""Real seconds in which a database server may notice that the writer before us died."""
FILED_IN_PEACE = 1000
"""Rows filed at once while hardly anything comes in: what comes just then waits milliseconds."""


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
            told = sessions.apply(connection, notes, self._lane) if notes else set()
            batch = Batch(intakes, told)
            offsets = self._writer.append(connection, batch.records) if batch.records else []
            anew = self._hear_reused_numbers(connection, intakes, batch, offsets)
            if batch.set_aside:
                set_aside(connection, batch.set_aside)
            if batch.unknown:
                offer(connection, batch.unknown)
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

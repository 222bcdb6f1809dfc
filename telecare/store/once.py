"""Stored once: a lane's new rows against everything that is stored already.

Three ways to keep one promise. `Indexed`: the lane table's own unique index, on PostgreSQL
and for lanes of few records. `Filed`: the files of `telecare.store.filing`, brought up to date
in the writer's transaction. `telecare.store.tray.Tray`: the same files, brought up to date
behind a writer who has no time for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from sqlalchemy import Connection

from telecare.messages import Record
from telecare.store import filing, lane_rows, sheaf
from telecare.store.lane_rows import Key


class Once(Protocol):
    """What a lane's writer needs, inside its transaction."""

    def look(self, connection: Connection, lane: str) -> int:
        """Take note of what other writers did since the last time; the head of `lane`."""

    def keep(
        self, connection: Connection, lane: str, head: int, records: Mapping[Key, Record]
    ) -> bool:
        """Store the records behind `head`, or none of them if one is stored already; whether it
        did.
        """

    def stored(self, connection: Connection, keys: Sequence[Key]) -> set[Key]:
        """Which of these are stored already, whatever their lane."""

    def body(self, connection: Connection, key: Key) -> bytes | None:
        """What is stored under this key."""


def once_of(connection: Connection) -> Once:
    """The way of this database."""
    return Filed() if filing.is_filed(connection) else Indexed()


class Indexed:
    """An index knows all by itself."""

    def look(self, connection: Connection, lane: str) -> int:
        """Nothing is to be noted."""
        return lane_rows.head(connection, lane)

    def keep(
        self, connection: Connection, lane: str, head: int, records: Mapping[Key, Record]
    ) -> bool:
        """What went in beside a row that was stored has gaps, and is taken back."""
        rows = lane_rows.numbered(lane, head, records.values())
        if lane_rows.insert(connection, rows, indexed=True) == len(rows):
            return True
        lane_rows.take_back(connection, rows)
        return False

    def stored(self, connection: Connection, keys: Sequence[Key]) -> set[Key]:
        """One question for all of them."""
        return lane_rows.stored(connection, keys, "lane_record")

    def body(self, connection: Connection, key: Key) -> bytes | None:
        """By the index."""
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        found: bytes | None = connection.exec_driver_sql(
            f"SELECT body FROM lane_record WHERE org = {mark} AND device = {mark} "
            f"AND id = {mark} AND record = {mark}",
            key,
        ).scalar()
        return found


class Filed:
    """Everything is filed before something is new."""

    def look(self, connection: Connection, lane: str) -> int:
        """File what any lane has behind its mark."""
        heads = {}
        for each, mark, head in filing.lanes(connection):
            heads[each] = head
            if head > mark:
                sheaf.untie(connection, each, head - mark)
                filing.file_piece(connection, each, head, limit=head - mark)
        if lane not in heads:
            filing.put_mark(connection, lane, 0)
        return heads.get(lane, 0)

    def keep(
        self, connection: Connection, lane: str, head: int, records: Mapping[Key, Record]
    ) -> bool:
        """The rows are filed at once."""
        if self.stored(connection, list(records)):
            return False
        rows = lane_rows.numbered(lane, head, records.values())
        lane_rows.insert(connection, rows, indexed=False)
        filing.file_piece(connection, lane, head + len(rows), limit=len(rows))
        return True

    def stored(self, connection: Connection, keys: Sequence[Key]) -> set[Key]:
        """One question for all of them."""
        return lane_rows.stored(connection, keys, "lane_once")

    def body(self, connection: Connection, key: Key) -> bytes | None:
        """By the files."""
        return filing.body(connection, key, "lane_once")

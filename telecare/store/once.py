"""Stored once: a lane's new rows against everything that is stored already.

Three ways to keep one promise. `Indexed`: the lane table's own unique index, on PostgreSQL
and for lanes of few records. `Filed`: the files of `telecare.store.filing`, brought up to date
in the writer's transaction. `telecare.store.tray.Tray`: the same files, brought up to date
behind a writer who has no time for it.
"""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import Connection

from telecare.store import filing, lane_rows
from telecare.store.lane_rows import Key, Numbered, Row


class Once(Protocol):
    """What a lane's writer needs, inside its transaction."""

    def look(self, connection: Connection, lane: str) -> int:
        """Take note of what other writers did since the last time; the head of `lane`."""

    def keep(self, connection: Connection, rows: list[Numbered]) -> bool:
        """Insert the rows, or none of them if one is stored already; whether it did."""

    def stored(self, connection: Connection, rows: list[Row]) -> set[Key]:
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

    def keep(self, connection: Connection, rows: list[Numbered]) -> bool:
        """What went in beside a row that was stored has gaps, and is taken back."""
        if lane_rows.insert(connection, rows, indexed=True) == len(rows):
            return True
        lane_rows.take_back(connection, rows)
        return False

    def stored(self, connection: Connection, rows: list[Row]) -> set[Key]:
        """One question for all of them."""
        return lane_rows.stored(connection, rows, "lane_record")

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
                filing.file_piece(connection, each, head, limit=head - mark)
        return heads.get(lane, 0)

    def keep(self, connection: Connection, rows: list[Numbered]) -> bool:
        """The rows are filed at once."""
        if not rows:
            return True
        lane_rows.insert(connection, rows, indexed=False)
        if filing.is_known(connection, rows, "lane_once"):
            lane_rows.take_back(connection, rows)
            return False
        lane, last = rows[-1][:2]
        filing.file_piece(connection, lane, last, limit=len(rows))
        return True

    def stored(self, connection: Connection, rows: list[Row]) -> set[Key]:
        """One question for all of them."""
        return lane_rows.stored(connection, rows, "lane_once")

    def body(self, connection: Connection, key: Key) -> bytes | None:
        """By the files."""
        return filing.body(connection, key, "lane_once")

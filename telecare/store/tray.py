"""The tray: what one writer stored and has not filed yet, in its own memory.

A table of the writer's connection, kept in memory, in the order of devices. The writer lays
each new row in it and says with its help, and that of the files, whether a message was stored
before. A round goes over the tray from the first device to the last, a piece in each commit,
and files as it goes; what comes in behind it is for the next round. At a round's end the marks
move up to the oldest row that still lies in the tray.

The tray takes part in the writer's transactions: what is rolled back was never in it. It holds
nothing that the rows behind the marks do not say as well, and a new writer begins with those.
"""

from __future__ import annotations

from sqlalchemy import Connection

from telecare.store import filing, lane_rows
from telecare.store.lane_rows import ERASED, Key, Numbered, Row
from telecare.store.session import driver_of

LOT = 50_000
"""Rows that are worth a round: with some thousand devices each page takes dozens of them. Each
costs the writer about a hundred bytes, and who reads a home's history looks through them."""

_TRAY = (
    "CREATE TEMP TABLE IF NOT EXISTS tray (org TEXT, device TEXT, id TEXT, record TEXT, home TEXT, "
    'received_at INTEGER, lane TEXT, "offset" INTEGER, PRIMARY KEY (org, device, id, record)) '
    "WITHOUT ROWID"
)
_TRAY_OF = (
    "CREATE TEMP TABLE IF NOT EXISTS tray_of (lane TEXT PRIMARY KEY, mark INTEGER, head INTEGER)"
)
"""Of each lane: its mark, and up to where its rows were laid into the tray."""
OWN = (
    "PRAGMA cache_size=-32768",  # KiB: the pages that hold the newest record of each device
    "PRAGMA wal_autocheckpoint=0",  # see `telecare.store.journal`
    _TRAY,
    _TRAY_OF,
)
"""What makes a connection fit for a tray."""
_LOOK = (
    "SELECT l.lane, l.mark, l.head, coalesce(t.mark, l.mark), coalesce(t.head, l.mark) "
    f"FROM ({filing.LANES}) AS l LEFT JOIN temp.tray_of AS t ON t.lane = l.lane"
)
_LAY = (
    "INSERT OR IGNORE INTO temp.tray "
    'SELECT org, device, id, record, home, received_at, lane, "offset" FROM lane_record '
    'WHERE lane = ? AND "offset" > ? AND "offset" <= ? AND record <> ?'
)
_NOTE = "INSERT OR REPLACE INTO temp.tray_of VALUES (?, ?, ?)"
_PLACE = "(org, device, id, record)"
_CUT = (
    f"SELECT org, device, id, record FROM temp.tray WHERE {_PLACE} > (?, ?, ?, ?) "
    "ORDER BY org, device, id, record LIMIT 1 OFFSET ?"
)
_PIECE = f"temp.tray WHERE {_PLACE} > (?, ?, ?, ?) AND {_PLACE} <= (?, ?, ?, ?)"
_FIRST, _LAST = ("", "", "", ""), ("\U0010ffff", "", "", "")


class Tray:
    """For one `LaneWriter` on one connection, which is its alone and made fit by `OWN`."""

    def __init__(self, lot: int = LOT) -> None:
        self._lot = lot
        self._place: tuple[str, ...] = _FIRST
        self._is_under_way = False
        self.size = -1
        """Rows in it; below 0 while that is not known: before the first look, after a failure."""

    # As a way to store once

    def look(self, connection: Connection, lane: str = "") -> int:
        """Lay in what other writers stored, put away what others filed; the head of `lane`."""
        run = driver_of(connection).execute
        if self.size < 0:
            ((self.size,),) = run("SELECT count(*) FROM temp.tray")
        heads: dict[str, int] = {}
        for each, mark, head, filed, laid in run(_LOOK).fetchall():
            heads[each] = head
            if filed < mark:
                away = 'DELETE FROM temp.tray WHERE lane = ? AND "offset" <= ?'
                self.size -= run(away, (each, mark)).rowcount
            if laid < head:
                self.size += run(_LAY, (each, max(laid, mark), head, ERASED)).rowcount
            if filed < mark or laid < head:
                run(_NOTE, (each, mark, head))
        return heads.get(lane, 0)

    def keep(self, connection: Connection, rows: list[Numbered]) -> bool:
        """The rows go in, and into the tray."""
        if not rows:
            return True
        lane_rows.insert(connection, rows, indexed=False)
        if filing.is_known(connection, rows, "temp.tray", "lane_once"):
            lane_rows.take_back(connection, rows)
            return False
        run, (lane, first), (_, last) = driver_of(connection).execute, rows[0][:2], rows[-1][:2]
        self.size += run(_LAY, (lane, first - 1, last, ERASED)).rowcount
        run(
            "INSERT INTO temp.tray_of VALUES (?, 0, ?) "
            "ON CONFLICT (lane) DO UPDATE SET head = excluded.head",
            (lane, last),
        )
        return True

    def stored(self, connection: Connection, rows: list[Row]) -> set[Key]:
        """Two questions for all of them."""
        return lane_rows.stored(connection, rows, "temp.tray") | lane_rows.stored(
            connection, rows, "lane_once"
        )

    def body(self, connection: Connection, key: Key) -> bytes | None:
        """From the tray, or by the files."""
        return filing.body(connection, key, "temp.tray") or filing.body(
            connection, key, "lane_once"
        )

    # Filing

    def file(self, connection: Connection, limit: int, *, in_peace: bool = False) -> None:
        """File the next `limit` rows of the round; a round begins when there are rows enough,
        or any `in_peace`. To be called after `look`, in its transaction.
        """
        if not self._is_under_way and self.size < (1 if in_peace else self._lot):
            return
        run = driver_of(connection).execute
        end = run(_CUT, (*self._place, limit - 1)).fetchone()
        piece = (*self._place, *(end or _LAST))
        for files in (filing.TO_ONCE, filing.TO_HOME):
            run(files + _PIECE, piece)
        self.size -= run("DELETE FROM " + _PIECE, piece).rowcount
        self._place, self._is_under_way = end or _FIRST, end is not None
        if end is None:
            self._move_marks(connection)

    def _move_marks(self, connection: Connection) -> None:
        run = driver_of(connection).execute
        behind = dict(run('SELECT lane, min("offset") - 1 FROM temp.tray GROUP BY lane').fetchall())
        for lane, head in run("SELECT lane, head FROM temp.tray_of").fetchall():
            mark = behind.get(lane, head)
            filing.put_mark(connection, lane, mark)
            run(_NOTE, (lane, mark, head))

"""The tray: what the writer of a lane stored and has not filed yet, in its own memory.

A table of the writer's connection, kept in memory, has the rows of its lane that are not filed,
in the order of devices: a round goes over it from the first device to the last, a piece in each
commit, and files as it goes; what comes in behind it is for the next round. At a round's end the
lane's mark moves up to the oldest record that still lies in the tray or in a sheaf. What else is
not filed, in sheaves or in the lanes of other writers, is pointed at (`telecare.store.pointers`).
With both, and the files, the writer says whether a message was stored before.

The tray takes part in the writer's transactions: what is rolled back was never in it. It holds
nothing that the rows and sheaves behind the marks do not say as well, and a new writer begins with
those.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from heapq import merge
from itertools import groupby, islice, takewhile
from operator import itemgetter
from typing import cast

from sqlalchemy import Connection

from telecare.messages import Reading, Record
from telecare.store import filing, lane_rows, sheaf
from telecare.store.lane_rows import ERASED, Key, Numbered
from telecare.store.pointers import Pointers, Stretch
from telecare.store.session import driver_of

LOT = 50_000
"""Rows that are worth a round: with some thousand devices each page takes dozens of them. Each
costs the writer about a hundred bytes, and who reads a home's history looks through them."""
SHEAF = 64
"""Readings in one commit that are worth a sheaf. Fewer are rows at once: they are soon filed."""
HOLD = 2_000_000
"""Readings held in sheaves before each commit unties as many as it binds, and as many again. Each
costs the writer a pointer."""
POINTED_AT_ONCE = 1000
"""Records in a stretch: who finds a number has to look through so many."""

_TRAY = (
    "CREATE TEMP TABLE IF NOT EXISTS tray (org TEXT, device TEXT, id TEXT, record TEXT, home TEXT, "
    'received_at INTEGER, lane TEXT, "offset" INTEGER, PRIMARY KEY (org, device, id, record)) '
    "WITHOUT ROWID"
)
_SEEN = "CREATE TEMP TABLE IF NOT EXISTS seen (lane TEXT PRIMARY KEY, mark INTEGER, head INTEGER)"
"""Of each lane: its mark, and up to where its records are in the tray or pointed at."""
OWN = (
    "PRAGMA cache_size=-32768",  # KiB: the pages that hold the newest record of each device
    "PRAGMA wal_autocheckpoint=0",  # see `telecare.store.journal`
    _TRAY,
    _SEEN,
)
"""What makes a connection fit for a tray."""
_LOOK = (
    "SELECT l.lane, l.mark, l.head, coalesce(t.mark, l.mark), coalesce(t.head, l.mark) "
    f"FROM ({filing.LANES}) AS l LEFT JOIN temp.seen AS t ON t.lane = l.lane"
)
_LAY = (
    "INSERT OR IGNORE INTO temp.tray "
    'SELECT org, device, id, record, home, received_at, lane, "offset" FROM lane_record '
    'WHERE lane = ? AND "offset" BETWEEN ? AND ? AND record <> ?'
)
_ROWS_OF = (
    'SELECT "offset", org, device, id, record, body FROM lane_record '
    'WHERE lane = ? AND "offset" BETWEEN ? AND ? AND record <> ? ORDER BY "offset"'
)
_NOTE = "INSERT OR REPLACE INTO temp.seen VALUES (?, ?, ?)"
_PLACE = "(org, device, id, record)"
_CUT = (
    f"SELECT org, device, id, record FROM temp.tray WHERE {_PLACE} > (?, ?, ?, ?) "
    "ORDER BY org, device, id, record LIMIT 1 OFFSET ?"
)
_PIECE = f"temp.tray WHERE {_PLACE} > (?, ?, ?, ?) AND {_PLACE} <= (?, ?, ?, ?)"
_FIRST, _LAST = ("", "", "", ""), ("\U0010ffff", "", "", "")


class Tray:
    """For the one `LaneWriter` of `lane`; on a connection that is its alone, made fit by `OWN`."""

    def __init__(
        self, lane: str, *, lot: int = LOT, bind_from: int = SHEAF, hold: int = HOLD
    ) -> None:
        self._lane = lane
        self._lot, self._bind_from, self._hold = lot, bind_from, hold
        self._place: tuple[str, ...] = _FIRST
        self._is_under_way = False
        self._pointers = Pointers()
        self.held = 0
        """Readings of the lane in sheaves."""
        self.size = -1
        """Rows in it; below 0 while that is not known: before the first look, after a failure."""

    @property
    def is_empty(self) -> bool:
        """Whether all of the lane is filed."""
        return not self.size and not self.held

    # As a way to store once

    def look(self, connection: Connection, lane: str) -> int:
        """Take note of what other writers stored and filed; the head of `lane`."""
        run = driver_of(connection).execute
        if self.size < 0:
            ((self.size,),) = run("SELECT count(*) FROM temp.tray")
            self.held = sheaf.held(connection, lane)
            if run("SELECT 1 FROM temp.seen").fetchone() is None:  # a new connection: begin anew
                self._pointers = Pointers()
        heads: dict[str, int] = {}
        for each, mark, head, filed, seen in run(_LOOK).fetchall():
            heads[each] = head
            if filed == mark and seen == head:
                continue
            if each == lane and filed < mark:  # somebody who erases files everything first
                away = 'DELETE FROM temp.tray WHERE "offset" <= ?'
                self.size -= run(away, (mark,)).rowcount
                self.held = sheaf.held(connection, lane)
            self._learn(connection, each, max(seen, mark), head)
            run(_NOTE, (each, mark, head))
        if lane not in heads:
            filing.put_mark(connection, lane, 0)
        return heads.get(lane, 0)

    def _learn(self, connection: Connection, lane: str, after: int, head: int) -> None:
        """Rows of our lane from before us, and all that another writer stored."""
        if lane == self._lane:
            laid = driver_of(connection).execute(_LAY, (lane, after + 1, head, ERASED))
            self.size += laid.rowcount
            unfiled = (
                (at, sheaf.key_of(body)) for _, at, body in sheaf.after(connection, lane, after)
            )
        else:
            unfiled = ((at, key) for at, key, _ in _standing(connection, (lane, after + 1, head)))
        while together := list(islice(unfiled, POINTED_AT_ONCE)):
            stretch = (lane, together[0][0], together[-1][0])
            self._pointers.add(stretch, [hash(key) for _, key in together])

    def keep(
        self, connection: Connection, lane: str, head: int, records: Mapping[Key, Record]
    ) -> bool:
        """Many readings in a row go into a sheaf, everything else into rows and into the tray."""
        keys = list(records)
        numbers = [hash(key) for key in keys]
        if self._filed(connection, keys) or self._pointed(connection, keys, numbers):
            return False
        last = head
        for are_readings, run in groupby(records.values(), _is_reading):
            together, first = list(run), last + 1
            last += len(together)
            if are_readings and len(together) >= self._bind_from:
                sheaf.bind(connection, lane, first, cast("list[Reading]", together))
                self.held += len(together)
                mine = numbers[first - head - 1 : last - head]
                self._pointers.add((lane, first, last), mine)
            else:
                self._lay(connection, lane_rows.numbered(lane, first - 1, together))
        driver_of(connection).execute(
            "INSERT INTO temp.seen VALUES (?, 0, ?) "
            "ON CONFLICT (lane) DO UPDATE SET head = excluded.head",
            (lane, last),
        )
        return True

    def _lay(self, connection: Connection, rows: list[Numbered]) -> None:
        lane_rows.insert(connection, rows, indexed=False)
        span = (self._lane, rows[0][1], rows[-1][1], ERASED)
        self.size += driver_of(connection).execute(_LAY, span).rowcount

    def stored(self, connection: Connection, keys: Sequence[Key]) -> set[Key]:
        """In the files, in the tray, or where a pointer shows."""
        pointed = self._pointed(connection, keys, [hash(key) for key in keys])
        return self._filed(connection, keys) | pointed.keys()

    def _filed(self, connection: Connection, keys: Sequence[Key]) -> set[Key]:
        tables = ("lane_once", "temp.tray") if self.size else ("lane_once",)
        return lane_rows.stored(connection, keys, *tables)

    def body(self, connection: Connection, key: Key) -> bytes | None:
        """As `stored`."""
        filed = filing.body(connection, key, "lane_once")
        laid = filed or filing.body(connection, key, "temp.tray")
        return laid or self._pointed(connection, [key], [hash(key)]).get(key)

    def _pointed(
        self, connection: Connection, keys: Sequence[Key], numbers: Sequence[int]
    ) -> dict[Key, bytes]:
        """Bodies of those of `keys`, which have these numbers, that a pointer leads to."""
        stretches = self._pointers.stretches(numbers)
        wanted = set(keys) if stretches else set()
        return {
            key: body
            for stretch in stretches
            for _, key, body in _standing(connection, stretch)
            if key in wanted
        }

    # Filing

    def file(self, connection: Connection, limit: int, *, in_peace: bool = False) -> None:
        """Untie sheaves and file rows, about `limit` of each: when there are so many that it is
        worth a round, or any `in_peace`. To be called after `look`, in its transaction.
        """
        if self.held > (0 if in_peace else self._hold) and self.size < 2 * self._lot:
            self._untie(connection, limit)
        enough = 1 if in_peace and not self.held else self._lot
        if self._is_under_way or self.size >= enough:
            self._file(connection, limit)

    def _untie(self, connection: Connection, limit: int) -> None:
        spans = sheaf.untie(connection, self._lane, limit)
        for first, last in spans:
            laid = driver_of(connection).execute(_LAY, (self._lane, first, last, ERASED))
            self.size += laid.rowcount
            self.held -= last - first + 1
        if not spans:  # somebody who erases was quicker
            self.held = 0

    def _file(self, connection: Connection, limit: int) -> None:
        run = driver_of(connection).execute
        end = run(_CUT, (*self._place, limit - 1)).fetchone()
        piece = (*self._place, *(end or _LAST))
        for files in (filing.TO_ONCE, filing.TO_HOME):
            run(files + _PIECE, piece)
        self.size -= run("DELETE FROM " + _PIECE, piece).rowcount
        self._place, self._is_under_way = end or _FIRST, end is not None
        if end is None:
            self._move_mark(connection)

    def _move_mark(self, connection: Connection) -> None:
        run = driver_of(connection).execute
        head = filing.head(connection, self._lane)
        ((laid,),) = run('SELECT min("offset") FROM temp.tray')
        behind = [head + 1, laid, sheaf.first(connection, self._lane)]
        mark = min(each for each in behind if each is not None) - 1
        filing.put_mark(connection, self._lane, mark)
        run(_NOTE, (self._lane, mark, head))
        self._pointers.drop({lane: mark for lane, mark, _ in filing.lanes(connection)})


def _is_reading(record: Record) -> bool:
    return type(record) is Reading


def _standing(connection: Connection, stretch: Stretch) -> Iterator[tuple[int, Key, bytes]]:
    """Offset, key and body of what stands in a stretch of a lane, in the order of offsets."""
    lane, first, last = stretch
    with closing(driver_of(connection).execute(_ROWS_OF, (*stretch, ERASED))) as rows:
        unbound = ((row[0], cast("Key", row[1:5]), row[5]) for row in rows)
        behind = (
            (at, sheaf.key_of(body), body)
            for _, at, body in sheaf.after(connection, lane, first - 1)
        )
        bound = takewhile(lambda each: each[0] <= last, behind)
        yield from merge(unbound, bound, key=itemgetter(0))

"""Erasing records from the middle of a lane without leaving a gap.

A lane's offsets have no gaps, and a reader that meets one stops. So what is erased leaves a
stone: one row that holds nothing but which offsets it stands for. Neighbouring stones become
one, so that a lane whose beginning was forgotten begins with a single row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, MetaData, bindparam, delete, func, insert, select, text

from telecare.store import filing
from telecare.store.among import among
from telecare.store.lane_rows import ERASED, first_erased, lane_table
from telecare.store.migrate import begin_as_ours
from telecare.store.session import Database

_TABLE = lane_table(MetaData())
_NEXT = select(func.min(_TABLE.c.offset)).where(
    _TABLE.c.lane == bindparam("lane"), _TABLE.c.offset > bindparam("last")
)
_LOCK = 7316_1301
"""PostgreSQL advisory lock: stones are laid by one process at a time."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
BATCH = 500
"""Records erased in one transaction: a gateway that waits for it waits milliseconds."""

Span = tuple[str, int, int]
"""Lane, first and last offset."""


def homes_on_file(database: Database, org: str, after: str = "", limit: int = 200) -> list[str]:
    """Homes of the organisation that have records, by id, after the home `after`."""
    # A loose index scan: one look per home instead of one per record.
    homes: list[str] = []
    filing.file_all(database)
    with database.read() as connection:
        table = filing.homes(connection)
        while len(homes) < limit:
            query = select(func.min(table.c.home)).where(
                table.c.org == org, table.c.home > (homes[-1] if homes else after)
            )
            home = connection.execute(query).scalar()
            if home is None:
                break
            homes.append(home)
    return homes


def erase(database: Database, org: str, home: str, upto: datetime) -> int:
    """Erase at most a batch of what this home's devices and detectors wrote up to `upto` (time
    of receipt), the oldest first; how many records went. Call it until it returns 0.
    """
    filing.file_all(database)
    with begin_as_ours(database) as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:k)"), {"k": _LOCK})
        query = filing.erasable(connection, org, home, upto).limit(BATCH)
        rows = [(row.lane, row.offset) for row in connection.execute(query)]
        if rows:
            _lay(connection, rows)
    return len(rows)


def _lay(connection: Connection, rows: Sequence[tuple[str, int]]) -> None:
    filing.forget(connection, rows)
    spans = _joined([(lane, offset, offset) for lane, offset in rows])
    stones = _neighbours(connection, spans)
    gone = [*rows, *((lane, last) for lane, _, last in stones)]
    connection.execute(delete(_TABLE).where(among((_TABLE.c.lane, _TABLE.c.offset), gone)))
    connection.execute(
        insert(_TABLE),
        [
            {
                "lane": lane, "offset": last, "record": ERASED, "org": "", "home": "",
                "device": "", "id": f"{lane}:{first}", "kind": "", "received_at": _NEVER,
                "body": b"",
            }
            for lane, first, last in _joined([*spans, *stones])
        ],
    )  # fmt: skip


def _neighbours(connection: Connection, spans: Sequence[Span]) -> list[Span]:
    """Stones that end just before one of the spans or begin just after it."""
    place = (_TABLE.c.lane, _TABLE.c.offset)
    before = [(lane, first - 1) for lane, first, _ in spans]
    wheres = [among(place, before) & (_TABLE.c.record == ERASED)]
    if filing.is_filed(connection):  # no index knows where a stone begins; a lane has no gaps
        follows = [
            (lane, connection.execute(_NEXT, {"lane": lane, "last": last}).scalar())
            for lane, _, last in spans
        ]
        wheres.append(among(place, follows) & (_TABLE.c.record == ERASED))
    else:
        after = [f"{lane}:{last + 1}" for lane, _, last in spans]
        is_stone = (_TABLE.c.org == "") & (_TABLE.c.device == "") & (_TABLE.c.record == ERASED)
        wheres.append(is_stone & _TABLE.c.id.in_(after))
    columns = select(*place, _TABLE.c.id)
    return sorted(
        {
            (row.lane, first_erased(row.id), row.offset)
            for where in wheres
            for row in connection.execute(columns.where(where))
        }
    )


def _joined(spans: Sequence[Span]) -> list[Span]:
    """The same offsets in as few spans as there can be."""
    joined: list[Span] = []
    for lane, first, last in sorted(spans):
        if joined and joined[-1][0] == lane and joined[-1][2] == first - 1:
            joined[-1] = (lane, joined[-1][1], last)
        else:
            joined.append((lane, first, last))
    return joined

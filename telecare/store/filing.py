"""Filing: how a lane in one SQLite file finds a record by its key and by its home.

A message is stored once for ever, and a home's readings are found by their time. Indexes on
the rows would promise both, at a price: a commit of some hundred messages of as many devices
changes a page for each message in each index, and each page goes whole into the journal. So
the rows keep only their place in the lane and are filed afterwards, in the order of devices,
when one page takes what many commits brought (docs/decisions/0012-filing.md).

All rows up to a lane's mark are filed, and some behind it may be. Behind it, too, are the sheaves
(`telecare.store.sheaf`). Who looks for a record asks the files, the rows behind the mark, and the
sheaves. To file a row twice changes nothing, so every process that has the database open may file
from the mark on, and one that dies leaves nothing to repair. Only rows up to the mark are ever
erased, and from the files too.

PostgreSQL, and lanes of few records, have indexes instead: there these tables stay empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    MetaData,
    Select,
    Table,
    Text,
    delete,
    select,
    tuple_,
    union_all,
)

from telecare.store import lane_rows, sheaf
from telecare.store.among import among
from telecare.store.lane_rows import ERASED, Key, lane_table
from telecare.store.migrate import begin_as_ours
from telecare.store.session import FILES_LANES, Database, driver_of
from telecare.store.types import UtcTime

PIECE = 500
"""Rows filed in one transaction: another writer waits milliseconds for it."""


def filing_tables(metadata: MetaData) -> tuple[Table, Table, Table]:
    """Describe the files of the lanes in their owner's metadata: by key, by home, and the marks."""
    once = Table(
        "lane_once",
        metadata,
        *(Column(name, Text, primary_key=True) for name in ("org", "device", "id", "record")),
        Column("lane", Text, nullable=False),
        Column("offset", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    home = Table(
        "lane_home",
        metadata,
        Column("org", Text, primary_key=True),
        Column("home", Text, primary_key=True),
        Column("received_at", UtcTime, primary_key=True),
        Column("lane", Text, primary_key=True),
        Column("offset", BigInteger, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    mark = Table(
        "lane_mark",
        metadata,
        Column("lane", Text, primary_key=True),
        Column("offset", BigInteger, nullable=False),
    )
    return once, home, mark


_ONCE, _HOME, _MARK = filing_tables(MetaData())
ROWS = lane_table(MetaData())

TO_ONCE = 'INSERT OR IGNORE INTO lane_once SELECT org, device, id, record, lane, "offset" FROM '
TO_HOME = 'INSERT OR IGNORE INTO lane_home SELECT org, home, received_at, lane, "offset" FROM '
LANES = """
    SELECT m.lane, m."offset" AS mark, max(
        coalesce((SELECT max(r."offset") FROM lane_record AS r WHERE r.lane = m.lane), 0),
        coalesce((SELECT max(s.last) FROM lane_sheaf AS s WHERE s.lane = m.lane), 0)) AS head
    FROM lane_mark AS m"""


def is_filed(connection: Connection) -> bool:
    """Whether this database files its lanes instead of indexing them."""
    return bool(connection.get_execution_options().get(FILES_LANES, False))


def lanes(connection: Connection) -> list[tuple[str, int, int]]:
    """Lane, mark and head of each lane: its first writer made the mark."""
    return [(lane, mark, head) for lane, mark, head in connection.exec_driver_sql(LANES)]


def head(connection: Connection, lane: str) -> int:
    """The last offset of `lane`, 0 when it is empty."""
    rows = lane_rows.head(connection, lane)
    return max(rows, sheaf.head(connection, lane)) if is_filed(connection) else rows


def file_all(database: Database) -> None:
    """Untie and file what every lane holds now, in short transactions."""
    with database.read() as connection:
        if not is_filed(connection):
            return
        behind = lanes(connection)
    for lane, mark, head in behind:
        while mark < head and _untied(database, lane, head):
            pass
        filed = mark
        while filed < head:
            with begin_as_ours(database) as connection:
                filed = file_piece(connection, lane, head)


def file_lane(database: Database, lane: str) -> None:
    """Untie and file a piece of a lane that is nobody's now: the caller holds its lease."""
    with database.read() as connection:
        upto = head(connection, lane)
    if not _untied(database, lane, upto):
        with begin_as_ours(database) as connection:
            file_piece(connection, lane, upto)


def _untied(database: Database, lane: str, upto: int) -> bool:
    """Whether there was a sheaf to untie that begins at `upto` or before."""
    with begin_as_ours(database) as connection:
        begin = sheaf.first(connection, lane)
        if begin is None or begin > upto:
            return False
        for first, last in sheaf.untie(connection, lane, 1):
            # Filed with its rows: a writer at work has not laid them into its tray.
            _file(connection, lane, first, last)
        return True


def file_piece(connection: Connection, lane: str, upto: int, limit: int = PIECE) -> int:
    """File the next rows of `lane` as they came, `limit` of them and none behind `upto`; the
    mark then. None of them may be in a sheaf.
    """
    mark = connection.execute(select(_MARK.c.offset).where(_MARK.c.lane == lane)).scalar() or 0
    end = min(mark + limit, upto)
    if end > mark:
        _file(connection, lane, mark + 1, end)
        put_mark(connection, lane, end)
    return max(mark, end)


def _file(connection: Connection, lane: str, first: int, last: int) -> None:
    rows = 'lane_record WHERE lane = ? AND "offset" BETWEEN ? AND ? AND record <> ?'
    for files in (TO_ONCE, TO_HOME):
        connection.exec_driver_sql(files + rows, (lane, first, last, ERASED))


def put_mark(connection: Connection, lane: str, offset: int) -> None:
    """All of `lane` up to `offset` is filed. A mark never goes back."""
    driver_of(connection).execute(
        'INSERT INTO lane_mark (lane, "offset") VALUES (?, ?) ON CONFLICT (lane) DO UPDATE SET '
        '"offset" = max(lane_mark."offset", excluded."offset")',
        (lane, offset),
    )


def of_home(
    connection: Connection,
    org: str,
    home: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    where: Sequence[ColumnElement[bool]] = (),
    newest: int | None = None,
    with_body: bool = True,
) -> Select[Any]:
    """The rows of a home, received from `since` until before `until`, in the order of receipt;
    or its `newest` so many, the newest first. `where` speaks of the lane table's columns.
    """
    wanted = [ROWS.c.lane, ROWS.c.offset, ROWS.c.received_at, *([ROWS.c.body] * with_body)]
    rows = select(*wanted).where(*where)
    mine = _found(rows, ROWS, org, home, since, until, newest)
    if not is_filed(connection):
        return mine
    parts = []
    for lane, mark, _ in lanes(connection):
        is_known = (_HOME.c.lane == lane) & (_HOME.c.offset <= mark)
        same = (ROWS.c.lane == _HOME.c.lane) & (ROWS.c.offset == _HOME.c.offset)
        filed = rows.select_from(_HOME.join(ROWS, same)).where(is_known)
        filed = _found(filed, _HOME, org, home, since, until, newest)
        parts += [filed, mine.where(ROWS.c.lane == lane, ROWS.c.offset > mark)]
    if not parts:
        return mine
    every = union_all(*(select(each.subquery()) for each in parts)).subquery()
    return _in_order(select(every), every.c, newest)


def _found(
    rows: Select[Any],
    table: Table,
    org: str,
    home: str,
    since: datetime | None,
    until: datetime | None,
    newest: int | None,
) -> Select[Any]:
    query = rows.where(table.c.org == org, table.c.home == home)
    if since is not None:
        query = query.where(table.c.received_at >= since)
    if until is not None:
        query = query.where(table.c.received_at < until)
    return _in_order(query, table.c, newest)


def _in_order(query: Select[Any], columns: Any, newest: int | None) -> Select[Any]:
    if newest is None:
        return query.order_by(columns.received_at, columns.lane, columns.offset)
    order = (columns.received_at.desc(), columns.lane, columns.offset.desc())
    return query.order_by(*order).limit(newest)


def homes(connection: Connection) -> Table:
    """Where the homes that have records stand in order, once all is filed."""
    return _HOME if is_filed(connection) else ROWS


def erasable(connection: Connection, org: str, home: str, upto: datetime) -> Select[Any]:
    """Lane and offset of what may be erased of a home, the oldest first."""
    table = homes(connection)
    query = (
        select(table.c.lane, table.c.offset)
        .where(table.c.org == org, table.c.home == home, table.c.received_at <= upto)
        .order_by(table.c.received_at)
    )
    if table is ROWS:
        return query
    # What another gateway still has in its tray it would file again.
    return query.join(_MARK, (_MARK.c.lane == _HOME.c.lane) & (_HOME.c.offset <= _MARK.c.offset))


def forget(connection: Connection, rows: Sequence[tuple[str, int]]) -> None:
    """Take rows that are to be erased, by lane and offset, out of the files."""
    if not is_filed(connection):
        return
    gone = among((ROWS.c.lane, ROWS.c.offset), rows)
    for table in (_ONCE, _HOME):
        key = [each.name for each in table.primary_key]
        named = select(*(ROWS.c[name] for name in key)).where(gone)
        connection.execute(delete(table).where(tuple_(*(table.c[n] for n in key)).in_(named)))


def body(connection: Connection, key: Key, table: str) -> bytes | None:
    """The body of the row that stands in `table` under `key`."""
    found: bytes | None = connection.exec_driver_sql(
        f"SELECT r.body FROM {table} AS o CROSS JOIN lane_record AS r "
        'ON r.lane = o.lane AND r."offset" = o."offset" '
        "WHERE o.org = ? AND o.device = ? AND o.id = ? AND o.record = ?",
        key,
    ).scalar()
    return found

"""Filing: how a lane in one SQLite file finds a record by its key and by its home.

A message is stored once for ever, and a home's readings are found by their time. Indexes on
the rows would promise both, at a price: a commit of some hundred messages of as many devices
changes a page for each message in each index, and each page goes whole into the journal. So
the rows keep only their place in the lane and are filed afterwards, in the order of devices,
when one page takes what many commits brought (docs/decisions/0012-filing.md).

All rows up to a lane's mark are filed, and some behind it may be; who looks for a record asks
the files and the rows behind the mark. To file a row twice changes nothing, so every process
that has the database open may file, and one that dies leaves nothing to repair. Only rows up
to the mark are ever erased, and from the files too.

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

from telecare.store.lane_rows import ERASED, Key, Numbered, lane_table
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
    WITH RECURSIVE names(lane) AS (
        SELECT min(lane) FROM lane_record
        UNION ALL
        SELECT (SELECT min(r.lane) FROM lane_record AS r WHERE r.lane > names.lane) FROM names
        WHERE names.lane IS NOT NULL)
    SELECT names.lane, coalesce(m."offset", 0) AS mark,
        (SELECT max(r."offset") FROM lane_record AS r WHERE r.lane = names.lane) AS head
    FROM names LEFT JOIN lane_mark AS m ON m.lane = names.lane WHERE names.lane IS NOT NULL"""


def is_filed(connection: Connection) -> bool:
    """Whether this database files its lanes instead of indexing them."""
    return bool(connection.get_execution_options().get(FILES_LANES, False))


def lanes(connection: Connection) -> list[tuple[str, int, int]]:
    """Lane, mark and head of each lane: one look for each instead of one for each record."""
    return [(lane, mark, head) for lane, mark, head in connection.exec_driver_sql(LANES)]


def file_all(database: Database) -> None:
    """File what every lane holds now, in short transactions."""
    with database.read() as connection:
        if not is_filed(connection):
            return
        behind = lanes(connection)
    for lane, mark, head in behind:
        filed = mark
        while filed < head:
            with database.begin() as connection:
                filed = file_piece(connection, lane, head)


def file_piece(connection: Connection, lane: str, upto: int, limit: int = PIECE) -> int:
    """File the next rows of `lane` as they came, `limit` of them and none behind `upto`; the
    mark then.
    """
    mark = connection.execute(select(_MARK.c.offset).where(_MARK.c.lane == lane)).scalar() or 0
    end = min(mark + limit, upto)
    if end > mark:
        rows = 'lane_record WHERE lane = ? AND "offset" > ? AND "offset" <= ? AND record <> ?'
        for files in (TO_ONCE, TO_HOME):
            connection.exec_driver_sql(files + rows, (lane, mark, end, ERASED))
        put_mark(connection, lane, end)
    return max(mark, end)


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
    gone = tuple_(ROWS.c.lane, ROWS.c.offset).in_(rows)
    for table in (_ONCE, _HOME):
        key = [each.name for each in table.primary_key]
        named = select(*(ROWS.c[name] for name in key)).where(gone)
        connection.execute(delete(table).where(tuple_(*(table.c[n] for n in key)).in_(named)))


def is_known(connection: Connection, rows: Sequence[Numbered], *tables: str) -> bool:
    """Whether one of the rows just inserted stands in one of the tables already."""
    (lane, first), (_, last) = rows[0][:2], rows[-1][:2]
    same = "o.org = r.org AND o.device = r.device AND o.id = r.id AND o.record = r.record"
    known = " OR ".join(f"EXISTS (SELECT 1 FROM {each} AS o WHERE {same})" for each in tables)
    found = driver_of(connection).execute(
        'SELECT 1 FROM lane_record AS r WHERE r.lane = ? AND r."offset" BETWEEN ? AND ? '
        f"AND ({known}) LIMIT 1",
        (lane, first, last),
    )
    return found.fetchone() is not None


def body(connection: Connection, key: Key, table: str) -> bytes | None:
    """The body of the row that stands in `table` under `key`."""
    found: bytes | None = connection.exec_driver_sql(
        f"SELECT r.body FROM {table} AS o CROSS JOIN lane_record AS r "
        'ON r.lane = o.lane AND r."offset" = o."offset" '
        "WHERE o.org = ? AND o.device = ? AND o.id = ? AND o.record = ?",
        key,
    ).scalar()
    return found

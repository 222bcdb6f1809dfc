"""SQLite's journal, emptied into the database file beside the writer and not by it.

Whoever commits when the journal has grown long would have to copy it into the file, some tens
of milliseconds in which nobody is acknowledged. A connection of its own copies while the writer
goes on; only what came in meanwhile, little, is copied while the writer waits. Where somebody
reads for long, a backup say, the writer waits a moment, and the journal is emptied another time.
The disk has to sync what is copied, too: so in a storm the journal is left until it is large.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection

from telecare.errors import StoreUnavailable
from telecare.observe import log
from telecare.store.session import BUSY_SECONDS, Database, driver_of

LOOK_SECONDS = 0.5
LONG = 2000
"""Pages of 4 KiB; what is shorter is emptied by itself in the next pause."""
LARGE = 256 * 1024 * 1024
"""Bytes. A gateway that died leaves a journal to be read at its next start: 0.13 s for so many."""
PATIENCE_MS = 20
"""How long a writer may stand still for it."""


async def keep_short(database: Database, is_calm: Callable[[], bool]) -> None:
    """Empty the journal whenever it is long, or while it is not `is_calm` only when it is large,
    until cancelled. On PostgreSQL return at once.
    """
    while database.is_sqlite:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            if is_calm() or await asyncio.to_thread(size, database) > LARGE:
                await asyncio.to_thread(empty, database)
        except StoreUnavailable as error:
            log("store").warning("journal_not_emptied", error=type(error).__name__)


def size(database: Database) -> int:
    """Bytes of the journal's file; what was emptied is written over and not given back."""
    try:
        return Path(f"{database.engine.url.database}-wal").stat().st_size
    except OSError:
        return 0


def empty(database: Database) -> None:
    """Copy what the journal holds into the file. Raises `StoreUnavailable`."""
    is_large = size(database) > LARGE
    with database.answering(), database.engine.connect() as connection:
        if _copy(connection, "PASSIVE") > LONG or is_large:
            _copy(connection, "PASSIVE")
            run = driver_of(connection).execute
            run(f"PRAGMA busy_timeout={PATIENCE_MS}")
            try:
                _copy(connection, "TRUNCATE" if is_large else "RESTART")
            finally:
                run(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")


def _copy(connection: Connection, how: str) -> int:
    """The pages in the journal then."""
    row = driver_of(connection).execute(f"PRAGMA wal_checkpoint({how})").fetchone()
    return int(row[1])

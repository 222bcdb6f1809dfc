"""Whose turn is it to write? The queue of several processes before one SQLite file."""

from __future__ import annotations

import fcntl
from types import TracebackType
from typing import Self

from telecare.store.session import Database


class Turn:
    """Held around a write transaction: `with turn:`.

    SQLite lets one process write at a time and makes the others ask again after pauses that
    grow to 100 ms. Waiting for a lock on a file beside the database ends the moment the other
    is done. On PostgreSQL, where writers work side by side, and for a lone writer there is
    nothing to wait for. The kernel gives back what a killed process held.
    """

    def __init__(self, database: Database, *, alone: bool) -> None:
        self._file = None
        if database.is_sqlite and not alone:
            assert database.engine.url.database is not None
            self._file = open(f"{database.engine.url.database}.turn", "ab")  # noqa: PTH123, SIM115

    def __enter__(self) -> Self:
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_EX)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Wait for no more turns."""
        if self._file is not None:
            self._file.close()

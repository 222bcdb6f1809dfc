"""Exactly one writer for a lane: the lease a process holds while it lives."""

from __future__ import annotations

import contextlib
import fcntl
from hashlib import blake2b
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from telecare.clock import sleep_real, stopwatch
from telecare.errors import LaneTaken
from telecare.store.session import Database


class LaneLease:
    """Held from `take` until `release` or the end of the process, however it ends.

    SQLite: an advisory lock on a file beside the database. PostgreSQL: an advisory lock of
    a connection kept open for it. Both vanish with the process, so a killed writer never
    locks out its successor.
    """

    def __init__(self, database: Database, lane: str) -> None:
        self._database = database
        self._lane = lane
        self._file: IO[bytes] | None = None
        self._connection: Connection | None = None

    def take(self, patience: float = 0.0) -> None:
        """Raise `LaneTaken` if another living process writes this lane, `StoreUnavailable` if the
        database cannot say.

        A server needs a moment to notice that a writer was killed: its successor asks
        again for `patience` real seconds before it gives up.
        """
        waited = stopwatch()
        while not self._try():
            if waited() >= patience:
                raise LaneTaken(
                    f"Lane {self._lane} is written by another process; stop it, or give this "
                    "one another number with TELECARE_LANE_NUMBER."
                )
            sleep_real(0.05)

    def _try(self) -> bool:
        return self._try_file() if self._database.is_sqlite else self._try_server()

    def _try_file(self) -> bool:
        assert self._database.engine.url.database is not None
        path = Path(self._database.engine.url.database).with_name(f"{self._lane}.lock")
        file = path.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def _try_server(self) -> bool:
        with self._database.answering(), contextlib.ExitStack() as leave:
            connection = leave.enter_context(self._database.engine.connect())
            connection.execution_options(isolation_level="AUTOCOMMIT")
            if not connection.execute(
                text("SELECT pg_try_advisory_lock(:key)"), {"key": self._key}
            ).scalar():
                return False
            leave.pop_all()
            self._connection = connection
            return True

    @property
    def _key(self) -> int:
        digest = blake2b(self._lane.encode(), digest_size=8).digest()
        return int.from_bytes(digest, signed=True)

    def still_held(self) -> bool:
        """Whether the lease survives; on PostgreSQL it is lost with its connection."""
        if self._connection is None:
            return self._file is not None
        try:
            self._connection.execute(text("SELECT 1"))
        except SQLAlchemyError:  # it broke just now, or before
            return False
        return True

    def release(self) -> None:
        """Let another process write this lane."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._connection is not None:
            # A lost connection has given it back already, and takes no more questions.
            with contextlib.suppress(SQLAlchemyError):
                if not self._connection.invalidated:
                    self._connection.execute(
                        text("SELECT pg_advisory_unlock(:key)"), {"key": self._key}
                    )
            # The lock belonged to the server's session: end that too, do not pool it.
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

"""One owner's database: a SQLite file, or a schema on PostgreSQL.

Each owner (`register`, `gateway`, `detectors`, `responder`) writes only at home. A commit
that returned is on disk: SQLite runs with WAL and synchronous=FULL, PostgreSQL with its
defaults. `migrate.open_database` opens one and checks its tables.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from telecare.errors import InvalidInput, StoreUnavailable
from telecare.settings import Settings
from telecare.store import wall

OWNERS = ("register", "gateway", "detectors", "responder")
BUSY_SECONDS = 10
"""How long a lock is waited for, and a server that acknowledges nothing."""
_ON_SERVER = {"idle_in_transaction_session_timeout": 60_000, "lock_timeout": BUSY_SECONDS * 1000}
_ON_LINE = {
    "connect_timeout": 5,
    # A line that swallows everything is an error, and not a commit that hangs for hours.
    "tcp_user_timeout": BUSY_SECONDS * 1000,
    "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3,
}  # fmt: skip
_READ_ONLY = "25006"
_PAST_A_LIMIT = "54"
"""The class of what PostgreSQL refuses for its size; the driver calls it trouble of the server."""
FILES_LANES = "telecare_files_lanes"
"""Option of an engine: its lanes are filed and not indexed, see `telecare.store.filing`."""


class Database:
    """Transactions of one owner. Thread-safe; connections are pooled."""

    def __init__(self, owner: str, engine: Engine) -> None:
        self.owner = owner
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self.files_lanes = bool(engine.get_execution_options().get(FILES_LANES, False))
        """See `telecare.store.filing`."""
        self.seats: list[Seat] = []

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A write transaction: committed on leaving, rolled back on any exception.

        On SQLite the write lock is taken at once (BEGIN IMMEDIATE), so that what was read
        inside still holds when it commits. Raises `StoreUnavailable` when the database
        cannot be reached or is locked for longer than ten seconds.
        """
        with self._connect() as connection:
            connection.execution_options(telecare_write=True)
            with connection.begin():
                self._say(connection)
                yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction: one consistent snapshot on SQLite, read committed on PostgreSQL."""
        with self._connect() as connection, connection.begin():
            self._say(connection)
            yield connection

    def _say(self, connection: Connection) -> None:
        if not self.is_sqlite:
            wall.say(connection)

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with self.answering(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Turns the driver's words for a database that does not answer into `StoreUnavailable`,
        and those for what none of its columns or indexes can hold (PostgreSQL: a NUL, a key of
        thousands of letters) into `InvalidInput`: tried again, it would be refused for ever.
        """
        try:
            yield
        except (OperationalError, sqlite3.OperationalError) as error:
            cause = getattr(error, "orig", error)
            if (getattr(cause, "sqlstate", None) or "").startswith(_PAST_A_LIMIT):
                raise InvalidInput("This is longer than what can be kept.") from error
            raise StoreUnavailable(f"The {self.owner} database does not answer: {cause}") from error
        except DataError as error:
            raise InvalidInput("This holds a character or a number that cannot be kept.") from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise StoreUnavailable(f"The {self.owner} database went away.") from error
            raise

    def close(self) -> None:
        """Give back all connections."""
        for each in self.seats:
            each.leave()
        self.engine.dispose()


class Seat:
    """One connection kept by one thread at a time, so that its own memory lives on: temporary
    tables, prepared statements, pages. After `StoreUnavailable` it is another one.
    """

    def __init__(self, database: Database, own: Sequence[str] = ()) -> None:
        """`own`: statements that make the connection fit for what it is kept for."""
        self._database = database
        self._own = own
        database.seats.append(self)
        self._kept: Connection | None = None

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A write transaction as `Database.begin` opens it."""
        with self._database.answering():
            if self._kept is None or self._kept.invalidated:
                self.leave()
                self._kept = self._connected()
            try:
                with self._kept.begin():
                    yield self._kept
            except (DBAPIError, sqlite3.Error):
                self.leave()
                raise

    def _connected(self) -> Connection:
        connection = self._database.engine.connect()
        for each in self._own:
            driver_of(connection).execute(each)
        return connection.execution_options(telecare_write=True)

    def leave(self) -> None:
        """Give the connection up."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.invalidate()
            kept.close()


def database_url(settings: Settings, owner: str) -> URL:
    """Where `owner` keeps its tables. On PostgreSQL all owners share one database."""
    if settings.database_url is None:
        return URL.create("sqlite", database=str(settings.data_dir / f"{owner}.db"))
    url = make_url(settings.database_url.get_secret_value())
    return url.set(drivername="postgresql+psycopg")


def make_engine(settings: Settings, owner: str, *, pooled: bool = True) -> Engine:
    """An engine whose unqualified table names mean `owner`'s own tables."""
    url = database_url(settings, owner)
    if url.get_backend_name() == "sqlite":
        # The gateway's lanes take what a county says; those of the others are a trickle.
        return _sqlite_engine(url, {FILES_LANES: owner == "gateway"})
    options = {"search_path": owner} | (_ON_SERVER if pooled else {})  # migrations may wait
    said = " ".join(f"-c{name}={value}" for name, value in options.items())
    arguments: dict[str, Any] = {
        "connect_args": {"options": said} | _ON_LINE,
        # What was to be written is nobody's business who reads an error.
        "hide_parameters": True,
    }
    if pooled:
        arguments |= {"pool_size": 5, "max_overflow": 20, "pool_pre_ping": True}
    else:
        arguments["poolclass"] = NullPool
    engine = create_engine(url, **arguments)

    @event.listens_for(engine, "handle_error")
    def look_for_another(context: ExceptionContext) -> None:
        # A server that takes nothing, after a failover or because its disk is nearly full, is
        # away like one that is gone; and whoever connects anew may find the one that writes.
        if getattr(context.original_exception, "sqlstate", None) == _READ_ONLY:
            context.is_disconnect = True

    return engine


def _sqlite_engine(url: URL, options: dict[str, Any]) -> Engine:
    # SQLAlchemy's own BEGIN is used, so the driver must not open transactions by itself.
    engine = create_engine(
        url,
        connect_args={
            "timeout": BUSY_SECONDS,
            "isolation_level": None,
            "check_same_thread": False,
        },
        pool_size=5,
        max_overflow=20,
        hide_parameters=True,
        execution_options=options,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("PRAGMA wal_autocheckpoint=4000")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("telecare_write", False)
        driver_of(connection).execute("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def driver_of(connection: Connection) -> sqlite3.Connection:
    """SQLite's own connection below: for the statements of each commit, which cost less
    processor than their way through an engine does.
    """
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    return driver


def is_alive(database: Database) -> bool:
    """Whether the database answers the simplest question."""
    try:
        with database.read() as connection:
            connection.execute(text("SELECT 1"))
    except StoreUnavailable:
        return False
    return True

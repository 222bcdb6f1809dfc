"""What every part of the register stands on: its database, key and clock, and its version."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, RowMapping, Select, Update, insert, select, update
from sqlalchemy.exc import IntegrityError

from telecare.clock import Clock
from telecare.errors import AlreadyExists, NotFound
from telecare.register import tables
from telecare.register.secrets import SecretKey
from telecare.store.migrate import begin_as_ours
from telecare.store.session import Database

COMMAND_LINE = "command-line"
"""Where nobody signed in; `at_the_machine` says whose command it was."""


def at_the_machine() -> str:
    """Who did it, where nobody signed in: the account of the operating system, and behind `sudo`
    whoever used it.
    """
    behind = os.environ.get("SUDO_USER") if os.getuid() == 0 else None
    try:
        return f"{COMMAND_LINE}:{behind or pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:  # an account by number only
        return f"{COMMAND_LINE}:{os.getuid()}"


class Ground:
    """Transactions on the register; every change raises the version once."""

    def __init__(self, database: Database, key: SecretKey, clock: Clock) -> None:
        self.database = database
        self.key = key
        self.clock = clock

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction."""
        with self.database.read() as connection:
            yield connection

    @contextmanager
    def change(self, already: str) -> Iterator[Connection]:
        """A write transaction that raises the register's version.

        Raises `AlreadyExists` with the sentence `already` when a unique key is taken, and
        `NotMigrated` when the register is another version's by now.
        """
        try:
            with begin_as_ours(self.database) as connection:
                yield connection
                _raise(connection)
        except IntegrityError as error:
            raise AlreadyExists(already) from error

    @contextmanager
    def note(self) -> Iterator[Connection]:
        """The same for what copies of the register need not know."""
        with begin_as_ours(self.database) as connection:
            yield connection

    def deed(
        self, connection: Connection, org: str, by: str, act: str, /, **detail: str | int | None
    ) -> None:
        """Write down, with the change under way, what the responder has to put on record."""
        _raise(connection)
        # Its row is locked from here to the commit: versions are committed in their order.
        version = connection.execute(select(tables.version.c.version)).scalar_one()
        connection.execute(
            insert(tables.deed).values(
                version=version,
                org=org,
                at=self.clock.now(),
                act=act,
                detail=detail,
                by=at_the_machine() if by == COMMAND_LINE else by,
            )
        )

    def version(self) -> int:
        """Grows with every change; the same number means nothing changed."""
        with self.read() as connection:
            return connection.execute(select(tables.version.c.version)).scalar() or 0


def change_one(connection: Connection, statement: Update, missing: str) -> None:
    """Change one row. Raises `NotFound` with the sentence `missing`."""
    if connection.execute(statement).rowcount != 1:
        raise NotFound(missing)


def locked(connection: Connection, query: Select[Any], missing: str) -> RowMapping:
    """The one row, which nobody else changes before this change has ended. Raises `NotFound` with
    the sentence `missing`.
    """
    row = connection.execute(query.with_for_update()).mappings().first()
    if row is None:
        raise NotFound(missing)
    return row


def who_and_when(
    connection: Connection, org: str, by: str, at: datetime, zone: str
) -> tuple[str, str]:
    """For somebody who comes second: how the first is called, and when it was, on the wall of
    `zone`.
    """
    person = tables.person.c
    query = select(person.name).where(person.org == org, person.person == by)
    name = connection.execute(query).scalar() or by
    return name, f"at {at.astimezone(ZoneInfo(zone)):%H:%M on %a %-d %B}"


def changed(before: msgspec.Struct, after: msgspec.Struct) -> str:
    """The names of what is another now, for the record: what it was and is stays off it."""
    was, now = msgspec.structs.asdict(before), msgspec.structs.asdict(after)
    return " ".join(name for name, value in now.items() if value != was[name])


def _raise(connection: Connection) -> None:
    raised = connection.execute(update(tables.version).values(version=tables.version.c.version + 1))
    if not raised.rowcount:
        connection.execute(insert(tables.version).values(one=1, version=1))

"""What every part of the register stands on: its database, key and clock, and its version."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator, Mapping, Sequence
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

Detail = Mapping[str, str | int | None]
"""Of what was done, as it goes on record."""
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
        self.deeds(connection, by, act, [(org, detail)])

    def deeds(
        self, connection: Connection, by: str, act: str, of: Sequence[tuple[str, Detail]]
    ) -> None:
        """The same of several, each of an organisation, in their order."""
        if not of:
            return
        _raise(connection, len(of))
        # Its row is locked from here to the commit: versions are committed in their order.
        last = connection.execute(select(tables.version.c.version)).scalar_one()
        alike = {
            "at": self.clock.now(),
            "act": act,
            "by": at_the_machine() if by == COMMAND_LINE else by,
        }
        rows = [
            alike | {"version": version, "org": org, "detail": detail}
            for version, (org, detail) in enumerate(of, last - len(of) + 1)
        ]
        connection.execute(insert(tables.deed), rows)

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


def _raise(connection: Connection, by: int = 1) -> None:
    version = tables.version.c.version
    raised = connection.execute(update(tables.version).values(version=version + by))
    if not raised.rowcount:
        connection.execute(insert(tables.version).values(one=1, version=by))

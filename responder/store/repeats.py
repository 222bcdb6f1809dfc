"""Requests that carry a key of their own: done once, answered as often as they are repeated.

Before the act a row says that it is under way; the act's own transaction marks the row; the
answer follows. Whatever dies in between, a repeat never does the act again.
"""

from __future__ import annotations

from contextvars import ContextVar
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from responder.store import tables as t
from telecare.errors import Conflict, InvalidInput
from telecare.store.session import Database

HOLDS = timedelta(hours=24)
UNDER_WAY = timedelta(seconds=60)
"""A request that has neither acted nor been answered for so long has died."""


class Repeatable(msgspec.Struct, frozen=True, kw_only=True):
    """One request with its key, under way since `begun_at`."""

    org: str
    actor: str
    key: str
    digest: bytes
    """Of everything asked: another request under the same key is noticed."""
    begun_at: datetime


class Answered(msgspec.Struct, frozen=True):
    """What was answered, as sealed as it was given."""

    status: int
    media_type: str
    body: bytes


under_way: ContextVar[Repeatable | None] = ContextVar("under_way", default=None)
"""The request whose acts are done now, in this thread or task."""


class Repeats:
    """Keys of one responder's database. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, asked: Repeatable, speed: float = 1.0) -> Answered | None:
        """None: it is this request's turn to be done. Otherwise the answer it had.

        Raises `InvalidInput` when the key was used for another request, `Conflict` when the
        same one is under way or its answer was lost.
        """
        values = msgspec.structs.asdict(asked) | {"acted": False}
        try:
            with self._database.begin() as connection:
                forget(connection, asked.org, asked.begun_at, speed)
                connection.execute(insert(t.answered_request).values(values))
        except IntegrityError:
            return self._again(asked, speed)
        return None

    def answered(self, asked: Repeatable, answer: Answered) -> None:
        """Keep the answer of what was done."""
        with self._database.begin() as connection:
            connection.execute(
                update(t.answered_request)
                .where(_mine(asked))
                .values(status=answer.status, media_type=answer.media_type, body=answer.body)
            )

    def refused(self, asked: Repeatable) -> None:
        """It was refused, and who asked is told so: the key is free again."""
        with self._database.begin() as connection:
            connection.execute(delete(t.answered_request).where(_mine(asked)))

    def failed(self, asked: Repeatable) -> None:
        """Nobody knows how far it came: the key is free again only if nothing was done."""
        mine = _mine(asked) & t.answered_request.c.acted.is_(False)
        with self._database.begin() as connection:
            connection.execute(delete(t.answered_request).where(mine))

    def _again(self, asked: Repeatable, speed: float) -> Answered | None:
        row = t.answered_request
        with self._database.begin() as connection:
            found = connection.execute(select(row).where(_keyed(asked)).with_for_update()).first()
            if found is None:
                raise Conflict("The same request has just ended; ask again.")
            if found.digest != asked.digest:
                raise InvalidInput("This Idempotency-Key belongs to another request; make a new.")
            if found.status is not None:
                return Answered(found.status, found.media_type, found.body)
            if found.acted:
                raise Conflict("This was begun, and its answer was lost; look how it stands.")
            if asked.begun_at - found.begun_at < UNDER_WAY * speed:
                raise Conflict("The same request is under way; ask again in a moment.")
            mine = _keyed(asked)
            connection.execute(update(row).where(mine).values(begun_at=asked.begun_at))
        return None


def forget(connection: Connection, org: str, now: datetime, speed: float = 1.0) -> None:
    """Drop the organisation's answers of more than a day ago."""
    row = t.answered_request
    old = (row.c.org == org) & (row.c.begun_at < now - HOLDS * speed)
    connection.execute(delete(row).where(old))


def mark_acted(connection: Connection) -> None:
    """In the transaction of an act: it is done with it or not at all. Raises `Conflict` when
    somebody else was given the same request meanwhile.
    """
    asked = under_way.get()
    if asked is None:
        return
    marked = connection.execute(update(t.answered_request).where(_mine(asked)).values(acted=True))
    if not marked.rowcount:
        raise Conflict("The same request was begun again meanwhile; nothing was done here.")


def _keyed(asked: Repeatable) -> ColumnElement[bool]:
    row = t.answered_request
    return (row.c.org == asked.org) & (row.c.actor == asked.actor) & (row.c.key == asked.key)


def _mine(asked: Repeatable) -> ColumnElement[bool]:
    return _keyed(asked) & (t.answered_request.c.begun_at == asked.begun_at)

"""The record as reports read it: the alerts of a stretch of time, each with its whole life."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import select

from responder.kept.record import Act, Entry
from responder.store import tables as t
from responder.store.reads import entry_of
from telecare.store.session import Database

CHUNK = 400
"""So many alerts' lives are in memory at once."""
_TAKEN_IN = (Act.OPENED.value, Act.JOINED.value, Act.TOLD.value, Act.HELD_BACK.value)


class Months:
    """Questions to one responder's record. Thread-safe, changes nothing.

    Every question stops at `upto`, a sequence: what is written while a report is made is
    not half in it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def head(self, org: str) -> tuple[int, str]:
        """The record's last sequence and hash; (0, "") before its first entry."""
        query = select(t.record_head).where(t.record_head.c.org == org)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return (row.sequence, row.hash) if row else (0, "")

    def lives(
        self, org: str, since: datetime, until: datetime, upto: int, acts: Sequence[str]
    ) -> Iterator[list[Entry]]:
        """For each alert whose opening was recorded from `since` until before `until`: all its
        entries of these acts (opening among them) in order, those of later months too.
        """
        yield from self._lives(org, self._noted(Act.OPENED, org, since, until, upto), upto, acts)

    def endings(
        self, org: str, since: datetime, until: datetime, upto: int, acts: Sequence[str]
    ) -> Iterator[list[Entry]]:
        """As `lives`, for each alert whose closing was recorded then."""
        yield from self._lives(org, self._noted(Act.RESOLVED, org, since, until, upto), upto, acts)

    def _lives(
        self, org: str, alerts: Sequence[str], upto: int, acts: Sequence[str]
    ) -> Iterator[list[Entry]]:
        for start in range(0, len(alerts), CHUNK):
            entries = self._entries(org, alerts[start : start + CHUNK], upto, acts)
            for _, life in groupby(entries, key=lambda entry: entry.alert):
                yield list(life)

    def taken_in(self, org: str, since: datetime, until: datetime, upto: int) -> Iterator[Entry]:
        """The entries of all signals taken in from `since` until before `until`, opened an alert
        or not, in order.
        """
        query = (
            select(t.record_entry)
            .where(
                t.record_entry.c.org == org,
                t.record_entry.c.at >= since,
                t.record_entry.c.at < until,
                t.record_entry.c.sequence <= upto,
                t.record_entry.c.act.in_(_TAKEN_IN),
            )
            .order_by(t.record_entry.c.at, t.record_entry.c.sequence)
        )
        with self._database.read() as connection:
            yield from map(entry_of, connection.execute(query))

    def _noted(self, act: Act, org: str, since: datetime, until: datetime, upto: int) -> list[str]:
        query = (
            select(t.record_entry.c.alert)
            .where(
                t.record_entry.c.org == org,
                t.record_entry.c.at >= since,
                t.record_entry.c.at < until,
                t.record_entry.c.sequence <= upto,
                t.record_entry.c.act == act.value,
            )
            .order_by(t.record_entry.c.at, t.record_entry.c.sequence)
        )
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def _entries(
        self, org: str, alerts: Sequence[str], upto: int, acts: Sequence[str]
    ) -> list[Entry]:
        query = (
            select(t.record_entry)
            .where(
                t.record_entry.c.org == org,
                t.record_entry.c.alert.in_(alerts),
                t.record_entry.c.act.in_(acts),
                t.record_entry.c.sequence <= upto,
            )
            .order_by(t.record_entry.c.alert, t.record_entry.c.sequence)
        )
        with self._database.read() as connection:
            return [entry_of(row) for row in connection.execute(query)]

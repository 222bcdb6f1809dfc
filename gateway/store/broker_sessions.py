"""Which brokers of others promised to keep a session for us."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, delete, insert, select, text, update

from gateway.store.tables import broker_session
from telecare.store.migrate import begin_as_ours
from telecare.store.session import Database


class BrokerSession(msgspec.Struct, frozen=True):
    """What a broker promised, as far as we remember."""

    since: datetime
    dropped: dict[str, int] = {}
    """By the topic of its counter."""
    lost_at: datetime | None = None
    """It turned out at a start that it was gone, and no person has accepted that yet."""


class BrokerSessions:
    """Remembers across restarts which brokers promised to keep a session for us."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def probe(self) -> None:
        """Ask the database the simplest question; raises `StoreUnavailable`."""
        with self._database.read() as connection:
            connection.execute(text("SELECT 1"))

    def get(self, org: str, broker: str) -> BrokerSession | None:
        """What this broker promised; None: nothing yet. Raises `StoreUnavailable`."""
        kept = broker_session.c
        query = select(kept.since, kept.dropped, kept.lost_at)
        with self._database.read() as connection:
            row = connection.execute(query.where(_session(org, broker))).mappings().one_or_none()
        return BrokerSession(**row) if row is not None else None

    def put(self, org: str, broker: str, session: BrokerSession) -> None:
        """It promises now, or its counters have moved."""
        values = msgspec.structs.asdict(session)
        with begin_as_ours(self._database) as connection:
            changed = connection.execute(
                update(broker_session).where(_session(org, broker)).values(values)
            )
            if not changed.rowcount:
                connection.execute(insert(broker_session).values(org=org, broker=broker, **values))

    def forget(self, org: str, broker: str) -> bool:
        """A person accepts that the session is gone; whether there was any to forget."""
        with begin_as_ours(self._database) as connection:
            return bool(
                connection.execute(delete(broker_session).where(_session(org, broker))).rowcount
            )


def _session(org: str, broker: str) -> ColumnElement[bool]:
    return (broker_session.c.org == org) & (broker_session.c.broker == broker)

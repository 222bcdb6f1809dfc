"""That a broker keeps a session for us: what it promised, and whether it still holds.

Without a kept session nobody knows what was said while we were away. What the broker has thrown
away of it, its own counters say.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from gateway.broker_health import Rise, Session, refusal, risen, session_of
from gateway.brokers import Broker
from gateway.sources.mqtt_broker.connection import Welcome
from gateway.store import BrokerSession, BrokerSessions
from telecare.clock import Clock
from telecare.errors import SettingsError, StoreUnavailable


class Refused(SettingsError):
    """The session is not what was promised."""


class Promise:
    """Of one broker, on file with us. Lives in one event loop."""

    def __init__(self, broker: Broker, sessions: BrokerSessions, clock: Clock) -> None:
        self._broker, self._sessions, self._clock = broker, sessions, clock
        self._kept: BrokerSession | None = None
        self._is_new_process = True
        self._is_first_talk = False
        self._moved = False

    async def recall(self) -> None:
        """Read what is on file. Raises `Refused` if the session was lost before we began, and
        `StoreUnavailable`.
        """
        broker = self._broker
        self._kept = await asyncio.to_thread(self._sessions.get, broker.org, broker.name)
        if self._is_new_process and self._kept is not None and self._kept.lost_at is not None:
            raise Refused(refusal(Session.LOST, broker.name))

    def meaning(self, welcome: Welcome, *, just_made: bool = False) -> Session:
        """What the broker's welcome says of the session."""
        return session_of(
            present=welcome.session_present,
            promised=self._kept is not None,
            granted_seconds=welcome.granted_seconds,
            just_made=just_made,
        )

    def is_gap(self, session: Session) -> bool:
        """Whether what was said during an interruption of ours is gone: somebody is heard late
        rather than never, so we listen, and say what is missing.
        """
        return session is Session.LOST and not self._is_new_process

    async def accept(self, session: Session) -> None:
        """Go on with this session or raise `Refused`; on file either way."""
        now, name = self._clock.now(), self._broker.name
        dropped = self._kept.dropped if self._kept is not None else {}
        if self.is_gap(session):
            await self._remember(BrokerSession(now, dropped))
        elif session is Session.LOST:
            assert self._kept is not None
            await self._remember(BrokerSession(self._kept.since, dropped, now))
            raise Refused(refusal(session, name))
        elif session is Session.NEVER_KEPT:
            raise Refused(refusal(session, name))
        elif self._kept is None:
            self._is_first_talk = True
            await self._remember(BrokerSession(now))

    def must_subscribe(self, session: Session) -> bool:
        """Whether the session does not hold our subscriptions for certain."""
        return self._is_new_process or session is not Session.KEPT

    def talking(self) -> None:
        """We listen: from now on a session that is lost is told, and does not end us."""
        self._is_new_process = False

    def talked(self) -> None:
        """The connection has ended."""
        self._is_first_talk = False

    def counted(self, topic: str, payload: bytes) -> Rise | None:
        """A counter of the broker's says how much it has thrown away since its start: how much of
        that we have not heard of yet.
        """
        if self._kept is None or not payload.isdigit() or len(payload) > 15:
            return None
        # What it threw away before it ever kept a session for us was not ours.
        unheard = None if self._is_first_talk else 0
        total, before = int(payload), self._kept.dropped.get(topic, unheard)
        if total == before:
            return None
        self._kept.dropped[topic], self._moved = total, True
        return risen(before, total)

    async def save(self) -> None:
        """Put the counters on file, if they moved. Raises `StoreUnavailable`."""
        if self._moved and self._kept is not None:
            self._moved = False
            await self._remember(self._kept)

    def save_at_the_end(self) -> None:
        """The same as we leave: nobody is there to wait for the database."""
        if self._moved and self._kept is not None:
            with suppress(StoreUnavailable):
                self._sessions.put(self._broker.org, self._broker.name, self._kept)

    async def _remember(self, session: BrokerSession) -> None:
        self._kept = session
        await asyncio.to_thread(self._sessions.put, self._broker.org, self._broker.name, session)

"""Wills with a delay: said when it is over, unless the client is back by then, wherever."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import msgspec

from gateway.clients.store import ClientReader
from gateway.sessions.notes import SESSIONS_PER_DEVICE, SessionKey
from gateway.sources.mqtt_endpoint.addresses import Wish
from gateway.sources.mqtt_endpoint.connection import Connection
from telecare.errors import StoreUnavailable


class _Waiting(msgspec.Struct, frozen=True, eq=False):
    key: SessionKey
    connection: Connection
    will: Wish
    since: datetime
    """When it went. It must not be called gone as of later, if it is back by then."""
    due: float
    """Monotonic seconds."""


class WaitingWills:
    """Those of one endpoint. Lives in its event loop."""

    def __init__(self, clients: ClientReader | None) -> None:
        """`clients`: tells who is at another gateway, if there are others."""
        self._clients = clients
        self._of_device: dict[tuple[str, str], dict[str, _Waiting]] = {}

    def add(
        self, key: SessionKey, connection: Connection, will: Wish, since: datetime, due: float
    ) -> None:
        """The client has gone. A device that has too many wills waiting says its oldest now: the
        session of that one is over.
        """
        mine = self._of_device.setdefault((key.org, key.device), {})
        mine[key.client] = _Waiting(key, connection, will, since, due)
        if len(mine) > SESSIONS_PER_DEVICE:
            self._say(next(iter(mine.values())))

    def back(self, key: SessionKey, *, goes_on: bool) -> None:
        """The client is back. One that begins a new session has ended the one before: its will is
        said now (MQTT 5, section 3.1.3.2.2).
        """
        waiting = self._of_device.get((key.org, key.device), {}).get(key.client)
        if waiting is not None:
            self._take(waiting) if goes_on else self._say(waiting)

    async def say_due(self, now: float) -> None:
        """Say those whose time has come. The database is asked first and may hang: who comes back
        meanwhile is not said to be gone.
        """
        due = [
            each for mine in self._of_device.values() for each in mine.values() if each.due <= now
        ]
        clients, elsewhere = self._clients, dict[SessionKey, str]()
        if due and clients is not None:
            elsewhere = await asyncio.to_thread(_elsewhere, clients, [each.key for each in due])
        for each in due:
            session = elsewhere.get(each.key)
            if session is None:
                self._say(each)
            elif session == each.connection.session.epoch:
                self._take(each)
            else:  # it began anew: the session whose will this is was over then
                self._say(each, each.since)

    def _say(self, waiting: _Waiting, at: datetime | None = None) -> None:
        if self._take(waiting):
            waiting.connection.speak(waiting.will, at)

    def _take(self, waiting: _Waiting) -> bool:
        """Whether it still waited; it does no more."""
        key = waiting.key
        mine = self._of_device.get((key.org, key.device), {})
        if mine.get(key.client) is not waiting:
            return False
        del mine[key.client]
        if not mine:
            del self._of_device[key.org, key.device]
        return True


def _elsewhere(clients: ClientReader, keys: Sequence[SessionKey]) -> dict[SessionKey, str]:
    """On a thread: those that came back to another gateway, as far as anybody can say, and with
    which session.
    """
    found: dict[SessionKey, str] = {}
    with suppress(StoreUnavailable):  # rather said to be gone than never missed
        for key in keys:
            if (session := clients.session_here(key)) is not None:
                found[key] = session
    return found

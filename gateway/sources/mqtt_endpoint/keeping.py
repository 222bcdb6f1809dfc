"""What of a client's session must be on disk, and what may be said only when it is."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta

from gateway.identity import Identity
from gateway.sessions.notes import Ended, Handed, Held, Left, Note, Owed, Posted, SessionKey
from gateway.sources.mqtt_endpoint import welcome
from gateway.sources.mqtt_endpoint.actions import Keep, Send
from gateway.sources.mqtt_endpoint.downward import Message
from gateway.sources.mqtt_endpoint.packets import Connect
from gateway.sources.mqtt_endpoint.welcome import Visit

LATER = 0x80000
"""Tokens from here on: an answer that waits for the commit."""
CHANGES = 512
"""SUBSCRIBE and UNSUBSCRIBE of a kept session that may wait for the disk at once: each costs a
commit more than a message does, and one client that asks in a circle would hold up everybody."""


class Keeping:
    """Of one connection; nothing is kept of a client that wants nothing kept."""

    def __init__(self, identity: Identity, connect: Connect, client_id: str, visit: Visit) -> None:
        self.session = welcome.session_of(identity, connect, client_id, visit)
        """As it is now; None if it ends with the connection."""
        self._key = SessionKey(identity.org, identity.device, client_id)
        self._visit = visit
        self._owed: set[int] = set()
        self._later: dict[int, bytes] = {}
        self._last_later = LATER
        self._changing: deque[int] = deque()

    @property
    def is_known(self) -> bool:
        """Whether the client goes on with the session that was kept for it."""
        found = self._visit.found
        return (
            self.session is not None
            and found is not None
            and self.session.epoch == found.session.epoch
        )

    @property
    def expiry(self) -> int:
        """Seconds for which it is kept after the connection."""
        return self.session.expiry if self.session is not None else 0

    @property
    def received(self) -> tuple[int, ...]:
        """Numbers of QoS 2 messages that are on disk from before."""
        return welcome.received(self.session, self._visit)

    def begins(self) -> Note | None:
        """What must be on disk before the client is welcomed, if anything."""
        kept, visit = self.session, self._visit
        if kept is not None:
            return Held(kept, visit.fresh, visit.at, kept.epoch == visit.fresh)
        if visit.found is None or visit.withdrawn:
            return None
        return Ended(self._key, visit.at)

    def filters(self) -> tuple[tuple[str, int], ...]:
        """What the client had asked for before, with the QoS granted."""
        found = self._visit.found
        return found.session.filters if found is not None and self.is_known else ()

    def owed_before(self) -> Iterator[tuple[int, Message]]:
        """What it is still to be told from before, by number."""
        found = self._visit.found
        for each in found.owed if found is not None and self.is_known else ():
            self._owed.add(each.number)
            seconds = max(0, int((each.expires_at - self._visit.at).total_seconds()))
            yield each.number, Message(each.topic.encode(), each.payload, seconds, again=True)

    def subscribed(self, granted: dict[str, int], reply: bytes) -> Send | Keep | None:
        """Say `reply` when the subscriptions as they are now will survive us; None if too many
        changes of them wait for the disk.
        """
        before = self.session
        if before is None:
            return Send(reply)
        self.session = kept = welcome.subscribed(before, granted)
        if kept.filters == before.filters and not self._changing:
            return Send(reply)  # that is on disk already
        if len(self._changing) >= CHANGES:
            return None
        self._changing.append(self._answer_later(reply))
        held = Held(kept, self._visit.fresh, self._visit.at, is_new=False)
        return Keep(held, self._changing[-1])

    def post(self, message: Message, number: int, at: datetime, data: bytes | None = None) -> Keep:
        """Owe the client `message`, and say `data` when that is on disk."""
        kept = self.session
        assert kept is not None
        expires_at = at + timedelta(seconds=message.seconds or 0)
        self._owed.add(number)
        owed = Owed(number, message.topic.decode(), message.payload, expires_at)
        token = 0 if data is None else self._answer_later(data)
        return Keep(Posted(kept.key, kept.epoch, owed), token)

    def handed(self, number: int) -> Keep:
        """This is owed no more."""
        kept = self.session
        assert kept is not None
        return Keep(Handed(kept.key, kept.epoch, number))

    def acknowledged(self, number: int) -> list[Keep]:
        """The client has it."""
        if self.session is None or number not in self._owed:
            return []
        self._owed.discard(number)
        return [self.handed(number)]

    def stored(self, token: int) -> bytes:
        """That is on disk: what may be said now."""
        if self._changing and token == self._changing[0]:
            self._changing.popleft()
        return self._later.pop(token, b"")

    def lasts(self, seconds: int) -> None:
        """The client says as it leaves for how long it is to be kept."""
        if self.session is not None:
            self.session = welcome.lasting(self.session, seconds)

    def left(self, at: datetime) -> list[Keep]:
        """The connection is gone."""
        if self.session is None:
            return []
        return [Keep(Left(self.session, self._visit.fresh, at))]

    def _answer_later(self, data: bytes) -> int:
        self._last_later += 1
        self._later[self._last_later] = data
        return self._last_later

"""QoS 2 upward: which messages of this connection were taken and not released yet."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.sessions.notes import KeptSession, Received, Released
from gateway.sources.mqtt_endpoint import replies
from gateway.sources.mqtt_endpoint.actions import Action, Keep, Send

EXACTLY_ONCE, RELEASE = 0x10000, 0x20000
"""Marks of tokens, beside the packet identifier in the lower 16 bits."""


class Exchanges:
    """Four packets for each message, none of which promises what is not on disk.

    PUBREC follows the commit of the message together with its number, PUBCOMP the commit of
    the number's release. Of a session that ends with its connection nothing is kept: there
    the client can never send a message again under its old number.
    """

    def __init__(self, session: KeptSession | None, received: Iterable[int] = ()) -> None:
        """`received`: of a session that came back, the numbers on disk that were not released."""
        self._session = session
        self._is_stored: dict[int, bool] = {}
        self._from_before = set(received)
        self._releasing: set[int] = set()
        self.open = 0
        """Messages on disk whose numbers the client has not released."""

    def begins(self, packet_id: int) -> bool:
        """Whether it is a new message on this connection; else it is a repetition."""
        if packet_id in self._is_stored:
            return False
        self._is_stored[packet_id] = False
        return True

    def dropped(self, packet_id: int) -> None:
        """The message was not taken after all: said again, it is new."""
        self._is_stored.pop(packet_id, None)
        self._releasing.discard(packet_id)

    def repeated(self, packet_id: int) -> list[Action]:
        """The answer to a repetition: none before the message itself was answered."""
        return [Send(replies.pubrec(packet_id))] if self._is_stored[packet_id] else []

    def note(self, packet_id: int) -> Received | None:
        """What goes to disk with the message."""
        session = self._session
        if session is None:
            return None
        return Received(session.key, session.epoch, packet_id)

    def stored(self, packet_id: int) -> bytes:
        """The message is on disk."""
        self._is_stored[packet_id] = True
        self.open += 1
        answer = replies.pubrec(packet_id)
        if self._session is None and packet_id in self._releasing:
            answer += self.released(packet_id)
        return answer

    def release(self, packet_id: int) -> list[Action]:
        """PUBREL came. Who repeats it is answered once, and a number that nobody knows is free.
        Who sends it too early, without having heard PUBREC, is answered when the message is safe.
        """
        session = self._session
        if packet_id in self._releasing:
            return []
        is_known = packet_id in self._is_stored or packet_id in self._from_before
        if session is None and self._is_stored.get(packet_id) is False:
            self._releasing.add(packet_id)
            return []
        if session is None or not is_known:
            return [Send(self.released(packet_id))]
        self._releasing.add(packet_id)
        note = Released(session.key, session.epoch, packet_id)
        return [Keep(note, packet_id | RELEASE)]

    def released(self, packet_id: int) -> bytes:
        """The number is free, and that is on disk."""
        self._releasing.discard(packet_id)
        self._from_before.discard(packet_id)
        self.open -= self._is_stored.pop(packet_id, False)
        return replies.pubcomp(packet_id)

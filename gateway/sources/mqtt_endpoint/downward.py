"""Messages to a device: to the topics it asked for, and no more at once than it allows."""

from __future__ import annotations

from collections import deque

from gateway.sources.mqtt_endpoint import replies
from gateway.sources.mqtt_endpoint.packets import Connect
from gateway.sources.mqtt_endpoint.subscriptions import Subscriptions

WAITING = 64
"""Messages held for a slow client; the oldest give way (devices ask again)."""


class Downward:
    """The downward side of one connection."""

    def __init__(self, root: bytes, connect: Connect, quiet: tuple[bytes, ...] = ()) -> None:
        """`root` ends with `down/`; `connect` says what the client can take.

        `quiet`: see `Subscriptions`.
        """
        self.subscriptions = Subscriptions(root, quiet)
        self._version = connect.version
        self._window = connect.receive_maximum
        self._largest = connect.maximum_packet_size
        self._under_way: set[int] = set()
        self._waiting: deque[tuple[bytes, bytes]] = deque(maxlen=WAITING)
        self._last_id = 0

    def deliver(self, topic: bytes, payload: bytes) -> bytes:
        """Bytes to write: none if the client did not ask for `topic`, or cannot take it now."""
        qos = self.subscriptions.qos_of(topic)
        if qos is None:
            return b""
        if qos == 0:
            return self._within_limit(replies.publish(self._version, topic, payload, 0))
        if len(self._under_way) >= self._window:
            self._waiting.append((topic, payload))
            return b""
        packet_id = self._free_id()
        packet = self._within_limit(replies.publish(self._version, topic, payload, packet_id))
        if packet:
            self._under_way.add(packet_id)
        return packet

    def acknowledged(self, packet_id: int) -> bytes:
        """The client has one more free place: the bytes of what waited for it, if anything."""
        self._under_way.discard(packet_id)
        return self.deliver(*self._waiting.popleft()) if self._waiting else b""

    def _free_id(self) -> int:
        while True:
            self._last_id = self._last_id % 0xFFFF + 1
            if self._last_id not in self._under_way:
                return self._last_id

    def _within_limit(self, packet: bytes) -> bytes:
        return b"" if self._largest is not None and len(packet) > self._largest else packet

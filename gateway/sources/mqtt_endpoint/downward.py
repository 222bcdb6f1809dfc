"""Messages to a device: to the topics it asked for, and no more at once than it allows."""

from __future__ import annotations

from collections import OrderedDict

import msgspec

from gateway.sources.mqtt_endpoint import replies
from gateway.sources.mqtt_endpoint.packets import Connect
from gateway.sources.mqtt_endpoint.subscriptions import Subscriptions

WAITING = 64
"""Messages held for a slow client; the oldest give way (devices ask again)."""


class Message(msgspec.Struct, frozen=True, gc=False):
    """What is to be said."""

    topic: bytes
    payload: bytes
    seconds: int | None = None
    """For how long it means anything."""
    again: bool = False
    """The client may have had it on an earlier connection."""


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """What came of it: bytes to write now, if any."""

    data: bytes = b""
    number: int = 0
    """Its packet identifier; 0 if nobody will acknowledge it."""
    dropped: int = 0
    """The number of an older message that gave way."""


class Downward:
    """The downward side of one connection."""

    def __init__(self, root: bytes, connect: Connect, commands: tuple[str, ...] = ()) -> None:
        """`root` ends with `down/`; `connect` says what the client can take.

        `commands`: see `Subscriptions`.
        """
        self.subscriptions = Subscriptions(root, commands)
        self._version = connect.version
        self._window = connect.receive_maximum
        self._largest = connect.maximum_packet_size
        self._under_way: set[int] = set()
        self._waiting: OrderedDict[int, Message] = OrderedDict()
        self._last_id = 0

    def deliver(self, message: Message, number: int = 0) -> Delivery:
        """Say it: under `number`, if it was given one on an earlier connection."""
        qos = self.subscriptions.qos_of(message.topic)
        if qos is None:
            return Delivery()
        if qos == 0:
            return Delivery(self._within_limit(self._packet(message, 0)))
        number = number or self._free_id()
        if not self._within_limit(self._packet(message, number)):
            return Delivery(number=0)
        self._waiting[number] = message
        dropped = 0
        if len(self._waiting) > WAITING:
            dropped, _ = self._waiting.popitem(last=False)
        return Delivery(self._next(), number, dropped)

    def acknowledged(self, number: int) -> bytes:
        """The client has one more free place: the bytes of what waited for it, if anything."""
        self._under_way.discard(number)
        return self._next()

    def _next(self) -> bytes:
        if not self._waiting or len(self._under_way) >= self._window:
            return b""
        number, message = self._waiting.popitem(last=False)
        self._under_way.add(number)
        return self._packet(message, number)

    def _packet(self, message: Message, number: int) -> bytes:
        return replies.publish(
            self._version,
            message.topic,
            message.payload,
            number,
            expiry=message.seconds,
            again=message.again,
        )

    def _free_id(self) -> int:
        while True:
            self._last_id = self._last_id % 0xFFFF + 1
            if self._last_id not in self._under_way and self._last_id not in self._waiting:
                return self._last_id

    def _within_limit(self, packet: bytes) -> bytes:
        return b"" if self._largest is not None and len(packet) > self._largest else packet

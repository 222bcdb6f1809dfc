"""Just enough MQTT 3.1.1 to load a door: a codec of its own.

The generator must not share the gateway's code, or one mistake would cancel the other
out; and a client library would cost more processor than the door under test.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

CONNACK, PUBLISH, PUBACK, SUBACK = 0x20, 0x30, 0x40, 0x90


def remaining_length(size: int) -> bytes:
    """A length as MQTT writes it: seven bits a byte, least first."""
    out = bytearray()
    while True:
        size, digit = divmod(size, 128)
        out.append(digit | (0x80 if size else 0))
        if not size:
            return bytes(out)


def _text(value: str) -> bytes:
    raw = value.encode()
    return len(raw).to_bytes(2, "big") + raw


def connect(client_id: str, username: str, password: str, keepalive_s: int = 0) -> bytes:
    """CONNECT with a clean session."""
    flags = 0x80 | 0x40 | 0x02
    body = _text("MQTT") + bytes([4, flags]) + keepalive_s.to_bytes(2, "big")
    body += _text(client_id) + _text(username) + _text(password)
    return b"\x10" + remaining_length(len(body)) + body


class Topic:
    """A topic whose PUBLISH packets are put together quickly, QoS 1."""

    def __init__(self, topic: str) -> None:
        self._head = _text(topic)
        self._begins: dict[int, bytes] = {}

    def publish(self, packet_id: int, payload: bytes) -> bytes:
        """The packet; `packet_id` 1 to 65535."""
        size = len(payload)
        begin = self._begins.get(size)
        if begin is None:
            begin = b"\x32" + remaining_length(len(self._head) + 2 + size) + self._head
            self._begins[size] = begin
        return begin + packet_id.to_bytes(2, "big") + payload


class Line(asyncio.Protocol):
    """One raw connection. `on_puback` is called with each packet id acknowledged, `on_read` after
    all that came at once.
    """

    def __init__(
        self,
        hello: bytes,
        on_puback: Callable[[int], None],
        on_read: Callable[[], None] = lambda: None,
    ) -> None:
        self._hello = hello
        self._on_puback = on_puback
        self._on_read = on_read
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self.accepted: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        """The CONNACK's return code; 0 means welcome."""
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no asyncio.Transport, though they do all it does.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._hello)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.lost = True
        if not self.accepted.done():
            self.accepted.set_exception(ConnectionError("the door closed before its CONNACK"))

    def send(self, packet: bytes) -> None:
        """Write at once; a broken line swallows it, and its PUBACK never comes."""
        if self._transport is not None and not self.lost:
            self._transport.write(packet)

    def close(self) -> None:
        """Say DISCONNECT and go."""
        if self._transport is not None and not self.lost:
            self._transport.write(b"\xe0\x00")
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        at, size = 0, len(buffer)
        while size - at >= 4 and buffer[at] == PUBACK and buffer[at + 1] == 2:
            self._on_puback(buffer[at + 2] << 8 | buffer[at + 3])
            at += 4
        while size - at >= 2:
            length, body = _length_at(buffer, at + 1)
            if body < 0 or size < body + length:
                break
            self._packet(buffer[at], buffer, body)
            at = body + length
        self._buffer = buffer[at:]
        self._on_read()

    def _packet(self, first: int, buffer: bytes, body: int) -> None:
        kind = first & 0xF0
        if kind == PUBACK:
            self._on_puback(buffer[body] << 8 | buffer[body + 1])
        elif kind == CONNACK and not self.accepted.done():
            self.accepted.set_result(buffer[body + 1])


def _length_at(buffer: bytes, at: int) -> tuple[int, int]:
    """The remaining length written at `at` and where the body begins, or (0, -1)."""
    length = shift = 0
    while at < len(buffer):
        digit = buffer[at]
        at += 1
        length |= (digit & 0x7F) << shift
        if digit < 0x80:
            return length, at
        shift += 7
    return 0, -1

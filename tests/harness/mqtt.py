"""A client that speaks MQTT byte by byte, so that tests can also speak it wrongly.

Written without the gateway's codec: two independent readings of the standard must agree.
"""

from __future__ import annotations

import select
import socket
import ssl
from types import TracebackType
from typing import Any, Self

PATIENCE = 20.0
"""Seconds after which a test gives up waiting; no test measures time with it."""


def field(value: bytes | str) -> bytes:
    """`value` with its length in two bytes."""
    raw = value.encode() if isinstance(value, str) else value
    return len(raw).to_bytes(2, "big") + raw


def packet(first: int, body: bytes) -> bytes:
    """A control packet with its fixed header."""
    length, left = bytearray(), len(body)
    while True:
        left, low = divmod(left, 128)
        length.append(low | (0x80 if left else 0))
        if not left:
            return bytes((first,)) + bytes(length) + body


def connect(
    username: str,
    password: str,
    *,
    version: int = 4,
    client_id: str = "",
    keepalive: int = 60,
    clean: bool = True,
    expiry: int = 0,
    will: tuple[str, bytes] | None = None,
) -> bytes:
    """CONNECT; `expiry` in seconds is for MQTT 5, a `will` (topic, payload) for 3.1.1."""
    flags = (0xC2 if clean else 0xC0) | (0x0C if will else 0)
    head = field("MQTT") + bytes((version, flags)) + keepalive.to_bytes(2, "big")
    properties = b""
    if version == 5:
        properties = b"\x05\x11" + expiry.to_bytes(4, "big") if expiry else b"\x00"
    names = [client_id, *(will or ()), username, password]
    return packet(0x10, head + properties + b"".join(field(name) for name in names))


def publish(
    topic: str | bytes,
    payload: bytes,
    packet_id: int = 1,
    *,
    version: int = 4,
    qos: int = 1,
    retain: bool = False,
    dup: bool = False,
) -> bytes:
    """PUBLISH."""
    first = 0x30 | qos << 1 | (1 if retain else 0) | (8 if dup else 0)
    number = packet_id.to_bytes(2, "big") if qos else b""
    return packet(first, field(topic) + number + (b"\x00" if version == 5 else b"") + payload)


def subscribe(topic: str, packet_id: int = 1, *, version: int = 4, qos: int = 1) -> bytes:
    """SUBSCRIBE to one filter."""
    properties = b"\x00" if version == 5 else b""
    return packet(0x82, packet_id.to_bytes(2, "big") + properties + field(topic) + bytes((qos,)))


class MqttClient:
    """A TCP connection with MQTT's framing and nothing else."""

    def __init__(self, port: int, *, version: int = 4) -> None:
        self.version = version
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def secure(self) -> None:
        """Speak over TLS from here on, to whoever it is."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._socket = context.wrap_socket(self._socket)

    def close(self) -> None:
        """Cut the connection without saying goodbye."""
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Write bytes as they are."""
        self._socket.sendall(data)

    @property
    def has_more(self) -> bool:
        """Whether the server has said something that was not read, or has closed."""
        return bool(self._buffer or select.select([self._socket], [], [], 0)[0])

    def read(self) -> tuple[int, bytes] | None:
        """The next packet as (first byte, body); None when the server closed."""
        while True:
            whole = _cut(self._buffer)
            if whole is not None:
                first, body, self._buffer = whole
                return first, body
            try:
                more = self._socket.recv(65536)
            except ConnectionResetError:
                return None
            if not more:
                return None
            self._buffer += more

    def connect(
        self,
        username: str,
        password: str,
        *,
        client_id: str = "",
        will: tuple[str, bytes] | None = None,
    ) -> int:
        """CONNECT, and the code of the CONNACK; -1 when the server closed without one."""
        mine: dict[str, Any] = {"version": self.version, "client_id": client_id}
        self.send(connect(username, password, **mine, will=will))
        answer = self.read()
        if answer is None:
            return -1
        assert answer[0] == 0x20, answer
        return answer[1][1]

    def resume(self, username: str, password: str, client_id: str) -> bool:
        """CONNECT for a session that is kept an hour; whether it was kept from before."""
        mine: dict[str, Any] = {"version": self.version, "client_id": client_id}
        self.send(connect(username, password, **mine, clean=False, expiry=3600))
        answer = self.read()
        assert answer is not None
        assert (answer[0], answer[1][1]) == (0x20, 0), answer
        return bool(answer[1][0])

    def expect(self, first: int, packet_id: int) -> None:
        """Read the next packet: an acknowledgement of `packet_id`."""
        assert self.read() == (first, packet_id.to_bytes(2, "big"))

    def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False
    ) -> int | None:
        """PUBLISH and wait for its PUBACK: its reason (0 in 3.1.1), None if we were cut off."""
        self._number += 1
        number, version = self._number, self.version
        data = publish(topic, payload, number, version=version, qos=qos, retain=retain)
        try:
            self.send(data)
        except (BrokenPipeError, ConnectionResetError):
            return None
        while (answer := self.read()) is not None:
            if answer[0] == 0x40 and answer[1][:2] == number.to_bytes(2, "big"):
                return answer[1][2] if len(answer[1]) > 2 else 0
            if answer[0] == 0xE0:
                return None
        return None

    def subscribe(self, topic: str, qos: int = 1) -> int:
        """SUBSCRIBE to one filter, and the answer to it."""
        self.send(subscribe(topic, version=self.version, qos=qos))
        answer = self.read()
        assert answer is not None
        assert answer[0] == 0x90, answer
        return answer[1][-1]

    def disconnect_reason(self) -> int | None:
        """Read until the server closes: the reason of its DISCONNECT, None if it sent none."""
        reason = None
        while (answer := self.read()) is not None:
            if answer[0] == 0xE0:
                reason = answer[1][0]
        return reason

    def delivered(self) -> tuple[str, bytes]:
        """The next downward message as (topic, payload), acknowledged if it is QoS 1."""
        while True:
            answer = self.read()
            assert answer is not None, "the server closed instead of delivering"
            first, body = answer
            if first & 0xF0 != 0x30:
                continue
            size = int.from_bytes(body[:2], "big")
            topic, position = body[2 : 2 + size].decode(), 2 + size
            if first & 6:
                self.send(packet(0x40, body[position : position + 2]))
                position += 2
            if self.version == 5:
                position += 1 + body[position]
            return topic, body[position:]

    def ping(self) -> bool:
        """Whether the server still answers on this connection."""
        self.send(b"\xc0\x00")
        while (answer := self.read()) is not None:
            if answer[0] == 0xD0:
                return True
        return False


def _cut(data: bytes) -> tuple[int, bytes, bytes] | None:
    length = 0
    for position in range(1, min(5, len(data))):
        length |= (data[position] & 0x7F) << 7 * (position - 1)
        if data[position] < 0x80:
            end = position + 1 + length
            if len(data) < end:
                return None
            return data[0], data[position + 1 : end], data[end:]
    return None

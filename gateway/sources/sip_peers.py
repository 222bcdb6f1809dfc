"""Sockets that speak SIP: datagrams and streams, each a peer that can be answered."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from typing import Protocol, cast

from sipmessage import Request, Response

from gateway.sources.sip_wire import Came, Malformed, Stream, parse

WRITE_LIMIT = 256 * 1024
"""Bytes a peer may leave unread before it is cut off."""
SENDERS, OF_ONE_SENDER, BESIDE_THE_FIRST = 4096, 64, 1024
"""How many datagrams may wait: the first of so many senders, so many of one sender (the units of a
scheme share an address), and none but first ones when so many wait.
"""


class Peer(Protocol):
    """Somebody who can be sent bytes."""

    came: Came

    def send(self, data: bytes) -> None: ...


class Ears(Protocol):
    """Who hears what peers say."""

    def heard(self, peer: Peer, message: Request | Response) -> None: ...

    def malformed(self, why: str) -> None:
        """Something came that is no SIP message."""

    def opened(self, peer: StreamPeer) -> None:
        """A connection is open. One that there is no room for is aborted."""

    def closed(self, peer: StreamPeer) -> None: ...


class DatagramPeer:
    """Whoever sent a datagram."""

    def __init__(self, transport: asyncio.DatagramTransport, address: tuple[str, int]) -> None:
        self._transport = transport
        self._address = address
        self.came = Came("UDP", address[0], address[1])

    def send(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.sendto(data, self._address)


class Turns:
    """Datagrams that wait to be heard, each sender's in order, the senders in turn: a flood from a
    few keeps nobody else waiting for more than a turn. What is too much is lost, as datagrams are.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, deque[tuple[bytes, tuple[str, int]]]] = {}
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, data: bytes, address: tuple[str, int]) -> None:
        """Let it wait, unless its sender or all together have too many waiting."""
        mine = self._waiting.get(address[0])
        if mine is None and len(self._waiting) < SENDERS:
            mine = self._waiting[address[0]] = deque()
        elif mine is None or len(mine) >= OF_ONE_SENDER or self._count >= BESIDE_THE_FIRST:
            return
        mine.append((data, address))
        self._count += 1

    def next(self) -> tuple[bytes, tuple[str, int]]:
        """Whose turn it is."""
        sender = next(iter(self._waiting))
        mine = self._waiting.pop(sender)
        if len(mine) > 1:
            self._waiting[sender] = mine
        self._count -= 1
        return mine.popleft()


class Datagrams(asyncio.DatagramProtocol):
    """A UDP socket."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears
        self._turns = Turns()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have this shape without being of this class.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        if not data.strip(b"\r\n\0 "):
            return  # a keepalive
        if not self._turns:
            asyncio.get_running_loop().call_soon(self._hear)
        self._turns.add(data, (str(addr[0]), addr[1]))

    def _hear(self) -> None:
        """One of those that wait, and what came on other lines before the next: parsing takes long,
        and who reads too rarely loses what the system cannot hold.
        """
        if self._transport is None:
            return
        data, address = self._turns.next()
        if self._turns:
            asyncio.get_running_loop().call_soon(self._hear)
        try:
            message = parse(data)
        except Malformed as error:
            self._ears.malformed(str(error))
        else:
            self._ears.heard(DatagramPeer(self._transport, address), message)

    def error_received(self, exc: Exception) -> None:
        """A peer's port is closed: what we sent it is repeated, and given up in time."""


class StreamPeer(asyncio.Protocol):
    """A TCP or TLS connection."""

    def __init__(self, ears: Ears, transport_name: str, now: Callable[[], float]) -> None:
        self._ears = ears
        self._name = transport_name
        self._now = now
        self._stream = Stream()
        self._transport: asyncio.Transport | None = None
        self.came = Came(transport_name, "", 0)
        self.heard_at = now()
        self.has_spoken = False
        """Whether a SIP message came on it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        address = transport.get_extra_info("peername") or ("", 0)
        self.came = Came(self._name, str(address[0]), int(address[1]))
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._ears.opened(self)

    def data_received(self, data: bytes) -> None:
        self.heard_at = self._now()
        try:
            for message in self._stream.feed(data):
                self.has_spoken = True
                self._ears.heard(self, message)
        except Malformed as error:
            self._ears.malformed(str(error))
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the end is the end
        self._ears.closed(self)

    def send(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > WRITE_LIMIT:
            self.abort()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

"""The open lines of a door, and the agreeing on TLS that comes before anything is said on one."""

from __future__ import annotations

import asyncio
import ssl
from typing import Protocol, cast

from telecare.observe import log

HANDSHAKE_SECONDS = 10.0
"""How long a stranger may take to agree on TLS."""
SAY_AGAIN_SECONDS = 60.0
"""While there is no room the log has it this often."""


class Line(Protocol):
    """Somebody's socket."""

    def abort(self) -> None:
        """Close at once."""


class Lines:
    """As many as there is room for. When there are more, the stranger gives way who was here
    longest: however many hold their lines, one of ours says who it is before its turn comes.
    """

    def __init__(self, limit: int, part: str) -> None:
        """`part`: under which name the log hears of it."""
        self._limit, self._part = limit, part
        self._open: set[Line] = set()
        self._strangers: dict[Line, None] = {}
        """Those among them that nobody knows yet; who came first stands first."""
        self._gave_way = 0
        self._silent_until = float("-inf")

    def __len__(self) -> int:
        return len(self._open)

    def opened(self, line: Line) -> None:
        """One more, a stranger."""
        self._open.add(line)
        self._strangers[line] = None
        if len(self._open) > self._limit:
            self._gave_way += 1
            longest = next(iter(self._strangers))
            self.known(longest)
            longest.abort()

    def known(self, line: object) -> None:
        """It gives way to nobody."""
        self._strangers.pop(cast("Line", line), None)

    def closed(self, line: Line) -> None:
        """There is room for another."""
        self._open.discard(line)
        self.known(line)

    def watch(self, now: float) -> None:
        """Called about once a second, with monotonic seconds: says how many gave way since."""
        if self._gave_way and now >= self._silent_until:
            log(self._part).warning(
                "too_many_connections", limit=self._limit, gave_way=self._gave_way
            )
            self._gave_way, self._silent_until = 0, now + SAY_AGAIN_SECONDS

    def abort(self) -> None:
        """Close all at once."""
        for line in list(self._open):
            line.abort()


class Handshake(asyncio.Protocol):
    """A line until both sides have agreed on TLS: a stranger's, counted like any other. `inner`
    hears of it afterwards, and as if it were a line of its own.
    """

    def __init__(self, inner: asyncio.Protocol, tls: ssl.SSLContext, lines: Lines) -> None:
        self._inner = inner
        self._tls = tls
        self._lines = lines
        self._transport: asyncio.Transport | None = None
        self._too_late: asyncio.TimerHandle | None = None
        self._agreeing: asyncio.Task[None] | None = None
        self._early = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have this shape without being of this class.
        self._transport = cast("asyncio.Transport", transport)
        loop = asyncio.get_running_loop()
        self._too_late = loop.call_later(HANDSHAKE_SECONDS, self._transport.abort)
        self._lines.opened(self)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        if self._agreeing is None:
            self._transport.pause_reading()
            agreeing = self._agree(self._transport, data)
            self._agreeing = asyncio.get_running_loop().create_task(agreeing)
        else:  # it came with the last of the handshake, before `inner` was told of its line
            self._early += data

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - the end is the end
        self._end()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    async def _agree(self, transport: asyncio.Transport, hello: bytes) -> None:
        loop = asyncio.get_running_loop()
        # Comes about while we wait below: then TLS stands in our place, and hears it as its first.
        loop.call_soon(_repeat, transport, hello)
        try:
            secured = await loop.start_tls(transport, self, self._tls, server_side=True)
        except OSError:  # it spoke no TLS, or none that we take, or is gone
            transport.abort()
            return
        finally:
            self._end()
        if secured is None or secured.is_closing():
            return
        secured.set_protocol(self._inner)
        self._inner.connection_made(secured)
        if self._early:
            self._inner.data_received(self._early)

    def _end(self) -> None:
        if self._too_late is not None:
            self._too_late.cancel()
        self._lines.closed(self)


def _repeat(transport: asyncio.Transport, data: bytes) -> None:
    """Say `data` to who reads from `transport` now, if it is still open."""
    if transport.is_closing():
        return
    reader = cast("asyncio.BufferedProtocol", transport.get_protocol())
    memoryview(reader.get_buffer(len(data)))[: len(data)] = data
    reader.buffer_updated(len(data))

"""Listens to the live stream of a desk, as a console does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec

from telecare.clock import Clock
from telecare.errors import StoreUnavailable


class Heard(msgspec.Struct, frozen=True):
    """When a home's alert was first told, in wall seconds."""

    alert: str
    at: float


class _Line(msgspec.Struct):
    id: str
    home: str


class _Told(msgspec.Struct):
    lines: list[_Line] = []


class LiveListener:
    """Notes when each home's first alert is told."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self._host, self._port, self._token = host, port, token
        self._news = asyncio.Event()
        self.connected = asyncio.Event()
        """The stream stands and its snapshot has come."""
        self.heard: dict[str, Heard] = {}

    async def run(self, clock: Clock) -> None:
        """Listen until cancelled. Raises `StoreUnavailable` when refused or cut off."""
        async for data in self._events():
            now = clock.now().timestamp()
            for line in msgspec.json.decode(data, type=_Told).lines:
                self.heard.setdefault(line.home, Heard(line.id, now))
            self.connected.set()
            self._news.set()
        raise StoreUnavailable("The live stream ended.")

    async def look_on(self) -> None:
        """Take in what a console is sent without heeding it, until cancelled."""
        async for _ in self._events():
            self.connected.set()
        raise StoreUnavailable("The live stream ended.")

    async def heard_all(self, homes: set[str], within_s: float) -> None:
        """Wait until every one of `homes` was told, at most `within_s` real seconds."""
        try:
            async with asyncio.timeout(within_s):
                while not homes <= self.heard.keys():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return

    async def _events(self) -> AsyncIterator[bytes]:
        """The data of each event. HTTP/1.0 is spoken so that nothing is chunked."""
        reader, writer = await asyncio.open_connection(self._host, self._port, limit=2**24)
        try:
            writer.write(
                f"GET /api/v1/live HTTP/1.0\r\nHost: {self._host}:{self._port}\r\n"
                f"Authorization: Bearer {self._token}\r\nAccept: text/event-stream\r\n\r\n".encode()
            )
            status = await reader.readline()
            if b" 200 " not in status:
                raise StoreUnavailable(f"The live stream was refused: {status.decode().strip()}")
            while await reader.readline() not in (b"\r\n", b""):
                pass
            while line := await reader.readline():
                if line.startswith(b"data:"):
                    yield line[5:]
        finally:
            writer.close()

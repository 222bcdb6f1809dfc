"""Lines over TLS: counted from the first byte on, and handed on with nothing lost."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import cast

import pytest
import structlog
import uvloop

from gateway.sources import lines
from gateway.sources.lines import Handshake, Lines
from gateway.sources.mqtt_endpoint.tls import server_tls
from telecare.authority import own_tls

Loops = Callable[[], asyncio.AbstractEventLoop]


class Hearer(asyncio.Protocol):
    """What stands behind the handshake."""

    def __init__(self, room: Lines) -> None:
        self._room = room
        self.heard = b""
        self.ends = 0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert self.transport is None, "told of its line once"
        self.transport = cast("asyncio.Transport", transport)
        self._room.opened(self)

    def data_received(self, data: bytes) -> None:
        assert self.transport is not None, "told of its line before of what came on it"
        self.heard += data
        self.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.ends += 1
        self._room.closed(self)

    def abort(self) -> None:
        assert self.transport is not None
        self.transport.abort()


class Place:
    """A door with room for three, in a loop of its own choice."""

    def __init__(self, folder: Path) -> None:
        own = own_tls(folder)
        self.tls = server_tls(own.certificate, own.key).context
        self.room = Lines(3, "gateway.test")
        self.made: list[Hearer] = []
        self.port = 0
        self.leave = ExitStack()

    def line(self) -> asyncio.Protocol:
        self.made.append(Hearer(self.room))
        return Handshake(self.made[-1], self.tls, self.room)

    async def dial(self) -> socket.socket:
        """A stranger who says nothing, not even of TLS; gone when the story is over."""
        before = len(self.made)
        line = self.leave.enter_context(socket.create_connection(("127.0.0.1", self.port)))
        line.setblocking(False)
        while len(self.made) == before:  # noqa: ASYNC110 - what the system does wakes nobody
            await asyncio.sleep(0.001)
        return line

    async def settle(self, count: int) -> None:
        """Wait until so many lines are open."""
        while len(self.room) != count:  # noqa: ASYNC110 - the same
            await asyncio.sleep(0.001)


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def loops(request: pytest.FixtureRequest) -> Loops:
    return cast("Loops", request.param)


def run(loops: Loops, folder: Path, story: Callable[[Place], Awaitable[None]]) -> None:
    async def told() -> None:
        place = Place(folder)
        server = await asyncio.get_running_loop().create_server(place.line, "127.0.0.1", 0)
        async with server, asyncio.timeout(60):
            place.port = server.sockets[0].getsockname()[1]
            with place.leave:
                await story(place)
            await place.settle(0)

    with asyncio.Runner(loop_factory=loops) as runner:
        runner.run(told())


def first_flight(port: int, words: bytes) -> bytes:
    """The answer to `words` that left in one piece with the last of the handshake."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing)
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                line.sendall(outgoing.read())
                incoming.write(line.recv(65536))
        tls.write(words)
        line.sendall(outgoing.read())
        while True:
            try:
                return tls.read(100)
            except ssl.SSLWantReadError:
                incoming.write(line.recv(65536))


def test_what_comes_with_the_end_of_the_handshake_is_heard(loops: Loops, tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        for number in range(5):
            words = b"press %d" % number
            assert await asyncio.to_thread(first_flight, place.port, words) == words
        await place.settle(0)
        assert [each.ends for each in place.made] == [1] * 5

    run(loops, tmp_path, story)


def test_who_opens_a_line_and_says_nothing_takes_up_room_and_gives_way(
    loops: Loops, tmp_path: Path
) -> None:
    async def story(place: Place) -> None:
        silent = [await place.dial() for _ in range(5)]
        for each in silent[:2]:
            assert await asyncio.get_running_loop().sock_recv(each, 1) == b"", "the longest"
        await place.settle(3)
        assert await asyncio.to_thread(first_flight, place.port, b"press") == b"press"
        await place.settle(2)
        place.room.abort()
        await place.settle(0)
        assert sum(each.transport is not None for each in place.made) == 1, "and no other was told"

    run(loops, tmp_path, story)


def test_that_strangers_give_way_is_said_once_a_minute_with_their_number() -> None:
    class Silent:
        def abort(self) -> None:
            room.closed(self)

    room = Lines(2, "gateway.test")
    with structlog.testing.capture_logs() as said:
        for second in range(62):
            room.opened(Silent())
            room.watch(1000.0 + second)
        for second in range(62, 200):  # nobody comes any more
            room.watch(1000.0 + second)
    assert [(each["component"], each["event"], each["gave_way"]) for each in said] == [
        ("gateway.test", "too_many_connections", 1),
        ("gateway.test", "too_many_connections", 59),
    ]


def test_one_who_is_known_gives_way_to_nobody(loops: Loops, tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        reader, writer = await asyncio.open_connection("127.0.0.1", place.port, ssl=context)
        writer.write(b"test")
        assert await reader.readexactly(4) == b"test"
        place.room.known(place.made[0])
        for _ in range(5):
            await place.dial()
        await place.settle(3)
        writer.write(b"press")
        assert await reader.readexactly(5) == b"press"
        writer.close()
        await writer.wait_closed()

    run(loops, tmp_path, story)


@pytest.mark.parametrize("words", [b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n"])
def test_who_leaves_or_speaks_no_tls_leaves_its_room(
    loops: Loops, tmp_path: Path, words: bytes
) -> None:
    async def story(place: Place) -> None:
        line = await place.dial()
        line.sendall(words)
        line.close()
        await place.settle(0)
        assert place.made[0].transport is None

    run(loops, tmp_path, story)


def test_who_never_finishes_is_shown_out(
    loops: Loops, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "HANDSHAKE_SECONDS", 0.1)

    async def story(place: Place) -> None:
        line = await place.dial()
        line.sendall(b"\x16\x03\x01")
        assert await asyncio.get_running_loop().sock_recv(line, 1) == b""
        await place.settle(0)

    run(loops, tmp_path, story)


def test_who_gives_way_in_the_moment_it_speaks_is_gone_without_a_sound(
    loops: Loops, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear = Handshake.data_received

    def hear_and_give_way(self: Handshake, data: bytes) -> None:
        hear(self, data)
        self.abort()

    monkeypatch.setattr(Handshake, "data_received", hear_and_give_way)
    faults: list[dict[str, object]] = []

    async def story(place: Place) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault))
        line = await place.dial()
        line.sendall(b"\x16\x03\x01")
        with suppress(ConnectionResetError):
            assert await asyncio.get_running_loop().sock_recv(line, 1) == b""
        await place.settle(0)
        assert place.made[0].transport is None

    run(loops, tmp_path, story)
    assert faults == []

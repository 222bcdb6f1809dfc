"""A simulated unit's line: SIP MESSAGEs over UDP, TCP or TLS, as a real unit sends them.

Written without the gateway's code: two independent readings of the standards must agree.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from hashlib import md5
from typing import Protocol, Self, cast

import msgspec
from sipmessage import URI, Message, Request, Response

from simulators.chance import chance

T1, T2 = 0.5, 4.0
_GOODBYE_S = 2.0


class Account(msgspec.Struct, frozen=True):
    """How a unit proves itself; without a username it is known by where it calls from."""

    username: str = ""
    password: str = ""


class _Wire(Protocol):
    def send(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class SipLine:
    """Sends requests and waits for their responses; answers requests with 200 and keeps them."""

    def __init__(self, user: str, account: Account, seed: int = 1) -> None:
        self.user = user
        self.heard: asyncio.Queue[Request] = asyncio.Queue()
        """Requests of the centre, each once."""
        self.lost = asyncio.Event()
        """The connection is gone (TCP and TLS)."""
        self._account = account
        self._chance = chance("sip", user, seed)
        self._wire: _Wire | None = None
        self._transport = "UDP"
        self._waiting: dict[str, asyncio.Future[Response]] = {}
        self._seen: set[str] = set()
        self._count = 0
        self._local = ("127.0.0.1", 0)

    async def open(
        self, host: str, port: int, transport: str = "UDP", tls: ssl.SSLContext | None = None
    ) -> Self:
        """Connect to the centre; raises `OSError`."""
        loop = asyncio.get_running_loop()
        self._transport = transport
        if transport == "UDP":
            made, wire = await loop.create_datagram_endpoint(
                lambda: _Datagrams(self), remote_addr=(host, port)
            )
            self._local = made.get_extra_info("sockname")[:2]
            self._wire = wire
        else:
            stream, wire_ = await loop.create_connection(lambda: _Stream(self), host, port, ssl=tls)
            self._local = stream.get_extra_info("sockname")[:2]
            self._wire = wire_
        return self

    async def close(self) -> None:
        """Hang up, and wait until the line is free: TLS says goodbye first."""
        if self._wire is None:
            return
        self._wire.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE_S):
                await self.lost.wait()

    async def message(self, body: bytes, media_type: str, *, patience: float = 8.0) -> Response:
        """Send a MESSAGE, prove ourselves if asked; the final response, or `TimeoutError`."""
        response = await self.request("MESSAGE", body, media_type, patience=patience)
        challenge = response.headers.get("WWW-Authenticate")
        if response.code == 401 and challenge is not None and self._account.username:
            authorization = self._authorize(challenge, "MESSAGE")
            response = await self.request(
                "MESSAGE", body, media_type, authorization, patience=patience
            )
        return response

    async def request(
        self,
        method: str,
        body: bytes = b"",
        media_type: str = "",
        authorization: str = "",
        *,
        patience: float = 8.0,
    ) -> Response:
        """One transaction: sent again over UDP until it is answered, or `TimeoutError`."""
        branch = f"z9hG4bK{self._chance.getrandbits(64):016x}"
        data = self._bytes(method, branch, body, media_type, authorization)
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._waiting[branch] = answer
        try:
            async with asyncio.timeout(patience):
                return await self._until_answered(data, answer)
        finally:
            del self._waiting[branch]

    async def _until_answered(self, data: bytes, answer: asyncio.Future[Response]) -> Response:
        wait = T1
        while True:
            self.send(data)
            if self._transport != "UDP":
                return await answer
            done, _ = await asyncio.wait([answer], timeout=wait)
            if done:
                return answer.result()
            wait = min(wait * 2, T2)

    def send(self, data: bytes) -> None:
        """Bytes as they are."""
        assert self._wire is not None
        self._wire.send(data)

    def received(self, data: bytes) -> None:
        """A whole message came."""
        message = Message.parse(data)
        branch = message.via[0].parameters.get("branch") or ""
        if isinstance(message, Response):
            answer = self._waiting.get(branch)
            if answer is not None and message.code >= 200 and not answer.done():
                answer.set_result(message)
            return
        self.send(_ok(message))
        if branch not in self._seen:
            self._seen.add(branch)
            self.heard.put_nowait(message)

    def _bytes(
        self, method: str, branch: str, body: bytes, media_type: str, authorization: str
    ) -> bytes:
        self._count += 1
        host = f"{self._local[0]}:{self._local[1]}"
        request = Request(method, URI("sip", "arc.example.org", "arc"), body)
        values = {
            "Via": f"SIP/2.0/{self._transport} {host};branch={branch};rport",
            "Max-Forwards": "70",
            "From": f"<sip:{self.user}@{self._local[0]}>;tag={self._chance.getrandbits(32):x}",
            "To": "<sip:arc@arc.example.org>",
            "Call-ID": f"{self._chance.getrandbits(64):x}@{self._local[0]}",
            "CSeq": f"{self._count} {method}",
            "Authorization": authorization,
            "Content-Type": media_type,
            "Content-Length": str(len(body)),
        }
        for name, value in values.items():
            if value:
                request.headers.set(name, value)
        return bytes(request)

    def _authorize(self, challenge: str, method: str) -> str:
        """The answer to a digest challenge (RFC 2617, qop auth)."""
        asked = dict(
            each.strip().split("=", 1) for each in challenge.removeprefix("Digest ").split(",")
        )
        realm, nonce = asked["realm"].strip('"'), asked["nonce"].strip('"')
        uri, cnonce, count = (
            "sip:arc@arc.example.org",
            f"{self._chance.getrandbits(32):x}",
            "00000001",
        )
        first = _md5(f"{self._account.username}:{realm}:{self._account.password}")
        second = _md5(f"{method}:{uri}")
        response = _md5(f"{first}:{nonce}:{count}:{cnonce}:auth:{second}")
        return (
            f'Digest username="{self._account.username}", realm="{realm}", nonce="{nonce}", '
            f'uri="{uri}", response="{response}", algorithm=MD5, qop=auth, nc={count}, '
            f'cnonce="{cnonce}"'
        )


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, line: SipLine) -> None:
        self._line = line
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # The loop's own transports have this shape without being of this class.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:  # noqa: ARG002
        self._line.received(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the end is the end
        self._line.lost.set()

    def error_received(self, exc: Exception) -> None:
        """The centre's port is closed for now: what we ask is asked again."""

    def send(self, data: bytes) -> None:
        assert self._transport is not None
        if not self._transport.is_closing():
            self._transport.sendto(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class _Stream(asyncio.Protocol):
    def __init__(self, line: SipLine) -> None:
        self._line = line
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            lengths = [
                int(line.partition(b":")[2])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            ]
            size = lengths[0] if lengths else 0
            if len(rest) < size:
                return
            self._buffer = rest[size:]
            self._line.received(head + found + rest[:size])

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the end is the end
        self._line.lost.set()

    def send(self, data: bytes) -> None:
        assert self._transport is not None
        if not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _ok(request: Request) -> bytes:
    response = Response(200, "OK")
    for via in request.headers.getlist("Via"):
        response.headers.add("Via", via)
    for name in ("From", "To", "Call-ID", "CSeq"):
        response.headers.set(name, request.headers[name])
    response.headers.set("Content-Length", "0")
    return bytes(response)


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()

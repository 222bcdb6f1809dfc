"""Where SIP is listened for: UDP and TCP on one port, TLS on another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from gateway.carelines import Carelines
from gateway.keys import Shown
from gateway.sources.lines import Handshake
from gateway.sources.sip_endpoint import SipEndpoint
from gateway.sources.sip_peers import Datagrams, StreamPeer
from telecare.errors import SettingsError, StoreUnavailable
from telecare.observe import log

TICK_SECONDS = 0.1
WATCH_SECONDS = 1.0
ANY_PORT_TRIES = 10

_Listening = asyncio.Server | asyncio.DatagramTransport


class SipAddress(msgspec.Struct, frozen=True):
    """Where to listen: UDP and TCP, or with `tls` TLS alone."""

    host: str
    port: int
    tls: Shown | None = None


class SipListener:
    """The sockets of a SIP endpoint."""

    def __init__(self, endpoint: SipEndpoint, carelines: Carelines) -> None:
        self._endpoint = endpoint
        self._carelines = carelines
        self._log = log("gateway.sip")
        self.ports: list[int] = []
        """The ports listened on, once `run` has said it is ready."""

    async def run(self, addresses: Sequence[SipAddress], ready: asyncio.Event) -> None:
        """Serve until cancelled. Sets `ready` when all addresses are open.

        Raises `SettingsError` for an address that is taken.
        """
        closing: list[_Listening] = []
        try:
            for address in addresses:
                await self._listen(address, closing)
            ready.set()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._repeat_for_ever())
                tasks.create_task(self._look_for_ever())
                tls = [each.tls for each in addresses if each.tls is not None]
                tasks.create_task(self._watch_for_ever(tls))
        finally:
            for each in closing:
                each.close()
            self._endpoint.lines.abort()

    async def _listen(self, address: SipAddress, closing: list[_Listening]) -> None:
        # Port 0 is any that is free, and one that the system found free for TCP may be taken
        # for UDP: then another will do.
        tries = 1 if address.port else ANY_PORT_TRIES
        for left in reversed(range(tries)):
            try:
                self.ports.append(await self._open(address, closing))
            except OSError as error:
                if left:
                    continue
                raise SettingsError(
                    f"SIP cannot listen on {address.host}:{address.port} ({error.strerror}); stop "
                    "what uses it, or set TELECARE_SIP_PORT and TELECARE_SIPS_PORT."
                ) from error
            return

    async def _open(self, address: SipAddress, closing: list[_Listening]) -> int:
        """The port opened; both its sockets are in `closing` then, and none of them otherwise."""
        loop = asyncio.get_running_loop()

        def line() -> asyncio.Protocol:
            peer = StreamPeer(self._endpoint, "TLS" if address.tls else "TCP", loop.time)
            lines = self._endpoint.lines
            return Handshake(peer, address.tls.context, lines) if address.tls else peer

        server = await loop.create_server(line, address.host, address.port)
        port: int = server.sockets[0].getsockname()[1]
        if address.tls is None:
            try:
                transport, _ = await loop.create_datagram_endpoint(
                    lambda: Datagrams(self._endpoint), local_addr=(address.host, port)
                )
            except OSError:
                server.close()
                raise
            closing.append(transport)
        closing.append(server)
        return port

    async def _repeat_for_ever(self) -> None:
        while True:
            await self._endpoint.something_asked.wait()
            self._endpoint.something_asked.clear()
            while self._endpoint.tick():  # noqa: ASYNC110 - time passes: nothing wakes us
                await asyncio.sleep(TICK_SECONDS)

    async def _look_for_ever(self) -> None:
        """Keep our copy of the register fresh. It may hang: nothing else waits for it."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                await asyncio.to_thread(self._carelines.refresh)
            except StoreUnavailable:
                self._log.warning("register_unavailable")

    async def _watch_for_ever(self, tls: Sequence[Shown]) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            self._endpoint.watch()
            for each in tls:
                each.look()

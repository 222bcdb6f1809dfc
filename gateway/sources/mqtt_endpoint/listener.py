"""The MQTT endpoint: listens, admits, takes over, and ends what is no longer welcome."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from pathlib import Path

import msgspec

from gateway.admission import Admitted, Doorkeeper
from gateway.identity import Identity
from gateway.proof import proof_of
from gateway.service import Service
from gateway.sources.mqtt_endpoint.connection import Connection
from gateway.sources.mqtt_endpoint.packets import Connect, Reason
from telecare.clock import Clock
from telecare.errors import SettingsError, StoreUnavailable
from telecare.observe import log
from telecare.register.secrets import new_id

CONNECTION_LIMIT = 20_000
"""Sockets of this process; the operating system must allow as many open files."""
CONNECTIONS_PER_DEVICE = 64
"""A device needs one. Several client ids of one credential are allowed, within reason."""
WATCH_SECONDS = 1.0
"""How often silence and withdrawn credentials are looked for."""
BACKLOG = 1024


class Address(msgspec.Struct, frozen=True):
    """Where to listen; with `tls`, for MQTT over TLS."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None


class MqttEndpoint:
    """All connections of this process. Lives in one event loop."""

    def __init__(self, service: Service, doorkeeper: Doorkeeper, clock: Clock) -> None:
        self.service = service
        self.clock = clock
        self.log = log("gateway.mqtt")
        self._doorkeeper = doorkeeper
        self._connections: set[Connection] = set()
        self._of_device: dict[tuple[str, str], dict[str, Connection]] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self.ports: list[int] = []
        """The ports listened on, once `run` has said it is ready."""

    @property
    def connected(self) -> int:
        """Sockets open now."""
        return len(self._connections)

    async def run(self, addresses: Sequence[Address], ready: asyncio.Event) -> None:
        """Serve until cancelled; then tell every client that we leave.

        Sets `ready` when all addresses are open. Raises `SettingsError` for one that is taken.
        """
        loop = asyncio.get_running_loop()
        servers: list[asyncio.Server] = []
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                for address in addresses:
                    server = await self._listen(loop, address)
                    servers.append(server)
                self.ports = [server.sockets[0].getsockname()[1] for server in servers]
                ready.set()
                tasks.create_task(self._watch_for_ever())
        finally:
            self._tasks = None
            for server in servers:
                server.close()
            await self._say_goodbye()

    async def _listen(self, loop: asyncio.AbstractEventLoop, address: Address) -> asyncio.Server:
        try:
            return await loop.create_server(
                lambda: Connection(self, loop.time),
                address.host,
                address.port,
                ssl=address.tls,
                ssl_handshake_timeout=10.0 if address.tls else None,
                backlog=BACKLOG,
            )
        except OSError as error:
            raise SettingsError(
                f"MQTT cannot listen on {address.host}:{address.port} ({error.strerror}); stop "
                "what uses it, or set TELECARE_MQTT_PORT and TELECARE_MQTTS_PORT."
            ) from error

    # What connections tell us

    def opened(self, connection: Connection) -> bool:
        """Whether there is room for one more connection."""
        self._connections.add(connection)
        return len(self._connections) <= CONNECTION_LIMIT

    def asked(self, connection: Connection, connect: Connect) -> None:
        """Check credentials on a thread, then answer the connection."""
        if self._tasks is None:
            connection.abort()
            return
        self._tasks.create_task(self._check(connection, connect))

    def admitted(self, connection: Connection) -> None:
        """Register a device's connection: the newest with a client id has it."""
        assert connection.admitted is not None
        mine = self._of_device.setdefault(_key(connection.admitted.identity), {})
        before = mine.pop(connection.session.client_id, None)
        mine[connection.session.client_id] = connection
        if before is None and len(mine) > CONNECTIONS_PER_DEVICE:
            before = mine.pop(next(iter(mine)))
        if before is not None:
            why = "The device connected again."
            before.carry_out(before.session.leave(Reason.SESSION_TAKEN_OVER, why))
        proof = proof_of(connection.admitted, self.clock.now())
        if proof is not None:
            self.service.offer(connection, proof, 0)

    def is_welcome(self, admitted: Admitted) -> bool:
        """Whether the device's credential still holds, as of the last look."""
        return self._doorkeeper.is_welcome(admitted)

    def closed(self, connection: Connection) -> None:
        """The socket is gone."""
        self._connections.discard(connection)
        if connection.admitted is None:
            return
        key = _key(connection.admitted.identity)
        mine = self._of_device.get(key, {})
        if mine.get(connection.session.client_id) is connection:
            del mine[connection.session.client_id]
            if not mine:
                del self._of_device[key]

    async def _check(self, connection: Connection, connect: Connect) -> None:
        assert connect.username is not None
        assert connect.password is not None
        try:
            answer = await asyncio.to_thread(
                self._doorkeeper.check, connect.username, connect.password
            )
        except StoreUnavailable:
            self.log.warning("register_unavailable")
            connection.answered(None, "")
        else:
            connection.answered(answer, new_id("client"))

    async def _watch_for_ever(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                await asyncio.to_thread(self._doorkeeper.refresh)
            except StoreUnavailable:
                self.log.warning("register_unavailable")
            for connection in list(self._connections):
                admitted = connection.admitted
                if admitted is not None and not self._doorkeeper.is_welcome(admitted):
                    why = "Its access was withdrawn."
                    connection.carry_out(connection.session.leave(Reason.NOT_AUTHORIZED, why))
                connection.watch()

    async def _say_goodbye(self) -> None:
        for connection in list(self._connections):
            why = "The gateway stops."
            connection.carry_out(connection.session.leave(Reason.SERVER_SHUTTING_DOWN, why))
        # One turn of the loop lets what was written leave; who does not read is cut off.
        await asyncio.sleep(0)
        for connection in list(self._connections):
            connection.abort()


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.2 or newer with this certificate. Raises `SettingsError` if it cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"The TLS certificate {certificate} or its key cannot be used ({error}); check "
            "TELECARE_TLS_CERTIFICATE and TELECARE_TLS_KEY."
        ) from error
    return context


def _key(identity: Identity) -> tuple[str, str]:
    return (identity.org, identity.device)

"""The MQTT endpoint: listens, takes over, and ends what is no longer welcome."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from gateway.admission import Admitted, Doorkeeper
from gateway.clients.store import ClientReader
from gateway.downlink import Downlink
from gateway.identity import Identity
from gateway.intake import Arrival
from gateway.proof import proof_of
from gateway.safekeeping import Settled
from gateway.service import Service
from gateway.sessions.notes import Came, Gone, Note, SessionKey, Swept
from gateway.sessions.store import SessionReader
from gateway.sources.lines import Handshake, Lines
from gateway.sources.mqtt_endpoint import foreign_orders
from gateway.sources.mqtt_endpoint.addresses import Wish
from gateway.sources.mqtt_endpoint.allowance import MESSAGES_PER_SECOND, Allowance
from gateway.sources.mqtt_endpoint.connection import Connection
from gateway.sources.mqtt_endpoint.entrance import Entrance
from gateway.sources.mqtt_endpoint.packets import Connect, Reason
from gateway.sources.mqtt_endpoint.tls import DoorTls
from gateway.sources.mqtt_endpoint.waiting_wills import WaitingWills
from gateway.sources.mqtt_endpoint.websocket import WebSocket
from telecare.clock import Clock
from telecare.errors import SettingsError, StoreUnavailable
from telecare.observe import log

CONNECTION_LIMIT = 20_000
"""Sockets of this process; the operating system must allow as many open files."""
CONNECTIONS_PER_DEVICE = 64
"""A device needs one. Several client ids of one credential are allowed, within reason."""
WATCH_SECONDS = 1.0
"""How often silence and withdrawn credentials are looked for."""
WATCHED_AT_ONCE = 50
"""Connections between two looks at what came in: ten thousand at once hold the door for 30 ms."""
SWEEP_SECONDS = 600.0
"""How often expired sessions are forgotten."""
BACKLOG = 1024

_NOBODY = Identity("", "", "")


class Address(msgspec.Struct, frozen=True):
    """Where to listen; with `tls`, for MQTT over TLS."""

    host: str
    port: int
    tls: DoorTls | None = None
    is_shared: bool = False
    """Other processes listen there, too: the kernel deals out the connections."""
    is_websocket: bool = False


class MqttEndpoint:
    """All connections of this process. Lives in one event loop."""

    def __init__(
        self,
        service: Service,
        doorkeeper: Doorkeeper,
        clock: Clock,
        sessions: SessionReader,
        lane: str,
        messages_per_second: float = MESSAGES_PER_SECOND,
        downlink: Downlink | None = None,
        clients: ClientReader | None = None,
    ) -> None:
        """`lane`: names this process among those that share its port; if there are others,
        `clients` tells which connections of ours have lost their clients to them.
        """
        self._clients = clients
        self._downlink = downlink
        self.service = service
        self.clock = clock
        self.log = log("gateway.mqtt")
        self._doorkeeper = doorkeeper
        self._entrance = Entrance(doorkeeper, sessions, clock, lane, messages_per_second)
        self._lane = lane
        self._tls: list[DoorTls] = []
        self._connections: set[Connection] = set()
        self._lines = Lines(CONNECTION_LIMIT, "gateway.mqtt")
        self._wills = WaitingWills(clients)
        self._of_device: dict[tuple[str, str], dict[str, Connection]] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._since = clock.now()
        self.ports: list[int] = []
        """The ports listened on, once `run` has said it is ready."""

    @property
    def connected(self) -> int:
        """Sockets open now."""
        return len(self._lines)

    async def run(self, addresses: Sequence[Address], ready: asyncio.Event) -> None:
        """Serve until cancelled; then tell every client that we leave.

        Sets `ready` when all addresses are open. Raises `SettingsError` for one that is taken.
        """
        loop = asyncio.get_running_loop()
        servers: list[asyncio.Server] = []
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                self._tls = [each.tls for each in addresses if each.tls is not None]
                self._sweep(self._lane)
                for address in addresses:
                    server = await self._listen(loop, address)
                    servers.append(server)
                self.ports = [server.sockets[0].getsockname()[1] for server in servers]
                ready.set()
                tasks.create_task(self._entrance.run())
                tasks.create_task(self._look_for_ever())
                tasks.create_task(self._watch_for_ever())
                tasks.create_task(self._say_wills_for_ever())
        finally:
            self._tasks = None
            for server in servers:
                server.close()
            await self._say_goodbye()

    async def _listen(self, loop: asyncio.AbstractEventLoop, address: Address) -> asyncio.Server:
        def connection() -> asyncio.Protocol:
            made = Connection(self, loop.time)
            spoken = WebSocket(made) if address.is_websocket else made
            return Handshake(spoken, address.tls.context, self._lines) if address.tls else spoken

        try:
            return await loop.create_server(
                connection,
                address.host,
                address.port,
                backlog=BACKLOG,
                reuse_port=address.is_shared or None,
            )
        except OSError as error:
            raise SettingsError(
                f"MQTT cannot listen on {address.host}:{address.port} ({error.strerror}); stop "
                "what uses it, or set another TELECARE_MQTT_PORT, TELECARE_MQTTS_PORT, "
                "TELECARE_MQTT_WS_PORT or TELECARE_MQTT_WSS_PORT."
            ) from error

    # What connections tell us

    def opened(self, connection: Connection) -> None:
        """A socket is open; who is on it is not known yet."""
        self._connections.add(connection)
        self._lines.opened(connection)

    def asked(self, connection: Connection, connect: Connect) -> None:
        """Check credentials, then answer the connection."""
        if self._tasks is None:
            connection.abort()
            return
        self._tasks.create_task(self._entrance.asked(connection, connect))

    def admitted(self, connection: Connection) -> None:
        """Register a device's connection: the newest with a client id has it."""
        assert connection.admitted is not None
        self._lines.known(connection)
        mine = self._of_device.setdefault(_key(connection.admitted.identity), {})
        goes_on = connection.session.goes_on
        self._wills.back(_session_key(connection), goes_on=goes_on)
        before = mine.pop(connection.session.client_id, None)
        mine[connection.session.client_id] = connection
        if before is not None:
            before.give_way("The device connected again.", goes_on=goes_on)
        elif len(mine) > CONNECTIONS_PER_DEVICE:
            oldest = mine.pop(next(iter(mine)))
            why = "The device has too many connections."
            oldest.carry_out(oldest.session.leave(Reason.SESSION_TAKEN_OVER, why))
        if self._clients is not None:
            session = connection.session
            self._note(Came(_session_key(connection), session.holder, session.since))
        proof = proof_of(connection.admitted, self.clock.now())
        if proof is not None:
            self.service.offer(connection, proof, 0)

    def is_welcome(self, admitted: Admitted) -> bool:
        """Whether the device's credential still holds, as of the last look."""
        return self._doorkeeper.holds(admitted)

    def closed(self, connection: Connection) -> None:
        """The socket is gone."""
        self._connections.discard(connection)
        self._lines.closed(connection)
        if connection.admitted is None:
            return
        key = _key(connection.admitted.identity)
        mine = self._of_device.get(key, {})
        if mine.get(connection.session.client_id) is connection:
            del mine[connection.session.client_id]
            if not mine:
                del self._of_device[key]
        if self._clients is not None:
            self._note(Gone(_session_key(connection), connection.session.holder))

    def allowance(self, admitted: Admitted) -> Allowance:
        """What the device may publish, over all its connections."""
        return self._entrance.allowance(admitted.identity)

    def departed(self, connection: Connection, will: Wish) -> None:
        """The client vanished: its will counts at once, or when its delay is over."""
        assert connection.admitted is not None
        if not will.delay:
            connection.speak(will)
            return
        due = asyncio.get_running_loop().time() + will.delay
        self._wills.add(_session_key(connection), connection, will, self.clock.now(), due)

    # As a sender, of notes that nobody waits for

    def settled(self, settled: Sequence[Settled]) -> None:
        """Nothing to tell anybody."""

    def go_on(self) -> None:
        """Nothing was held back."""

    def _sweep(self, lane: str = "") -> None:
        self._note(Swept(self.clock.now(), lane))

    def _note(self, note: Note) -> None:
        """Commit it with the next batch; nobody waits for it."""
        self.service.offer(self, Arrival(_NOBODY, "", b"", self.clock.now(), note=note), 0)

    async def _look_for_ever(self) -> None:
        """Keep what we know of the register and of other gateways fresh. A database may hang:
        nothing else waits for it.
        """
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                await asyncio.to_thread(self._doorkeeper.refresh)
            except StoreUnavailable:
                self.log.warning("register_unavailable")
            if self._downlink is not None:
                await asyncio.to_thread(self._downlink.refresh)
            if self._clients is not None:
                await self._part(self._clients)

    async def _watch_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        swept = loop.time()
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            await self.watch()
            self._lines.watch(loop.time())
            for tls in self._tls:
                tls.look()
            if loop.time() - swept > SWEEP_SECONDS:
                swept = loop.time()
                self._sweep()

    async def watch(self) -> None:
        """Look after every connection once, some at a time: a press waits for none of it."""
        for place, connection in enumerate(list(self._connections)):
            if place % WATCHED_AT_ONCE == 0:
                await asyncio.sleep(0)
            if connection in self._connections:
                self._watch(connection)
        if self._downlink is not None:
            since = self._since if self._clients is None else None
            foreign_orders.tell(self._downlink, self._connections_of, self.clock.now(), since)

    def _connections_of(self, org: str, device: str) -> list[Connection]:
        return list(self._of_device.get((org, device), {}).values())

    def _watch(self, connection: Connection) -> None:
        if (admitted := connection.admitted) is not None:
            if not self._doorkeeper.is_welcome(admitted):
                reason, why = Reason.NOT_AUTHORIZED, "Its access was withdrawn."
                if self._doorkeeper.holds(admitted):
                    reason, why = (
                        Reason.ADMINISTRATIVE_ACTION,
                        "It may do other things from now on.",
                    )
                connection.carry_out(connection.session.leave(reason, why))
            if self._downlink is not None:
                connection.tell(self._downlink.of(*_key(admitted.identity)))
        connection.watch()

    async def _part(self, clients: ClientReader) -> None:
        """End the connections whose clients have come to another gateway."""
        try:
            ousted = await asyncio.to_thread(clients.ousted)
        except StoreUnavailable:
            return
        since = {each.parted.holder: each.at for each in ousted}
        for connection in list(self._connections) if since else ():
            if (at := since.get(connection.session.holder)) is not None:
                # Whether it goes on with its session only the other gateway knows: what waits is
                # not said, for it is there.
                why = "The device connected again, to another gateway."
                connection.give_way(why, goes_on=True, at=at)
        for each in ousted:
            self._note(each.parted)

    async def _say_wills_for_ever(self) -> None:
        """Beside the watch: it may wait for the database, and nothing waits for it."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            await self._wills.say_due(asyncio.get_running_loop().time())

    async def _say_goodbye(self) -> None:
        for connection in list(self._connections):
            why = "The gateway stops."
            connection.carry_out(connection.session.leave(Reason.SERVER_SHUTTING_DOWN, why))
        # One turn of the loop lets what was written leave; who does not read is cut off.
        await asyncio.sleep(0)
        self._lines.abort()


def _session_key(connection: Connection) -> SessionKey:
    assert connection.admitted is not None
    return SessionKey(*_key(connection.admitted.identity), connection.session.client_id)


def _key(identity: Identity) -> tuple[str, str]:
    return (identity.org, identity.device)

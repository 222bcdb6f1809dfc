"""One hub's line to the door, through a real MQTT client library, kept up for ever.

aiomqtt is fine here and only here: a simulated device may lose what it is told, because
it asks again, while an installation may not (see the design's decision on ingest).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from typing import Any

import aiomqtt
import msgspec

from simulators.backoff import Backoff
from simulators.devices import Hub, Order, Upward
from telecare.clock import Clock

IN_FLIGHT = 64
"""Readings sent ahead of their PUBACKs; one connection keeps their order."""
PUBACK_WITHIN_S = 30.0
"""A door silent for longer is given up and dialled again."""


class Door(msgspec.Struct, frozen=True):
    """Where the gateway listens."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who the hub is and how it proves it."""

    org: str
    device: str
    username: str
    password: str

    def up(self, kind: str) -> str:
        """The topic of what it says."""
        return f"telecare/v1/{self.org}/{self.device}/up/{kind}"

    def down(self, kind: str) -> str:
        """The topic of what it is told."""
        return f"telecare/v1/{self.org}/{self.device}/down/{kind}"


class _Receipt(msgspec.Struct):
    id: str


class Line(aiomqtt.Client):
    """aiomqtt's client, without its one stumble when a line breaks while something is sent.

    It hands the socket's number to the event loop a turn later; a socket closed in between
    has none, and the loop would report a bad descriptor on top of the lost connection.
    """

    def _on_socket_register_write(self, client: Any, userdata: Any, sock: Any) -> None:  # noqa: ARG002
        self._loop.call_soon_threadsafe(self._write_when_ready, client, sock)

    def _write_when_ready(self, client: Any, sock: Any) -> None:
        def write() -> None:
            try:
                client.loop_write()
            except OSError as error:
                if not self._disconnected.done():
                    self._disconnected.set_exception(error)

        if sock.fileno() >= 0:
            self._loop.add_writer(sock.fileno(), write)


class HubConnection:
    """Sends what the hub has to say, in order, for as long as `run` runs.

    Connection failures are waited out with jittered back-off, for ever. `connects` and
    `failures` count what happened.
    """

    def __init__(
        self, hub: Hub, identity: Identity, door: Door, clock: Clock, backoff: Backoff
    ) -> None:
        self._hub = hub
        self._identity = identity
        self._door = door
        self._clock = clock
        self._backoff = backoff
        self._wake = asyncio.Event()
        self.connects = 0
        self.failures = 0
        self.last_failure = ""
        self.acknowledged = 0

    def wake(self) -> None:
        """The hub has something new to say."""
        self._wake.set()

    async def run(self) -> None:
        """Connect, speak, and connect again; returns only when cancelled."""
        while True:
            try:
                # In a task of its own: a task group leaves its parent marked as cancelled when a
                # child fails (Python 3.11), and then nobody could tell whether we were.
                connection = asyncio.create_task(self._one_connection())
                await connection
            except* aiomqtt.MqttError as trouble:
                self.failures += 1
                self.last_failure = str(_first(trouble))
            finally:
                self._hub.disconnected(self._clock.now())
            _leave_if_told()
            await asyncio.sleep(self._backoff.next_wait())

    async def _one_connection(self) -> None:
        async with Line(
            self._door.host,
            self._door.port,
            identifier=self._identity.device,
            username=self._identity.username,
            password=self._identity.password,
            protocol=aiomqtt.ProtocolVersion.V5,
            tls_context=self._door.tls,
            max_inflight_messages=IN_FLIGHT,
            timeout=PUBACK_WITHIN_S,
        ) as client:
            client.pending_calls_threshold = 2 * IN_FLIGHT
            for kind in ("receipt", "command"):
                await client.subscribe(self._identity.down(kind), qos=1)
            self.connects += 1
            self._backoff.succeeded()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen(client))
                tasks.create_task(self._speak(client))

    async def _listen(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            if message.topic.matches(self._identity.down("command")):
                order = msgspec.json.decode(message.payload, type=Order)
                self._hub.told(order, self._clock.now())
                self.wake()
            else:
                self._hub.received(msgspec.json.decode(message.payload, type=_Receipt).id)

    async def _speak(self, client: aiomqtt.Client) -> None:
        while True:
            self._wake.clear()
            due = self._hub.due(self._clock.now())
            readings = self._hub.next_readings(IN_FLIGHT)
            if due or readings:
                await self._publish(client, [*due, *readings])
            else:
                await self._wait()

    async def _publish(self, client: aiomqtt.Client, messages: Iterable[Upward]) -> None:
        """Send all in order and wait for every PUBACK."""
        async with asyncio.TaskGroup() as tasks:
            for message in messages:
                tasks.create_task(self._publish_one(client, message))

    async def _publish_one(self, client: aiomqtt.Client, message: Upward) -> None:
        await client.publish(self._identity.up(message.kind), message.payload, qos=1)
        self._hub.acknowledged(message.id)
        self.acknowledged += 1

    async def _wait(self) -> None:
        """Until somebody wakes us or the hub wants to repeat or beat."""
        due_at = self._hub.due_at()
        seconds = None
        if due_at is not None:
            left = (due_at - self._clock.now()).total_seconds()
            seconds = max(0.0, self._clock.real_seconds(left))
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return


def _leave_if_told() -> None:
    """Raise the cancellation that came in the very moment the line broke.

    Then only the line's error is raised, and whoever waits it out would never leave.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def forget_lost_lines(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """An event loop's exception handler that says nothing of connections lost while leaving.

    aiomqtt does not collect the reason of a disconnection when its client is cancelled at
    that moment, and asyncio would print it once for each home.
    """
    if not isinstance(context.get("exception"), aiomqtt.MqttError):
        loop.default_exception_handler(context)


def _first(trouble: BaseException) -> BaseException:
    """The first single exception in a group of groups."""
    while isinstance(trouble, BaseExceptionGroup):
        trouble = trouble.exceptions[0]
    return trouble

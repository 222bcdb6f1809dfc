"""One connection to somebody else's broker: paho's client, driven by our event loop.

A new client for every connection, so that an acknowledgement that comes late, after the
connection it belongs to, can never acknowledge another message with the same number. The
broker keeps the session; nothing of it is kept here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import msgspec
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from gateway.brokers import Broker
from telecare.errors import SettingsError, TelecareError

T = TypeVar("T")
IN_FLIGHT = 1000
"""Unacknowledged messages the broker may have with us (MQTT 5): as many as one commit takes."""
ANSWER_SECONDS = 10.0
"""How long a broker may take to open, to welcome us and to answer a subscription."""
_READ_AT_ONCE = 64
"""Packets read before others get their turn."""
_SESSION_TAKEN_OVER = 142
_FAILURE = 128


class NoConnection(TelecareError):
    """The broker cannot be reached or does not want us; the sentence says which."""

    retryable = True


class FilesUnusable(NoConnection):
    """We cannot even knock; the sentence is whole and names the broker and its file."""


class Welcome(msgspec.Struct, frozen=True):
    """What the broker answered to CONNECT."""

    session_present: bool
    granted_seconds: int | None
    """How long it keeps our session, where it says: MQTT 5."""


class Farewell(msgspec.Struct, frozen=True):
    """How a connection ended."""

    why: str
    taken_over: bool


class Hearer(Protocol):
    """Whoever is given the messages."""

    def heard(self, message: MQTTMessage) -> None:
        """A message came. It must not raise."""


class Connection:
    """From `open` until `ended` is done. Belongs to the loop it was opened in."""

    def __init__(self, broker: Broker, hearer: Hearer) -> None:
        """Raises `FilesUnusable` if one of the broker's files cannot be read."""
        self._broker = broker
        self._hearer = hearer
        self._loop = asyncio.get_running_loop()
        self._welcome: asyncio.Future[Welcome] = self._loop.create_future()
        self._granted: asyncio.Future[list[ReasonCode]] | None = None
        self._fd = -1
        self._is_paused = False
        self._count = 0
        self.ended: asyncio.Future[Farewell] = self._loop.create_future()
        self._client = self._made()

    def _made(self) -> Client:
        broker = self._broker
        client = Client(
            CallbackAPIVersion.VERSION2,
            broker.session,
            clean_session=None if broker.version == 5 else False,
            protocol=MQTTProtocolVersion(broker.version),
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = ANSWER_SECONDS
        try:
            password, trust = broker.password(), broker.trust()
        except SettingsError as error:  # most likely a file that is being exchanged just now
            raise FilesUnusable(str(error)) from error
        if broker.username is not None:
            client.username_pw_set(broker.username, password)
        if trust is not None:
            client.tls_set_context(trust)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        client.on_socket_close = lambda *_: self._stop_watching()
        terms: dict[str, Any] = {}
        if broker.version == 5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = broker.session_hours * 3600
            properties.ReceiveMaximum = IN_FLIGHT
            terms = {"clean_start": False, "properties": properties}
        client.connect_async(broker.host, broker.port, broker.keepalive_seconds, **terms)
        return client

    async def open(self) -> Welcome:
        """Connect. Raises `NoConnection`."""
        try:
            # Names are looked up and TLS is agreed on there; nobody else touches the client.
            await asyncio.to_thread(self._client.reconnect)
        except (OSError, ValueError) as error:
            raise NoConnection(f"it cannot be reached ({error})") from error
        sock: Any = self._client.socket()
        if sock is None:  # cut off in the middle of our CONNECT, as by a proxy without a broker
            raise NoConnection("it ended the connection at once")
        self._fd = sock.fileno()
        self._loop.add_reader(self._fd, self._read)
        self._write_on()
        return await self._answer_to(self._welcome, "does not answer")

    async def _answer_to(self, asked: asyncio.Future[T], trouble: str) -> T:
        await asyncio.wait(
            (asked, self.ended), timeout=ANSWER_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        if asked.done():
            return asked.result()
        why = self.ended.result().why if self.ended.done() else trouble
        self.close()
        raise NoConnection(f"it {trouble} ({why})")

    async def subscribe(
        self, filters: Sequence[str], qos: int, *, always_retained: bool = False
    ) -> list[bool]:
        """Ask for topics; of each, whether the broker lets us. Raises `NoConnection`.

        What is retained comes when a subscription is new, or always; in 3.1.1 always.
        """
        asked: Any = [(each, qos) for each in filters]
        if self._broker.version == 5:
            options = SubscribeOptions(qos, retainHandling=0 if always_retained else 1)
            asked = [(each, options) for each in filters]
        self._granted = self._loop.create_future()
        try:
            self._client.subscribe(asked)
        except ValueError as error:
            raise NoConnection(f"a filter is none ({error})") from error
        self._write_on()
        answers = await self._answer_to(self._granted, "does not answer a subscription")
        return [each.value < _FAILURE for each in answers]

    def acknowledge(self, number: int) -> None:
        """The message is safe; its sender at the broker may forget it."""
        self._client.ack(number, 1)
        self._write_on()

    def acknowledge_soon(self, number: int) -> None:
        """The same for a message that needs no commit: paho cannot write while it reads."""
        if number:
            self._loop.call_soon(self.acknowledge, number)

    def publish(self, topic: str, payload: bytes, seconds: int | None = None, qos: int = 1) -> None:
        """Send down, for `seconds` where the broker heeds that (MQTT 5).

        Lost with the connection: a device repeats until it hears, and so do we until it answers.
        """
        properties = None
        if seconds is not None and self._broker.version == 5:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            properties.MessageExpiryInterval = seconds
        self._client.publish(topic, payload, qos=qos, properties=properties)
        self._write_on()

    def pause(self) -> None:
        """Read no more for now."""
        if not self._is_paused and self._fd >= 0:
            self._loop.remove_reader(self._fd)
        self._is_paused = True

    def go_on(self) -> None:
        """Read on."""
        if self._is_paused and self._fd >= 0:
            self._loop.add_reader(self._fd, self._read)
            # What TLS has already taken off the wire wakes nobody.
            self._loop.call_soon(self._read)
        self._is_paused = False

    def watch(self) -> None:
        """Called about once a second: keeps the connection alive, or notices that it is not."""
        if not self._is_paused and self._fd >= 0:
            self._client.loop_misc()

    def close(self) -> None:
        """Say goodbye; the broker keeps the session."""
        if self._fd >= 0:
            self._client.disconnect()
            self._stop_watching()
        self._end("we left", taken_over=False)

    # What the loop and paho tell us

    def _read(self) -> None:
        for _ in range(_READ_AT_ONCE):
            before, sock = self._count, self._client.socket()
            if sock is None or self._is_paused or self._fd < 0:
                return
            if self._client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return
            is_waiting = getattr(sock, "pending", lambda: 0)
            if self._count == before and (self._fd < 0 or not is_waiting()):
                return
        self._loop.call_soon(self._read)

    def _write_on(self) -> None:
        if self._fd >= 0 and self._client.want_write():
            self._loop.add_writer(self._fd, self._write)

    def _write(self) -> None:
        self._client.loop_write()
        if self._fd >= 0 and not self._client.want_write():
            self._loop.remove_writer(self._fd)

    def _stop_watching(self) -> None:
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            self._loop.remove_writer(self._fd)
            self._fd = -1

    def _end(self, why: str, *, taken_over: bool) -> None:
        if not self.ended.done():
            self.ended.set_result(Farewell(why, taken_over))

    def _on_connect(
        self,
        _client: Client,
        _data: Any,
        flags: ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._end(f"it refuses us: {reason}", taken_over=False)
            return
        granted = getattr(properties, "SessionExpiryInterval", None)
        if not self._welcome.done():
            self._welcome.set_result(Welcome(bool(flags.session_present), granted))

    def _on_disconnect(
        self,
        _client: Client,
        _data: Any,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._end(f"it ended the connection: {reason}", taken_over=reason == _SESSION_TAKEN_OVER)

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self._count += 1
        self._hearer.heard(message)

    def _on_subscribe(
        self,
        _client: Client,
        _data: Any,
        _number: int,
        answers: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        if self._granted is not None and not self._granted.done():
            self._granted.set_result(answers)


Opener = Callable[[Broker, Hearer], Connection]

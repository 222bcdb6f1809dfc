"""What is heard over one connection: taken over, and acknowledged after its commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from paho.mqtt.client import MQTTMessage

from gateway.brokers import Broker
from gateway.decoders.said import Offer
from gateway.intake import Arrival, Intake, Unknown
from gateway.safekeeping import Settled
from gateway.service import Service
from gateway.sources.mqtt_broker.connection import Connection
from gateway.speakers import Speaker, Speakers, identity_of_broker
from telecare.clock import Clock
from telecare.messages import encode

PAYLOAD_LIMIT = 256 * 1024
"""Bytes of a message that are read, as at our own door."""
STRAYS = 1000
"""Devices that one connection puts into the inbox; no more are kept there of one broker."""


class Conversation:
    """What was heard over one connection and is not yet safe."""

    connection: Connection

    def __init__(
        self,
        broker: Broker,
        service: Service,
        speakers: Speakers,
        clock: Clock,
        counted: Callable[[str, bytes], None],
        spoke: Callable[[Speaker], None],
    ) -> None:
        """`counted` is given what the broker says of itself, `spoke` who was heard."""
        self._broker = broker
        self._counted = counted
        self._spoke = spoke
        self._service = service
        self._speakers = speakers
        self._clock = clock
        self._waiting: dict[int, tuple[int, str]] = {}
        self._token = 0
        self._strays: set[str] = set()
        self.was_held_back = False
        """We stopped reading, so that the end of the connection may be our own doing."""

    def heard(self, message: MQTTMessage) -> None:
        """Take a message over."""
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
        if topic.startswith("$"):
            self._counted(topic, bytes(message.payload))
            return
        speaker = self._speakers.find(self._broker, topic)
        number = message.mid if message.qos else 0
        self._spoke(speaker)
        if speaker.is_refused:
            self.connection.acknowledge_soon(number)
            return
        self._token += 1
        self._waiting[self._token] = (number, speaker.receipt_topic)
        payload = bytes(message.payload)
        arrival = Arrival(
            speaker.identity,
            speaker.kind,
            payload[:PAYLOAD_LIMIT],
            self._clock.now(),
            message.retain,
            max(0, len(payload) - PAYLOAD_LIMIT),
            speaker.is_withdrawn,
            speaker.dialect,
        )
        self._service.offer(self, arrival, self._token)
        if speaker.stray:
            self._introduce(speaker.stray, arrival)
        if self._service.is_full:
            self.was_held_back = True
            self.connection.pause()
            self._service.hold_back(self)

    def _introduce(self, stray: str, arrival: Arrival) -> None:
        """Put a device that nobody registered into the inbox, once for each connection."""
        if stray in self._strays or len(self._strays) >= STRAYS:
            return
        self._strays.add(stray)
        identity = identity_of_broker(self._broker)
        offer = Offer(stray, stray, arrival.dialect)
        unknown = Unknown(identity, offer, arrival.received_at)
        self._service.note(self, identity, Intake(unknown=unknown))

    def settled(self, settled: Sequence[Settled]) -> None:
        """On disk: say so to the broker, and to a device of our own contract."""
        for each in settled:
            number, topic = self._waiting.pop(each.token, (0, ""))
            if number:
                self.connection.acknowledge(number)
            if each.receipt is not None and topic:
                self.connection.publish(topic, encode(each.receipt))

    def go_on(self) -> None:
        """The service has room again."""
        self.connection.go_on()

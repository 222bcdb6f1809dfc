"""Which topics are a device's own to publish to, and what it publishes there."""

from __future__ import annotations

import msgspec

from gateway.bridges import Bridge
from gateway.identity import Identity
from gateway.sources.mqtt_endpoint.fields import decode_text
from gateway.sources.mqtt_endpoint.packets import Malformed, Publish, Reason, Will
from telecare.telling.places import Places
from telecare.vocabulary import ReadingKind

ALIAS_LIMIT = 64
"""Topic aliases that an MQTT 5 client may use on one connection; told in CONNACK."""
_KINDS = {kind.value.encode(): (kind.value, "") for kind in ReadingKind}


class Stranger(Exception):
    """The topic is not the device's own."""


class Wish(msgspec.Struct, frozen=True, gc=False):
    """A will, read: what is to be taken, and how many seconds after the client vanished."""

    kind: str
    dialect: str
    payload: bytes
    delay: int


class Addresses:
    """The topics of one connection."""

    def __init__(self, identity: Identity) -> None:
        self.base = f"telecare/v1/{identity.org}/{identity.device}/".encode()
        self._up = self.base + b"up/"
        self._bridge: Bridge | None = identity.bridge
        self._aliases: dict[int, bytes] = {}
        self.places = Places()
        """Where a bridge was heard to speak for others."""

    @property
    def commands(self) -> tuple[str, ...]:
        """Filters of topics that a bridge may listen on, as its makers made it."""
        return self._bridge.commands if self._bridge is not None else ()

    def find(self, packet: Publish) -> tuple[str, str]:
        """What `packet` is about: a kind and "", or the topic and dialect of a bridge.

        Raises `Stranger`, and `Malformed` for a topic or an alias that cannot be.
        """
        topic = self._named(packet) if packet.alias else packet.topic
        if topic.startswith(self._up):
            known = _KINDS.get(topic[len(self._up) :])
            if known is not None:
                return known
        return self._find_rarer(topic)

    def _named(self, packet: Publish) -> bytes:
        if packet.alias > ALIAS_LIMIT:
            why = "A topic alias is larger than it was told."
            raise Malformed(why, Reason.TOPIC_ALIAS_INVALID)
        if packet.topic:
            self._aliases[packet.alias] = packet.topic
            return packet.topic
        topic = self._aliases.get(packet.alias)
        if topic is None:
            why = "A topic alias stands for nothing yet."
            raise Malformed(why, Reason.TOPIC_ALIAS_INVALID)
        return topic

    def _find_rarer(self, topic: bytes) -> tuple[str, str]:
        routed = None
        if self._bridge is not None:
            try:
                routed = self._bridge.topics.find(decode_text(topic))
            except Malformed:
                raise Stranger from None
        if routed is not None:
            base = decode_text(topic).removesuffix(routed.topic)
            self.places.heard(routed.dialect, routed.topic, base)
            return routed.topic, routed.dialect
        if not topic.startswith(self._up):
            raise Stranger
        try:
            kind = decode_text(topic[len(self._up) :])
        except Malformed as error:
            raise Malformed(error.why, Reason.TOPIC_NAME_INVALID) from None
        if "#" in kind or "+" in kind:
            raise Malformed("A topic contains a wildcard.", Reason.TOPIC_NAME_INVALID)
        return kind, ""

    def read_will(self, will: Will) -> Wish:
        """What the will is about; raises as `find` does."""
        kind, dialect = self._find_rarer(will.topic)
        return Wish(kind, dialect, will.payload, will.delay)

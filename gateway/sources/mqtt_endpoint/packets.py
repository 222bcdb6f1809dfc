"""MQTT control packets as plain records, and the reasons the protocol has for refusing.

Numbers are those of the OASIS standards MQTT 3.1.1 (2014) and MQTT 5.0 (2019).
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

V311 = 4
V5 = 5


class Reason(IntEnum):
    """MQTT 5 reason codes that this server sends (MQTT 5.0, section 2.4)."""

    SUCCESS = 0x00
    GRANTED_QOS_1 = 0x01
    NO_SUBSCRIPTION_EXISTED = 0x11
    UNSPECIFIED = 0x80
    MALFORMED_PACKET = 0x81
    PROTOCOL_ERROR = 0x82
    UNSUPPORTED_VERSION = 0x84
    CLIENT_ID_NOT_VALID = 0x85
    BAD_CREDENTIALS = 0x86
    NOT_AUTHORIZED = 0x87
    SERVER_UNAVAILABLE = 0x88
    SERVER_SHUTTING_DOWN = 0x8B
    BAD_AUTHENTICATION_METHOD = 0x8C
    KEEP_ALIVE_TIMEOUT = 0x8D
    SESSION_TAKEN_OVER = 0x8E
    TOPIC_FILTER_INVALID = 0x8F
    TOPIC_NAME_INVALID = 0x90
    RECEIVE_MAXIMUM_EXCEEDED = 0x93
    TOPIC_ALIAS_INVALID = 0x94
    PACKET_TOO_LARGE = 0x95
    QUOTA_EXCEEDED = 0x97
    ADMINISTRATIVE_ACTION = 0x98
    SHARED_SUBSCRIPTIONS_NOT_SUPPORTED = 0x9E
    CONNECTION_RATE_EXCEEDED = 0x9F
    SUBSCRIPTION_IDS_NOT_SUPPORTED = 0xA1


class Malformed(Exception):
    """The bytes break the protocol; `reason` is how MQTT 5 would put it."""

    def __init__(self, why: str, reason: Reason = Reason.MALFORMED_PACKET) -> None:
        super().__init__(why)
        self.why = why
        self.reason = reason


class Broken(msgspec.Struct, frozen=True, gc=False):
    """Stands last in what was read: from here on the stream cannot be understood."""

    reason: Reason
    why: str


class Will(msgspec.Struct, frozen=True, gc=False):
    """What a client asks to have said for it when it vanishes without DISCONNECT."""

    topic: bytes
    payload: bytes
    qos: int
    retain: bool
    delay: int = 0
    """Seconds that MQTT 5 gives the client to come back before its will is said."""


class Connect(msgspec.Struct, frozen=True, kw_only=True):
    """The first packet of a connection."""

    version: int
    client_id: str
    clean_start: bool
    keepalive: int
    """Seconds; 0 switches the keepalive off."""
    username: str | None = None
    password: bytes | None = None
    will: Will | None = None
    receive_maximum: int = 65535
    """How many unacknowledged QoS 1 messages the client lets us have in flight to it."""
    session_expiry: int = 0
    """Seconds for which the client wants its session kept after it is gone (MQTT 5)."""
    maximum_packet_size: int | None = None
    """Bytes; the client cannot take a larger packet."""
    authentication_method: str | None = None


class Publish(msgspec.Struct, frozen=True, gc=False):
    """A message. `topic` stays bytes: comparing bytes is all the fast path needs."""

    topic: bytes
    payload: bytes
    qos: int
    packet_id: int
    """0 for QoS 0."""
    retain: bool
    dup: bool
    missing: int = 0
    """Bytes of the payload that were not kept because the packet was too large."""
    alias: int = 0
    """Stands for the topic if that is empty, else is given to it (MQTT 5); 0 for none."""


class Acknowledged(msgspec.Struct, frozen=True, gc=False):
    """PUBACK of a message that we sent."""

    packet_id: int


class Release(msgspec.Struct, frozen=True, gc=False):
    """PUBREL: the client forgets a QoS 2 message, and will use its number for another."""

    packet_id: int


class Subscribe(msgspec.Struct, frozen=True, gc=False):
    """Wishes to hear; `filters` are (topic filter, QoS wished for)."""

    packet_id: int
    filters: tuple[tuple[bytes, int], ...]
    has_identifier: bool = False


class Unsubscribe(msgspec.Struct, frozen=True, gc=False):
    """Wishes to hear no more."""

    packet_id: int
    filters: tuple[bytes, ...]


class PingRequest(msgspec.Struct, frozen=True, gc=False):
    """The client shows that it lives."""


class Disconnect(msgspec.Struct, frozen=True, gc=False):
    """The client leaves in good order, unless `reason` is 4: then its will is wanted."""

    reason: int = 0
    session_expiry: int | None = None
    """Seconds, if the client changed its mind about them."""


class Unsupported(msgspec.Struct, frozen=True, gc=False):
    """A packet the protocol knows and this server does not take part in (AUTH, QoS 2 downward)."""

    packet_type: int


Packet = (
    Publish
    | Acknowledged
    | Release
    | PingRequest
    | Connect
    | Subscribe
    | Unsubscribe
    | Disconnect
    | Unsupported
    | Broken
)

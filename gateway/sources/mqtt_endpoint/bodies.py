"""The bodies of every packet a client may send, except PUBLISH, which the codec reads itself.

Each decoder raises `Malformed` for a body that its version of the protocol forbids.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.sources.mqtt_endpoint.fields import (
    AUTHENTICATION_METHOD,
    CONNECT_PROPERTIES,
    DISCONNECT_PROPERTIES,
    MAXIMUM_PACKET_SIZE,
    PUBACK_PROPERTIES,
    RECEIVE_MAXIMUM,
    SESSION_EXPIRY,
    SUBSCRIBE_PROPERTIES,
    SUBSCRIPTION_IDENTIFIER,
    UNSUBSCRIBE_PROPERTIES,
    WILL_DELAY,
    WILL_PROPERTIES,
    Fields,
    Value,
)
from gateway.sources.mqtt_endpoint.packets import (
    V5,
    V311,
    Acknowledged,
    Connect,
    Disconnect,
    Malformed,
    Packet,
    PingRequest,
    Reason,
    Release,
    Subscribe,
    Unsubscribe,
    Will,
)

_PUBACK, _PUBREL, _SUBSCRIBE, _UNSUBSCRIBE = 0x40, 0x62, 0x82, 0xA2
_PINGREQ, _DISCONNECT = 0xC0, 0xE0


def decode_connect(fields: Fields) -> Connect:
    """The CONNECT in `fields`, in the version that it names itself."""
    if fields.binary() != b"MQTT":
        raise Malformed("This is not MQTT 3.1.1 or 5.", Reason.UNSUPPORTED_VERSION)
    version = fields.byte()
    if version not in (V311, V5):
        raise Malformed("Only MQTT 3.1.1 and 5 are spoken here.", Reason.UNSUPPORTED_VERSION)
    flags = fields.byte()
    if flags & 1:
        raise Malformed("CONNECT sets a reserved flag.")
    keepalive = fields.two()
    properties = fields.properties(CONNECT_PROPERTIES) if version == V5 else {}
    client_id = fields.text()
    will = _decode_will(fields, flags, version)
    if version == V311 and flags & 0x40 and not flags & 0x80:
        raise Malformed("CONNECT has a password without a user name.")
    username = fields.text() if flags & 0x80 else None
    password = fields.binary() if flags & 0x40 else None
    if not fields.is_empty:
        raise Malformed("CONNECT is longer than its fields.")
    receive_maximum = _number(properties, RECEIVE_MAXIMUM)
    packet_size = _number(properties, MAXIMUM_PACKET_SIZE)
    if receive_maximum == 0 or packet_size == 0:
        raise Malformed("A limit of 0 is not allowed.", Reason.PROTOCOL_ERROR)
    method = properties.get(AUTHENTICATION_METHOD)
    return Connect(
        version=version,
        client_id=client_id,
        clean_start=bool(flags & 2),
        keepalive=keepalive,
        username=username,
        password=password,
        will=will,
        receive_maximum=65535 if receive_maximum is None else receive_maximum,
        session_expiry=_number(properties, SESSION_EXPIRY) or 0,
        maximum_packet_size=packet_size,
        authentication_method=method if isinstance(method, str) else None,
    )


def _number(properties: dict[int, Value], name: int) -> int | None:
    value = properties.get(name)
    return value if isinstance(value, int) else None


def _decode_will(fields: Fields, flags: int, version: int) -> Will | None:
    qos = flags >> 3 & 3
    if not flags & 4:
        if flags & 0x38:
            raise Malformed("CONNECT describes a will that it does not have.")
        return None
    if qos == 3:
        raise Malformed("QoS 3 does not exist.")
    properties = fields.properties(WILL_PROPERTIES) if version == V5 else {}
    topic = fields.text().encode()
    delay = _number(properties, WILL_DELAY) or 0
    return Will(topic, fields.binary(), qos, bool(flags & 0x20), delay)


def _decode_puback(fields: Fields, version: int) -> Packet:
    return Acknowledged(_answered(fields, version))


def _decode_pubrel(fields: Fields, version: int) -> Packet:
    packet_id = _answered(fields, version)
    if packet_id == 0:
        raise Malformed("PUBREL names no message.", Reason.PROTOCOL_ERROR)
    return Release(packet_id)


def _answered(fields: Fields, version: int) -> int:
    """The message that PUBACK and its like are about; their reasons change nothing for us."""
    packet_id = fields.two()
    if version == V5 and not fields.is_empty:
        fields.byte()
        if not fields.is_empty:
            fields.properties(PUBACK_PROPERTIES)
    if not fields.is_empty:
        raise Malformed("An acknowledgement is longer than its fields.")
    return packet_id


def _decode_subscribe(fields: Fields, version: int) -> Packet:
    packet_id = fields.two()
    properties = fields.properties(SUBSCRIBE_PROPERTIES) if version == V5 else {}
    filters = []
    while not fields.is_empty:
        wanted = fields.text().encode()
        options = fields.byte()
        reserved = 0xC0 if version == V5 else 0xFC
        if options & 3 == 3 or options & reserved:
            raise Malformed("SUBSCRIBE has options that do not exist.")
        filters.append((wanted, options & 3))
    if not filters or packet_id == 0:
        raise Malformed("SUBSCRIBE names nothing.", Reason.PROTOCOL_ERROR)
    return Subscribe(packet_id, tuple(filters), SUBSCRIPTION_IDENTIFIER in properties)


def _decode_unsubscribe(fields: Fields, version: int) -> Packet:
    packet_id = fields.two()
    if version == V5:
        fields.properties(UNSUBSCRIBE_PROPERTIES)
    filters = []
    while not fields.is_empty:
        filters.append(fields.text().encode())
    if not filters or packet_id == 0:
        raise Malformed("UNSUBSCRIBE names nothing.", Reason.PROTOCOL_ERROR)
    return Unsubscribe(packet_id, tuple(filters))


def _decode_ping(fields: Fields, version: int) -> Packet:  # noqa: ARG001 - one shape for all decoders
    if not fields.is_empty:
        raise Malformed("PINGREQ has no body.")
    return PingRequest()


def _decode_disconnect(fields: Fields, version: int) -> Packet:
    if fields.is_empty:
        return Disconnect()
    if version != V5:
        raise Malformed("DISCONNECT has no body in MQTT 3.1.1.")
    reason, properties = fields.byte(), dict[int, Value]()
    if not fields.is_empty:
        properties = fields.properties(DISCONNECT_PROPERTIES)
    return Disconnect(reason, _number(properties, SESSION_EXPIRY))


DECODERS: dict[int, Callable[[Fields, int], Packet]] = {
    _PUBACK: _decode_puback,
    _PUBREL: _decode_pubrel,
    _SUBSCRIBE: _decode_subscribe,
    _UNSUBSCRIBE: _decode_unsubscribe,
    _PINGREQ: _decode_ping,
    _DISCONNECT: _decode_disconnect,
}
"""By the first byte of the packet, flags included: other flags are malformed."""

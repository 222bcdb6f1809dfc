"""The bytes a server sends: acknowledgements, refusals and downward messages."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.sources.mqtt_endpoint.fields import (
    MESSAGE_EXPIRY,
    Value,
    write_binary,
    write_properties,
    write_variable,
)
from gateway.sources.mqtt_endpoint.packets import V5, Reason

PINGRESP = b"\xd0\x00"

# MQTT 3.1.1, section 3.2.2.3. What is not here has no word in 3.1.1 but a closed connection.
_CONNACK_311 = {
    Reason.SUCCESS: 0,
    Reason.UNSUPPORTED_VERSION: 1,
    Reason.CLIENT_ID_NOT_VALID: 2,
    Reason.SERVER_UNAVAILABLE: 3,
    Reason.BAD_CREDENTIALS: 4,
    Reason.NOT_AUTHORIZED: 5,
    Reason.CONNECTION_RATE_EXCEEDED: 3,
}


def connack(
    version: int,
    reason: Reason,
    properties: dict[int, Value] | None = None,
    *,
    is_known: bool = False,
) -> bytes:
    """CONNACK, or nothing where 3.1.1 has no code for `reason`. `is_known`: its session was
    kept since the client was here before.
    """
    if version == V5:
        body = bytes((is_known, reason)) + write_properties(properties or {})
        return b"\x20" + write_variable(len(body)) + body
    code = _CONNACK_311.get(reason)
    return b"" if code is None else bytes((0x20, 2, is_known, code))


def puback(packet_id: int) -> bytes:
    """The promise that the message is safe; the same four bytes in both versions."""
    return b"\x40\x02" + packet_id.to_bytes(2, "big")


def pubrec(packet_id: int) -> bytes:
    """The same promise for QoS 2: safe, and not taken a second time under this number."""
    return b"\x50\x02" + packet_id.to_bytes(2, "big")


def pubcomp(packet_id: int) -> bytes:
    """The number of a QoS 2 message is free for another."""
    return b"\x70\x02" + packet_id.to_bytes(2, "big")


def refused(packet_id: int, qos: int, reason: Reason) -> bytes:
    """MQTT 5 only: the message of QoS 1 or 2 was not taken."""
    return (
        (b"\x50\x03" if qos == 2 else b"\x40\x03") + packet_id.to_bytes(2, "big") + bytes((reason,))
    )


def suback(version: int, packet_id: int, answers: Sequence[Reason]) -> bytes:
    """One answer for each filter; 3.1.1 knows no more precise refusal than 0x80."""
    plain = version != V5
    codes = bytes(0x80 if plain and answer >= 0x80 else answer for answer in answers)
    body = packet_id.to_bytes(2, "big") + (b"" if plain else b"\x00") + codes
    return b"\x90" + write_variable(len(body)) + body


def unsuback(version: int, packet_id: int, answers: Sequence[Reason]) -> bytes:
    """One answer for each filter in MQTT 5; none in 3.1.1."""
    body = packet_id.to_bytes(2, "big")
    if version == V5:
        body += b"\x00" + bytes(answers)
    return b"\xb0" + write_variable(len(body)) + body


def publish(
    version: int,
    topic: bytes,
    payload: bytes,
    packet_id: int,
    *,
    expiry: int | None = None,
    again: bool = False,
) -> bytes:
    """A message downward: QoS 1 with a packet identifier, QoS 0 with 0. `expiry` in seconds;
    `again` if the client may have had it before.
    """
    body = write_binary(topic)
    if packet_id:
        body += packet_id.to_bytes(2, "big")
    if version == V5:
        body += write_properties({} if expiry is None else {MESSAGE_EXPIRY: expiry})
    body += payload
    first = 0x30 | (2 if packet_id else 0) | (8 if again and packet_id else 0)
    return bytes((first,)) + write_variable(len(body)) + body


def disconnect(version: int, reason: Reason) -> bytes:
    """MQTT 5 says why it closes; in 3.1.1 a server can only close."""
    return bytes((0xE0, 1, reason)) if version == V5 else b""

"""Cuts a stream of bytes into MQTT packets.

Pure and incremental: any cutting of the same bytes gives the same packets. Memory is
bounded by the largest packet allowed, known from the fixed header before the body is
kept; time is linear in the bytes, however small the pieces.
"""

from __future__ import annotations

from gateway.sources.mqtt_endpoint.bodies import DECODERS, decode_connect
from gateway.sources.mqtt_endpoint.fields import PUBLISH_PROPERTIES, TOPIC_ALIAS, Fields
from gateway.sources.mqtt_endpoint.packets import (
    V5,
    Broken,
    Malformed,
    Packet,
    Publish,
    Reason,
    Unsupported,
)

CONNECT_LIMIT = 16 * 1024
"""Bytes a stranger may make us keep before showing credentials."""
PACKET_LIMIT = 256 * 1024
"""Bytes of the largest body taken: an acceleration window of a minute fits ten times."""
HEAD_KEPT = 64 * 1024
"""Bytes kept of a message that is too large, for quarantine."""

_CONNECT, _PUBLISH = 0x10, 0x30
_EXCHANGES_NOT_TAKEN = frozenset({0x50, 0x70, 0xF0})  # PUBREC, PUBCOMP, AUTH


class PacketReader:
    """Packets of one connection, in order.

    Nothing is raised: a stream that breaks the protocol yields what was sound and then one
    `Broken`, after which the reader stays silent.
    """

    __slots__ = ("_dead", "_kept", "_limit", "_need", "_skip", "version")

    def __init__(self, limit: int = PACKET_LIMIT) -> None:
        self.version = 0
        """Protocol level that CONNECT named; 0 before it."""
        self._limit = limit
        self._kept = bytearray()
        self._need = 0
        self._skip = 0
        self._dead = False

    def feed(self, data: bytes) -> list[Packet]:
        """The packets that `data` completes."""
        if self._dead:
            return []
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
        if self._kept:
            self._kept += data
            if len(self._kept) < self._need:
                return []
            data = bytes(self._kept)
            self._kept.clear()
        packets: list[Packet] = []
        try:
            self._cut(data, packets)
        except Malformed as error:
            self._dead = True
            self._kept.clear()
            packets.append(Broken(error.reason, error.why))
        return packets

    def _cut(self, data: bytes, packets: list[Packet]) -> None:
        start, size = 0, len(data)
        while start + 2 <= size:
            first, length, body = data[start], data[start + 1], start + 2
            if length >= 0x80:
                length, body = _long_length(data, start + 1)
                if not body:
                    self._keep(data, start, size - start + 1)
                    return
            end = body + length
            if self.version == 0:
                _check_first(first, length)
            elif length > self._limit:
                start = self._cut_large(data, start, body, end, packets)
                continue
            if end > size:
                self._keep(data, start, end - start)
                return
            if first & 0xF0 == _PUBLISH:
                packets.append(_decode_publish(first, data, body, end, self.version, 0))
            else:
                packets.append(self._decode_other(first, data, body, end))
            start = end
        if start < size:
            self._keep(data, start, 2)

    def _cut_large(
        self, data: bytes, start: int, body: int, end: int, packets: list[Packet]
    ) -> int:
        """Keep the head of a message that is too large, skip the rest; where to go on."""
        first, size = data[start], len(data)
        if first & 0xF0 != _PUBLISH:
            raise Malformed("The packet is too large.", Reason.PACKET_TOO_LARGE)
        head = body + min(HEAD_KEPT, self._limit)
        if head > size:
            self._keep(data, start, head - start)
            return size
        packets.append(_decode_publish(first, data, body, head, self.version, end - head))
        self._skip = max(0, end - size)
        return min(end, size)

    def _keep(self, data: bytes, start: int, need: int) -> None:
        self._kept += data[start:] if start else data
        self._need = need

    def _decode_other(self, first: int, data: bytes, body: int, end: int) -> Packet:
        fields = Fields(data, body, end)
        if self.version == 0:
            connect = decode_connect(fields)
            self.version = connect.version
            return connect
        decode = DECODERS.get(first)
        if decode is None:
            if first == _CONNECT:
                raise Malformed("CONNECT came twice.", Reason.PROTOCOL_ERROR)
            if first in _EXCHANGES_NOT_TAKEN:
                return Unsupported(first >> 4)
            raise Malformed("The packet's first byte means nothing in MQTT.")
        return decode(fields, self.version)


def _long_length(data: bytes, position: int) -> tuple[int, int]:
    """A length of several bytes, and where the body begins: 0 if the length is cut off."""
    length = 0
    for shift in (0, 7, 14, 21):
        if position >= len(data):
            return 0, 0
        byte = data[position]
        position += 1
        length |= (byte & 0x7F) << shift
        if byte < 0x80:
            return length, position
    raise Malformed("A packet's length is written with more than four bytes.")


def _check_first(first: int, length: int) -> None:
    if first != _CONNECT:
        raise Malformed("The first packet is not CONNECT.", Reason.PROTOCOL_ERROR)
    if length > CONNECT_LIMIT:
        raise Malformed("CONNECT is too large.", Reason.PACKET_TOO_LARGE)


def _decode_publish(
    first: int, data: bytes, start: int, end: int, version: int, missing: int
) -> Publish:
    """The fast path: plain slices, and properties are looked at only if there are any."""
    qos = first >> 1 & 3
    topic_start = start + 2
    if topic_start > end:
        raise Malformed("PUBLISH has no topic.")
    position = topic_end = topic_start + (data[start] << 8 | data[start + 1])
    packet_id = alias = 0
    if qos:
        if qos == 3:
            raise Malformed("QoS 3 does not exist.")
        if position + 2 > end:
            raise Malformed("PUBLISH ends before its packet identifier.")
        packet_id = data[position] << 8 | data[position + 1]
        if packet_id == 0:
            raise Malformed("A packet identifier of 0 is not allowed.", Reason.PROTOCOL_ERROR)
        position += 2
    if version == V5:
        if position >= end:
            raise Malformed("PUBLISH ends before its properties.")
        if data[position] == 0:
            position += 1
        else:
            position, alias = _after_properties(data, position, end)
    elif position > end:
        raise Malformed("PUBLISH ends in the middle of its topic.")
    return Publish(
        data[topic_start:topic_end],
        data[position:end],
        qos,
        packet_id,
        bool(first & 1),
        bool(first & 8),
        missing,
        alias,
    )


def _after_properties(data: bytes, position: int, end: int) -> tuple[int, int]:
    """Where the payload begins, and the topic alias or 0."""
    fields = Fields(data, position, end)
    alias = fields.properties(PUBLISH_PROPERTIES).get(TOPIC_ALIAS)
    if alias is None:
        return end - fields.left, 0
    if not isinstance(alias, int) or alias == 0:
        raise Malformed("A topic alias of 0 is not allowed.", Reason.TOPIC_ALIAS_INVALID)
    return end - fields.left, alias

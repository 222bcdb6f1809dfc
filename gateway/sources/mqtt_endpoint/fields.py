"""The field types of MQTT bodies: integers, strings, binary data and v5 properties."""

from __future__ import annotations

from gateway.sources.mqtt_endpoint.packets import Malformed, Reason

_BYTE, _TWO, _FOUR, _VARIABLE, _BINARY, _TEXT, _PAIR = range(7)

MESSAGE_EXPIRY = 0x02
SESSION_EXPIRY = 0x11
WILL_DELAY = 0x18
TOPIC_ALIAS_MAXIMUM = 0x22
TOPIC_ALIAS = 0x23
RECEIVE_MAXIMUM = 0x21
MAXIMUM_PACKET_SIZE = 0x27
AUTHENTICATION_METHOD = 0x15
SUBSCRIPTION_IDENTIFIER = 0x0B
ASSIGNED_CLIENT_ID = 0x12
SERVER_KEEPALIVE = 0x13
REASON_STRING = 0x1F
SUBSCRIPTION_IDS_AVAILABLE = 0x29
SHARED_AVAILABLE = 0x2A

# MQTT 5.0, section 2.2.2.2, table 2-4.
_TYPES = {
    0x01: _BYTE,
    MESSAGE_EXPIRY: _FOUR,
    0x03: _TEXT,
    0x08: _TEXT,
    0x09: _BINARY,
    SUBSCRIPTION_IDENTIFIER: _VARIABLE,
    SESSION_EXPIRY: _FOUR,
    ASSIGNED_CLIENT_ID: _TEXT,
    SERVER_KEEPALIVE: _TWO,
    AUTHENTICATION_METHOD: _TEXT,
    0x16: _BINARY,
    0x17: _BYTE,
    WILL_DELAY: _FOUR,
    0x19: _BYTE,
    0x1A: _TEXT,
    0x1C: _TEXT,
    REASON_STRING: _TEXT,
    RECEIVE_MAXIMUM: _TWO,
    TOPIC_ALIAS_MAXIMUM: _TWO,
    TOPIC_ALIAS: _TWO,
    0x24: _BYTE,
    0x25: _BYTE,
    0x26: _PAIR,
    MAXIMUM_PACKET_SIZE: _FOUR,
    0x28: _BYTE,
    SUBSCRIPTION_IDS_AVAILABLE: _BYTE,
    SHARED_AVAILABLE: _BYTE,
}
_USER_PROPERTY = 0x26

CONNECT_PROPERTIES = frozenset({0x11, 0x15, 0x16, 0x17, 0x19, 0x21, 0x22, 0x26, 0x27})
WILL_PROPERTIES = frozenset({0x01, 0x02, 0x03, 0x08, 0x09, 0x18, 0x26})
PUBLISH_PROPERTIES = frozenset({0x01, 0x02, 0x03, 0x08, 0x09, 0x23, 0x26})
PUBACK_PROPERTIES = frozenset({0x1F, 0x26})
SUBSCRIBE_PROPERTIES = frozenset({0x0B, 0x26})
UNSUBSCRIBE_PROPERTIES = frozenset({0x26})
DISCONNECT_PROPERTIES = frozenset({0x11, 0x1F, 0x26})

Value = int | bytes | str


class Fields:
    """Reads one body from front to back; raises `Malformed` when it ends too early."""

    __slots__ = ("_data", "_end", "_position")

    def __init__(self, data: bytes, position: int, end: int) -> None:
        self._data = data
        self._position = position
        self._end = end

    @property
    def is_empty(self) -> bool:
        return self._position >= self._end

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return self._end - self._position

    def raw(self, size: int) -> bytes:
        """The next `size` bytes."""
        start = self._position
        if start + size > self._end:
            raise Malformed("The packet ends in the middle of a field.")
        self._position = start + size
        return self._data[start : start + size]

    def byte(self) -> int:
        return self.raw(1)[0]

    def two(self) -> int:
        return int.from_bytes(self.raw(2), "big")

    def four(self) -> int:
        return int.from_bytes(self.raw(4), "big")

    def variable(self) -> int:
        """A variable byte integer: at most four bytes, 0 to 268,435,455."""
        value = 0
        for shift in (0, 7, 14, 21):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise Malformed("A length is written with more than four bytes.")

    def binary(self) -> bytes:
        return self.raw(self.two())

    def text(self) -> str:
        """A UTF-8 string without U+0000 and without lone surrogates."""
        return decode_text(self.binary())

    def properties(self, allowed: frozenset[int]) -> dict[int, Value]:
        """The properties that begin here. Each may stand once, user properties often."""
        size = self.variable()
        inside = Fields(self._data, self._position, self._position + size)
        self.raw(size)
        found: dict[int, Value] = {}
        while not inside.is_empty:
            name = inside.variable()
            if name not in allowed:
                raise Malformed(f"Property {name} does not belong in this packet.")
            if name in found and name != _USER_PROPERTY:
                raise Malformed(f"Property {name} stands twice.", Reason.PROTOCOL_ERROR)
            found[name] = inside._property(_TYPES[name])
        return found

    def _property(self, kind: int) -> Value:
        if kind == _BYTE:
            return self.byte()
        if kind == _TWO:
            return self.two()
        if kind == _FOUR:
            return self.four()
        if kind == _VARIABLE:
            return self.variable()
        if kind == _BINARY:
            return self.binary()
        if kind == _PAIR:
            self.text()
        return self.text()


def decode_text(raw: bytes) -> str:
    """`raw` as text; raises `Malformed` for what MQTT forbids in a string."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("A string is not UTF-8.") from None
    if "\0" in text:
        raise Malformed("A string contains the character U+0000.")
    return text


def write_variable(value: int) -> bytes:
    """`value` as a variable byte integer."""
    written = bytearray()
    while True:
        value, low = divmod(value, 128)
        written.append(low | 0x80 if value else low)
        if not value:
            return bytes(written)


def write_binary(raw: bytes) -> bytes:
    """`raw` with its length in front."""
    return len(raw).to_bytes(2, "big") + raw


def write_properties(properties: dict[int, Value]) -> bytes:
    """`properties` with their length in front."""
    written = bytearray()
    for name, value in properties.items():
        written.append(name)
        kind = _TYPES[name]
        if isinstance(value, str):
            written += write_binary(value.encode())
        elif isinstance(value, bytes):
            written += write_binary(value)
        elif kind == _VARIABLE:
            written += write_variable(value)
        else:
            written += value.to_bytes({_BYTE: 1, _TWO: 2, _FOUR: 4}[kind], "big")
    return write_variable(len(written)) + bytes(written)

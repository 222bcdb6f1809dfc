"""Bytes in, packets out: however they are cut, and whatever they are."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sources.mqtt_endpoint.codec import CONNECT_LIMIT, HEAD_KEPT, PacketReader
from gateway.sources.mqtt_endpoint.packets import (
    Acknowledged,
    Broken,
    Connect,
    Disconnect,
    Packet,
    PingRequest,
    Publish,
    Reason,
    Release,
    Subscribe,
    Unsubscribe,
    Unsupported,
    Will,
)
from tests.harness.mqtt import connect, field, packet, publish, subscribe

TOPIC = "telecare/v1/oak/hub-7/up/alarm"


def read(data: bytes, *, version: int = 4, limit: int = 1000) -> list[Packet]:
    reader = PacketReader(limit)
    first = reader.feed(connect("u", "p", version=version))
    assert isinstance(first[0], Connect)
    return reader.feed(data)


def only(data: bytes, *, version: int = 4) -> Packet:
    (found,) = read(data, version=version)
    return found


@pytest.mark.parametrize("version", [4, 5])
def test_connect_says_who_and_how(version: int) -> None:
    (found,) = PacketReader().feed(
        connect("oak.hub-7", "secret", version=version, client_id="c", keepalive=45)
    )
    assert isinstance(found, Connect)
    assert (found.version, found.client_id, found.keepalive) == (version, "c", 45)
    assert (found.username, found.password, found.clean_start) == ("oak.hub-7", b"secret", True)


@pytest.mark.parametrize(("flags", "is_read"), [(b"\xcc", True), (b"\xd4", True), (b"\xdc", False)])
def test_a_will_has_a_qos_that_exists_and_begins_nothing_anew(
    flags: bytes, *, is_read: bool
) -> None:
    said = [field(each) for each in ("c", "t", "gone", "u", "p")]
    body = field("MQTT") + b"\x04" + flags + b"\x00\x3c" + b"".join(said)
    (found,) = PacketReader().feed(packet(0x10, body))
    assert isinstance(found, Connect) is is_read
    assert not isinstance(found, Connect) or not found.clean_start


def test_connect_with_everything_that_mqtt_5_has() -> None:
    properties = b"\x11\x00\x00\x0e\x10" + b"\x21\x00\x0a" + b"\x27\x00\x00\x10\x00"
    properties += b"\x26" + field("a") + field("b") + b"\x26" + field("a") + field("c")
    will = b"\x05\x18\x00\x00\x00\x05" + field("t") + field("gone")
    body = field("MQTT") + b"\x05\xee\x00\x3c" + bytes((len(properties),)) + properties
    (found,) = PacketReader().feed(packet(0x10, body + field("") + will + field("u") + field("p")))
    assert isinstance(found, Connect)
    assert (found.receive_maximum, found.maximum_packet_size) == (10, 4096)
    assert found.will == Will(b"t", b"gone", 1, retain=True, delay=5)
    assert found.session_expiry == 3600


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_message(version: int, qos: int) -> None:
    data = publish(TOPIC, b"{}", 77, version=version, qos=qos, retain=True, dup=bool(qos))
    number = 77 if qos else 0
    expected = Publish(TOPIC.encode(), b"{}", qos, number, retain=True, dup=bool(qos))
    assert only(data, version=version) == expected


def test_a_message_with_properties() -> None:
    body = field(TOPIC) + b"\x00\x05" + b"\x07\x01\x01\x02\x00\x00\x00\x3c" + b"{}"
    found = only(packet(0x32, body), version=5)
    assert found == Publish(TOPIC.encode(), b"{}", 1, 5, retain=False, dup=False)


@pytest.mark.parametrize(
    ("data", "version", "expected"),
    [
        (b"\xc0\x00", 4, PingRequest()),
        (b"\xe0\x00", 4, Disconnect()),
        (b"\xe0\x01\x04", 5, Disconnect(4)),
        (b"\x40\x02\x00\x09", 4, Acknowledged(9)),
        (b"\x40\x04\x00\x09\x10\x00", 5, Acknowledged(9)),
        (subscribe("a/#", 3), 4, Subscribe(3, ((b"a/#", 1),))),
        (subscribe("a/#", 3, version=5, qos=2), 5, Subscribe(3, ((b"a/#", 2),))),
        (packet(0x82, b"\x00\x03\x02\x0b\x07" + field("a") + b"\x01"), 5,
         Subscribe(3, ((b"a", 1),), has_identifier=True)),
        (packet(0xA2, b"\x00\x04" + field("a") + field("b")), 4, Unsubscribe(4, (b"a", b"b"))),
        (packet(0xA2, b"\x00\x04\x00" + field("a")), 5, Unsubscribe(4, (b"a",))),
        (b"\x62\x02\x00\x01", 4, Release(1)),
        (b"\xe0\x07\x04\x05\x11\x00\x00\x00\x3c", 5, Disconnect(4, 60)),
        (b"\xf0\x00", 5, Unsupported(15)),
    ],
)  # fmt: skip
def test_the_other_packets(data: bytes, version: int, expected: Packet) -> None:
    assert only(data, version=version) == expected


@pytest.mark.parametrize(
    ("data", "version", "reason"),
    [
        (connect("u", "p"), 4, Reason.PROTOCOL_ERROR),
        (b"\x00\x00", 4, Reason.MALFORMED_PACKET),
        (b"\xc1\x00", 4, Reason.MALFORMED_PACKET),
        (b"\xc0\x01\x00", 4, Reason.MALFORMED_PACKET),
        (b"\xe0\x01\x04", 4, Reason.MALFORMED_PACKET),
        (b"\xc0\xff\xff\xff\xff\x01", 4, Reason.MALFORMED_PACKET),
        (b"\x36\x05\x00\x01t\x00\x01", 4, Reason.MALFORMED_PACKET),
        (b"\x32\x01\x00", 4, Reason.MALFORMED_PACKET),
        (b"\x32\x05\x00\x03abc", 4, Reason.MALFORMED_PACKET),
        (b"\x30\x03\x00\x09a", 4, Reason.MALFORMED_PACKET),
        (b"\x32\x05\x00\x01t\x00\x00", 4, Reason.PROTOCOL_ERROR),
        (b"\x32\x05\x00\x01t\x00\x01", 5, Reason.MALFORMED_PACKET),
        (packet(0x32, field("t") + b"\x00\x01\x03\x23\x00\x00"), 5, Reason.TOPIC_ALIAS_INVALID),
        (packet(0x32, field("t") + b"\x00\x01\x02\x99\x00"), 5, Reason.MALFORMED_PACKET),
        (packet(0x32, field("t") + b"\x00\x01\x7f"), 5, Reason.MALFORMED_PACKET),
        (packet(0x32, field("t") + b"\x00\x01\x04\x01\x01\x01\x01"), 5, Reason.PROTOCOL_ERROR),
        (packet(0x82, b"\x00\x01"), 4, Reason.PROTOCOL_ERROR),
        (packet(0x82, b"\x00\x01" + field("a") + b"\x03"), 4, Reason.MALFORMED_PACKET),
        (packet(0x82, b"\x00\x01" + field(b"\xff") + b"\x01"), 4, Reason.MALFORMED_PACKET),
        (packet(0x82, b"\x00\x01" + field("a\0") + b"\x01"), 4, Reason.MALFORMED_PACKET),
        (packet(0xA2, b"\x00\x01"), 4, Reason.PROTOCOL_ERROR),
        (packet(0x82, b"x" * 2000), 4, Reason.PACKET_TOO_LARGE),
    ],
)
def test_what_breaks_the_protocol_is_named(data: bytes, version: int, reason: Reason) -> None:
    found = only(data, version=version)
    assert isinstance(found, Broken)
    assert found.reason is reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (publish(TOPIC, b"{}"), Reason.PROTOCOL_ERROR),
        (b"GET / HTTP/1.1\r\n\r\n", Reason.PROTOCOL_ERROR),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", Reason.PROTOCOL_ERROR),
        (packet(0x10, field("MQIsdp") + b"\x03\xc2\x00\x3c" + field("")),
         Reason.UNSUPPORTED_VERSION),
        (packet(0x10, field("MQTT") + b"\x06\xc2\x00\x3c" + field("")),
         Reason.UNSUPPORTED_VERSION),
        (packet(0x10, field("MQTT") + b"\x04\xc3\x00\x3c" + field("")), Reason.MALFORMED_PACKET),
        (packet(0x10, field("MQTT") + b"\x04\x42\x00\x3c" + field("") + field("p")),
         Reason.MALFORMED_PACKET),
        (packet(0x10, field("MQTT") + b"\x04\x22\x00\x3c" + field("")), Reason.MALFORMED_PACKET),
        (packet(0x10, field("MQTT") + b"\x04\x02\x00\x3c" + field("") + b"more"),
         Reason.MALFORMED_PACKET),
        (packet(0x10, field("MQTT") + b"\x05\x02\x00\x3c\x03\x21\x00\x00" + field("")),
         Reason.PROTOCOL_ERROR),
        (packet(0x10, b"x" * CONNECT_LIMIT + b"x"), Reason.PACKET_TOO_LARGE),
    ],
)  # fmt: skip
def test_a_stranger_who_does_not_speak_mqtt(data: bytes, reason: Reason) -> None:
    (found,) = PacketReader().feed(data)
    assert isinstance(found, Broken)
    assert found.reason is reason


def test_what_was_sound_before_the_break_is_kept() -> None:
    found = read(publish(TOPIC, b"help", 1) + b"\x00\x00" + publish(TOPIC, b"lost", 2))
    assert [type(each) for each in found] == [Publish, Broken]


def test_after_the_break_the_reader_is_silent() -> None:
    reader = PacketReader()
    reader.feed(b"\x00\x00")
    assert reader.feed(connect("u", "p")) == []


def test_a_stranger_cannot_make_us_keep_much() -> None:
    reader = PacketReader()
    found = reader.feed(b"\x10\xff\xff\xff\x7f")
    assert isinstance(found[0], Broken), "refused from the fixed header, before any body"


def test_a_message_too_large_yields_its_head_and_the_next_is_read() -> None:
    large, after = publish(TOPIC, b"x" * 5_000_000, 1), publish(TOPIC, b"{}", 2)
    reader = PacketReader(limit=HEAD_KEPT * 2)
    reader.feed(connect("u", "p"))
    found: list[Packet] = []
    for start in range(0, len(large), 65_536):
        found += reader.feed(large[start : start + 65_536])
        assert len(reader._kept) <= HEAD_KEPT + 65_536
    found += reader.feed(after)
    head, second = found
    assert isinstance(head, Publish)
    assert len(head.payload) + head.missing == 5_000_000
    assert len(head.payload) <= HEAD_KEPT
    assert second == Publish(TOPIC.encode(), b"{}", 1, 2, retain=False, dup=False)


_message = st.builds(
    publish,
    st.sampled_from([TOPIC, "t", "x" * 300]),
    st.binary(max_size=1500),
    st.integers(1, 65535),
    qos=st.sampled_from([0, 1]),
    retain=st.booleans(),
)
_stream = st.lists(_message | st.sampled_from([b"\xc0\x00", b"\x40\x02\x00\x01"]), max_size=8)


@given(_stream, st.lists(st.integers(0, 6000), max_size=12))
def test_any_cutting_gives_the_same_packets(stream: list[bytes], cuts: list[int]) -> None:
    data = connect("u", "p") + b"".join(stream)
    whole = PacketReader(1000).feed(data)
    reader, pieces = PacketReader(1000), []
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, end in itertools.pairwise(edges):
        pieces += reader.feed(data[start:end])
    assert pieces == whole
    assert len(whole) == len(stream) + 1


@given(st.binary(max_size=300), st.sampled_from([4, 5]))
def test_no_bytes_raise(data: bytes, version: int) -> None:
    reader = PacketReader(1000)
    reader.feed(connect("u", "p", version=version))
    for byte in data:
        reader.feed(bytes((byte,)))


def test_a_large_message_in_single_bytes_is_copied_once() -> None:
    reader = PacketReader(100_000)
    reader.feed(connect("u", "p"))
    data = publish(TOPIC, b"x" * 60_000, 1)
    found: list[Packet] = []
    for byte in data[:5]:
        found += reader.feed(bytes((byte,)))
    assert reader._need == len(data), "from here on it only collects until all is there"
    for byte in data[5:]:
        found += reader.feed(bytes((byte,)))
    assert len(found) == 1

"""One connection, as the protocol tells it: no socket, no waiting."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.sessions.notes import Posted
from gateway.sources.mqtt_endpoint.actions import Action, CheckCredentials, Close, Keep, Take
from gateway.sources.mqtt_endpoint.addresses import Wish
from gateway.sources.mqtt_endpoint.packets import Reason
from gateway.sources.mqtt_endpoint.session import (
    CONNECT_SECONDS,
    IN_FLIGHT_PAUSE,
    LAST_WORDS_SECONDS,
    Session,
)
from gateway.sources.mqtt_endpoint.welcome import RECEIVE_MAXIMUM, Visit
from tests.harness.mqtt import connect, field, packet, publish, subscribe
from tests.harness.mqtt_session import (
    DOWN,
    HUB,
    MINE,
    NOW,
    PUBREL,
    UP,
    VISIT,
    admitted,
    kept,
    refusal,
    sent,
)


def heard(session: Session, topic: bytes, payload: bytes) -> bytes:
    """What is written for a downward message."""
    return sent(session.deliver(topic, payload, NOW, 60))


def closes(actions: list[Action]) -> bool:
    return any(isinstance(action, Close) for action in actions)


def will(topic: str, version: int = 4) -> bytes:
    """CONNECT with a will on `topic`."""
    properties = b"\x00" if version == 5 else b""
    body = field("MQTT") + bytes((version, 0xC6)) + b"\x00\x3c" + properties + field("c")
    return packet(0x10, body + properties + field(topic) + field("gone") + field("u") + field("p"))


@pytest.mark.parametrize("version", [4, 5])
def test_nothing_is_acknowledged_before_it_is_stored(version: int) -> None:
    session = admitted(version)
    actions = session.receive(publish(MINE, b"{}", 9, version=version))
    assert actions == [Take("alarm", b"{}", 9)]
    assert session.in_flight == 1
    assert session.stored(9) == b"\x40\x02\x00\x09"
    assert session.in_flight == 0


def test_messages_sent_along_with_connect_wait_for_admission() -> None:
    session = Session()
    early = session.receive(connect("u", "p") + publish(MINE, b"1", 1) + b"\xc0\x00")
    assert [type(each) for each in early] == [CheckCredentials]
    assert session.receive(publish(MINE, b"2", 2)) == []
    actions = session.admitted(HUB, VISIT)
    assert [each.payload for each in actions if isinstance(each, Take)] == [b"1", b"2"]
    assert sent(actions) == b"\x20\x02\x00\x00\xd0\x00"


def test_messages_of_a_stranger_are_never_taken() -> None:
    session = Session()
    session.receive(connect("u", "p") + publish(MINE, b"1", 1))
    actions = session.refused(Reason.BAD_CREDENTIALS, "Wrong.")
    assert sent(actions) == b"\x20\x02\x00\x04"
    assert closes(actions)
    assert session.receive(publish(MINE, b"2", 2)) == []


@pytest.mark.parametrize(
    ("reason", "old", "new"),
    [
        (Reason.BAD_CREDENTIALS, b"\x20\x02\x00\x04", 0x86),
        (Reason.NOT_AUTHORIZED, b"\x20\x02\x00\x05", 0x87),
        (Reason.SERVER_UNAVAILABLE, b"\x20\x02\x00\x03", 0x88),
    ],
)
def test_refusals_in_both_versions(reason: Reason, old: bytes, new: int) -> None:
    for version, expected in ((4, old), (5, bytes((0x20, 3, 0, new, 0)))):
        session = Session()
        session.receive(connect("u", "p", version=version))
        assert sent(session.refused(reason, "No.")) == expected


def test_mqtt_5_is_told_the_terms() -> None:
    session = Session(10_000)
    session.receive(connect("u", "p", version=5, keepalive=0))
    said = sent(session.admitted(HUB, Visit(NOW, "given-1")))
    assert b"\x21" + RECEIVE_MAXIMUM.to_bytes(2, "big") in said
    assert b"\x22\x00\x40" in said
    assert b"\x27" + (10_000).to_bytes(4, "big") in said
    assert b"\x13\x07\x08" in said, "no keepalive at all would leave a dead line unnoticed"
    assert b"\x12" + field("given-1") in said
    assert session.client_id == "given-1"


def test_an_old_version_is_told_so() -> None:
    actions = Session().receive(packet(0x10, field("MQIsdp") + b"\x03\x02\x00\x3c" + field("")))
    assert sent(actions) == b"\x20\x02\x00\x01"
    assert closes(actions)


def test_without_credentials_nobody_is_asked() -> None:
    actions = Session().receive(packet(0x10, field("MQTT") + b"\x04\x02\x00\x3c" + field("c")))
    assert sent(actions) == b"\x20\x02\x00\x04"
    assert refusal(actions) is Reason.BAD_CREDENTIALS


def test_a_lasting_session_needs_a_name() -> None:
    data = packet(0x10, field("MQTT") + b"\x04\xc0\x00\x3c" + field("") + field("u") + field("p"))
    assert sent(Session().receive(data)) == b"\x20\x02\x00\x02"


FOREIGN = [
    "telecare/v1/oak/hub-8/up/alarm",
    "telecare/v1/elm/hub-7/up/alarm",
    "telecare/v1/oak/hub-7/down/receipt",
    "telecare/v1/oak/hub-70/up/alarm",
    "$SYS/broker",
    "",
]


@pytest.mark.parametrize("topic", FOREIGN)
def test_a_foreign_topic_is_never_acknowledged_as_a_success(topic: str) -> None:
    actions = admitted(5).receive(publish(topic, b"{}", 3, version=5))
    assert sent(actions) == b"\x40\x03\x00\x03\x87"
    assert not closes(actions)
    actions = admitted(4).receive(publish(topic, b"{}", 3))
    assert sent(actions) == b""
    assert closes(actions)
    assert not any(isinstance(action, Take) for action in actions)


def test_a_foreign_topic_without_acknowledgement_ends_the_connection() -> None:
    actions = admitted(5).receive(publish(FOREIGN[0], b"{}", version=5, qos=0))
    assert sent(actions) == b"\xe0\x01\x87"
    assert closes(actions)


def test_a_topic_must_be_plain_text_without_wildcards() -> None:
    for bad in (UP.encode() + b"\xff", (UP + "#").encode(), (UP + "a\0").encode()):
        actions = admitted(5).receive(publish(bad, b"{}", version=5))
        assert sent(actions) == bytes((0xE0, 1, Reason.TOPIC_NAME_INVALID))


def aliased(topic: str, alias: int) -> bytes:
    return packet(0x32, field(topic) + b"\x00\x01\x03\x23" + alias.to_bytes(2, "big") + b"{}")


def test_a_topic_alias_stands_for_the_topic_it_was_given() -> None:
    session = admitted(5)
    for data in (aliased(MINE, 3), aliased("", 3)):
        (take,) = session.receive(data)
        assert isinstance(take, Take)
        assert take.kind == "alarm"
    session.receive(aliased(UP + "status", 3))
    (take,) = session.receive(aliased("", 3))
    assert isinstance(take, Take)
    assert take.kind == "status"


@pytest.mark.parametrize("data", [aliased("", 4), aliased(MINE, 65)])
def test_an_alias_nobody_gave_or_beyond_what_was_told(data: bytes) -> None:
    assert sent(admitted(5).receive(data)) == b"\xe0\x01\x94"


def test_an_alias_is_no_way_around_the_rights() -> None:
    session = admitted(5)
    assert sent(session.receive(aliased(FOREIGN[0], 3))) == b"\x40\x03\x00\x01\x87"
    assert sent(session.receive(aliased("", 3))) == b"\x40\x03\x00\x01\x87"


@pytest.mark.parametrize(
    ("wanted", "old", "new"),
    [
        (DOWN + "#", 1, 1),
        (DOWN + "receipt", 1, 1),
        (DOWN + "+", 1, 1),
        (UP + "#", 0x80, 0x87),
        ("#", 0x80, 0x87),
        ("telecare/v1/oak/+/down/#", 0x80, 0x87),
        ("telecare/v1/oak/hub-8/down/#", 0x80, 0x87),
        ("$share/g/" + DOWN + "#", 0x80, 0x9E),
        (DOWN + "a#", 0x80, 0x8F),
        (DOWN + "#/a", 0x80, 0x8F),
    ],
)
def test_a_device_hears_only_its_own_downward_topics(wanted: str, old: int, new: int) -> None:
    assert sent(admitted(4).receive(subscribe(wanted, 2)))[-1] == old
    assert sent(admitted(5).receive(subscribe(wanted, 2, version=5)))[-1] == new


def test_downward_messages_go_to_who_asked() -> None:
    session = admitted()
    topic = (DOWN + "receipt").encode()
    assert heard(session, topic, b"{}") == b""
    session.receive(subscribe(DOWN + "receipt", qos=0))
    assert heard(session, topic, b"{}") == packet(0x30, field(topic) + b"{}")
    assert heard(session, (DOWN + "config").encode(), b"{}") == b""
    session.receive(packet(0xA2, b"\x00\x01" + field(topic)))
    assert heard(session, topic, b"{}") == b""


def test_a_clients_receive_maximum_is_kept_and_the_rest_follows() -> None:
    session = Session()
    properties = b"\x03\x21\x00\x02"
    body = field("MQTT") + b"\x05\xc2\x00\x3c" + properties + field("c") + field("u") + field("p")
    session.receive(packet(0x10, body))
    session.admitted(HUB, VISIT)
    session.receive(subscribe(DOWN + "#", version=5))
    topic = (DOWN + "receipt").encode()
    first, second, third = (heard(session, topic, bytes((n,))) for n in b"123")
    assert first
    assert second
    assert not third
    follows = sent(session.receive(b"\x40\x02\x00\x01"))
    assert follows.endswith(b"3")


def test_a_client_that_sends_more_than_allowed_is_cut_off() -> None:
    session = admitted(5)
    data = b"".join(publish(MINE, b"", n, version=5) for n in range(1, RECEIVE_MAXIMUM + 2))
    actions = session.receive(data)
    assert sum(isinstance(action, Take) for action in actions) == RECEIVE_MAXIMUM
    assert sent(actions) == b"\xe0\x01\x93"


def test_an_older_client_is_not_read_for_a_while() -> None:
    session = admitted(4)
    data = b"".join(publish(MINE, b"", n) for n in range(1, IN_FLIGHT_PAUSE + 1))
    session.receive(data)
    assert session.is_congested
    session.stored(1)
    assert not session.is_congested


@pytest.mark.parametrize("asked", ["#", "command"])
def test_whose_line_breaks_before_its_press_is_safe_is_owed_the_receipt_it_asked_for(
    asked: str,
) -> None:
    session = kept()
    session.receive(subscribe(DOWN + asked, version=5))
    session.receive(publish(MINE, b"{}", 9, version=5))
    session.lost(NOW)
    session.stored(9)
    told = session.deliver((DOWN + "receipt").encode(), b"{}", NOW, 60)
    notes = [each.note for each in told if isinstance(each, Keep)]
    owed = [each.owed.topic for each in notes if isinstance(each, Posted)]
    assert owed == [DOWN + "receipt"] * (asked == "#")


def test_silence_beyond_one_and_a_half_keepalives_ends_it() -> None:
    session = admitted(5, keepalive=10)
    assert session.silence(100.0) == []
    assert session.silence(115.0) == []
    assert sent(session.silence(115.1)) == b"\xe0\x01\x8d"


def test_a_ping_is_answered_and_is_a_sign_of_life() -> None:
    session = admitted(4, keepalive=10)
    session.silence(100.0)
    assert sent(session.receive(b"\xc0\x00")) == b"\xd0\x00"
    assert session.silence(114.0) == []
    assert session.silence(128.0) == []
    assert closes(session.silence(129.1))


def test_while_we_do_not_read_its_silence_is_ours() -> None:
    session = admitted(4, keepalive=10)
    session.silence(100.0)
    session.excuse_silence()
    assert session.silence(200.0) == []


def test_a_stranger_who_says_nothing_is_shown_out() -> None:
    session = Session()
    session.silence(0.0)
    assert session.silence(CONNECT_SECONDS) == []
    assert closes(session.silence(CONNECT_SECONDS + 0.1))


def test_a_stranger_who_says_connect_byte_by_byte_is_shown_out_as_soon() -> None:
    """A byte each few seconds kept a place for a day: CONNECT may be 16 KiB long."""
    session, hello = Session(), connect("u", "p")
    session.silence(0.0)
    for second in range(int(CONNECT_SECONDS)):
        assert session.receive(hello[second : second + 1]) == []
        assert session.silence(second + 1.0) == []
    assert closes(session.silence(CONNECT_SECONDS + 0.1))


def test_the_will_of_the_vanished_is_taken() -> None:
    session = Session()
    session.receive(will(UP + "status"))
    session.admitted(HUB, VISIT)
    assert session.lost(NOW) == ([], Wish("status", "", b"gone", delay=0))


def test_who_says_goodbye_needs_no_will() -> None:
    session = Session()
    session.receive(will(UP + "status"))
    session.admitted(HUB, VISIT)
    assert closes(session.receive(b"\xe0\x00"))
    assert session.lost(NOW) == ([], None)


@pytest.mark.parametrize("reason", [0x04, 0x81, 0x98])
def test_who_leaves_in_trouble_has_its_will_taken(reason: int) -> None:
    """MQTT 5, 3.1.2.5: only a normal farewell deletes it."""
    session = Session()
    session.receive(will(UP + "status", 5))
    session.admitted(HUB, VISIT)
    session.receive(bytes((0xE0, 1, reason)))
    assert session.lost(NOW)[1] == Wish("status", "", b"gone", delay=0)


@pytest.mark.parametrize(("version", "code"), [(4, 5), (5, 0x87)])
def test_a_will_on_a_foreign_topic_is_not_let_in(version: int, code: int) -> None:
    session = Session()
    session.receive(will("telecare/v1/oak/hub-8/up/alarm", version))
    actions = session.admitted(HUB, VISIT)
    assert sent(actions)[3] == code
    assert session.identity is None
    assert session.lost(NOW) == ([], None)


def test_a_stranger_leaves_no_will() -> None:
    session = Session()
    session.receive(will(UP + "alarm"))
    session.refused(Reason.BAD_CREDENTIALS, "Wrong.")
    assert session.lost(NOW) == ([], None)


def test_too_large_is_told_in_5_and_survived_in_3() -> None:
    five, three = admitted(5), admitted(4)
    actions = five.receive(publish(MINE, b"x" * 20_000, 1, version=5))
    assert sent(actions) == b"\xe0\x01\x95"
    assert isinstance(actions[0], Take)
    assert actions[0].missing > 0
    (take,) = three.receive(publish(MINE, b"x" * 20_000, 1))
    assert isinstance(take, Take)
    assert not three.is_closed
    assert sent(three.receive(b"\xc0\x00")) == b"\xd0\x00"


def test_a_sound_message_before_a_broken_one_is_taken() -> None:
    actions = admitted(5).receive(publish(MINE, b"{}", 1, version=5) + b"\x00\x00")
    assert isinstance(actions[0], Take)
    assert sent(actions) == b"\xe0\x01\x81"


def test_leaving_is_said_once() -> None:
    session = admitted(5)
    assert sent(session.leave(Reason.SESSION_TAKEN_OVER, "Again.")) == b"\xe0\x01\x8e"
    assert session.leave(Reason.SESSION_TAKEN_OVER, "Again.") == []
    assert session.receive(publish(MINE, b"{}", version=5)) == []


# A device whose access was withdrawn


def withdrawn(version: int = 5) -> Session:
    session = Session(10_000)
    session.receive(connect("u", "p", version=version, client_id="c"))
    session.admitted(HUB, Visit(NOW, "given", withdrawn=True))
    return session


def test_a_withdrawn_device_may_stay_for_its_last_words_and_no_longer() -> None:
    session = withdrawn()
    assert session.silence(1000.0) == []
    session.receive(packet(0xC0, b""))
    assert session.silence(1000.0 + LAST_WORDS_SECONDS - 1) == []
    session.receive(packet(0xC0, b""))
    actions = session.silence(1000.0 + LAST_WORDS_SECONDS)
    assert refusal(actions) is Reason.NOT_AUTHORIZED
    assert closes(actions)


@pytest.mark.parametrize("topic", [MINE, UP + "ALARM", UP + "alarm/left"])
def test_however_a_withdrawn_device_writes_its_alarm_it_is_taken(topic: str) -> None:
    actions = withdrawn().receive(publish(topic, b"{}", version=5))
    assert any(isinstance(action, Take) for action in actions)


def test_a_withdrawn_devices_will_is_not_taken() -> None:
    session = Session(10_000)
    session.receive(will(UP + "status"))
    assert closes(session.admitted(HUB, Visit(NOW, "given", withdrawn=True))) is False
    assert session.lost(NOW) == ([], None)


def test_a_will_waits_no_longer_than_its_session() -> None:
    for expiry, delay in ((60, 5), (3, 3), (0, 0)):
        session = Session()
        properties = b"\x05\x11" + expiry.to_bytes(4, "big")
        body = field("MQTT") + b"\x05\xc6\x00\x3c" + properties + field("c")
        body += b"\x05\x18\x00\x00\x00\x05" + field(UP + "status") + field("gone")
        session.receive(packet(0x10, body + field("u") + field("p")))
        session.admitted(HUB, VISIT)
        session.opened()
        _, left = session.lost(NOW)
        assert left is not None
        assert left.delay == delay


_pieces = st.lists(
    st.sampled_from(
        [
            publish(MINE, b"{}", 5, qos=2),
            publish(MINE, b"{}", 6),
            publish(FOREIGN[0], b"{}", 7),
            PUBREL,
            subscribe(DOWN + "#", 2),
            packet(0xA2, b"\x00\x01" + field(DOWN + "#")),
            b"\x40\x02\x00\x01",
            b"\xc0\x00",
            b"\xe0\x00",
        ]
    )
    | st.binary(max_size=40),
    max_size=12,
)


@settings(max_examples=60)
@given(_pieces, st.booleans())
def test_whatever_comes_nothing_raises_and_nothing_is_promised(
    pieces: list[bytes],
    lasting: bool,
) -> None:
    session = kept(4) if lasting else admitted(4)
    for piece in pieces:
        told = sent(session.receive(piece))
        assert told[:1] not in (b"\x40", b"\x50"), "only what is stored is acknowledged"

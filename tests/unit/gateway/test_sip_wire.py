"""SIP as bytes: generous with real units, strict about size and shape, never surprised."""

from __future__ import annotations

import pytest
from sipmessage import Request, Response

from gateway.sources.sip_peers import BESIDE_THE_FIRST, SENDERS, Peer, StreamPeer, Turns
from gateway.sources.sip_wire import (
    HEAD_LIMIT,
    MESSAGE_LIMIT,
    Came,
    Malformed,
    Stream,
    branch_of,
    message_request,
    parse,
    respond,
    tag_of,
    transaction_of,
    user_of,
)

CAME = Came("UDP", "192.0.2.7", 40000)
BODY = b"<mrq><ref>1</ref><cid>26317</cid></mrq>"


def message(head: str = "", body: bytes = BODY, *, length: int | None = None) -> bytes:
    lines = (
        "MESSAGE sip:arc@arc.example.org SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK77;rport\r\n"
        "From: <sip:26317@10.0.0.9>;tag=a1\r\n"
        "To: <sip:arc@arc.example.org>\r\n"
        "Call-ID: c1@10.0.0.9\r\nCSeq: 1 MESSAGE\r\n"
        f"{head}Content-Length: {len(body) if length is None else length}\r\n\r\n"
    )
    return lines.encode() + body


def request(data: bytes) -> Request:
    found = parse(data)
    assert isinstance(found, Request)
    return found


@pytest.mark.parametrize(
    "data",
    [
        message(),
        b"\r\n\r\n" + message(),
        message() + b"trailing rubbish",
        message().replace(b"Via:", b"v :").replace(b"From:", b"f:").replace(b"Call-ID:", b"i:"),
        message().replace(b";tag=a1", b"\r\n ;tag=a1"),
        message().replace(b"Content-Length", b"content-length"),
        message(length=999),
        message().replace(b"Content-Length: ", b"Content-Length: -"),
    ],
)
def test_generous_with_real_units(data: bytes) -> None:
    found = request(data)
    assert (found.method, found.body) == ("MESSAGE", BODY)
    assert user_of(found.headers["From"]) == "26317"
    assert tag_of(found.headers["From"]) == "a1"
    assert branch_of(found) == "z9hG4bK77"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        message().replace(b"Via:", b"Via"),
        message().replace(b"CSeq: 1 MESSAGE\r\n", b""),
        message().replace(b"CSeq: 1 MESSAGE", b"CSeq: 1 OPTIONS"),
        message().replace(b"CSeq: 1 MESSAGE", b"CSeq: x"),
        message().replace(b"<sip:arc@arc.example.org>", b"a\nX: y"),
        message("X: y\r\n" * 65),
        message("X: " + "y" * 3000 + "\r\n"),
        message(body=b"x" * MESSAGE_LIMIT),
    ],
)
def test_what_is_no_message_is_malformed_and_nothing_else(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data)


@pytest.mark.parametrize(
    "to",
    [
        b"SIP:arc@arc.example.org", b"sip:arc@monitoring_centre", b"sip:#31#123@h", b"sip:a b@h",
        b"sip:arc@h;transport=", b"<sip:arc@h>", b"sip:;self=1", b"sip:a@b;self=1", b"arc\xe9",
    ],
)  # fmt: skip
def test_to_whom_it_is_addressed_keeps_no_alarm_out(to: bytes) -> None:
    """What an installer typed as the address of the centre is not what says who needs help."""
    data = message().replace(b"sip:arc@arc.example.org SIP", to + b" SIP")
    assert request(data).body == BODY
    assert request(data.replace(b"SIP/2.0\r\nVia", b"sip/2.0 \r\nVia", 1)).body == BODY


@pytest.mark.parametrize("name", ["Mrs Müller", "Ana Ní Bhriain"])
@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_a_name_in_any_letters_keeps_no_alarm_out_and_comes_back_as_it_was(
    name: str, encoding: str
) -> None:
    written = f'"{name}" <sip:26317@10.0.0.9>;tag=a1'.encode(encoding)
    came = request(message().replace(b"<sip:26317@10.0.0.9>;tag=a1", written))
    assert (came.body, user_of(came.headers["From"])) == (BODY, "26317")
    assert b"From: " + written in respond(came, CAME, 200, "OK", tag="t9")
    ours = message_request(
        came, CAME, media_type="application/xml", body="é".encode(), branch="z9hG4bKo", tag="t9"
    )
    assert b"To: " + written.removesuffix(b";tag=a1") + b"\r\n" in ours
    assert ours.endswith("\r\n\r\né".encode())


def test_an_answer_goes_to_where_the_request_came_from() -> None:
    answer = respond(request(message()), CAME, 200, "OK", tag="t9").decode()
    assert (
        "Via: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK77;rport=40000;received=192.0.2.7" in answer
    )
    assert "To: <sip:arc@arc.example.org>;tag=t9" in answer
    assert "CSeq: 1 MESSAGE" in answer


def test_our_own_message_outside_a_dialog() -> None:
    sent = request(
        message_request(
            request(message()),
            CAME,
            media_type="application/scaip+xml",
            body=b"<mrs/>",
            branch="z9hG4bKours",
            tag="t9",
        )
    )
    assert str(sent.uri) == "sip:26317@192.0.2.7:40000"
    assert sent.headers["To"] == "<sip:26317@10.0.0.9>"
    assert sent.headers["From"] == "<sip:arc@arc.example.org>;tag=t9"
    assert sent.headers["Call-ID"] != "c1@10.0.0.9"
    assert (sent.headers["Content-Type"], sent.body) == ("application/scaip+xml", b"<mrs/>")


def test_our_own_message_within_a_dialog() -> None:
    asked = request(message().replace(b"To: <sip:arc@arc.example.org>", b"To: <sip:arc@a>;tag=d4"))
    sent = request(
        message_request(
            asked, CAME, media_type="application/xml", body=b"<ATM/>", branch="z9hG4bKo", tag="t9"
        )
    )
    assert sent.headers["Call-ID"] == "c1@10.0.0.9"
    assert (tag_of(sent.headers["From"]), tag_of(sent.headers["To"])) == ("d4", "a1")


def test_a_stream_is_cut_into_messages_wherever_it_breaks() -> None:
    whole = b"\r\n\r\n" + message() + message() + b"\r\n"
    for step in (1, 2, 7, 1000):
        stream, found = Stream(), 0
        for start in range(0, len(whole), step):
            found += len(list(stream.feed(whole[start : start + step])))
        assert found == 2


@pytest.mark.parametrize(
    "data",
    [
        b"x" * (HEAD_LIMIT + 1),
        message(length=MESSAGE_LIMIT),
        message().replace(b"Content-Length: ", b"Content-Length: x"),
    ],
)
def test_a_stream_holds_no_more_than_a_message(data: bytes) -> None:
    with pytest.raises(Malformed):
        list(Stream().feed(data))


class Ears:
    """Hears a stream."""

    def __init__(self) -> None:
        self.methods: list[str] = []
        self.complaints: list[str] = []

    def heard(self, peer: Peer, message: Request | Response) -> None:
        assert isinstance(message, Request)
        assert peer.came.is_reliable
        self.methods.append(message.method)

    def malformed(self, why: str) -> None:
        self.complaints.append(why)

    def opened(self, peer: StreamPeer) -> None:
        """Nothing to do."""

    def closed(self, peer: StreamPeer) -> None:
        """Nothing to do."""


def test_a_sound_press_right_before_something_malformed_is_heard() -> None:
    ears = Ears()
    peer = StreamPeer(ears, "TCP", lambda: 0.0)
    peer.data_received(message() + b"GET / HTTP/1.1\r\n\r\n" + message())
    assert ears.methods == ["MESSAGE"]
    assert len(ears.complaints) == 1


def test_an_old_branch_is_named_by_more_than_itself() -> None:
    old = message().replace(b"z9hG4bK77", b"1")
    other = old.replace(b"c1@", b"c2@")
    assert branch_of(request(old)) != branch_of(request(other))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(b"10.0.0.9:5060;", b"10.0.0.8:5060;"), (b"c1@", b"c2@"), (b"tag=a1", b"tag=b2")],
    ids=["sender", "call", "tag"],
)
def test_two_units_behind_one_router_with_one_branch_are_two(ours: bytes, theirs: bytes) -> None:
    one, other = request(message()), request(message().replace(ours, theirs))
    assert transaction_of(one, CAME) != transaction_of(other, CAME)
    again = Came("UDP", "192.0.2.7", 40001)
    assert transaction_of(one, CAME) == transaction_of(request(message()), again)


@pytest.mark.parametrize(
    "other",
    [
        message(body=BODY.replace(b"<ref>1", b"<ref>2")),
        message("Authorization: Digest username=26317\r\n"),
    ],
    ids=["another press", "the proof that was asked for"],
)
def test_a_unit_that_gives_all_its_requests_the_same_headers_is_heard_each_time(
    other: bytes,
) -> None:
    first = transaction_of(request(message()), CAME)
    assert transaction_of(request(other), CAME) != first
    assert transaction_of(request(message()), CAME) == first, "and a repetition is one"


def test_a_flood_from_a_few_keeps_nobody_else_waiting() -> None:
    turns = Turns()
    for number in range(2 * BESIDE_THE_FIRST):
        turns.add(b"flood %d" % number, (f"203.0.113.{number % 50}", 5060))
    turns.add(b"press", ("192.0.2.7", 5060))
    turns.add(b"press again", ("192.0.2.7", 5060))
    heard = [turns.next() for _ in range(51)]
    assert heard[0] == (b"flood 0", ("203.0.113.0", 5060))
    assert heard[50] == (b"press", ("192.0.2.7", 5060)), "after one of each"
    while turns:
        heard.append(turns.next())
    assert len(heard) == BESIDE_THE_FIRST + 1, "the rest is lost, as datagrams are"


def test_a_senders_datagrams_keep_their_order_and_its_units_have_room() -> None:
    turns = Turns()
    for number in range(100):
        turns.add(b"%d" % number, ("192.0.2.7", number))
    assert [int(turns.next()[0]) for _ in range(64)] == list(range(64))
    assert not turns


def test_a_flood_from_everywhere_is_bounded() -> None:
    turns = Turns()
    for number in range(2 * SENDERS):
        turns.add(b"flood", (f"sender {number}", 5060))
    heard = 0
    while turns:
        turns.next()
        heard += 1
    assert heard == SENDERS

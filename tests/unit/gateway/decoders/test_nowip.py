"""NOW-IP messages of grouped schemes."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from gateway.decoders import nowip
from gateway.decoders.native import Unreadable
from gateway.decoders.nowip import parse
from gateway.decoders.said import Said
from gateway.sources.nowip import NowIp
from simulators.nowip import message_of
from tests.harness.dialects import facts, heard, read


def alarm(event: int, *, location: int = 0, status: int = 0, unit: int = 7) -> bytes:
    data = f"110012345678{unit:04}{event:03}{location:02}0{status:02}"
    return message_of("1", data, "02:53:10")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (alarm(10), ("alarm", "pull_cord")),
        (alarm(19), ("alarm", "pendant")),
        (alarm(21), ("alarm", "fall")),
        (alarm(16), ("alarm", "smoke")),
        (alarm(0), ("alarm", "cancel")),
        (alarm(35), ("alarm", "medication_missed")),
        (alarm(777), ("alarm", "nowip_event_777")),
        (alarm(19, status=7), ("status", "battery_low")),
        (alarm(51), ("status", "mains_failure")),
        (alarm(58), ("status", "test")),
        (alarm(98), ("status", "presence")),
        (message_of("0", "123456780000", "02:53:10"), ("heartbeat", "heartbeat")),
        (message_of("7", "ok", "02:53:10"), ("status", "command_answer")),
    ],
)
def test_what_it_means(body: bytes, expected: tuple[str, str]) -> None:
    ((kind, type_, _),) = facts("nowip", "message", body)
    assert (kind, type_) == expected


def test_who_where_and_whether_it_needs_looking_after() -> None:
    (said,) = read("nowip", "message", alarm(19, location=22))
    assert (said.statement.room, said.statement.sensor) == ("kitchen", "7")
    assert said.statement.data["event"] == 19
    atm = parse(alarm(19))
    assert (atm.controller, atm.unit) == ("12345678", "7")
    assert read("nowip", "message", alarm(51))[0].trouble
    assert not read("nowip", "message", alarm(51, status=4))[0].trouble


@pytest.mark.parametrize(
    "body",
    [
        b"<ATM/>".replace(b"ATM", b"ATX"),
        message_of("1", "110012345678", "02:53:10"),
        message_of("1", "x" * 24, "02:53:10"),
        b"<ATM><type>1</type>",
    ],
)
def test_what_cannot_be_read_is_said_to_be_so(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read("nowip", "message", body)


@pytest.mark.parametrize("written", ["01", "", "Z"])
def test_an_alarm_whose_type_is_written_otherwise_is_an_alarm(written: str) -> None:
    body = alarm(10).replace(b"<type>1</type>", f"<type>{written}</type>".encode())
    ((kind, type_, _),) = facts("nowip", "message", body)
    assert (kind, type_) == ("alarm", "pull_cord")
    about = NowIp().about(body)
    assert (about.controller, about.unit, about.is_urgent) == ("12345678", "7", True)
    assert about.reference, "and it is acknowledged"


def test_what_answers_a_command_stays_an_answer() -> None:
    for body in (
        message_of("A", ".", ""),
        message_of("07", "1" * 24, ""),
        message_of("3", ".", ""),
    ):
        assert facts("nowip", "message", body) == [("status", "command_answer", None)]
    assert facts("nowip", "message", message_of("00", "123456780007", "")) == [
        ("heartbeat", "heartbeat", None)
    ]


def test_a_clock_that_stands_still_hides_no_second_press() -> None:
    """The same digits at the same time of day: a repetition at first, then another press."""
    first = heard("message", alarm(19))
    ids = []
    for seconds in (0, 20, 180):
        moment = first.received_at + timedelta(seconds=seconds)
        said = nowip.read(msgspec.structs.replace(first, received_at=moment))[0]
        assert isinstance(said, Said)
        ids.append(said.statement.id)
    assert ids[0] == ids[1] != ids[2]

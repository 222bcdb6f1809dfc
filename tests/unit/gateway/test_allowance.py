"""What one device may ask of us, and what goes first when it asks for more."""

from __future__ import annotations

import pytest

from gateway.bridges import Bridge
from gateway.decoders.said import Sensor
from gateway.identity import Identity
from gateway.sources.mqtt_endpoint.actions import Take
from gateway.sources.mqtt_endpoint.allowance import (
    BURST_SECONDS,
    HELD,
    HELD_BYTES,
    MESSAGES_PER_SECOND,
    TELL_SECONDS,
    Allowance,
    Queue,
    may_call,
)
from gateway.topics import TopicMap


def reading(number: int) -> Take:
    return Take("reading", b"", number)


def test_a_burst_then_the_rate() -> None:
    allowance = Allowance(rate=2.0, burst=10.0)
    assert [allowance.take(1, now=100.0) for _ in range(12)] == 10 * [True] + 2 * [False]
    assert not allowance.take(1, now=100.4)
    assert [allowance.take(1, now=101.0) for _ in range(3)] == [True, True, False]
    assert [allowance.take(5, now=200.0) for _ in range(3)] == [True, True, False], "filled up"


def test_what_is_too_much_takes_nothing_from_what_is_not() -> None:
    allowance = Allowance(rate=2.0, burst=10.0)
    assert allowance.take(6, now=100.0)
    assert not allowance.take(5, now=100.0)
    assert allowance.take(4, now=100.0)


LONG = Take("reading", b"x" * 256 * 1024, 1)


def test_a_long_message_counts_for_its_bytes() -> None:
    allowance = Allowance(rate=2.0, burst=260.0)
    assert allowance.passes([LONG, reading(2)], now=100.0), "257 and one"
    assert allowance.passes([Take("reading", b"x" * 1023, 3), reading(4)], now=100.0)
    assert not allowance.passes([reading(5)], now=100.0)


def test_one_message_that_is_more_than_ever_fits_in_goes_after_a_rest() -> None:
    """Or a long one of a device with a small allowance would wait for ever."""
    allowance = Allowance(rate=2.0, burst=10.0)
    assert not allowance.passes([LONG, reading(2)], now=100.0)
    assert allowance.passes([LONG], now=100.0)
    assert not allowance.passes([LONG], now=104.9)
    assert allowance.passes([LONG], now=105.0)


def test_what_a_hub_kept_for_a_month_is_taken_at_once() -> None:
    allowance = Allowance(MESSAGES_PER_SECOND, MESSAGES_PER_SECOND * BURST_SECONDS)
    month = 30 * 500
    assert allowance.take(month, now=100.0)


def test_a_clock_that_stands_still_gives_nothing() -> None:
    allowance = Allowance(rate=2.0, burst=1.0)
    assert [allowance.take(1, now=5.0) for _ in range(3)] == [True, False, False]


def test_it_is_news_once_in_an_hour() -> None:
    allowance = Allowance(rate=1.0, burst=1.0)
    told = [allowance.is_news(now) for now in (0.0, 1.0, TELL_SECONDS, TELL_SECONDS + 1)]
    assert told == [True, False, True, False]


def test_what_waits_keeps_its_order_and_its_bound() -> None:
    queue = Queue()
    assert all(queue.add(reading(number)) is None for number in range(1, HELD + 1))
    assert queue.add(reading(HELD + 1)) == reading(1), "the oldest gives way"
    assert [queue.next().token for _ in range(3)] == [2, 3, 4]
    assert len(queue) == HELD - 3


def test_what_waits_is_bounded_in_bytes_too() -> None:
    """512 messages of 256 KiB were 128 MiB, over each of a device's 64 connections."""
    queue, long = Queue(), b"x" * 256 * 1024
    room = HELD_BYTES // len(long)
    for number in range(1, HELD + 1):
        given_up = queue.add(Take("reading", long, number))
        assert (given_up is None) is (number <= room), "then the newest waits nowhere"
    assert [queue.next().token for _ in range(room)] == list(range(1, room + 1))
    assert not queue
    assert queue.add(Take("reading", long, 1)) is None, "and there is room again"


def test_what_may_be_a_call_for_help() -> None:
    hub = Identity("oak", "home-7", "hub-7")
    for kind in ("alarm", "ALARM", "alarm/left"):
        assert may_call(Take(kind, b"", 1), hub)
    assert not may_call(reading(1), hub)
    dialect = "zigbee2mqtt"
    assert may_call(Take("x", b'{"smoke": true}', 0, dialect=dialect), hub)
    assert not may_call(Take("x", b'{"occupancy": true}', 0, dialect=dialect), hub)


PRESSED = b'{"action": "single"}'
PUSHED = b'{"method": "NotifyEvent", "params": {"events": [{"component": "input:0"}]}}'


@pytest.mark.parametrize(
    ("dialect", "topic", "payload", "calls"),
    [
        ("zigbee2mqtt", "hall/cord", PRESSED, True),
        ("zigbee2mqtt", "hall/cord", b'{"action": sin', True),
        ("zigbee2mqtt", "hall/switch", PRESSED, False),
        ("zigbee2mqtt", "bridge/devices", b'[{"friendly_name": "hall/cord"}]', False),
        ("shelly", "shelly-1/events/rpc", PUSHED, True),
        ("shelly", "shelly-2/events/rpc", PUSHED, False),
        ("home_assistant", "button/cord/hall/config", b"{}", False),
    ],
)
def test_what_speaks_of_a_button_for_help_may_be_one(
    dialect: str, topic: str, payload: bytes, *, calls: bool
) -> None:
    """The register says what a button is for; its messages have no word for it."""
    sensors = {"hall/cord": Sensor(alarm="pull_cord"), "shelly-1/input:0": Sensor(alarm="pendant"),
               "hall/switch": Sensor(room="hall")}  # fmt: skip
    hub = Identity("oak", "home-7", "hub-7", bridge=Bridge(TopicMap(()), sensors))
    assert may_call(Take(topic, payload, 0, dialect=dialect), hub) is calls

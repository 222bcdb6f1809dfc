"""What a device is told: no more at once than it takes, and of too much the newest."""

from __future__ import annotations

import pytest

from gateway.sources.mqtt_endpoint.downward import WAITING, Downward, Message
from gateway.sources.mqtt_endpoint.packets import Connect

ROOT = b"telecare/v1/oak/hub-7/down/"
RECEIPT = ROOT + b"receipt"


def listening(*, window: int = 65535, largest: int | None = None) -> Downward:
    connect = Connect(
        version=5, client_id="hub-7", clean_start=True, keepalive=0, receive_maximum=window,
        maximum_packet_size=largest,
    )  # fmt: skip
    down = Downward(ROOT, connect)
    down.subscriptions.add(RECEIPT, 1)
    return down


def said(number: int = 0) -> Message:
    return Message(RECEIPT, b"receipt %d" % number)


def test_no_more_is_under_way_than_the_device_allows() -> None:
    down = listening(window=2)
    sent = [down.deliver(said(number)).data for number in range(3)]
    assert [bool(each) for each in sent] == [True, True, False]
    assert b"receipt 2" in down.acknowledged(1)


def test_of_too_much_for_a_slow_device_the_oldest_gives_way() -> None:
    down = listening(window=1)
    first = down.deliver(said()).number
    waiting = [down.deliver(said(number)) for number in range(1, WAITING + 2)]
    assert [each.dropped for each in waiting[:-1]] == [0] * WAITING
    assert waiting[-1].dropped == waiting[0].number
    assert b"receipt 2" in down.acknowledged(first)


def test_a_packet_as_long_as_the_device_takes_is_told_and_a_longer_one_is_not() -> None:
    length = len(listening().deliver(said()).data)
    assert listening(largest=length).deliver(said()).data
    assert not listening(largest=length - 1).deliver(said()).data


@pytest.mark.parametrize("window", [1, 65535], ids=["waiting", "under way"])
def test_a_number_in_use_is_given_to_nothing_else(window: int) -> None:
    down = listening(window=window)
    if window == 1:
        down.deliver(said(), 7)
    down.deliver(said(), 3)
    given = [down.deliver(said()).number for _ in range(4)]
    assert given == [1, 2, 4, 5]

"""The load generator's own codec, against the protocol's text and against torn packets."""

from __future__ import annotations

import asyncio

import pytest

from simulators.bench.wire import Line, Topic, connect, remaining_length

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("size", "written"),
    [(0, b"\x00"), (127, b"\x7f"), (128, b"\x80\x01"), (16_383, b"\xff\x7f"),
     (268_435_455, b"\xff\xff\xff\x7f")],
)  # fmt: skip
def test_lengths_are_written_as_the_standard_shows_them(size: int, written: bytes) -> None:
    assert remaining_length(size) == written


def test_packets_are_laid_out_as_the_standard_says() -> None:
    assert connect("c", "u", "p") == (
        b"\x10\x13\x00\x04MQTT\x04\xc2\x00\x00\x00\x01c\x00\x01u\x00\x01p"
    )
    assert Topic("a/b").publish(10, b"hi") == b"\x32\x09\x00\x03a/b\x00\x0ahi"


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 100])
async def test_answers_torn_anywhere_are_put_together(piece: int) -> None:
    heard: list[int] = []
    line = Line(b"", heard.append)
    stream = b"\x20\x02\x00\x00" + b"\x40\x02\x01\x02" * 3 + b"\x90\x03\x00\x01\x01\x40\x02\x00\x07"
    for at in range(0, len(stream), piece):
        line.data_received(stream[at : at + piece])
    assert await line.accepted == 0
    assert heard == [0x102, 0x102, 0x102, 7]


async def test_a_door_that_closes_before_its_answer_is_an_error_not_a_wait() -> None:
    line = Line(b"", lambda _: None)
    line.connection_lost(None)
    with pytest.raises(ConnectionError):
        await asyncio.wait_for(line.accepted, 5)

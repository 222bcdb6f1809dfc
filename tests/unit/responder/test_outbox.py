"""Is every message tried as long as it can help, and no longer?"""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from responder import outbox
from responder.outbox import Message, MessageState
from telecare.errors import ChannelRefused, ChannelUnavailable
from tests.unit.responder.signals import EVENING

LETTER = Message(
    org="north", alert="alert-1", step="ladder-1", recipient="daughter", channel="email",
    attempt=1, urgency=0, created_at=EVENING, expires_at=EVENING + timedelta(minutes=3),
)  # fmt: skip


def test_a_refusal_is_final_at_once() -> None:
    assert outbox.after_failure(LETTER, 1, EVENING, ChannelRefused()).state is MessageState.REFUSED


def test_an_outage_is_waited_out_with_growing_patience() -> None:
    waits = []
    for tries in range(1, 7):
        verdict = outbox.after_failure(LETTER, tries, EVENING, ChannelUnavailable())
        assert verdict.state is MessageState.READY
        assert verdict.next_try_at is not None
        waits.append((verdict.next_try_at - EVENING).total_seconds())
    assert waits == [2, 4, 8, 16, 32, 60]


def test_it_is_given_up_when_the_ladder_has_moved_on() -> None:
    late = EVENING + timedelta(minutes=2, seconds=59)
    verdict = outbox.after_failure(LETTER, 3, late, ChannelUnavailable())
    assert verdict.state is MessageState.GIVEN_UP


def test_a_stale_message_is_never_sent() -> None:
    assert outbox.before_try(LETTER, 0, EVENING) is None
    verdict = outbox.before_try(LETTER, 0, LETTER.expires_at)
    assert verdict is not None
    assert verdict.state is MessageState.EXPIRED


def test_the_key_tells_every_message_apart_and_only_those() -> None:
    others = [
        replace(LETTER, **change)
        for change in (
            {"org": "south"}, {"alert": "alert-2"}, {"step": "ladder-2"}, {"recipient": "son"},
            {"channel": "sms"}, {"attempt": 2},
        )
    ]  # fmt: skip
    assert len({LETTER.key, *(other.key for other in others)}) == 7
    assert replace(LETTER, created_at=EVENING + timedelta(days=1)).key == LETTER.key

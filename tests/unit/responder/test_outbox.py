"""Is every message tried as long as it can help, and no longer?"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from responder.outgoing import outbox
from responder.outgoing.outbox import Kind, Message, MessageState, Receipt
from telecare.errors import ChannelBusy, ChannelRefused, ChannelUnavailable
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


@given(st.lists(st.sampled_from([Receipt.DELIVERED, Receipt.FAILED, None]), max_size=5))
def test_receipts_in_any_order_and_number_leave_a_message_where_it_belongs(
    said: list[Receipt | None],
) -> None:
    """None stands for our own note that the provider took it, which may come at any time."""

    def stands(events: list[Receipt | None]) -> MessageState:
        state, holds = MessageState.READY, None
        for event in events:
            if event is None and state is MessageState.READY:
                state = MessageState.SENT
            holds = outbox.strongest(holds, event)
            state = outbox.after_receipt(state, holds)
        return state

    assert stands(said) is stands(said[::-1]) is stands(said + said)
    if Receipt.DELIVERED in said:
        assert stands(said) is MessageState.DELIVERED
    elif None in said and Receipt.FAILED in said:
        assert stands(said) is MessageState.UNDELIVERED


def test_asks_go_before_digests_firsts_before_seconds_and_then_by_priority() -> None:
    order = [
        outbox.urgency(Kind.ASK, 0, 0),
        outbox.urgency(Kind.ASK, 0, 4),
        outbox.urgency(Kind.ASK, 1, 0),
        outbox.urgency(Kind.ASK, 5_000, 0),
        outbox.urgency(Kind.NOTICE, 0, 0),
        outbox.urgency(Kind.DIGEST, 0, 0),
    ]
    assert order == sorted(order)
    assert len(set(order)) == len(order)


def test_a_busy_provider_is_tried_again_when_it_said_and_loses_no_place() -> None:
    verdict = outbox.after_failure(LETTER, 6, EVENING, ChannelBusy(seconds=1))
    assert verdict.next_try_at == EVENING + timedelta(seconds=1)

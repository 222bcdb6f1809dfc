"""Is a provider that is out or busy left alone, and asked again in time?"""

from __future__ import annotations

from datetime import timedelta

from responder.outgoing.gates import Gates
from responder.whom.people import Channel
from tests.unit.responder.signals import EVENING

TEXT, MAIL = Channel.NOTIFY_SMS, Channel.EMAIL


def test_three_failures_in_a_row_close_it_for_ever_longer_and_no_other() -> None:
    gates, now, pauses = Gates(), EVENING, []
    for _ in range(7):
        gates.failed(TEXT, now)
        begun = now
        while not gates.is_open(TEXT, now):
            now += timedelta(seconds=1)
        pauses.append((now - begun).total_seconds())
    assert pauses == [0, 0, 5, 10, 20, 30, 30]
    assert gates.is_open(MAIL, EVENING)


def test_one_success_forgets_the_failures() -> None:
    gates = Gates()
    gates.failed(TEXT, EVENING)
    gates.failed(TEXT, EVENING)
    gates.worked(TEXT)
    gates.failed(TEXT, EVENING)
    assert gates.is_open(TEXT, EVENING)


def test_a_busy_provider_is_left_alone_as_long_as_it_says() -> None:
    gates = Gates()
    gates.busy(TEXT, EVENING, 7)
    assert not gates.is_open(TEXT, EVENING + timedelta(seconds=6))
    assert gates.is_open(TEXT, EVENING + timedelta(seconds=7))

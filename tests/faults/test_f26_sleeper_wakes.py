"""F26: a worker hangs with its lease and wakes too late. Another took over; it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from responder.outbox import MessageState
from responder.store import Leases
from telecare.clock import HandClock
from telecare.settings import Settings
from tests.harness.duty import Duty, duty


@pytest.fixture
def world(settings: Settings, clock: HandClock) -> Iterator[Duty]:
    with duty(settings, clock, HandClock(clock.now())) as made:
        yield made


def test_a_sleepers_step_is_refused(world: Duty) -> None:
    world.press()
    world.intake.step()
    world.clock.forward(seconds=60)
    asleep = world.leases.due_alerts(world.clock.now(), 10)
    assert len(asleep) == 1
    assert world.leases.due_alerts(world.clock.now(), 10) == []  # it is somebody's

    world.machine.forward(seconds=11)
    awake = world.leases.due_alerts(world.clock.now(), 10)
    assert [each.id for each in awake] == [each.id for each in asleep]

    assert world.steps._take(asleep) == 0
    assert world.steps._take(awake) == 1
    assert world.acts(world.only().id) == ["opened", "overdue", "announced"]


def test_a_sleepers_word_on_a_message_is_refused(world: Duty) -> None:
    world.press()
    world.intake.step()
    world.clock.forward(minutes=3)
    world.steps.step()
    (asleep,) = world.leases.ready_messages(world.clock.now(), 10)
    world.machine.forward(seconds=21)
    (awake,) = world.leases.ready_messages(world.clock.now(), 10)
    with world.works.begin(world.clock.now()) as work:
        late = world.leases.settle(
            work, asleep, state=MessageState.REFUSED, next_try_at=None, failure="too late"
        )
    assert not late
    world.post._try(awake)
    (message,) = world.reads.messages("north", world.only().id)
    assert message[1] is MessageState.SENT


def test_who_looked_at_the_clock_a_moment_earlier_takes_nothing_twice(world: Duty) -> None:
    """Two wait for the same lock; the second read the clock before the first got its lease."""
    world.press()
    world.intake.step()
    world.clock.forward(minutes=3)
    world.steps.step()
    assert len(world.leases.ready_messages(world.clock.now(), 10)) == 1
    beside = Leases(world.own, HandClock(world.machine.now() - timedelta(seconds=1)), "other")
    assert beside.ready_messages(world.clock.now(), 10) == []


def test_what_a_dead_process_had_under_way_is_due_at_once(world: Duty) -> None:
    world.press()
    world.intake.step()
    world.clock.forward(minutes=3)
    assert len(world.leases.due_alerts(world.clock.now(), 10)) == 1
    world.leases.take_back()
    assert world.steps.step() == 1

"""F24: the responder was down for twenty minutes across several deadlines.

On start the overdue steps are taken at once, the most urgent first; nobody in a family
gets a burst of stale messages.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from telecare.clock import HandClock
from telecare.settings import Settings
from telecare.vocabulary import SignalKind
from tests.harness.duty import Duty, duty, operator


@pytest.fixture
def world(settings: Settings, clock: HandClock) -> Iterator[Duty]:
    with duty(settings, clock, HandClock(clock.now())) as made:
        yield made


def test_overdue_steps_are_taken_at_once_and_each_family_hears_once(world: Duty) -> None:
    world.press("home-1")
    world.intake.step()
    world.clock.forward(seconds=1)
    world.press("home-2")  # it came while nobody followed the lanes
    world.clock.forward(minutes=20)
    world.settle()
    lines = world.desk.queue(operator())
    assert [line.home for line in lines] == ["home-1", "home-2"]
    assert all(line.overdue for line in lines)
    assert all(line.next_due_at and line.next_due_at > world.clock.now() for line in lines)
    assert sorted(each.address for each in world.mailbag.letters) == [
        "daughter1@family.example",
        "daughter2@family.example",
    ]


def test_the_most_urgent_is_first(world: Duty) -> None:
    for n in range(3):
        world.judged(SignalKind.WANDERING, f"home-1{n}")
    world.intake.step()
    world.clock.forward(minutes=2)
    world.press("home-1")
    world.intake.step()
    world.clock.forward(minutes=20)
    first = world.leases.due_alerts(world.clock.now(), 1)
    assert [each.id for each in first] == [world.desk.queue(operator())[0].id]
    assert world.desk.queue(operator())[0].home == "home-1"


def test_a_message_that_waited_through_the_outage_is_not_sent(world: Duty) -> None:
    world.press("home-1")
    world.intake.step()
    world.clock.forward(minutes=3)
    world.steps.step()  # the message to the daughter is written down; then everything stops
    world.clock.forward(minutes=20)
    world.settle()
    assert [each.address for each in world.mailbag.letters] == ["son1@family.example"]
    (alert,) = [line.id for line in world.desk.queue(operator())]
    assert "undelivered" in world.acts(alert)

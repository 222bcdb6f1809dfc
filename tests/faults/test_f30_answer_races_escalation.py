"""F30: an operator claims while the clockwork takes the same alert's next step, both orders."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from telecare.clock import HandClock
from telecare.settings import Settings
from tests.harness.duty import Duty, duty, operator


@pytest.fixture
def world(settings: Settings, clock: HandClock) -> Iterator[Duty]:
    with duty(settings, clock, HandClock(clock.now())) as made:
        made.press()
        made.intake.step()
        yield made


def test_the_claim_is_first_and_nobody_is_disturbed(world: Duty) -> None:
    world.clock.forward(minutes=3)
    leases = world.leases.due_alerts(world.clock.now(), 10)
    world.desk.claim(operator(), world.only().id)
    assert world.steps._take(leases) == 0
    world.settle()
    assert world.mailbag.letters == []
    assert world.acts(world.only().id) == ["opened", "claimed"]


def test_the_step_is_first_and_the_contact_is_told_that_it_is_over(world: Duty) -> None:
    world.clock.forward(minutes=3)
    world.settle()
    world.desk.claim(operator(), world.only().id)
    assert len(world.mailbag.letters) == 1
    world.desk.attending(operator(), world.only().id, "The ambulance")
    assert world.desk.link(world.token()).over

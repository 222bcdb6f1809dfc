"""F34: a message ends our process whenever it is sent. The others must not wait for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from responder.channels.base import Letter
from responder.outgoing.outbox import MessageState
from telecare.clock import HandClock
from telecare.settings import Settings
from tests.harness.duty import ORG, Duty, Mailbag, duty, operator
from tests.harness.dying import Death

POISON = "daughter1@family.example"


class Deadly(Mailbag):
    """What it cannot survive is a letter to one address."""

    deaths = 0

    def send(self, letter: Letter) -> None:
        if letter.address == POISON:
            self.deaths += 1
            raise Death
        super().send(letter)


@pytest.fixture
def mailbag() -> Deadly:
    return Deadly()


@pytest.fixture
def world(settings: Settings, clock: HandClock, mailbag: Deadly) -> Iterator[Duty]:
    with duty(settings, clock, HandClock(clock.now()), mailbag) as made:
        yield made


def begin_again_and_again(world: Duty, deaths: int) -> None:
    for _ in range(deaths):
        try:
            while world.steps.step() + world.post.step():
                pass
        except Death:
            world.leases.take_back(world.clock.now())


def test_the_others_are_sent_and_it_ends_like_one_that_no_provider_takes(
    world: Duty, mailbag: Deadly
) -> None:
    for home in ("home-1", "home-2"):
        world.press(home)
    world.intake.step()
    world.clock.forward(minutes=3)
    begin_again_and_again(world, 3)
    assert {each.address for each in mailbag.letters} == {"daughter2@family.example"}
    assert mailbag.deaths == 2, "at once after the first death, and then it waits"
    for _ in range(60):
        world.clock.forward(seconds=5)
        begin_again_and_again(world, 2)
    assert mailbag.deaths < 8, mailbag.deaths
    (alert,) = [each.id for each in world.desk.queue(operator()) if each.home == "home-1"]
    states = {key: state for key, state, *_ in world.reads.messages(ORG, alert)}
    assert MessageState.GIVEN_UP in states.values()
    assert "son1@family.example" in {each.address for each in mailbag.letters}

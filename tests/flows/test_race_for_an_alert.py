"""Twenty operators press Claim at once: one has it, nineteen are told who."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from telecare.clock import HandClock
from telecare.errors import Conflict
from telecare.settings import Settings
from telecare.vocabulary import Outcome
from tests.harness.duty import Duty, duty, operator


@pytest.fixture
def world(settings: Settings, clock: HandClock) -> Iterator[Duty]:
    with duty(settings, clock, HandClock(clock.now())) as made:
        yield made


def test_twenty_operators_race_for_one_alert(world: Duty) -> None:
    for _ in range(3):
        world.press("home-1")
        world.settle()
        alert = world.only().id
        owners, refusals = race(world, alert)
        assert len(owners) == 1
        assert len(refusals) == 19
        (winner,) = owners
        number = winner.removeprefix("person-")
        assert set(refusals) == {f"Operator {number} has it."}
        assert world.only().owner_id == winner
        assert world.acts(alert).count("claimed") == 1
        finish(world, winner, alert)
    assert world.desk.verify_chain("north").whole


def race(world: Duty, alert: str) -> tuple[list[str], list[str]]:
    owners: list[str] = []
    refusals: list[str] = []
    start = threading.Barrier(20)

    def one(number: int) -> None:
        start.wait()
        try:
            line = world.desk.claim(operator(number), alert)
        except Conflict as refusal:
            refusals.append(str(refusal))
        else:
            assert line.owner_id is not None
            owners.append(line.owner_id)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(1, 21)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return owners, refusals


def finish(world: Duty, winner: str, alert: str) -> None:
    me = operator(int(winner.removeprefix("person-")))
    world.desk.resolve(me, alert, Outcome.HELPED_BY_TALKING, "All well.")

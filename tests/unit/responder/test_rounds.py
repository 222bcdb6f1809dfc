"""What the platform looks after by itself: does it keep anybody else waiting?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from responder.whom.planning import Fault
from telecare.clock import HandClock
from telecare.settings import Settings
from tests.harness.duty import ORG, Duty, duty, operator


@pytest.fixture
def world(sqlite_settings: Settings, clock: HandClock) -> Iterator[Duty]:
    with duty(sqlite_settings, clock, HandClock(clock.now())) as made:
        yield made


def test_a_press_is_taken_in_while_all_plans_are_being_checked(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.settle()
    world.clock.forward(days=1)
    heard: list[str] = []

    def nightly(*_: object) -> Iterator[Fault]:
        world.press()
        world.intake.step()  # would wait ten seconds for an act that is under way, and give up
        heard.extend(line.home for line in world.desk.queue(operator()))
        yield Fault("", "The rota has a gap.", "valley")

    monkeypatch.setattr(world.planning, "nightly", nightly)
    world.rounds.step()
    assert heard == ["home-1"]
    (checked,) = [e for e in world.reads.entries(ORG) if e.act == "plans_checked"]
    assert checked.detail["faults"] == 1


def test_a_check_that_fails_is_told_and_done_in_an_hour(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Any:
        raise ZeroDivisionError

    world.settle()
    world.clock.forward(days=1)
    with monkeypatch.context() as patched:
        patched.setattr(world.planning, "nightly", broken)
        world.settle()
    (line,) = world.desk.queue(operator())
    assert line.kinds == ["duty.stuck"]
    assert world.rounds.step() == 0
    world.clock.forward(hours=1)
    world.settle()
    assert "plans_checked" in {entry.act for entry in world.reads.entries(ORG)}

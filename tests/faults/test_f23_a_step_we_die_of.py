"""F23: a step ends our process whenever it is taken. Nobody else's alert waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from responder.life import escalation
from responder.life.alerts import Alert
from responder.store import Reads
from responder.store.leases import ASIDE, DEADLY
from responder.whom.people import OFFICE
from telecare.clock import HandClock
from telecare.register import open_register
from telecare.settings import Settings
from telecare.store.migrate import open_database
from tests.faults.test_f23_responder_killed import press_three_minutes_ago
from tests.harness.duty import ORG, Duty, Mailbag, furnish, operator
from tests.harness.dying import Death
from tests.harness.post import mail_server
from tests.harness.responder_process import ResponderProcess
from tests.harness.waiting import until

HOMES = 12


@pytest.fixture
def world(settings: Settings, clock: HandClock) -> Iterator[Duty]:
    register = open_register(settings, clock)
    furnish(register, homes=HOMES)
    register.close()
    made = Duty(settings, clock, HandClock(clock.now()), Mailbag())
    yield made
    made.responder.close()


def everybody_presses(world: Duty) -> None:
    """Three minutes ago: each alert's first contact is to be asked now."""
    for number in range(1, HOMES + 1):
        world.press(f"home-{number}")
    world.intake.step()
    world.clock.forward(minutes=3)


def dies_where(monkeypatch: pytest.MonkeyPatch, deadly: Callable[[Alert], bool]) -> None:
    decide = escalation.decide

    def decided(alert: Alert, *rest: Any) -> Any:
        if deadly(alert):
            raise Death
        return decide(alert, *rest)

    monkeypatch.setattr(escalation, "decide", decided)


def live(world: Duty) -> bool:
    """One life: it takes what is due until nothing is; False when it died of it."""
    try:
        while world.steps.step():
            pass
    except Death:
        world.leases.take_back(world.clock.now())
        return False
    return True


def asked(world: Duty) -> set[str]:
    """The homes whose plan has begun."""
    lines = world.desk.queue(operator())
    return {e.home for e in lines if "ladder_started" in world.acts(e.id)}


def told(world: Duty) -> list[str]:
    world.intake.step()
    return [e.sentence for e in world.desk.queue(operator()) if e.kinds == ["duty.stuck"]]


def test_the_others_are_taken_and_an_operator_is_told(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody_presses(world)
    with monkeypatch.context() as ill:
        dies_where(ill, lambda alert: alert.home == "home-5")
        assert [live(world) for _ in range(DEADLY + 1)] == [False] * DEADLY + [True]
        assert asked(world) == {f"home-{n}" for n in range(1, HOMES + 1)} - {"home-5"}
        (sentence,) = told(world)
        assert "alert of the home home-5" in sentence
        world.clock.forward(seconds=ASIDE.total_seconds())
        world.machine.forward(seconds=ASIDE.total_seconds())
        assert not live(world), "it is tried again, alone"
        assert live(world)
    world.clock.forward(seconds=ASIDE.total_seconds())
    world.machine.forward(seconds=ASIDE.total_seconds())
    assert live(world)
    assert "home-5" in asked(world)


@pytest.mark.parametrize("seed", range(5))
def test_who_dies_of_something_else_sets_no_alert_aside(
    world: Duty, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Killed again and again, whatever is in hand: each is taken, and nobody is told of one."""
    everybody_presses(world)
    chance, left = Random(seed), [1]

    def over(_alert: Alert) -> bool:
        left[0] -= 1
        return left[0] == 0

    dies_where(monkeypatch, over)
    lives = 1
    while not live(world):
        left[0] = chance.randint(2, 6)
        lives += 1
    assert lives > 2
    assert asked(world) == {f"home-{n}" for n in range(1, HOMES + 1)}
    assert told(world) == []


def test_with_real_processes_nobody_else_waits(settings: Settings) -> None:
    with mail_server() as mail:
        settings = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": mail.port})
        register = open_register(settings)
        furnish(register, homes=3)
        register.close()
        for number in (1, 2, 3):
            press_three_minutes_ago(settings, f"home-{number}")
        for _ in range(DEADLY):
            assert ResponderProcess(settings, crash_at="step_of_home-2").until_dead() == 9
        own = open_database(settings, "responder")
        reads = Reads(own)
        with ResponderProcess(settings, crash_at="step_of_home-2") as alive:
            until(lambda: len(mail.letters) == 2)
            until(lambda: OFFICE in {e.detail.get("home") for e in reads.entries(ORG)})
            assert alive.leave() == 0
        own.close()
        assert {each["To"] for each in mail.letters} == {
            "daughter1@family.example", "daughter3@family.example",
        }  # fmt: skip

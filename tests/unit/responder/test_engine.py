"""Does the clockwork go on through trouble, and stop when it is broken?"""

from __future__ import annotations

import threading

import pytest

from responder.clockwork.engine import Loop
from telecare.clock import HandClock
from telecare.errors import StoreUnavailable
from telecare.messages import Signal
from telecare.observe import health_of
from telecare.settings import Settings
from tests.harness.duty import Duty, Mailbag, furnish, operator
from tests.harness.waiting import until


def test_a_press_finds_its_way_by_itself_and_the_beat_says_it_works(
    sqlite_settings: Settings, clock: HandClock
) -> None:
    world = Duty(sqlite_settings, clock, HandClock(clock.now()), Mailbag())
    furnish(world.responder.register)
    engine = world.responder.engine
    engine.start()
    press: Signal = world.press()
    until(lambda: bool(world.desk.queue(operator())))
    clock.forward(minutes=3)
    until(lambda: bool(world.mailbag.letters))
    until(lambda: health_of(sqlite_settings.data_dir, "responder").working)
    world.responder.stop.set()
    engine.join()
    assert world.desk.queue(operator())[0].home == press.home
    assert "not running" in health_of(sqlite_settings.data_dir, "responder").detail
    world.responder.close()


def test_while_the_database_is_silent_a_loop_waits_and_says_so() -> None:
    stop, silent = threading.Event(), [True]

    def step() -> int:
        if silent[0]:
            raise StoreUnavailable
        return 0

    loop = Loop("intake", step, 0.001, stop)
    thread = threading.Thread(target=loop.run)
    thread.start()
    until(lambda: not loop.store_answers)
    silent[0] = False
    until(lambda: loop.store_answers)
    stop.set()
    thread.join()
    assert loop.fault is None


def test_a_fault_of_ours_stops_everything_and_is_not_forgotten() -> None:
    stop = threading.Event()

    def step() -> int:
        raise ZeroDivisionError

    loop = Loop("steps", step, 0.001, stop)
    loop.run()
    assert stop.is_set()
    assert isinstance(loop.fault, ZeroDivisionError)


def test_one_alert_we_fail_at_holds_up_no_other(
    sqlite_settings: Settings, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = Duty(sqlite_settings, clock, HandClock(clock.now()), Mailbag())
    for home in ("home-1", "home-2", "home-3"):
        world.press(home)
    world.settle()
    contacts = world.responder.desk._directory.contacts

    def broken(org: str, home: str) -> object:
        if home == "home-2":
            raise ZeroDivisionError
        return contacts(org, home)

    monkeypatch.setattr(world.responder.desk._directory, "contacts", broken)
    clock.forward(seconds=60)
    assert world.steps.step() == 2
    monkeypatch.undo()
    world.machine.forward(seconds=6)
    assert world.steps.step() == 1
    assert all(line.overdue for line in world.desk.queue(operator()))
    world.responder.close()

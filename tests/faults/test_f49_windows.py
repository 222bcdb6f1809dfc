"""F49: test presses, training and maintenance cannot hide a press, and their end is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from responder.arriving import suppression
from responder.arriving.suppression import Cause
from telecare.settings import Settings
from telecare.vocabulary import AlarmType, Priority, SignalKind
from tests.harness.duty import operator
from tests.harness.world import world as begin

ALARMS = [each for each in AlarmType if each is not AlarmType.CANCEL]


@pytest.mark.parametrize("cause", Cause)
def test_every_kind_of_alarm_still_opens_an_alert_that_says_so(
    sqlite_settings: Settings, cause: Cause
) -> None:
    with begin(sqlite_settings) as world:
        for number, alarm in enumerate(ALARMS, 1):
            home = world.home(number)
            ends = world.clock.now() + timedelta(hours=1)
            world.arrangements.windows.open(operator(1), home, cause, ends)
            world.press(home, alarm.value)
            assert len(world.alert(home).windows) == 1, alarm
        assert len(world.desk.queue(operator(1))) == len(ALARMS)


def test_a_hub_silent_at_the_end_of_its_maintenance_is_told(settings: Settings) -> None:
    with begin(settings) as world:
        home = world.home(7, "daughter")
        ends = world.clock.now() + timedelta(hours=2)
        world.arrangements.windows.open(operator(1), home, Cause.MAINTENANCE, ends)
        world.notices(SignalKind.HUB_SILENT, 7)
        assert world.alerts(7) == []
        world.clock.forward(hours=2)
        world.settle()
        line = world.operator().expect(7, priority=Priority.TECHNICAL)
        assert line.sentence.startswith("Still so at the end of the maintenance")


def test_a_window_that_ended_while_we_were_down_is_looked_at_on_return(
    settings: Settings,
) -> None:
    with begin(settings) as world:
        home = world.home(7, "daughter")
        ends = world.clock.now() + timedelta(hours=2)
        world.arrangements.windows.open(operator(1), home, Cause.HOSPITAL, ends)
        world.notices(SignalKind.INACTIVITY, 7)
        world.clock.forward(days=1)  # nothing runs meanwhile
        world.settle()
        world.operator().expect(7, priority=Priority.URGENT)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_what_is_held_back_in_the_moment_its_window_ends_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The intake has seen the window, and before it has written so the window's time is over."""
    with begin(settings) as world:
        home = world.home(7, "daughter")
        ends = world.clock.now() + timedelta(hours=2)
        world.arrangements.windows.open(operator(1), home, Cause.HOSPITAL, ends)
        world.clock.forward(hours=1, minutes=59)
        holding = suppression.holding

        def as_it_ends(*asked: Any) -> Any:
            found = holding(*asked)
            world.clock.forward(minutes=1)
            world.rounds.step()
            return found

        monkeypatch.setattr(suppression, "holding", as_it_ends)
        world.judged(SignalKind.INACTIVITY, home)
        world.intake.step()
        monkeypatch.undo()
        world.settle()
        world.operator().expect(7, says="Still so at the end of the hospital stay")

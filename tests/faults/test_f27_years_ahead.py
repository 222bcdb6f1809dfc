"""F27: a clock that was days or years ahead is set right: what was put off comes back to work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from responder.arranged.expectations import What
from responder.arriving.suppression import Cause
from responder.callout.dispatch import DispatchState
from responder.seeing.views import AlertLine
from responder.store import dispatches
from telecare.clock import HandClock
from telecare.retention import SETTING, DataClass
from telecare.settings import Settings
from telecare.vocabulary import AlertState, Outcome, Role, SignalKind
from tests.harness.duty import ORG, Duty, duty, operator, responders

AHEAD = timedelta(days=5 * 365)


@pytest.fixture
def ahead(settings: Settings, clock: HandClock) -> Iterator[Duty]:
    """The battery of the board is empty: the machine comes up five years ahead."""
    with duty(settings, clock, HandClock(clock.now())) as world:
        world.settle()
        world.responder.keeping.step()
        clock.forward(days=AHEAD.days)
        world.settle()
        yield world


@contextmanager
def set_right(world: Duty) -> Iterator[Duty]:
    """The engineer sets the clock, and the services are started again."""
    world.clock.jump_wall(days=-AHEAD.days)
    after = Duty(world.settings, world.clock, world.machine, world.mailbag)
    yield after
    after.responder.close()


def queued(world: Duty, home: str = "home-1") -> AlertLine:
    (line,) = [each for each in world.desk.queue(operator()) if each.home == home]
    return line


def test_a_press_from_then_goes_on_as_if_the_clock_had_been_right(ahead: Duty) -> None:
    ahead.press()
    ahead.forward(seconds=30)
    with set_right(ahead) as after:
        after.forward(seconds=30)
        assert str(queued(after).announcement).startswith("Nobody has claimed it for")
        after.forward(minutes=2)
        assert [each.address for each in after.mailbag.letters] == ["daughter1@family.example"]
        (told,) = [each for each in after.desk.queue(operator()) if each.kinds == ["duty.clock"]]
        assert told.sentence.startswith("The clock was 1825 days ahead until it was set right.")


def test_a_machine_that_comes_up_in_1970_moves_nothing(
    settings: Settings, clock: HandClock
) -> None:
    with duty(settings, clock, HandClock(clock.now())) as world:
        world.press()
        world.forward(seconds=30)
        before = queued(world)
        world.clock.jump_wall(days=-20_000)
        woken = Duty(world.settings, world.clock, world.machine, world.mailbag)
        woken.forward(seconds=10)
        assert queued(woken).opened_at == before.opened_at
        assert queued(woken).next_due_at == before.next_due_at
        assert [e.kinds for e in woken.desk.queue(operator())] == [before.kinds]
        woken.responder.close()


def test_it_is_told_once_and_nothing_comes_earlier_by_a_second_start(ahead: Duty) -> None:
    ahead.press()
    ahead.forward(seconds=30)
    with set_right(ahead) as first:
        first.forward(seconds=10)
        due = queued(first).next_due_at
        again = Duty(first.settings, first.clock, first.machine, first.mailbag)
        again.forward(seconds=10)
        assert queued(again).next_due_at == due
        (told,) = [e for e in again.desk.queue(operator()) if e.kinds == ["duty.clock"]]
        assert told.signal_count == 1
        again.responder.close()


def test_who_is_asked_then_is_waited_for_and_the_next_is_asked(ahead: Duty) -> None:
    ahead.press()
    ahead.forward(minutes=3)
    assert len(ahead.mailbag.letters) == 1
    with set_right(ahead) as after:
        after.forward(minutes=3)
        assert [e.address for e in after.mailbag.letters][1:] == ["son1@family.example"]


def test_a_letter_that_waits_for_its_provider_is_not_kept_for_years(ahead: Duty) -> None:
    ahead.mailbag.mood = "out"
    ahead.press()
    ahead.forward(minutes=3, seconds=10)
    with set_right(ahead) as after:
        after.mailbag.mood = "well"
        after.forward(minutes=1)
        assert [each.address for each in after.mailbag.letters] == ["daughter1@family.example"]


def test_check_again_in_half_an_hour_is_half_an_hour(ahead: Duty) -> None:
    ahead.press()
    ahead.settle()
    ahead.desk.claim(operator(), queued(ahead).id)
    ahead.desk.watch(operator(), queued(ahead).id, 30)
    ahead.forward(minutes=10)
    with set_right(ahead) as after:
        after.forward(minutes=18)
        assert queued(after).state is AlertState.WATCHING
        after.forward(minutes=3)
        assert "watch_ended" in after.acts(queued(after).id)


def test_a_responder_who_is_sent_then_is_followed_by_the_next(ahead: Duty) -> None:
    responders(ahead.responder.register, ORG, "ann", "bob")
    ahead.forward(seconds=10)
    ahead.press()
    ahead.settle()
    ahead.desk.claim(operator(), queued(ahead).id)
    ahead.desk.send(operator(), queued(ahead).id)
    ahead.settle()
    with set_right(ahead) as after:
        after.forward(minutes=4)
        (job,) = dispatches.history(after.own, ORG, queued(after).id)
        assert [each.crew.member for each in job.offers] == ["team:ann", "team:bob"]
        after.forward(minutes=45)
        (job,) = dispatches.history(after.own, ORG, queued(after).id)
        assert job.state is DispatchState.UNMANNED


def test_a_window_of_then_ends_and_what_it_held_back_is_told(ahead: Duty) -> None:
    arrangements, boss = ahead.arrangements, operator(role=Role.SUPERVISOR)
    ends = ahead.clock.now() + timedelta(hours=1)
    arrangements.windows.open(boss, "home-1", Cause.HOLIDAY, ends)
    ahead.judged(SignalKind.INACTIVITY)
    ahead.settle()
    with set_right(ahead) as after:
        assert [e for e in after.desk.queue(operator()) if e.home == "home-1"] == []
        after.forward(minutes=61)
        assert queued(after).sentence.startswith("Still so at the end of the holiday")


def test_a_holiday_that_was_planned_before_is_kept(settings: Settings, clock: HandClock) -> None:
    with duty(settings, clock, HandClock(clock.now())) as world:
        world.settle()
        clock.forward(days=3)
        world.settle()
        begins = clock.now() + timedelta(days=6)
        world.arrangements.windows.open(
            operator(), "home-1", Cause.HOLIDAY, begins + timedelta(days=7), begins_at=begins
        )
        clock.jump_wall(days=-3)
        after = Duty(settings, clock, world.machine, world.mailbag)
        after.settle()
        (window,) = after.arrangements.windows.windows(operator())
        assert window.begins_at == begins
        after.responder.close()


def test_what_is_expected_every_day_and_every_night_is_looked_at_again(ahead: Duty) -> None:
    ahead.arrangements.expected.expect(operator(), "home-1", What.IM_OK, "03:30", "04:00")
    with set_right(ahead) as after:
        after.forward(seconds=20)
        (expected,) = after.arrangements.expected.expected(operator())
        assert expected.next_due_at is not None
        assert expected.next_due_at < after.clock.now() + timedelta(days=1)
        assert [e.act for e in after.reads.entries(ORG)].count("plans_checked") == 2
        after.forward(hours=2)
        assert queued(after).kinds == ["expectation.im_ok"]


def closed_case(world: Duty) -> str:
    """A press that was helped, years of terms before it may be forgotten; the alert's id."""
    world.press()
    world.settle()
    alert = queued(world).id
    world.desk.claim(operator(), alert)
    world.desk.resolve(operator(), alert, Outcome.HELPED_BY_TALKING, "She is well.")
    return alert


def a_night(world: Duty) -> None:
    """What the platform does by itself when the clock says that it is night."""
    while world.responder.keeping.step():
        pass
    world.settle()


@pytest.mark.parametrize("years", [8, 60])
def test_a_clock_that_leaps_years_ahead_takes_nobodys_history(
    settings: Settings, clock: HandClock, years: int
) -> None:
    """Over a long weekend nobody looks; on Tuesday the clock is set right, and nothing is gone."""
    with duty(settings, clock, HandClock(clock.now())) as world:
        a_night(world)
        alert = closed_case(world)
        clock.jump_wall(days=years * 366)
        for _ in range(4):
            a_night(world)
            clock.forward(days=1)
        (told,) = [e for e in world.desk.queue(operator()) if e.kinds == ["duty.clock"]]
        assert "call the engineer" in told.sentence
        clock.jump_wall(days=-years * 366)
        after = Duty(settings, clock, world.machine, world.mailbag)
        for _ in range(3):
            a_night(after)
            clock.forward(days=1)
        assert after.reads.alerts(ORG, [alert]) != []
        assert after.reads.signals(ORG, alert) != []
        after.responder.close()


def test_who_is_to_be_erased_is_erased_at_once_whatever_the_clock_says(
    settings: Settings, clock: HandClock
) -> None:
    with duty(settings, clock, HandClock(clock.now())) as world:
        a_night(world)
        alert = closed_case(world)
        clock.jump_wall(days=5 * 366)
        boss = operator(9, role=Role.SUPERVISOR)
        world.responder.keeping.erase(boss, resident="resident-1")
        a_night(world)
        assert world.reads.alerts(ORG, [alert]) == []


def test_after_a_standstill_of_months_what_is_old_is_forgotten_night_after_night(
    settings: Settings, clock: HandClock
) -> None:
    with duty(settings, clock, HandClock(clock.now())) as world:
        world.responder.register.organisations.change_settings(
            ORG, lambda _: {SETTING: {DataClass.CASES.value: 90}}
        )
        a_night(world)
        alert = closed_case(world)
        clock.forward(days=100)
        nights = 0
        while world.reads.alerts(ORG, [alert]):
            a_night(world)
            clock.forward(days=1)
            nights += 1
        assert 44 <= nights <= 46, "two days of the past in each"
        (told,) = [e for e in world.desk.queue(operator()) if e.kinds == ["duty.clock"]]
        assert told.signal_count == 1

"""When is a recorded moment due?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from simulators.replay import AsFastAsItGoes, FromTheFirst, OnTheClock
from telecare.clock import HandClock, VirtualClock, VirtualClockLine

FIRST = datetime(2019, 4, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_as_fast_as_it_goes_waits_for_nothing() -> None:
    assert AsFastAsItGoes().seconds_until(FIRST + 1000 * HOUR) <= 0


def test_on_a_virtual_clock_an_hour_is_due_in_a_second_at_speed_3600() -> None:
    anchor = datetime(2026, 3, 10, tzinfo=UTC)
    clock = VirtualClock(VirtualClockLine(start=FIRST, anchor=anchor, speed=3600.0))
    hour_from_now = clock.now() + HOUR
    assert 0 < OnTheClock(clock).seconds_until(hour_from_now) <= 1


def test_on_a_clock_that_is_past_it_a_moment_is_due_at_once() -> None:
    assert OnTheClock(HandClock(FIRST + HOUR)).seconds_until(FIRST) <= 0


def test_by_itself_the_first_is_due_now_and_the_rest_at_the_speed_asked() -> None:
    pace = FromTheFirst(FIRST, speed=3600.0)
    assert pace.seconds_until(FIRST) <= 0
    assert 9 < pace.seconds_until(FIRST + 10 * HOUR) <= 10

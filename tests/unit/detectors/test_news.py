"""What is still news after an outage of ours."""

from __future__ import annotations

from datetime import timedelta

import pytest

from detectors.news import Desk, Fate
from telecare.messages import Evidence, Signal
from telecare.vocabulary import SignalKind
from tests.harness.diary import FIRST_DAY, local

NOW = local(FIRST_DAY, "12:00")


def signal(kind: SignalKind, minutes_ago: float, *, ends: str | None = None) -> Signal:
    moment = NOW - timedelta(minutes=minutes_ago)
    facts: dict[str, float | int | str | bool | None] = {} if ends is None else {"ends": ends}
    return Signal(
        id=f"{kind}-{minutes_ago}", org="o", home="h", kind=kind, occurred_at=moment,
        raised_at=moment, why="Because.", source="test", evidence=Evidence(facts=facts),
    )  # fmt: skip


@pytest.mark.parametrize("kind", SignalKind)
def test_what_happens_now_is_news(kind: SignalKind) -> None:
    fate, (raised,) = Desk().take(signal(kind, 0.5), NOW)
    assert fate is Fate.RAISED
    assert not raised.late
    assert raised.raised_at == NOW


@pytest.mark.parametrize("kind", [SignalKind.FALL, SignalKind.WANDERING, SignalKind.ALARM])
def test_a_fall_three_hours_ago_is_told_and_says_that_it_is_late(kind: SignalKind) -> None:
    fate, (raised,) = Desk().take(signal(kind, 180), NOW)
    assert fate is Fate.RAISED_LATE
    assert raised.late


def test_a_hub_that_was_silent_and_came_back_concerns_nobody() -> None:
    desk = Desk()
    silent = signal(SignalKind.HUB_SILENT, 180)
    assert desk.take(silent, NOW) == (Fate.HELD, [])
    back = signal(SignalKind.HUB_BACK, 100, ends=silent.id)
    assert desk.take(back, NOW) == (Fate.ENDED_MEANWHILE, [])
    assert desk.release(NOW) == []


def test_one_that_is_still_silent_is_told_when_we_are_in_the_present() -> None:
    desk = Desk()
    desk.take(signal(SignalKind.HUB_SILENT, 180), NOW)
    (raised,) = desk.release(NOW)
    assert raised.late
    assert desk.held == []


def test_the_end_of_something_told_long_ago_is_told_too() -> None:
    fate, raised = Desk().take(signal(SignalKind.HUB_BACK, 1, ends="told-yesterday"), NOW)
    assert (fate, len(raised)) == (Fate.RAISED, 1)


def test_the_trend_of_last_week_is_dropped() -> None:
    assert Desk().take(signal(SignalKind.ROUTINE, 60 * 30), NOW) == (Fate.STALE, [])
    assert Desk().take(signal(SignalKind.ROUTINE, 60 * 20), NOW)[0] is Fate.RAISED_LATE


def test_on_a_fast_clock_the_wire_makes_nothing_late() -> None:
    assert Desk(speed=3600).take(signal(SignalKind.HUB_SILENT, 120), NOW)[0] is Fate.RAISED

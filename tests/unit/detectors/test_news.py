"""What is still news after an outage of ours."""

from __future__ import annotations

from datetime import timedelta

import pytest

from detectors.news import Desk
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
    raised = Desk().take(signal(kind, 0.5), NOW)
    assert raised is not None
    assert not raised.late
    assert raised.raised_at == NOW


@pytest.mark.parametrize("kind", [SignalKind.FALL, SignalKind.WANDERING, SignalKind.ALARM])
def test_a_fall_three_hours_ago_is_told_and_says_that_it_is_late(kind: SignalKind) -> None:
    raised = Desk().take(signal(kind, 180), NOW)
    assert raised is not None
    assert raised.late


def test_a_hub_that_was_silent_and_came_back_concerns_nobody() -> None:
    desk = Desk()
    silent = signal(SignalKind.HUB_SILENT, 180)
    assert desk.take(silent, NOW) is None
    assert desk.held == [silent]
    back = signal(SignalKind.HUB_BACK, 100, ends=silent.id)
    assert desk.take(back, NOW) is None
    assert desk.release(NOW) == []


def test_one_that_is_still_silent_is_told_when_we_are_in_the_present() -> None:
    desk = Desk()
    desk.take(signal(SignalKind.HUB_SILENT, 180), NOW)
    (raised,) = desk.release(NOW)
    assert raised.late
    assert desk.held == []


def test_the_end_of_something_told_long_ago_is_told_too() -> None:
    assert Desk().take(signal(SignalKind.HUB_BACK, 1, ends="told-yesterday"), NOW) is not None


def test_the_trend_of_last_week_is_dropped() -> None:
    desk = Desk()
    assert desk.take(signal(SignalKind.ROUTINE, 60 * 30), NOW) is None
    assert desk.held == []
    yesterday = desk.take(signal(SignalKind.ROUTINE, 60 * 20), NOW)
    assert yesterday is not None
    assert yesterday.late


def test_on_a_fast_clock_the_wire_makes_nothing_late() -> None:
    raised = Desk(speed=3600).take(signal(SignalKind.HUB_SILENT, 120), NOW)
    assert raised is not None
    assert not raised.late

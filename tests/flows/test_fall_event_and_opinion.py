"""A device's own fall alarm goes through at once; what the platform thinks stands beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from detectors.base import HomeProfile
from detectors.home import Home
from telecare.clock import HandClock
from telecare.messages import Reading, Signal
from telecare.settings import Settings
from telecare.vocabulary import Priority, ReadingKind, SignalKind
from tests.harness.diary import Diary
from tests.harness.duty import ORG, Duty, duty
from tests.harness.windows import fall_window, quiet_window


@pytest.fixture
def world(settings: Settings, clock: HandClock) -> Iterator[Duty]:
    with duty(settings, clock, HandClock(clock.now(), is_real=True)) as made:
        yield made


def opinion(world: Duty, samples: list[list[int]]) -> list[Signal]:
    """What the detectors say of the movement of somebody who wears a device."""
    diary = Diary(home="home-1", hub="hub-home-1", org=ORG)
    window: Reading = diary.note(
        world.clock.now(),
        "acceleration",
        kind=ReadingKind.ACCELERATION,
        data={"hz": 50, "xyz_mg": samples},
    )
    return Home(HomeProfile(org=ORG, home="home-1"), timedelta(seconds=2)).observe(window)


def test_the_opinion_joins_the_radar_s_alarm_and_is_told(world: Duty) -> None:
    world.press(alarm="fall")
    world.settle()
    before = world.only()
    world.forward(seconds=20)
    (agrees,) = opinion(world, fall_window())
    assert agrees.kind is SignalKind.FALL
    world.signal(agrees)
    world.settle()
    after = world.only()
    assert (before.priority, before.reason) == (Priority.EMERGENCY, "a fall detector went off")
    assert (after.priority, after.rank) == (before.priority, before.rank)
    assert after.signal_count == 2
    assert after.reason == (
        "a fall detector went off, and a worn device's movement looks like a fall"
    )


def test_without_it_the_alarm_stands_as_it_came(world: Duty) -> None:
    world.press(alarm="fall")
    assert opinion(world, quiet_window()) == []
    world.forward(seconds=50)
    line = world.only()
    assert (line.priority, line.reason) == (Priority.EMERGENCY, "a fall detector went off")


def test_the_opinion_alone_is_an_alert_too_and_the_alarm_then_leads(world: Duty) -> None:
    for signal in opinion(world, fall_window()):
        world.signal(signal)
    world.settle()
    assert world.only().priority is Priority.EMERGENCY
    world.press(alarm="fall")
    world.settle()
    assert world.only().signal_count == 2

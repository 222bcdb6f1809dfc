"""One home's time: deadlines are met at their own moment, whoever looks when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

import pytest

from detectors.home import Home
from detectors.movement import Glance
from telecare.messages import Reading, Signal
from telecare.vocabulary import ReadingKind, SignalKind
from tests.harness.diary import FIRST_DAY, Diary, local
from tests.harness.weeks import eventful_weeks, undisturbed

NOON = local(FIRST_DAY, "12:00")
MINUTE = timedelta(minutes=1)


class Sleeper:
    """Wants a tick ten minutes after each reading, and remembers when it got it."""

    name: ClassVar[str] = "sleeper"
    listens_to: ClassVar[frozenset[ReadingKind]] = frozenset(ReadingKind)

    def __init__(self) -> None:
        self.due_at: datetime | None = None
        self.ticked: list[datetime] = []

    def observe(self, reading: Reading, seen: Glance) -> list[Signal]:
        self.due_at = reading.occurred_at + 10 * MINUTE
        return []

    def tick(self, now: datetime) -> list[Signal]:
        self.ticked.append(now)
        self.due_at = None
        return []

    def snapshot(self) -> bytes:
        return b""

    def restore(self, snapshot: bytes) -> None:
        pass


class Broken(Sleeper):
    """Raises at everything."""

    name: ClassVar[str] = "broken"

    def observe(self, reading: Reading, seen: Glance) -> list[Signal]:
        super().observe(reading, seen)
        raise RuntimeError("no")

    def tick(self, now: datetime) -> list[Signal]:
        raise RuntimeError("never")


def made(*detectors: Sleeper) -> tuple[Diary, Home]:
    diary = Diary()
    return diary, Home(diary.profile(), timedelta(seconds=2), list(detectors))


def test_a_deadline_is_met_before_the_reading_that_passed_it() -> None:
    sleeper = Sleeper()
    diary, home = made(sleeper)
    home.observe(diary.moves(NOON, "lounge"))
    home.observe(diary.moves(NOON + 30 * MINUTE, "lounge"))
    assert sleeper.ticked == [NOON + 10 * MINUTE]


def test_a_reading_within_the_allowance_comes_before_the_deadline() -> None:
    sleeper = Sleeper()
    diary, home = made(sleeper)
    home.observe(diary.moves(NOON, "lounge"))
    on_the_way = NOON + 10 * MINUTE + timedelta(seconds=1.9)
    home.observe(diary.moves(NOON + 9 * MINUTE, "lounge", received_at=on_the_way))
    assert sleeper.ticked == []


def test_a_reading_told_much_later_does_not_turn_time_back() -> None:
    sleeper = Sleeper()
    diary, home = made(sleeper)
    home.observe(diary.moves(NOON, "lounge"))
    home.observe(diary.moves(NOON + 5 * MINUTE, "lounge", received_at=NOON + 60 * MINUTE))
    assert sleeper.ticked == [NOON + 10 * MINUTE]


def test_one_that_raises_is_told_of_and_the_others_go_on() -> None:
    sleeper = Sleeper()
    diary, home = made(Broken(), sleeper)
    home.observe(diary.moves(NOON, "lounge"))
    home.tick(NOON + 60 * MINUTE)
    assert sleeper.ticked == [NOON + 10 * MINUTE]
    assert [(f.detector, f.reading != "") for f in home.failures] == [
        ("broken", True),
        ("broken", False),
    ]


@pytest.mark.parametrize("every_minutes", [1, 7, 600])
def test_how_often_the_clock_is_looked_at_changes_nothing(every_minutes: int) -> None:
    profile, story = eventful_weeks()
    home = Home(profile, timedelta(seconds=2))
    signals: list[Signal] = []
    looked = story[0].received_at
    tail = story[-900:]
    for reading in story[:-900]:
        signals += home.observe(reading)
    looked = tail[0].received_at
    for reading in tail:
        while looked < reading.received_at:
            signals += home.tick(looked - timedelta(seconds=2))
            looked += every_minutes * MINUTE
        signals += home.observe(reading)
    assert signals == list(undisturbed())


def test_the_story_has_every_kind_of_signal_the_detectors_know() -> None:
    kinds = {signal.kind for signal in undisturbed()}
    others = {
        SignalKind.ALARM,
        SignalKind.UNREADABLE_ALARM,
        SignalKind.SERVICE_DOWN,
        SignalKind.SERVICE_BACK,
        SignalKind.EXPECTATION,
        SignalKind.LONE_WORKER,
        SignalKind.DUTY,
        SignalKind.INCIDENT,
    }
    assert kinds == set(SignalKind) - others

"""F20: the detectors die between a signal and their place in the lane.

Signals, snapshot and position are one commit, so it is said once: never twice, never not
at all.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable

import pytest

from telecare.clock import HandClock, RealClock
from telecare.settings import Settings
from telecare.store.lane import LaneReader, LaneWriter
from telecare.store.session import Database
from telecare.vocabulary import ReadingKind, SignalKind
from tests.harness.diary import FIRST_DAY, Diary, kinds, local
from tests.harness.judging import LANE, Homes, Judging
from tests.harness.weeks import eventful_weeks, undisturbed
from tests.harness.windows import fall_window


@pytest.mark.parametrize(
    ("point", "written"), [("detectors_before_commit", 0), ("detectors_after_commit", 1)]
)
def test_killed_around_its_commit_the_service_says_it_once(
    settings: Settings, database: Callable[[str], Database], point: str, written: int
) -> None:
    diary = Diary()
    now = RealClock().now()
    fall = diary.note(
        now,
        "acceleration",
        kind=ReadingKind.ACCELERATION,
        data={"hz": 50, "xyz_mg": fall_window()},
    )
    with database("gateway").begin() as connection:
        LaneWriter("gateway-1").append(connection, [fall])

    died = subprocess.run(
        [sys.executable, "-m", "telecare", "detectors"],
        env=os.environ | settings.environment() | {"TELECARE_CRASH_AT": point},
        timeout=60,
        capture_output=True,
        check=False,
    )
    assert died.returncode == 9, died.stderr.decode()
    assert LaneReader(database("detectors")).head(LANE) == written

    judging = Judging(database, HandClock(now), Homes(diary.profile()))
    judging.work()
    (signal,) = judging.signals()
    assert signal.kind is SignalKind.FALL


@pytest.mark.parametrize("seed", range(3))
def test_dying_at_random_moments_it_says_what_one_that_lived_says(
    database: Callable[[str], Database], seed: int
) -> None:
    profile, story = eventful_weeks()
    chance = random.Random(seed)
    judging = Judging(database, HandClock(story[0].received_at), Homes(profile))
    begin = 0
    while begin < len(story):
        end = begin + chance.randrange(1, 400)
        judging.arrive(story[begin:end], clock_moves=False)
        judging.work()
        if chance.random() < 0.5:
            judging.runner.checkpoint()
        judging.start()  # whatever was not committed is gone
        begin = end
    judging.work()
    assert [s.id for s in judging.signals()] == [s.id for s in undisturbed()]


def test_one_homes_signal_does_not_run_ahead_of_what_another_home_has_seen(
    database: Callable[[str], Database],
) -> None:
    night = local(FIRST_DAY, "02:00")
    leaver, faller = Diary(), Diary(home="home-2", hub="home-2-hub")
    judging = Judging(database, HandClock(night), Homes(leaver.profile(), faller.profile()))
    judging.runner._checkpoint_at = float("inf")
    judging.arrive([leaver.door(night)])
    judging.work()
    fall = faller.note(
        night,
        "acceleration",
        kind=ReadingKind.ACCELERATION,
        data={"hz": 50, "xyz_mg": fall_window()},
    )
    judging.arrive([fall])
    judging.work()
    judging.start()  # killed: only the fall's home has been kept
    judging.clock.forward(minutes=25)
    judging.work()
    assert kinds(judging.signals()) == [SignalKind.FALL, SignalKind.WANDERING]

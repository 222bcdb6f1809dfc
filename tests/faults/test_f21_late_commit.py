"""F21: a reading committed late is not skipped, whatever was committed before it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from telecare.clock import HandClock
from telecare.store.lane import LaneWriter
from telecare.store.session import Database
from telecare.vocabulary import SignalKind
from tests.harness.diary import FIRST_DAY, Diary, kinds, local
from tests.harness.judging import Homes, Judging

NIGHT = local(FIRST_DAY, "02:00")


def test_a_slow_gateways_reading_is_read_after_a_fast_ones(
    database: Callable[[str], Database], database_kind: str
) -> None:
    diary, other = Diary(), Diary(home="home-2", hub="home-2-hub")
    judging = Judging(database, HandClock(NIGHT), Homes(diary.profile(), other.profile()))
    door = diary.door(NIGHT)
    later = other.moves(NIGHT + timedelta(seconds=1), "lounge")
    if database_kind == "postgresql":
        # The first writer's transaction stays open while the second commits and is read.
        with judging.gateway.begin() as slow:
            LaneWriter("gateway-1").append(slow, [door])
            judging.arrive([later], lane="gateway-2")
            judging.work()
            assert judging.runner.readings == 1
    else:
        # SQLite lets in one writer after the other; the order of commits is the same.
        judging.arrive([later], lane="gateway-2")
        judging.work()
        assert judging.runner.readings == 1
        judging.arrive([door])
    judging.work()
    assert judging.runner.readings == 2
    judging.clock.forward(minutes=25)
    judging.work()
    assert kinds(judging.signals()) == [SignalKind.WANDERING]


def test_within_a_lane_nothing_is_read_before_what_was_numbered_before_it(
    database: Callable[[str], Database],
) -> None:
    diary = Diary()
    judging = Judging(database, HandClock(NIGHT), Homes(diary.profile()))
    for i in range(30):
        judging.arrive([diary.moves(NIGHT + timedelta(seconds=i), "lounge")])
        judging.work()
        assert judging.runner.readings == i + 1

"""F27: the clock of the gateway's machine is set back by minutes, many or few; no home is deaf."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from gateway.timestamps import TOLERANCE
from telecare.clock import HandClock
from telecare.messages import Reading
from telecare.settings import Settings
from telecare.store.migrate import open_database
from telecare.store.session import Database
from telecare.vocabulary import ClaimOfTime, SignalKind
from tests.harness.diary import FIRST_DAY, Diary, kinds, local
from tests.harness.judging import Homes, Judging

NIGHT = local(FIRST_DAY, "02:00")


class Night:
    """A home whose gateway is some minutes ahead until it is put right."""

    def __init__(
        self, open_owner: Callable[[str], Database], ahead: timedelta, *, hub_knows_the_time: bool
    ) -> None:
        self.clock, self.diary = HandClock(NIGHT + ahead), Diary()
        self.judging = Judging(open_owner, self.clock, Homes(self.diary.profile()))
        self._knows = hub_knows_the_time
        self._ahead = ahead

    def says(self, what: Callable[[datetime], Reading]) -> None:
        """A hub that knows the time says it; of another that of receipt stands in."""
        now = self.clock.now()
        said = replace(what(now), received_at=now)
        if self._knows and self._ahead:
            true = now - self._ahead
            said = replace(said, occurred_at=true, at=true, time_claim=self._claim)
        elif not self._knows:
            said = replace(said, time_claim=ClaimOfTime.ABSENT)
        self.judging.arrive([said], clock_moves=False)

    @property
    def _claim(self) -> ClaimOfTime:
        return ClaimOfTime.LATE if self._ahead > TOLERANCE else ClaimOfTime.TRUSTED

    def is_put_right(self) -> None:
        self.clock.jump_wall(seconds=-self._ahead.total_seconds())
        self._ahead = timedelta()

    def pass_by(self, minutes: int) -> list[SignalKind]:
        """What has been said by then."""
        for _ in range(minutes):
            self.judging.work()
            self.clock.forward(minutes=1)
        self.judging.work()
        return kinds(self.judging.signals())

    def moves(self, at: datetime) -> Reading:
        return self.diary.moves(at, "hallway")


@pytest.fixture(params=[50, 4], ids=["50 minutes", "4 minutes"])
def ahead(request: pytest.FixtureRequest) -> timedelta:
    return timedelta(minutes=request.param)


@pytest.fixture(params=[True, False], ids=["hub knows the time", "hub has no clock"])
def night(
    sqlite_settings: Settings, ahead: timedelta, request: pytest.FixtureRequest
) -> Iterator[Night]:
    opened: list[Database] = []

    def open_owner(owner: str) -> Database:
        opened.append(open_database(sqlite_settings, owner))
        return opened[-1]

    yield Night(open_owner, ahead, hub_knows_the_time=request.param)
    for each in opened:
        each.close()


def test_who_leaves_after_it_is_missed_as_soon_as_ever(night: Night) -> None:
    night.says(night.moves)
    night.pass_by(1)
    night.is_put_right()
    night.says(night.diary.door)
    assert night.pass_by(25) == [SignalKind.WANDERING]


def test_who_left_before_it_is_missed_no_later(night: Night) -> None:
    night.says(night.moves)
    night.pass_by(1)
    night.says(night.diary.door)
    night.pass_by(3)
    night.is_put_right()
    night.says(night.diary.beat)
    assert night.pass_by(25) == [SignalKind.WANDERING]


def test_who_came_back_before_it_is_not_missed(night: Night) -> None:
    night.says(night.moves)
    night.pass_by(1)
    night.says(night.diary.door)
    night.pass_by(1)
    night.says(night.moves)
    night.pass_by(3)
    night.is_put_right()
    night.says(night.diary.beat)
    assert night.pass_by(60) == []


def test_the_detectors_begin_anew_in_between(night: Night) -> None:
    night.says(night.moves)
    night.pass_by(1)
    night.judging.runner.checkpoint()
    night.is_put_right()
    night.judging.start()
    night.says(night.diary.door)
    assert night.pass_by(25) == [SignalKind.WANDERING]
    night.judging.runner.checkpoint()
    night.judging.start()
    assert night.pass_by(60) == [SignalKind.WANDERING], "and once"


def test_they_die_before_it_has_lived_again(night: Night) -> None:
    night.says(night.moves)
    night.pass_by(1)
    night.judging.runner.checkpoint()
    night.is_put_right()
    night.says(night.diary.door)
    night.judging.runner.step()
    night.judging.runner.checkpoint()
    night.judging.start()
    night.says(night.diary.beat)
    assert night.pass_by(25) == [SignalKind.WANDERING]


def test_a_home_that_says_nothing_after_it_does_not_wait_for_the_time_it_heard(
    night: Night,
) -> None:
    other = Diary(home="home-2")
    night.says(night.moves)
    night.pass_by(1)
    night.says(night.diary.door)
    night.pass_by(3)
    night.is_put_right()
    night.says(lambda at: other.moves(at, "lounge"))
    assert night.pass_by(25) == [SignalKind.WANDERING]

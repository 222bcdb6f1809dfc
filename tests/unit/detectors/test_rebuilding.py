"""Another version wrote what homes remember: they are watched at once and live it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from detectors import lanes
from detectors import runner as runner_module
from detectors.store import HomeState, Store
from telecare.clock import HandClock
from telecare.settings import Settings
from telecare.store.migrate import open_database
from telecare.store.session import Database
from telecare.vocabulary import ReadingKind, SignalKind
from tests.harness.diary import FIRST_DAY, Diary, kinds, local
from tests.harness.judging import LANE, Homes, Judging
from tests.harness.windows import fall_window

NIGHT = local(FIRST_DAY, "02:00")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def judging(sqlite_settings: Settings) -> Iterator[Judging]:
    opened: list[Database] = []

    def open_owner(owner: str) -> Database:
        opened.append(open_database(sqlite_settings, owner))
        return opened[-1]

    made: Callable[[str], Database] = open_owner
    yield Judging(made, HandClock(NIGHT), Homes(Diary().profile()))
    for each in opened:
        each.close()


def upgrade(judging: Judging, *homes: str) -> None:
    """Stop; the next version finds memories it cannot read, and has not lived again yet."""
    judging.runner.checkpoint()
    store = Store(judging.own, LANE)
    foreign = HomeState(store.positions(), {"wandering": b"\x92\x63\xc0"})
    store.commit([], {("county", home): foreign for home in homes}, {})
    judging.start()


def test_who_went_out_before_the_upgrade_is_missed_after_it(judging: Judging) -> None:
    diary = Diary()
    judging.arrive([diary.moves(NIGHT, "hallway"), diary.door(NIGHT + MINUTE)])
    judging.work()
    upgrade(judging, "home-1")
    judging.work()
    judging.clock.forward(minutes=25)
    judging.work()
    assert kinds(judging.signals()) == [SignalKind.WANDERING]


def test_what_the_new_version_would_have_said_of_the_past_is_nobody_s_news(
    judging: Judging,
) -> None:
    diary = Diary()
    away = [diary.door(NIGHT + MINUTE), diary.moves(NIGHT + 20 * MINUTE, "hallway")]
    judging.arrive([diary.moves(NIGHT, "hallway"), *away])
    judging.work()
    judging.homes.now = Homes(diary.profile(settings={"wandering": {"still_minutes": 10.0}})).now
    upgrade(judging, "home-1")
    judging.clock.forward(hours=1)
    judging.work()
    assert judging.signals() == []


def test_the_present_goes_first_and_a_crash_in_between_begins_anew(
    judging: Judging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "REBUILDING_S", 0.0)
    first, second = Diary(), Diary(home="home-2")
    judging.arrive([each.moves(NIGHT, "hallway") for each in (first, second)])
    judging.work()
    upgrade(judging, "home-1", "home-2")
    data: dict[str, object] = {"hz": 50, "xyz_mg": fall_window()}
    kind = ReadingKind.ACCELERATION
    judging.arrive([second.note(NIGHT + MINUTE, "acceleration", kind=kind, data=data)])
    judging.runner.step()
    judging.runner.checkpoint()
    assert kinds(judging.signals()) == [SignalKind.FALL], "while its home still waits"
    assert foreign(judging) == {("county", "home-2")}
    judging.start()
    judging.work()
    judging.runner.checkpoint()
    assert foreign(judging) == set()
    assert kinds(judging.signals()) == [SignalKind.FALL]


def test_while_there_is_more_of_the_present_to_be_read_nobody_lives_again(
    judging: Judging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "REBUILDING_S", 0.0)
    monkeypatch.setattr(lanes, "_BATCH", 2)
    homes = [Diary(), Diary(home="home-2"), Diary(home="home-3")]
    judging.arrive([each.moves(NIGHT, "hallway") for each in homes[:2]])
    judging.work()
    upgrade(judging, "home-1", "home-2")
    judging.arrive([homes[2].moves(NIGHT + n * MINUTE, "lounge") for n in range(1, 10)])
    judging.runner.step()
    while judging.runner.lag_s:
        judging.runner.checkpoint()
        assert ("county", "home-2") in foreign(judging), "it waits"
        judging.runner.step()
    judging.work()
    judging.runner.checkpoint()
    assert foreign(judging) == set()


def test_what_happened_while_a_home_waited_for_its_memory_is_said_once_it_has_it(
    judging: Judging, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who watched meanwhile did not know that somebody had left."""
    monkeypatch.setattr(runner_module, "REBUILDING_S", 0.0)
    first, second = Diary(), Diary(home="home-2")
    judging.arrive([first.moves(NIGHT, "hallway"), second.moves(NIGHT, "hallway")])
    judging.arrive([second.door(NIGHT + MINUTE)])
    judging.work()
    upgrade(judging, "home-1", "home-2")
    judging.arrive([second.moves(NIGHT + 40 * MINUTE, "hallway")])
    judging.runner.step()
    assert judging.signals() == [], "home-2 still waits"
    judging.work()
    assert kinds(judging.signals()) == [SignalKind.WANDERING, SignalKind.RETURNED]


def foreign(judging: Judging) -> set[tuple[str, str]]:
    """Homes whose memory is as the other version left it."""
    states = Store(judging.own, LANE).states()
    return {key for key, state in states.items() if state and len(state.detectors) == 1}


def test_a_gateway_whose_clock_was_ahead_leaves_no_home_deaf(judging: Judging) -> None:
    """F27: for a moment it was a year later; until then nothing would have been heard there."""
    diary, ahead = Diary(), timedelta(days=365)
    judging.arrive([diary.moves(NIGHT, "hallway")])
    judging.work()
    judging.arrive([diary.moves(NIGHT + ahead, "kitchen")])
    judging.work()
    judging.runner.checkpoint()
    judging.clock.jump_wall(days=-365)
    judging.start()
    judging.arrive([diary.moves(NIGHT + MINUTE, "hallway"), diary.door(NIGHT + 2 * MINUTE)])
    judging.work()
    judging.clock.forward(minutes=25)
    judging.work()
    assert kinds(judging.signals())[-1:] == [SignalKind.WANDERING]
    said = len(judging.signals())
    judging.runner.checkpoint()
    judging.start()
    judging.work()
    assert len(judging.signals()) == said

"""The loop that follows the lanes, one step at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import text

from detectors import lanes
from detectors.routine import Routine
from detectors.store import Store
from telecare.clock import HandClock
from telecare.messages import Reading
from telecare.settings import Settings
from telecare.store.lane import LaneWriter
from telecare.store.migrate import open_database
from telecare.store.session import Database
from telecare.vocabulary import ReadingKind, SignalKind
from tests.harness.diary import FIRST_DAY, Diary, kinds, local
from tests.harness.judging import LANE, Homes, Judging
from tests.harness.windows import fall_window

NIGHT = local(FIRST_DAY, "02:00")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def open_sqlite(sqlite_settings: Settings) -> Iterator[Callable[[str], Database]]:
    opened: list[Database] = []

    def open_owner(owner: str) -> Database:
        opened.append(open_database(sqlite_settings, owner))
        return opened[-1]

    yield open_owner
    for each in opened:
        each.close()


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture
def judging(open_sqlite: Callable[[str], Database], diary: Diary) -> Judging:
    homes = Homes(diary.profile(hubs={diary.hub: 900.0}))
    return Judging(open_sqlite, HandClock(NIGHT), homes)


def test_absence_is_found_by_the_clock_alone(judging: Judging, diary: Diary) -> None:
    judging.arrive([diary.beat(NIGHT)])
    judging.work()
    judging.clock.forward(minutes=15, seconds=1)
    judging.work()
    assert judging.signals() == [], "two seconds are left for what is on its way"
    judging.clock.forward(seconds=2)
    judging.work()
    (silent,) = judging.signals()
    assert silent.kind is SignalKind.HUB_SILENT
    assert silent.raised_at == judging.clock.now()
    assert not silent.late


def test_a_beat_still_on_its_way_is_waited_for(judging: Judging, diary: Diary) -> None:
    judging.arrive([diary.beat(NIGHT)])
    judging.work()
    judging.clock.forward(minutes=15, seconds=1.5)
    judging.work()
    judging.arrive([diary.beat(NIGHT + 14 * MINUTE)])
    judging.clock.forward(seconds=10)
    judging.work()
    assert judging.signals() == []


def test_a_home_the_register_does_not_know_yet_is_watched_all_the_same(judging: Judging) -> None:
    stranger = Diary(home="new-home", hub="new-hub")
    judging.arrive([stranger.moves(NIGHT, "lounge"), stranger.door(NIGHT + MINUTE)])
    judging.clock.forward(minutes=25)
    judging.work()
    assert kinds(judging.signals()) == [SignalKind.WANDERING]


@pytest.mark.parametrize("rests", [True, False])
def test_what_was_erased_is_not_written_back(judging: Judging, diary: Diary, rests: bool) -> None:
    judging.arrive([diary.moves(NIGHT, "music-room"), diary.beat(NIGHT)])
    judging.work()
    judging.runner.checkpoint()
    with judging.own.begin() as connection:
        connection.execute(text("DELETE FROM home_state"))
    if rests:
        judging.runner.rest()
    judging.arrive([diary.moves(NIGHT + 5 * MINUTE, "kitchen")])
    judging.work()
    judging.runner.checkpoint()
    judging.arrive([diary.door(NIGHT + 6 * MINUTE)])
    judging.clock.forward(minutes=30)
    judging.work()
    judging.runner.checkpoint()
    with judging.own.read() as connection:
        (state,) = connection.execute(text("SELECT state FROM home_state")).scalars()
    assert b"music-room" not in state
    assert SignalKind.WANDERING in kinds(judging.signals()), "whoever moves in is watched"


def test_what_is_erased_in_the_moment_it_is_kept_is_not_written_back(
    judging: Judging, diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    judging.arrive([diary.moves(NIGHT, "music-room"), diary.door(NIGHT + MINUTE)])
    judging.work()
    judging.runner.checkpoint()
    store = judging.runner._store
    keep = store.commit

    def commit_after_the_erasure(*kept: Any) -> int:
        with judging.own.begin() as connection:
            connection.execute(text("DELETE FROM home_state"))
        monkeypatch.setattr(store, "commit", keep)
        return keep(*kept)

    monkeypatch.setattr(store, "commit", commit_after_the_erasure)
    judging.clock.forward(minutes=30)
    judging.work()
    judging.runner.checkpoint()
    assert SignalKind.WANDERING in kinds(judging.signals()), "who is out is missed all the same"
    with judging.own.read() as connection:
        assert connection.execute(text("SELECT state FROM home_state")).scalars().all() == []


def test_a_detector_that_raises_stops_nobody(judging: Judging, diary: Diary) -> None:
    other = Diary(home="home-2", hub="home-2-hub")
    broken = diary.note(NIGHT, "acceleration", kind=ReadingKind.ACCELERATION, data={"hz": 50})
    fall = other.note(
        NIGHT,
        "acceleration",
        kind=ReadingKind.ACCELERATION,
        data={"hz": 50, "xyz_mg": fall_window()},
    )
    judging.arrive([broken, diary.moves(NIGHT, "hallway"), fall])
    judging.work()
    assert judging.runner.failures == 1
    assert kinds(judging.signals()) == [SignalKind.FALL]


@pytest.mark.parametrize("number", [2**63, 2**64, 10**30])
def test_a_device_that_counts_beyond_all_bounds_ends_nobodys_watch(
    judging: Judging, diary: Diary, number: int
) -> None:
    other = Diary(home="home-2", hub="home-2-hub")
    numbered = [
        diary.note(NIGHT, "motion", "lounge", data={"seq": n, "boot": "x" * 9000})
        for n in (number, number + 2)
    ]
    judging.arrive([*numbered, other.moves(NIGHT, "hallway"), other.door(NIGHT + MINUTE)])
    judging.clock.forward(minutes=14)
    judging.work()
    judging.runner.checkpoint()
    judging.start()
    judging.clock.forward(minutes=15)
    judging.work()
    assert SignalKind.WANDERING in kinds(judging.signals())
    with judging.own.read() as connection:
        states = connection.execute(text("SELECT state FROM home_state")).scalars().all()
    assert max(map(len, states)) < 4096


def test_a_memory_that_cannot_be_kept_is_told_and_the_others_are_kept(
    judging: Judging, diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: object) -> bytes:
        raise OverflowError

    monkeypatch.setattr(Routine, "snapshot", breaks)
    judging.arrive([diary.moves(NIGHT, "hallway"), diary.door(NIGHT + MINUTE)])
    judging.work()
    judging.runner.checkpoint()
    judging.start()
    judging.clock.forward(minutes=30)
    judging.work()
    assert SignalKind.WANDERING in kinds(judging.signals())
    assert judging.runner.failures


def test_a_changed_setting_counts_from_then_on_and_nothing_is_forgotten(
    judging: Judging, diary: Diary
) -> None:
    judging.arrive([diary.moves(NIGHT, "hallway"), diary.door(NIGHT + MINUTE)])
    judging.work()
    judging.homes.now = Homes(diary.profile(settings={"wandering": {"still_minutes": 10.0}})).now
    judging.clock.forward(minutes=11)
    judging.work()
    (left,) = judging.signals()
    assert left.kind is SignalKind.WANDERING


def test_a_wrong_setting_gives_way_to_the_defaults(judging: Judging, diary: Diary) -> None:
    judging.homes.now = Homes(
        diary.profile(timezone="Mars/Olympus", settings={"wandering": {"still_minutes": "soon"}})
    ).now
    judging.arrive([diary.moves(NIGHT, "hallway"), diary.door(NIGHT + MINUTE)])
    judging.clock.forward(minutes=25)
    judging.work()
    assert SignalKind.WANDERING in kinds(judging.signals())


def test_lanes_are_read_in_the_order_of_receipt(judging: Judging, diary: Diary) -> None:
    # The hub moved from one gateway to the other while somebody left and came back.
    left, back = diary.door(NIGHT + MINUTE), diary.moves(NIGHT + 5 * MINUTE, "hallway")
    judging.arrive([back], lane="gateway-1")
    judging.arrive([diary.moves(NIGHT, "hallway"), left], lane="gateway-2")
    judging.clock.forward(minutes=30)
    judging.work()
    assert SignalKind.WANDERING not in kinds(judging.signals())


def test_within_a_lane_nothing_is_lost_when_a_clock_was_set_back(
    judging: Judging, diary: Diary
) -> None:
    left, back = diary.door(NIGHT + MINUTE), diary.moves(NIGHT + 5 * MINUTE, "hallway")
    back = replace(back, received_at=NIGHT)
    judging.arrive([diary.moves(NIGHT, "hallway"), left, back], lane="gateway-1")
    judging.arrive([Diary(home="home-2").moves(NIGHT, "lounge")], lane="gateway-2")
    judging.clock.forward(minutes=30)
    judging.work()
    assert judging.runner.readings == 4
    assert SignalKind.WANDERING not in kinds(judging.signals())


def test_a_lane_that_lags_is_no_silence_in_a_home_heard_in_two(
    judging: Judging, diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "_BATCH", 2)
    door, back = diary.door(NIGHT + MINUTE), diary.moves(NIGHT + 5 * MINUTE, "hallway")
    judging.arrive([diary.moves(NIGHT, "hallway"), door, back], lane="gateway-1")
    judging.arrive([diary.moves(NIGHT + 40 * MINUTE, "lounge")], lane="gateway-2")
    judging.clock.forward(minutes=41)
    judging.work()
    assert SignalKind.WANDERING not in kinds(judging.signals())


def test_how_far_it_lags_is_known(
    judging: Judging, diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "_BATCH", 10)
    judging.arrive([diary.moves(NIGHT + i * MINUTE, "lounge") for i in range(25)])
    assert judging.runner.step()
    assert judging.runner.lag_s == 15 * 60
    judging.work()
    assert judging.runner.lag_s == 0
    assert judging.runner.readings == 25


def test_killed_while_it_reads_up_on_the_past_it_still_says_what_goes_on(
    judging: Judging, diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub fell silent in the night; whether it still is, is known only in the present."""
    monkeypatch.setattr(lanes, "_BATCH", 10)
    other = Diary(home="home-2", hub="home-2-hub")
    judging.arrive([diary.beat(NIGHT)])
    judging.arrive([other.moves(NIGHT + 10 * i * MINUTE, "lounge") for i in range(1, 25)])
    judging.runner.step()
    judging.runner.step()
    assert judging.runner.lag_s
    judging.runner.checkpoint()
    assert judging.signals() == [], "it may have ended since"
    judging.start()
    judging.work()
    (silent,) = judging.signals()
    assert (silent.kind, silent.late) == (SignalKind.HUB_SILENT, True)


def test_while_it_lags_nobody_is_called_silent_for_what_is_not_read_yet(
    judging: Judging, diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "_BATCH", 10)
    judging.arrive([diary.beat(NIGHT + 10 * i * MINUTE) for i in range(30)])
    judging.work()
    assert judging.signals() == []


def test_after_our_own_door_was_shut_hubs_have_time_to_come_back(
    open_sqlite: Callable[[str], Database], diary: Diary
) -> None:
    homes = Homes(diary.profile(hubs={diary.hub: 900.0}))
    judging = Judging(open_sqlite, HandClock(NIGHT), homes)
    judging.arrive([diary.beat(NIGHT)])
    judging.work()
    judging.runner.checkpoint()
    judging.clock.forward(hours=2)  # the whole installation was off
    patient = Judging(open_sqlite, judging.clock, homes, settle_s=1000.0)
    patient.work()
    assert patient.signals() == []
    patient.arrive([diary.beat(NIGHT + timedelta(hours=2, seconds=5))])
    patient.work()
    assert patient.signals() == []


def test_nothing_is_written_while_nothing_happens(judging: Judging, diary: Diary) -> None:
    judging.arrive([diary.moves(NIGHT, "lounge")])
    judging.work()
    judging.runner.checkpoint()
    kept = []
    store = judging.runner._store
    original = store.commit
    store.commit = lambda *a: kept.append(a) or original(*a)  # type: ignore[method-assign,func-returns-value]
    for _ in range(5):
        judging.runner._checkpoint_at = 0.0
        judging.work()
    assert kept == []


@pytest.mark.parametrize(("another_speaks", "told"), [(True, [SignalKind.WANDERING]), (False, [])])
def test_a_door_just_before_everybody_falls_silent_waits_for_a_word_of_anybody(
    judging: Judging, *, another_speaks: bool, told: list[SignalKind]
) -> None:
    street = [Diary(home=f"home-{i}", hub=f"hub-{i}") for i in range(12)]
    words = [
        street[i % 12].moves(NIGHT + i * MINUTE / 2, "bedroom") for i in range(160) if i % 12 != 1
    ]
    door = street[1].door(NIGHT + 66 * MINUTE)
    judging.arrive(sorted([*words, door], key=lambda r: r.occurred_at))
    judging.clock.forward(minutes=11, seconds=30)
    judging.work()
    assert judging.signals() == [], "eleven minutes without a word of anybody"
    if another_speaks:
        judging.arrive([street[5].moves(NIGHT + 91 * MINUTE, "bathroom")])
    judging.clock.forward(minutes=14)
    judging.work()
    signals = judging.signals()
    assert kinds(signals) == told
    assert [s.occurred_at for s in signals] == [NIGHT + 90.75 * MINUTE for _ in told]
    assert judging.runner.refusals["wandering.blackout"] == (0 if another_speaks else 1)


def test_who_left_just_before_everybody_fell_silent_is_missed_when_they_speak_again(
    judging: Judging,
) -> None:
    street = [Diary(home=f"home-{i}", hub=f"hub-{i}") for i in range(12)]

    def words(since: int, until: int) -> list[Reading]:
        halves = [i for i in range(2 * since, 2 * until) if i % 12 != 1]
        return [street[i % 12].moves(NIGHT + i * MINUTE / 2, "bedroom") for i in halves]

    door = street[1].door(NIGHT + 79 * MINUTE)
    judging.arrive([*words(0, 79), door])
    judging.clock.forward(minutes=50)
    judging.work()
    assert judging.signals() == []
    judging.arrive(words(131, 160))
    judging.work()
    (left,) = judging.signals()
    assert left.home == "home-1"
    assert left.occurred_at == NIGHT + 131 * MINUTE + 24.75 * MINUTE


def test_what_a_blackout_means_to_homes_that_said_nothing_since_is_told_them_and_kept(
    judging: Judging,
) -> None:
    street = [Diary(home=f"home-{i}", hub=f"hub-{i}") for i in range(12)]
    words = [street[i % 12].moves(NIGHT + i * MINUTE / 2, "bedroom") for i in range(160)]
    judging.arrive(words)
    judging.work()
    judging.runner.checkpoint()
    before = Store(judging.own, LANE).states()
    judging.clock.forward(minutes=20)
    judging.arrive([street[5].moves(NIGHT + 100 * MINUTE, "bathroom")])
    judging.work()
    judging.runner.checkpoint()
    after = Store(judging.own, LANE).states()
    told = {key for key, state in after.items() if state != before[key]}
    assert told == {("county", each.home) for each in street}


def test_a_signal_of_the_gateway_is_none_of_its_business(judging: Judging, diary: Diary) -> None:
    fall = diary.note(
        NIGHT,
        "acceleration",
        kind=ReadingKind.ACCELERATION,
        data={"hz": 50, "xyz_mg": fall_window()},
    )
    judging.arrive([fall])
    judging.work()
    (signal,) = judging.signals()
    press = msgspec.structs.replace(signal, id="p-1", kind=SignalKind.ALARM, source="gateway")
    with judging.gateway.begin() as connection:
        LaneWriter("gateway-1").append(connection, [press])
    judging.work()
    assert len(judging.signals()) == 1


def test_where_a_dark_hub_is_withdrawn_the_home_is_judged_by_what_the_next_sees(
    open_sqlite: Callable[[str], Database], diary: Diary
) -> None:
    settings = {"inactivity": {"learning_days": 2}}
    homes = Homes(diary.profile(hubs={diary.hub: 2700.0}, settings=settings))
    judging = Judging(open_sqlite, HandClock(local(FIRST_DAY, "00:00")), homes)
    days = [FIRST_DAY + timedelta(days=n) for n in range(4)]
    for day in days[:3]:
        judging.arrive(list(diary.day(day, beats_s=900.0)))
        judging.work()
    judging.arrive([diary.moves(local(days[3], "09:12"), "kitchen")])
    judging.clock.forward(hours=5)
    judging.work()
    assert judging.runner.refusals["inactivity.hub_silent"]
    judging.homes.now = Homes(diary.profile(hubs={"new-hub": 2700.0}, settings=settings)).now
    for _ in range(20):
        judging.arrive([replace(diary.beat(judging.clock.now()), device="new-hub")])
        judging.clock.forward(minutes=15)
        judging.work()
    assert SignalKind.INACTIVITY in kinds(judging.signals())

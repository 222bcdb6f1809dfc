"""One home under watch: seen once, never without watch."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from detectors.base import HomeProfile
from detectors.lead import Lead
from detectors.store import HomeState
from detectors.usable import usable
from detectors.watch import Watch
from telecare.vocabulary import SignalKind
from tests.harness.diary import FIRST_DAY, Diary, kinds, local

NIGHT = local(FIRST_DAY, "02:00")
ALLOWANCE = timedelta(seconds=2)


def watch(profile: HomeProfile, state: HomeState | None = None) -> Watch:
    return Watch(profile, ALLOWANCE, 1.0, state)


def test_a_reading_it_has_seen_changes_nothing() -> None:
    diary = Diary()
    home = watch(diary.profile())
    home.observe("gateway-1", 1, diary.moves(NIGHT, "hallway"), NIGHT)
    home.observe("gateway-1", 2, diary.door(NIGHT + timedelta(minutes=1)), NIGHT)
    before = home.state()
    home.observe("gateway-1", 2, diary.moves(NIGHT + timedelta(minutes=2), "hallway"), NIGHT)
    assert home.state() == before


def test_another_gateways_reading_with_the_same_number_is_another_reading() -> None:
    diary = Diary()
    home = watch(diary.profile())
    home.observe("gateway-1", 1, diary.moves(NIGHT, "hallway"), NIGHT)
    home.observe("gateway-2", 1, diary.door(NIGHT + timedelta(minutes=1)), NIGHT)
    later = NIGHT + timedelta(minutes=30)
    assert kinds(home.tick(later, later)) == [SignalKind.WANDERING]


def test_it_goes_on_from_its_state() -> None:
    diary = Diary()
    home = watch(diary.profile())
    home.observe("gateway-1", 1, diary.door(NIGHT), NIGHT)
    again = watch(diary.profile(), home.state())
    assert again.due_at == home.due_at
    assert not again.rebuild


def test_with_a_foreign_state_it_watches_on_and_asks_that_its_readings_are_seen_again() -> None:
    diary = Diary()
    state = HomeState({"gateway-1": 5}, {"wandering": b"\x92\x63\xc0"})
    home = watch(diary.profile(), state)
    assert home.rebuild
    home.observe("gateway-1", 5, diary.door(NIGHT), NIGHT)
    assert home.due_at is None, "that one is for the watch that sees them again"
    home.observe("gateway-1", 6, diary.door(NIGHT), NIGHT)
    assert home.due_at is not None


def test_a_home_with_impossible_settings_is_watched_by_the_defaults() -> None:
    profile = Diary().profile(timezone="Mars/Olympus", settings={"falls": {"threshold": "low"}})
    home = watch(profile)
    assert "Mars/Olympus" in home.fault or "falls" in home.fault
    assert home.profile is profile


def test_a_wrong_setting_costs_itself_and_nothing_else() -> None:
    pause = {"from": "2026-02-02", "until": "2026-02-09", "kind": "hospital"}
    profile = Diary().profile(
        hubs={"pendant": 90_000.0}, checking_in=frozenset({"pendant"}), battery_low={"hub": 40},
        settings={"falls": {"threshold": "low"}, "wandering": {"still_minutes": 10.0}},
        pauses=(pause, {"from": "soon", "until": "later", "kind": "hospital"}),
    )  # fmt: skip
    assert usable(profile) == replace(
        profile, settings={"wandering": {"still_minutes": 10.0}}, pauses=(pause,)
    )
    home = watch(profile)
    home.observe("gateway-1", 1, replace(Diary().beat(NIGHT), device="pendant"), NIGHT)
    (missed,) = home.tick(NIGHT + timedelta(days=2), NIGHT + timedelta(days=1, hours=1))
    assert missed.kind is SignalKind.EQUIPMENT, "a pendant is no hub, whatever else is wrong"


def test_before_a_blackout_means_before_it_also_where_a_homes_time_is_ahead() -> None:
    """Its gateway's clock was set back by four minutes, and then somebody leaves."""
    diary, minute = Diary(), timedelta(minutes=1)
    home = watch(diary.profile())
    home.observe("gateway-1", 1, diary.moves(NIGHT + 3 * minute, "hallway"), NIGHT)
    home.was_set_back(Lead(NIGHT, 4 * minute))
    home.observe("gateway-1", 2, diary.door(NIGHT), NIGHT)
    due = home.due_at
    assert due is not None
    home.blind(due, due + 10 * minute)
    assert home.due_at == due, "all that was waited for was heard before nobody was"
    home.blind(due - minute, due + 10 * minute)
    assert home.due_at != due, "a minute of it was not"


def test_new_settings_keep_what_was_learnt() -> None:
    diary = Diary()
    home = watch(diary.profile())
    home.observe("gateway-1", 1, diary.door(NIGHT), NIGHT)
    home.change(diary.profile(settings={"wandering": {"still_minutes": 40.0}}))
    assert home.due_at == NIGHT + timedelta(minutes=40)

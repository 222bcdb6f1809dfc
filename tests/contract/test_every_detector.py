"""What every detector promises, tried on each in the registry."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta
from functools import cache

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.base import Detector, HomeProfile, SnapshotUnreadable, pack
from detectors.falls import FallsSettings
from detectors.home import Home
from detectors.inactivity import InactivitySettings
from detectors.late_exits import WanderingSettings
from detectors.lostness import OutingSettings
from detectors.movement import glance
from detectors.registry import DETECTORS
from detectors.routine import RoutineSettings
from detectors.visits import LongLieSettings
from telecare.dials import DIALS
from telecare.errors import InvalidInput
from telecare.messages import Reading, Signal, decode_signal, encode
from telecare.vocabulary import ReadingKind
from tests.harness.diary import FIRST_DAY, Diary, local, tell, watched
from tests.harness.weeks import eventful_weeks
from tests.harness.windows import quiet_window

NAMES = sorted(DETECTORS)


def fresh(name: str) -> Home:
    profile, _ = eventful_weeks()
    return watched(DETECTORS[name](profile), profile)


@cache
def uninterrupted(name: str) -> tuple[Signal, ...]:
    return tuple(tell(fresh(name), eventful_weeks()[1]))


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


def test_the_bad_week_concerns_every_detector(name: str) -> None:
    assert uninterrupted(name), f"{name} said nothing, so this suite shows nothing of it"


@settings(max_examples=40, deadline=None, derandomize=True)
@given(data=st.data())
@pytest.mark.parametrize("which", NAMES)
def test_killed_and_restored_at_any_reading_it_says_the_same(
    which: str, data: st.DataObject
) -> None:
    _, story = eventful_weeks()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(story)), min_size=1, max_size=4)))
    signals: list[Signal] = []
    home = fresh(which)
    begin = 0
    for cut in [*cuts, len(story)]:
        signals += tell(home, story[begin:cut])
        kept = home.snapshot()
        home = fresh(which)
        home.restore(kept)
        begin = cut
    assert signals == list(uninterrupted(which))


def test_signals_survive_the_way_to_the_responder(name: str) -> None:
    for signal in uninterrupted(name):
        assert decode_signal(encode(signal)) == signal


def test_every_signal_says_why_in_a_sentence_and_draws_its_evidence(name: str) -> None:
    for signal in uninterrupted(name):
        assert signal.why.endswith("."), signal.why
        assert signal.why[0].isupper()
        assert "  " not in signal.why
        assert signal.source == name
        assert not signal.explicit
        ends_something = "ends" in signal.evidence.facts
        assert signal.evidence.series or ends_something
        for series in signal.evidence.series:
            assert len(series.x) == len(series.y)
            assert not series.labels or len(series.labels) == len(series.x)


def test_signal_ids_never_repeat(name: str) -> None:
    ids = [signal.id for signal in uninterrupted(name)]
    assert len(ids) == len(set(ids))
    assert all(1 <= len(each) <= 64 for each in ids)


def test_another_home_with_the_same_story_gets_other_ids(name: str) -> None:
    profile, story = eventful_weeks()
    other = HomeProfile(org=profile.org, home="home-2", hubs=profile.hubs)
    told = tell(watched(DETECTORS[name](other), other), story)
    assert not {s.id for s in told} & {s.id for s in uninterrupted(name)}


def test_after_a_tick_it_wants_a_later_one_or_none(name: str) -> None:
    detector = fresh_detector(name)
    for reading in relevant(detector):
        detector.observe(reading, glance(reading))
        if detector.due_at is not None:
            now = detector.due_at
            detector.tick(now)
            assert detector.due_at is None or detector.due_at > now


def test_the_same_reading_twice_changes_nothing_anybody_sees(name: str) -> None:
    detector = fresh_detector(name)
    first: list[Signal] = []
    again: list[Signal] = []
    for reading in relevant(detector):
        first += detector.observe(reading, glance(reading))
        again += detector.observe(reading, glance(reading))
    assert {s.id for s in again} <= {s.id for s in first}


def test_its_memory_stays_small(name: str) -> None:
    home = fresh(name)
    tell(home, eventful_weeks()[1])
    assert len(home.snapshot()[name]) < 1500


def test_a_foreign_snapshot_is_refused(name: str) -> None:
    detector = fresh_detector(name)
    for foreign in (b"", b"\xc1", pack(99, HomeProfile(org="a", home="b"))):
        with pytest.raises(SnapshotUnreadable):
            detector.restore(foreign)


@pytest.mark.parametrize("configured", ["falls", "wandering", "inactivity", "routine"])
def test_a_setting_it_does_not_know_is_refused_by_name(configured: str) -> None:
    profile = HomeProfile(org="a", home="b", settings={configured: {"sensitivty": 3}})
    with pytest.raises(InvalidInput, match="sensitivty"):
        DETECTORS[configured](profile)


SETTINGS: dict[str, type[msgspec.Struct]] = {
    "falls": FallsSettings, "wandering": WanderingSettings, "outing": OutingSettings,
    "long_lie": LongLieSettings, "inactivity": InactivitySettings, "routine": RoutineSettings,
}  # fmt: skip


def numbers_of(configured: str) -> list[str]:
    fields = msgspec.structs.fields(SETTINGS[configured])
    return [f.name for f in fields if type(f.default) in (int, float)]


@pytest.mark.parametrize("value", [-5, -0.5, 10**9, 1e300, math.inf, math.nan, True, "soon"])
@pytest.mark.parametrize("configured", sorted(SETTINGS))
def test_no_number_that_makes_no_sense_is_taken_for_a_setting(
    configured: str, value: object
) -> None:
    """A home whose stillness was to be waited for -5 minutes, or for a thousand years."""
    assert numbers_of(configured)
    for setting in numbers_of(configured):
        profile = HomeProfile(org="a", home="b", settings={configured: {setting: value}})
        with pytest.raises(InvalidInput, match=rf"{configured} for this home.*{setting}"):
            DETECTORS[configured](profile)


@pytest.mark.parametrize("hours", [(5, 5), (0, 0), (24, 0)])
@pytest.mark.parametrize("configured", ["long_lie", "outing", "wandering"])
def test_a_night_that_ends_as_it_begins_is_refused_and_the_whole_day_named(
    configured: str, hours: tuple[int, int]
) -> None:
    """One of them would read it as always, the other as never."""

    def own(begins: int, ends: int) -> HomeProfile:
        night = {"night_from_hour": begins, "night_until_hour": ends}
        return HomeProfile(org="a", home="b", settings={configured: night})

    with pytest.raises(InvalidInput, match="write night_from_hour 0 and night_until_hour 24"):
        DETECTORS[configured](own(*hours))
    DETECTORS[configured](own(0, 24))


def test_every_value_people_may_turn_a_dial_to_is_taken() -> None:
    for dial in DIALS:
        for value in (dial.least, dial.usual, dial.most):
            own = {dial.setting: dial.setting_of(value)}
            DETECTORS[dial.detector](HomeProfile(org="a", home="b", settings={dial.detector: own}))


def test_a_quiet_window_and_odd_readings_raise_nothing_in_any() -> None:
    diary = Diary()
    profile = diary.profile()
    home = Home(profile, timedelta(seconds=2))
    at = local(FIRST_DAY, "12:00")
    data = {"hz": 50, "xyz_mg": quiet_window()}
    odd = [
        diary.note(at, "acceleration", kind=ReadingKind.ACCELERATION, data=data),
        diary.note(at, "temperature", "lounge", value=19.5),
        diary.note(at, "something-new", None, value="x"),
        diary.note(at, "location", kind=ReadingKind.LOCATION),
        diary.note(at, "battery", kind=ReadingKind.STATUS, value=12.0),
        diary.note(at, "pendant", kind=ReadingKind.ALARM),
    ]
    assert tell(home, odd) == []


def fresh_detector(name: str) -> Detector:
    return DETECTORS[name](eventful_weeks()[0])


def relevant(detector: Detector) -> Iterator[Reading]:
    return (r for r in eventful_weeks()[1] if r.kind in detector.listens_to)

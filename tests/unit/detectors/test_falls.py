"""Movement that looks like a fall, and movement that does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from detectors.acceleration import window_of
from detectors.fall_moment import most_fall_like
from detectors.fall_shipped import Placement, models
from detectors.falls import Falls, placement_of
from detectors.home import Home
from telecare.messages import Reading, decode_signal, encode
from telecare.vocabulary import ReadingKind, SignalKind
from tests.harness.diary import FIRST_DAY, Diary, kinds, local, tell, watched
from tests.harness.windows import fall_window, quiet_window, walking_window

NOON = local(FIRST_DAY, "12:00")


def made(**settings: object) -> tuple[Diary, Home]:
    diary = Diary()
    profile = diary.profile(settings={"falls": settings})
    return diary, watched(Falls(profile), profile)


def window(diary: Diary, samples: list[list[int]], after_s: float = 0, **data: object) -> Reading:
    return diary.note(
        NOON + timedelta(seconds=after_s),
        "acceleration",
        kind=ReadingKind.ACCELERATION,
        data={"hz": 50, "xyz_mg": samples} | data,
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_hard_landing_and_lying_still_is_a_fall(seed: int) -> None:
    diary, home = made()
    (fall,) = tell(home, [window(diary, fall_window(seed))])
    assert fall.kind is SignalKind.FALL
    assert fall.probability is not None
    assert fall.probability > 0.8
    assert fall.device == diary.hub
    assert fall.why.startswith("Movement like a fall: an impact of ")
    assert ", a turn of the body by 8" in fall.why
    assert fall.why.endswith(" degrees and hardly any movement after it.")


@pytest.mark.parametrize("samples", [walking_window(), quiet_window()], ids=["walking", "sitting"])
def test_walking_and_sitting_are_not(samples: list[list[int]]) -> None:
    diary, home = made()
    assert tell(home, [window(diary, samples)]) == []


@pytest.mark.parametrize("slip", [10**7, 10**160, 10**300])
def test_a_fall_in_which_one_sample_slipped_reaches_the_desk(slip: int) -> None:
    diary, home = made()
    samples = [list(each) for each in fall_window()]
    hardest = max(range(len(samples)), key=lambda i: sum(x * x for x in samples[i]))
    samples[hardest][2] = slip
    (fall,) = tell(home, [window(diary, samples)])
    assert decode_signal(encode(fall)) == fall


def test_the_evidence_shows_the_impact_and_where_stillness_begins() -> None:
    diary, home = made()
    (fall,) = tell(home, [window(diary, fall_window())])
    (series,) = fall.evidence.series
    assert series.unit == "g"
    at_impact = min(range(len(series.x)), key=lambda i: abs(series.x[i]))
    assert max(series.y) == max(series.y[at_impact - 1 : at_impact + 2])
    assert fall.evidence.marks["impact"] == 0
    assert 0.5 < fall.evidence.marks["stillness begins"] < 1.5


def test_however_the_device_is_worn() -> None:
    turned = [[z, -x, y] for x, y, z in fall_window()]
    diary, home = made()
    assert kinds(tell(home, [window(diary, turned)])) == [SignalKind.FALL]


@pytest.mark.parametrize("hz", [20, 25, 100, 200])
def test_at_whatever_rate_it_samples(hz: int) -> None:
    samples = fall_window()
    resampled = [samples[min(round(i * 50 / hz), 599)] for i in range(12 * hz)]
    diary, home = made()
    assert kinds(tell(home, [window(diary, resampled, hz=hz)])) == [SignalKind.FALL]


def test_one_fall_seen_in_two_windows_is_raised_once() -> None:
    diary, home = made()
    samples = fall_window()
    shifted = samples[100:] + quiet_window()[:100]
    assert len(tell(home, [window(diary, samples), window(diary, shifted, after_s=2)])) == 1
    assert len(tell(home, [window(diary, samples, after_s=60)])) == 1


def test_two_wearers_may_fall_at_the_same_time() -> None:
    profile = Diary().profile()
    home = watched(Falls(profile), profile)
    first, second = Diary(hub="worn-1"), Diary(hub="worn-2")
    readings = [window(first, fall_window()), window(second, fall_window(2))]
    assert len(tell(home, readings)) == 2


def test_a_fall_kept_in_the_device_is_told_though_a_newer_one_was_heard_first() -> None:
    diary, home = made()
    newer, kept = window(diary, fall_window()), window(diary, fall_window(2), after_s=-3600)
    assert len(tell(home, [newer, kept])) == 2
    again = window(diary, fall_window(), after_s=10)
    assert tell(home, [again]) == [], "the newer one once more, and not forgotten over the older"


def test_two_sensors_behind_one_hub_are_two_wearers() -> None:
    diary, home = made()
    worn = [replace(window(diary, fall_window()), sensor=name) for name in ("hers", "his")]
    assert len(tell(home, worn)) == 2


def test_of_more_wearers_than_are_remembered_the_last_fall_is_still_said_once() -> None:
    _, home = made()
    for n in range(20):
        twice = [window(Diary(hub=f"worn-{n}"), fall_window(), after_s=n + s) for s in (0, 2)]
        assert len(tell(home, [twice[0], replace(twice[1], id="overlaps")])) == 1


def test_what_is_exactly_as_sure_as_was_asked_for_is_a_fall() -> None:
    diary, home = made()
    samples = fall_window()
    (fall,) = tell(home, [window(diary, samples)])
    sure = most_fall_like(window_of({"hz": 50, "xyz_mg": samples}), models(Placement.WRIST))
    assert sure is not None
    assert fall.probability == round(sure.probability, 4)
    diary, home = made(threshold=sure.probability)
    assert len(tell(home, [window(diary, samples)])) == 1


def test_a_stricter_threshold_for_somebody_who_drops_into_chairs() -> None:
    diary, home = made(threshold=1.0)
    assert tell(home, [window(diary, fall_window())]) == []


def test_a_window_that_cannot_be_read_is_counted_against_the_device() -> None:
    diary, home = made()
    home.observe(window(diary, [[1, 2]]))
    (failure,) = home.failures
    assert failure.detector == "falls"
    assert "[x, y, z]" in str(failure.error)


def test_a_device_that_nobody_can_read_is_told_once_until_it_is_read_again() -> None:
    diary, home = made()

    def told(*windows: list[list[int]]) -> list[str]:
        readings = [window(diary, each, after_s=60.0 * n) for n, each in enumerate(windows)]
        return [signal.why for each in readings for signal in home.observe(each)]

    good, bad = quiet_window(), [[1, 2]]
    assert told(bad, bad, good, bad, bad) == []
    (why,) = told(bad, bad, bad)
    assert why == (
        "What home-1-hub measures cannot be read, so a fall of its wearer would not be seen: "
        "xyz_mg is not a list of [x, y, z] finite numbers in milli-g."
    )
    assert len(told(good, bad, bad, bad)) == 1


def test_where_the_device_says_it_is_worn_decides_which_model_judges() -> None:
    usual = Placement.WRIST
    assert placement_of({"position": "Belt"}, usual) is Placement.WAIST
    assert placement_of({"position": "wrist"}, Placement.WAIST) is Placement.WRIST
    assert placement_of({"position": "hat"}, usual) is usual
    assert placement_of({}, Placement.WAIST) is Placement.WAIST


@pytest.mark.parametrize("position", ["wrist", "waist"])
def test_both_shipped_models_know_a_hard_fall(position: str) -> None:
    diary, home = made()
    falls = tell(home, [window(diary, fall_window(), position=position)])
    assert kinds(falls) == [SignalKind.FALL]


def test_a_window_of_a_second_and_a_half_is_judged_by_what_it_shows() -> None:
    diary, home = made(threshold=0.0)
    assert len(tell(home, [window(diary, fall_window()[275:350])])) == 1

"""A night or a day unlike this person's own last weeks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from detectors.home import Home
from detectors.routine import Routine
from telecare.errors import InvalidInput
from telecare.messages import Signal
from tests.harness.diary import FIRST_DAY, Diary, local, tell, watched

CHANGE = FIRST_DAY + timedelta(days=28)


def lived(nights: Sequence[int], diary: Diary, first: date = FIRST_DAY, **profile: object) -> Home:
    """A home that has had these many bathroom visits, night after night."""
    made = diary.profile(**profile)
    home = watched(Routine(made), made)
    beats = 1800.0 if made.hubs else None
    for i, visits in enumerate(nights):
        day = diary.day(first + timedelta(days=i), night_bathroom=visits, beats_s=beats)
        assert tell(home, day) == []
    return home


USUAL = [1, 2, 2, 1, 3, 1, 2] * 4


def test_a_night_of_seven_visits_when_one_to_three_are_usual() -> None:
    diary = Diary()
    home = lived(USUAL, diary)
    tell(home, diary.day(CHANGE, night_bathroom=7))
    (changed,) = home.tick(local(CHANGE + timedelta(days=1), "12:00"))
    assert changed.type == "bathroom_night"
    assert changed.why == "Bathroom at night 7 times, usually 1 to 3; consider a check."
    assert changed.occurred_at == local(CHANGE + timedelta(days=1), "07:00")


def test_the_evidence_is_night_by_night_with_the_usual_band() -> None:
    diary = Diary()
    home = lived(USUAL, diary)
    tell(home, diary.day(CHANGE, night_bathroom=7))
    (changed,) = home.tick(local(CHANGE + timedelta(days=1), "12:00"))
    (series,) = changed.evidence.series
    assert series.y[-1] == 7.0
    assert (series.usual_low, series.usual_high) == (1.0, 3.0)
    assert series.labels[-1] == "Mon 02 Mar"
    assert changed.evidence.marks["changed from"] == len(series.x) - 1


def test_ordinary_nights_are_no_news() -> None:
    diary = Diary()
    home = lived([*USUAL, 2, 3, 1, 2, 3], diary)
    assert home.tick(local(CHANGE + timedelta(days=6), "12:00")) == []


def test_three_nights_a_little_worse_add_up() -> None:
    diary = Diary()
    home = lived([1] * 28, diary)
    said: list[Signal] = []
    for i in range(3):
        said += tell(home, diary.day(CHANGE + timedelta(days=i), night_bathroom=3))
    said += home.tick(local(CHANGE + timedelta(days=3), "12:00"))
    assert [s.type for s in said] == ["bathroom_night"]


def test_two_visits_within_five_minutes_are_one() -> None:
    diary = Diary()
    home = lived(USUAL, diary)
    night = local(CHANGE + timedelta(days=1), "02:00")
    restless = [diary.moves(night + timedelta(minutes=2 * i), "bathroom") for i in range(20)]
    tell(home, diary.day(CHANGE, night_bathroom=0) + restless)
    assert home.tick(local(CHANGE + timedelta(days=1), "12:00")) == []


def test_a_kitchen_hardly_used_any_more() -> None:
    diary = Diary()
    home = lived(USUAL, diary)
    said: list[Signal] = []
    for i in range(3):
        said += tell(home, diary.day(CHANGE + timedelta(days=i), kitchen=2))
    said += home.tick(local(CHANGE + timedelta(days=3), "12:00"))
    (changed,) = [s for s in said if s.type == "kitchen_day"]
    assert changed.why.startswith("Kitchen used ")
    assert changed.why.endswith("; consider a check.")


def test_days_out_are_not_a_neglected_kitchen() -> None:
    diary = Diary()
    home = lived(USUAL, diary)
    said: list[Signal] = []
    for i in range(3):
        day = CHANGE + timedelta(days=i)
        # Home only until noon: the kitchen falls with everything else.
        until_noon = [r for r in diary.day(day) if r.occurred_at < local(day, "13:00")]
        said += tell(home, until_noon)
    said += home.tick(local(CHANGE + timedelta(days=3), "12:00"))
    assert said == []


def test_a_fortnight_is_needed_first() -> None:
    diary = Diary()
    home = lived([1] * 12, diary)
    tell(home, diary.day(FIRST_DAY + timedelta(days=12), night_bathroom=9))
    assert home.tick(local(FIRST_DAY + timedelta(days=13), "12:00")) == []


def test_a_week_passes_before_the_same_is_said_again() -> None:
    diary = Diary()
    home = lived(USUAL, diary)
    said: list[Signal] = []
    for i in range(7):
        said += tell(home, diary.day(CHANGE + timedelta(days=i), night_bathroom=8))
    assert len(said) == 1


def test_the_month_has_one_trend_unless_a_stronger_comes() -> None:
    diary = Diary()
    home = lived([1] * 28, diary)
    said: list[Signal] = []
    nights = [4, *[1] * 9, 4, *[1] * 9, 12, 1]
    for i, visits in enumerate(nights):
        said += tell(home, diary.day(CHANGE + timedelta(days=i), night_bathroom=visits))
    assert [s.why.split(",")[0] for s in said] == [
        "Bathroom at night 4 times",
        "Bathroom at night 12 times",
    ]


@pytest.mark.parametrize(
    ("nights", "told"),
    [
        ([6, *[1] * 9, 8, 1], 1),
        ([6, *[1] * 26, 6, 1], 1),
        ([6, *[1] * 27, 6, 1], 2),
        ([6, *[1] * 6, 20, 1], 2),
    ],
    ids=["a little stronger", "the 27th day after", "the 28th", "far stronger after a week"],
)
def test_the_month_and_the_week_end_on_their_day(nights: list[int], told: int) -> None:
    diary = Diary()
    home = lived([1] * 28, diary)
    said: list[Signal] = []
    for i, visits in enumerate(nights):
        said += tell(home, diary.day(CHANGE + timedelta(days=i), night_bathroom=visits))
    assert len(said) == told, [each.why for each in said]


def test_of_a_day_only_the_whole_hours_in_which_nobody_was_heard_are_dark() -> None:
    diary = Diary()
    home = lived(USUAL, diary)
    tell(home, [diary.moves(local(CHANGE, "06:20"), "bedroom")])
    home.blind(local(CHANGE, "06:30"), local(CHANGE, "11:30"))
    later = diary.day(CHANGE, night_bathroom=9)
    tell(home, [r for r in later if r.occurred_at > local(CHANGE, "11:30")])
    (changed,) = home.tick(local(CHANGE + timedelta(days=1), "12:00"))
    assert changed.type == "bathroom_night"


def test_a_pendant_that_promises_a_word_a_day_is_no_hub_that_sees_the_nights() -> None:
    diary = Diary()
    pendant = {"hubs": {"pendant": 90_000.0}, "checking_in": frozenset({"pendant"})}
    made = diary.profile(**pendant)
    home = watched(Routine(made), made)
    for i, visits in enumerate([*USUAL, 7]):
        tell(home, diary.day(FIRST_DAY + timedelta(days=i), night_bathroom=visits))
    (changed,) = home.tick(local(CHANGE + timedelta(days=1), "12:00"))
    assert changed.type == "bathroom_night"


def test_a_day_the_hub_was_away_is_not_judged() -> None:
    diary = Diary()
    home = lived(USUAL, diary, hubs={diary.hub: 5400.0})
    evening = [
        r
        for r in diary.day(CHANGE, night_bathroom=9, beats_s=1800)
        if r.occurred_at > local(CHANGE, "14:00")
    ]
    tell(home, evening)
    assert home.tick(local(CHANGE + timedelta(days=1), "12:00")) == []


def test_a_day_without_any_movement_is_a_gap_and_not_a_change() -> None:
    diary = Diary()
    home = lived(USUAL, diary)
    assert home.tick(local(CHANGE + timedelta(days=20), "12:00")) == []
    assert home.due_at is None, "an empty home costs nothing"


def test_what_is_told_late_counts_for_the_night_it_happened() -> None:
    diary = Diary()
    home = lived(USUAL, diary)
    told = local(CHANGE + timedelta(days=1), "06:30")
    tell(home, [diary.moves(local(CHANGE, "09:00"), "lounge")])
    late = [
        diary.moves(r.occurred_at, r.room or "", received_at=told)
        for r in diary.day(CHANGE, night_bathroom=7)
        if r.occurred_at > local(CHANGE, "09:30")
    ]
    tell(home, late)
    (changed,) = home.tick(local(CHANGE + timedelta(days=1), "12:00"))
    assert changed.why.startswith("Bathroom at night 7 times")


def test_nights_keep_their_hours_when_the_clocks_change() -> None:
    for sunday in (date(2026, 3, 29), date(2026, 10, 25)):
        diary = Diary()
        first = sunday - timedelta(days=29)
        home = lived(USUAL, diary, first=first)
        saturday = sunday - timedelta(days=1)
        tell(home, diary.day(saturday, night_bathroom=7))
        (changed,) = home.tick(local(sunday, "12:00"))
        assert changed.why.startswith("Bathroom at night 7 times, usually 1 to 3")
        assert changed.occurred_at == local(sunday, "07:00")


def test_a_hospital_stay_is_neither_judged_nor_learnt_and_the_evidence_says_so() -> None:
    diary = Diary()
    first, last = FIRST_DAY + timedelta(days=15), FIRST_DAY + timedelta(days=19)
    stay = {"from": first.isoformat(), "until": last.isoformat(), "kind": "visitors"}
    guests = [*[1, 2, 2] * 5, 9, 9, 9, 9, 9, *[2, 1, 2] * 4]
    home = lived(guests, diary, pauses=(stay,))
    day = FIRST_DAY + timedelta(days=len(guests))
    tell(home, diary.day(day, night_bathroom=7))
    (changed,) = home.tick(local(day + timedelta(days=1), "12:00"))
    assert changed.why == "Bathroom at night 7 times, usually 1 to 2; consider a check."
    # Five days and the night that led into the first of them.
    assert changed.evidence.facts["days_paused"] == 6
    assert home.refusals["routine.paused"] == 12, "mornings and evenings"


def test_a_day_nobody_anywhere_was_heard_is_refused_by_name() -> None:
    diary = Diary()
    home = lived(USUAL, diary)
    home.refusals.clear()
    home.blind(local(CHANGE, "06:00"), local(CHANGE, "12:00"))
    evening = [
        r for r in diary.day(CHANGE, night_bathroom=9) if r.occurred_at > local(CHANGE, "12:00")
    ]
    said = tell(home, evening) + home.tick(local(CHANGE + timedelta(days=1), "12:00"))
    assert said == []
    assert home.refusals["routine.blackout"] == 2, "the evening's and the morning's judgement"


def test_a_day_of_walking_up_and_down_is_told_the_same_evening() -> None:
    diary = Diary()
    home = lived(USUAL, diary)
    pacing = []
    for i in range(960):
        at = local(CHANGE, "10:00") + timedelta(seconds=30 * i)
        pacing.append(diary.moves(at, "hallway" if i % 2 else "lounge"))
    night = [r for r in diary.day(CHANGE) if r.occurred_at < local(CHANGE, "10:00")]
    assert tell(home, night + pacing) == []
    (restless,) = home.tick(local(CHANGE, "20:00"))
    assert (restless.type, restless.occurred_at) == ("restless", local(CHANGE, "20:00"))
    assert restless.why.startswith("More walking from room to room today, ")
    (series,) = restless.evidence.series
    assert series.y[-1] > 960
    assert series.usual_high is not None
    assert series.usual_high < 100


def test_the_budget_goes_to_the_strongest_whatever_it_is() -> None:
    diary = Diary()
    home = lived(USUAL, diary)
    said: list[Signal] = []
    for i in range(3):
        bad = diary.day(CHANGE + timedelta(days=i), night_bathroom=4, kitchen=1)
        said += tell(home, bad)
    said += home.tick(local(CHANGE + timedelta(days=3), "12:00"))
    assert [s.type for s in said] == ["kitchen_day"]


def test_a_habit_there_is_not_cannot_be_set() -> None:
    diary = Diary()
    profile = diary.profile(settings={"routine": {"thresholds": {"bathrom_night": 1.0}}})
    with pytest.raises(InvalidInput, match="routine knows no habit 'bathrom_night'"):
        Routine(profile)

"""What a home does every week is not unusual there; what happens once is told every time."""

from __future__ import annotations

from datetime import timedelta

from detectors.home import Home
from detectors.wandering import Wandering
from telecare.vocabulary import SignalKind
from tests.harness.diary import FIRST_DAY, Diary, kinds, local, tell, watched
from tests.harness.nights import NIGHT, weeks_before


def test_a_home_where_somebody_always_comes_late_is_not_unusual_at_that_hour() -> None:
    diary = Diary()
    profile = diary.profile()
    home = watched(Wandering(profile), profile)
    tell(home, list(diary.days(FIRST_DAY, 9)))
    nights = [FIRST_DAY + timedelta(days=10 + 2 * i) for i in range(8)]
    heard = []
    for day in nights:
        tell(home, [diary.moves(local(day - timedelta(days=1), "21:00"), "lounge")])
        tell(home, [diary.door(local(day, "00:10"))])
        heard.append(len(home.tick(local(day, "06:00"))))
    # The first two nights are news; then it is this home's habit.
    assert heard == [1, 1, 0, 0, 0, 0, 0, 0]
    at_three = [
        diary.moves(local(nights[-1], "21:00"), "lounge"),
        diary.door(local(nights[-1] + timedelta(days=1), "03:30")),
    ]
    assert kinds(tell(home, at_three) + home.tick(local(NIGHT, "06:00"))) == [SignalKind.WANDERING]


def test_a_door_that_opens_every_night_makes_no_habit_of_staying_away() -> None:
    diary = Diary()
    profile = diary.profile()
    home = watched(Wandering(profile), profile)
    for i in range(20):
        day = FIRST_DAY + timedelta(days=i)
        cat = [diary.door(local(day, "02:00")), diary.moves(local(day, "02:03"), "hallway")]
        assert tell(home, cat) == []
    gone = FIRST_DAY + timedelta(days=20)
    tell(home, [diary.door(local(gone, "02:00"))])
    assert kinds(home.tick(local(gone, "03:00"))) == [SignalKind.WANDERING]


def test_while_the_home_is_new_every_hour_of_the_night_is_unusual_and_says_so() -> None:
    diary = Diary()
    profile = diary.profile()
    home = watched(Wandering(profile), profile)
    day = FIRST_DAY + timedelta(days=2)
    tell(home, weeks_before(diary, day + timedelta(days=1), days=3))
    tell(home, [diary.door(local(day, "23:30"))])
    (left,) = home.tick(local(day, "23:56"))
    assert "opened at 23:30, in the night, and" in left.why


def evenings(home: Home, diary: Diary, *away: int) -> list[int]:
    """How often each night at 23:10 was told, so many days after the first; each evening
    before somebody was in the lounge."""
    heard = []
    for days in away:
        day = FIRST_DAY + timedelta(days=days)
        said = tell(home, [diary.moves(local(day, "21:00"), "lounge")])
        said += tell(home, [diary.door(local(day, "23:10"))])
        heard.append(len(said + home.tick(local(day, "23:55"))))
        tell(home, [diary.moves(local(day + timedelta(days=1), "08:00"), "kitchen")])
    return heard


def test_who_goes_out_late_in_the_evening_may_be_a_little_later_once() -> None:
    diary = Diary()
    profile = diary.profile()
    home = watched(Wandering(profile), profile)
    for days in (0, 40):
        day = FIRST_DAY + timedelta(days=days)
        out = [diary.moves(local(day, "21:00"), "lounge"), diary.door(local(day, "22:40"))]
        assert tell(home, out) + home.tick(local(day, "23:59")) == [], "the evening is no news"
        tell(home, [diary.moves(local(day + timedelta(days=1), "08:00"), "kitchen")])
    assert evenings(home, diary, 45) == [0]
    late = FIRST_DAY + timedelta(days=47)
    tell(home, [diary.moves(local(late, "00:30"), "bedroom"), diary.door(local(late, "01:30"))])
    assert kinds(home.tick(local(late, "02:00"))) == [SignalKind.WANDERING], "not hours later"


def test_whoever_wanders_every_third_week_is_told_of_every_time() -> None:
    diary = Diary()
    profile = diary.profile()
    home = watched(Wandering(profile), profile)
    assert evenings(home, diary, 0, 21, 42, 63, 84) == [1, 1, 1, 1, 1]


def test_a_night_four_weeks_ago_still_counts_as_usual_and_one_before_it_no_longer() -> None:
    for days, told in ((28, 0), (30, 1)):
        diary = Diary()
        profile = diary.profile()
        assert evenings(watched(Wandering(profile), profile), diary, 0, 1, days) == [1, 1, told]


def test_who_leaves_twice_in_one_night_has_not_made_it_a_habit() -> None:
    diary = Diary()
    profile = diary.profile()
    home = watched(Wandering(profile), profile)
    heard = []
    for day, clock in ((8, "01:00"), (9, "00:30"), (9, "02:00")):
        at = local(FIRST_DAY + timedelta(days=day), clock)
        tell(home, [diary.moves(at - timedelta(minutes=5), "bedroom"), diary.door(at)])
        heard.append(len(home.tick(at + timedelta(minutes=40))))
    assert heard == [1, 1, 1]


def test_shortly_before_midnight_is_about_the_hour_of_shortly_after_it() -> None:
    diary = Diary()
    profile = diary.profile()
    home = watched(Wandering(profile), profile)
    heard = []
    for day, clock in ((8, "00:20"), (9, "00:20"), (10, "23:40")):
        at = local(FIRST_DAY + timedelta(days=day), clock)
        tell(home, [diary.moves(at - timedelta(minutes=5), "bedroom"), diary.door(at)])
        heard.append(len(home.tick(at + timedelta(minutes=40))))
    assert heard == [1, 1, 0]


def test_coming_home_to_bed_every_night_makes_the_silence_after_it_usual() -> None:
    diary = Diary()
    profile = diary.profile()
    home = watched(Wandering(profile), profile)
    tell(home, [diary.moves(local(FIRST_DAY, "00:01"), "bedroom")])
    for days in range(2):
        day = FIRST_DAY + timedelta(days=days)
        tell(
            home, [diary.door(local(day, "00:55")), diary.moves(local(day, "00:55:03"), "hallway")]
        )
        assert tell(home, [diary.door(local(day, "00:55:20"))]) == []
        assert tell(home, [diary.moves(local(day, "01:35"), "bedroom")]) == []
    third = FIRST_DAY + timedelta(days=2)
    told = tell(
        home, [diary.moves(local(third, "00:50"), "hallway"), diary.door(local(third, "01:00"))]
    )
    assert told + home.tick(local(third, "06:00")) == []

"""Four ordinary weeks and a bad one, in which every detector has something to say."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from msgspec.structs import replace

from detectors.base import HomeProfile
from detectors.home import Home
from telecare.messages import Reading, Signal
from telecare.vocabulary import ReadingKind
from tests.harness.diary import FIRST_DAY, Diary, local, tell
from tests.harness.windows import fall_window

DAY = timedelta(days=1)


@cache
def eventful_weeks() -> tuple[HomeProfile, tuple[Reading, ...]]:
    """The home's profile and its story."""
    diary = Diary()
    story = list(diary.days(FIRST_DAY, 28, beats_s=1800))
    bad = FIRST_DAY + 28 * DAY
    story += list(diary.days(bad, 3, beats_s=1800, night_bathroom=7))
    night = bad + 3 * DAY
    story += [
        diary.moves(local(night, "08:00"), "kitchen"),
        diary.note(
            local(night, "08:30"),
            "acceleration",
            kind=ReadingKind.ACCELERATION,
            data={"hz": 50, "xyz_mg": fall_window()},
        ),
        *(diary.beat(local(night, f"{hour:02d}:00")) for hour in range(9, 20)),
        diary.moves(local(night, "20:00"), "lounge"),
        diary.beat(local(night + DAY, "01:00")),
        diary.moves(local(night + DAY, "01:55"), "hallway"),
        diary.door(local(night + DAY, "02:00")),
        diary.beat(local(night + DAY, "02:15")),
        diary.moves(local(night + DAY, "03:10"), "hallway"),
        diary.moves(local(night + DAY, "03:11"), "bedroom"),
        diary.beat(local(night + DAY, "07:30")),
        *_stays_in_the_bathroom(diary, night + DAY),
        *_paces_at_night(diary, night + 2 * DAY),
        *_stays_in_the_bathroom(diary, night + 2 * DAY),
        *_stays_in_the_bathroom(diary, night + 3 * DAY),
        *_goes_out_of_touch(diary, night + 4 * DAY),
        *_runs_low(diary, night + 5 * DAY),
    ]
    return diary.profile(hubs={diary.hub: 5400.0}), tuple(story)


def _stays_in_the_bathroom(diary: Diary, day: date) -> list[Reading]:
    """In at 22:30, nothing moves until 00:10."""
    return [
        diary.moves(local(day, "22:20"), "bedroom"),
        diary.moves(local(day, "22:30"), "bathroom"),
        diary.moves(local(day, "22:33"), "bathroom"),
        diary.beat(local(day, "23:20")),
        diary.beat(local(day, "23:55")),
        diary.moves(local(day + DAY, "00:10"), "bedroom"),
    ]


def _paces_at_night(diary: Diary, day: date) -> list[Reading]:
    """Out at two, 300 metres along the road, to and fro there, and home by three."""
    begins = local(day, "02:00")
    way = [0.0, 0.0, *range(0, 330, 30), *(300 - 60 * (n % 3) for n in range(60)), 0.0, 0.0, 0.0]
    return [
        *(diary.located(begins + timedelta(seconds=30 * n), e, 5.0) for n, e in enumerate(way)),
        diary.beat(local(day, "03:00")),
    ]


def _goes_out_of_touch(diary: Diary, day: date) -> list[Reading]:
    """Out at eleven, nothing heard from the device for an hour, home again."""
    begins = local(day, "11:00")
    way = [(0, 0), (1, 0), (2, 150), (3, 250), (4, 350), (64, 400), (66, 200), (68, 0), (70, 0)]
    return [diary.located(begins + timedelta(minutes=m), 0.0, north) for m, north in way]


@cache
def undisturbed() -> tuple[Signal, ...]:
    """What all detectors say of it if nobody ever kills them, without any database."""
    profile, story = eventful_weeks()
    return tuple(tell(Home(profile, timedelta(seconds=2)), story))


def _runs_low(diary: Diary, day: date) -> list[Reading]:
    """The mains fail at noon, and the battery of the hub runs down."""
    noon = local(day, "12:00")
    levels = (90.0, 40.0, 18.0, 21.0, 12.0, 100.0)
    return [
        replace(
            diary.note(
                noon + timedelta(hours=n), "status", kind=ReadingKind.STATUS,
                data={"mains": level == 100.0, "seq": n + (n > 2)},
            ),
            battery=level,
        )
        for n, level in enumerate(levels)
    ]  # fmt: skip

"""Four ordinary weeks and a bad one, in which every detector has something to say."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

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
    ]
    return diary.profile(hubs={diary.hub: 5400.0}), tuple(story)


@cache
def undisturbed() -> tuple[Signal, ...]:
    """What all detectors say of it if nobody ever kills them, without any database."""
    profile, story = eventful_weeks()
    return tuple(tell(Home(profile, timedelta(seconds=2)), story))

"""Killed and restored at any reading, all detectors of a home together say the same."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.base import HomeProfile
from detectors.home import Home
from telecare.messages import Reading, Signal
from tests.harness.diary import FIRST_DAY, Diary, local, tell

DAY = timedelta(days=1)
WEEKS = 24


@cache
def life(seed: int) -> tuple[HomeProfile, tuple[Reading, ...]]:
    """A home with gaps, a dead hub, night exits and restless days, seeded."""
    diary = Diary()
    story: list[Reading] = []
    for i in range(WEEKS):
        day = FIRST_DAY + i * DAY
        visits = (1, 2, 1, 3)[(i + seed) % 4] + 5 * (i > 20 and seed % 2)
        story += diary.day(day, seed=seed, night_bathroom=visits, beats_s=1800)
        if (i + seed) % 7 == 6:
            story.append(diary.door(local(day + DAY, "05:50")))
    last = FIRST_DAY + WEEKS * DAY
    story += [
        diary.moves(local(last, "08:00"), "kitchen"),
        *(diary.beat(local(last, f"{hour:02d}:10")) for hour in range(8, 19 + seed % 3)),
        diary.door(local(last + DAY, "01:00")),
        diary.beat(local(last + DAY, "01:20")),
        diary.beat(local(last + DAY, "01:30")),
        diary.moves(local(last + DAY, "09:00"), "hallway"),
    ]
    return diary.profile(hubs={diary.hub: 5400.0}), tuple(story)


def fresh(seed: int) -> Home:
    return Home(life(seed)[0], timedelta(seconds=2))


@cache
def uninterrupted(seed: int) -> tuple[Signal, ...]:
    return tuple(tell(fresh(seed), life(seed)[1]))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 5), share=st.lists(st.floats(0, 1), min_size=1, max_size=3))
def test_killed_and_restored_anywhere_the_home_says_the_same(seed: int, share: list[float]) -> None:
    _, story = life(seed)
    signals: list[Signal] = []
    home, begin = fresh(seed), 0
    for cut in [*sorted(int(s * len(story)) for s in share), len(story)]:
        signals += tell(home, story[begin:cut])
        kept = home.snapshot()
        assert sum(map(len, kept.values())) <= 4096
        home = fresh(seed)
        home.restore(kept)
        begin = cut
    assert signals == list(uninterrupted(seed))


def test_there_is_something_to_say() -> None:
    assert {s.source for seed in range(6) for s in uninterrupted(seed)} >= {
        "inactivity",
        "routine",
        "wandering",
    }

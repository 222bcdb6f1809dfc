"""A home whose person gets up and has breakfast every day."""

from __future__ import annotations

from datetime import timedelta

from detectors.home import Home
from detectors.inactivity import Inactivity
from telecare.messages import Reading
from tests.harness.diary import FIRST_DAY, Diary, local, tell, watched

TODAY = FIRST_DAY + timedelta(days=20)


def home_after(days: int, diary: Diary, **profile: object) -> Home:
    """A home that has lived `days` ordinary days, the last one ending at 06:00.

    Every other night somebody gets up once.
    """
    made = diary.profile(**profile)
    home = watched(Inactivity(made), made)
    beats = 900.0 if made.hubs else None
    for i in range(days):
        day = TODAY - timedelta(days=days - i)
        assert tell(home, diary.day(day, night_bathroom=i % 2, beats_s=beats)) == []
    return home


def morning(diary: Diary) -> list[Reading]:
    return [diary.moves(local(TODAY, c), "kitchen") for c in ("07:30", "08:10", "09:00", "09:12")]

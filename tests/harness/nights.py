"""A night after weeks in which nobody left."""

from __future__ import annotations

from datetime import date, timedelta

from telecare.messages import Reading
from tests.harness.diary import FIRST_DAY, Diary

NIGHT = FIRST_DAY + timedelta(days=30)


def weeks_before(diary: Diary, morning: date, days: int = 30) -> list[Reading]:
    """Ordinary days up to going to bed in the evening before `morning`."""
    first, evening = morning - timedelta(days=days), morning - timedelta(days=1)
    return [*diary.days(first, days - 1), *diary.day(evening, night_bathroom=0)]

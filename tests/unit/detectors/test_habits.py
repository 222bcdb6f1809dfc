"""What is said of a person's days: true, plain, and worth a look as it stands."""

from __future__ import annotations

import pytest

from detectors.change import Baseline, Verdict
from detectors.habits import BATHROOM_NIGHT, BED_LATE, KITCHEN_DAY, Habit, sentence
from detectors.turns import Turn

USUAL = [Turn(day, bathroom_night=day % 3, kitchen_day=8, to_bed=37) for day in range(28)]


@pytest.mark.parametrize(
    ("habit", "judged", "says"),
    [
        (BATHROOM_NIGHT, [Turn(31, bathroom_night=7)], "Bathroom at night 7 times, usually 0 to 2"),
        (BATHROOM_NIGHT, [Turn(29, bathroom_night=4), Turn(30, bathroom_night=3),
                          Turn(31, bathroom_night=2)],
         "Bathroom at night 4, 3 and 2 times on the last 3 days, usually 0 to 2"),
        (BATHROOM_NIGHT, [Turn(29, bathroom_night=4), Turn(31, bathroom_night=3)],
         "Bathroom at night 4 and 3 times on 2 of the last 3 days, usually 0 to 2"),
        (BED_LATE, [Turn(30, to_bed=44), Turn(31, to_bed=38)],
         "Up and about until 02:00 and 23:00 on the last 2 days, usually 22:30"),
        (KITCHEN_DAY, [Turn(31, kitchen_day=1)], "Kitchen used once by day, usually 8"),
    ],
)  # fmt: skip
def test_each_of_the_days_is_told_for_the_last_alone_may_be_as_usual(
    habit: Habit, judged: list[Turn], says: str
) -> None:
    """Nobody is told: up until 23:00, usually 22:30 to 23:00; consider a check."""
    days = Baseline(USUAL, judged)
    found = Verdict(3.0, [turn.day for turn in judged])
    assert sentence(habit, days, found) == f"{says}; consider a check."

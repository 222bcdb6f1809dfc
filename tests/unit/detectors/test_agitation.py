"""How restless a day was."""

from __future__ import annotations

import random

import pytest

from detectors.agitation import FEATURES, RestlessDay, fleet_of
from detectors.fleet import TIHM_FLEET
from detectors.local_time import DAY_S

DAY = 20_500


def walked(moves: dict[int, int], day: int = DAY) -> RestlessDay:
    """Hour of the clock -> moves between kitchen and hallway, in the 24 hours up to 20:00."""
    restless = RestlessDay()
    for hour in [*range(20, 24), *range(20)]:
        for i in range(moves.get(hour, 0)):
            second = (day - (hour >= 20)) * DAY_S + hour * 3600 + i * 20
            restless.add(second, "hallway" if i % 2 else "kitchen")
    return restless


CALM = dict.fromkeys(range(8, 20), 8)


def score(moves: dict[int, int]) -> float:
    return TIHM_FLEET.restlessness(walked(moves).features())


@pytest.mark.parametrize("hours", [range(1, 5), range(8, 11), range(13, 16)])
def test_one_restless_part_of_the_day_is_enough(hours: range) -> None:
    assert score(CALM | dict.fromkeys(hours, 60)) > score(CALM) + 1


def test_the_day_ends_at_eight_in_the_evening() -> None:
    late = walked(CALM)
    late.add(DAY * DAY_S + 20 * 3600, "lounge")
    assert late.day == DAY + 1
    assert sum(late.moves) == 1


def test_what_is_told_a_day_late_changes_no_later_day() -> None:
    day = walked(CALM)
    before = day.features()
    day.add((DAY - 2) * DAY_S, "lounge")
    assert day.features() == before


def test_the_days_of_a_fleet_score_around_nothing() -> None:
    chance = random.Random(7)
    days = [
        walked({hour: chance.randrange(1, 40) for hour in range(6, 20)}).features()
        for _ in range(60)
    ]
    fleet = fleet_of(days)
    scores = [fleet.restlessness(day) for day in days]
    assert sum(scores) / len(scores) == pytest.approx(0.0, abs=1e-6)
    assert all(len(day) == FEATURES for day in days)

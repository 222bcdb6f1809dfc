"""How long pauses become, hour by hour."""

from __future__ import annotations

from detectors.local_time import DAY_S
from detectors.pauses import DAYS, PauseTable

HOUR = 3600
MONDAY = 20_000 * DAY_S


def table(nights: int) -> PauseTable:
    """Pauses from 23 to 7 each night, and of half an hour all day."""
    made = PauseTable()
    for night in range(nights):
        day = MONDAY + night * DAY_S
        for half in range(14, 46):
            made.learn(day + half * 1800, day + (half + 1) * 1800)
        made.learn(day + 23 * HOUR, day + 31 * HOUR)
    return made


def test_the_usual_pause_grows_through_the_night_and_is_short_by_day() -> None:
    usual = [table(10).usual(hour, 0.98) / HOUR for hour in range(24)]
    assert usual[12] == 0.5
    assert usual[3] == 6.0  # by the end of four o'clock, the hour beside it
    assert usual[6] == 8.0
    assert usual[8] == 8.0, "getting up an hour later is no news"
    assert usual[9] == 0.5


def test_one_strange_day_in_four_weeks_moves_the_quantile_little() -> None:
    made = table(DAYS)
    day = MONDAY + DAYS * DAY_S
    made.learn(day + 9 * HOUR, day + 20 * HOUR)
    made.learn(day + 20 * HOUR, day + DAY_S + HOUR)
    assert made.usual(12, 0.95) < HOUR


def test_it_keeps_four_weeks_and_forgets_the_rest() -> None:
    made = table(80)
    assert made.days_known() == DAYS
    assert len(made.days) == len(made.hours) == DAYS + 1


def test_more_than_a_day_teaches_nothing() -> None:
    made = table(10)
    made.learn(MONDAY + 10 * DAY_S, MONDAY + 11 * DAY_S + HOUR)
    assert max(made.hours[-1]) == 0


def test_what_was_told_late_about_a_finished_day_is_left_alone() -> None:
    made = table(10)
    before = [bytes(row) for row in made.hours]
    assert not made.learn(MONDAY + 2 * DAY_S + 9 * HOUR, MONDAY + 2 * DAY_S + 18 * HOUR)
    assert [bytes(row) for row in made.hours] == before


def test_it_says_when_its_answer_may_have_changed() -> None:
    made = table(3)
    today = MONDAY + 3 * DAY_S
    assert not made.learn(today + 8 * HOUR, today + 9 * HOUR)
    assert made.learn(today + 22 * HOUR, today + DAY_S + HOUR), "a new day begins"

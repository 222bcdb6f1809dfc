"""How far a day lies from one's own weeks."""

from __future__ import annotations

import pytest

from detectors.change import Turn, baseline, less_in_kitchen, more_in_bathroom

ALL_DAY = (1 << 24) - 1


def turns(bathroom: list[int], kitchen: int = 12, **changes: int) -> list[Turn]:
    return [
        Turn(
            day=100 + i,
            bathroom_night=visits,
            other_night=changes.get("other_night", visits + 1),
            kitchen_day=kitchen,
            other_day=30,
            active=changes.get("active", 0xFFFF),
            heard=changes.get("heard", ALL_DAY),
        )
        for i, visits in enumerate(bathroom)
    ]


def strength(history: list[Turn]) -> float:
    days = baseline(history, history[-1].day, 14, watched=False)
    assert days is not None
    return more_in_bathroom(days).strength


def test_more_visits_are_a_stronger_change() -> None:
    usual = [2] * 20
    strengths = [strength(turns([*usual, n])) for n in (2, 3, 5, 8)]
    assert strengths == sorted(strengths)
    assert strengths[0] == pytest.approx(0.0)


def test_three_slightly_worse_nights_are_stronger_than_one() -> None:
    assert strength(turns([*[2] * 20, 4, 4, 4])) > strength(turns([*[2] * 22, 4]))


def test_the_last_three_nights_do_not_make_themselves_usual() -> None:
    guarded = baseline(turns([*[2] * 20, 9, 9, 9]), 122, 14, watched=False)
    assert guarded is not None
    assert {t.bathroom_night for t in guarded.usual} == {2}
    assert [t.day for t in guarded.recent] == [120, 121, 122]


def test_a_night_in_which_every_room_is_busy_counts_for_less() -> None:
    alone = turns([*[2] * 20, 6])
    with_a_guest = turns([*[2] * 20, 6])
    with_a_guest[-1].other_night = 30
    assert strength(with_a_guest) < strength(alone)


def test_a_restless_sleeper_needs_more_to_be_news() -> None:
    assert strength(turns([*[0, 5, 2, 6, 1] * 4, 7])) < strength(turns([*[2] * 20, 7]))


def test_a_day_with_half_its_hours_missing_is_not_judged() -> None:
    history = turns([2] * 21)
    history[-1].active = 0x0F
    assert baseline(history, 120, 14, watched=False) is None


def test_a_day_the_hub_was_not_heard_is_not_judged_where_hubs_promise_to_be() -> None:
    history = turns([2] * 21)
    history[-1].heard = 0xFFFF
    assert baseline(history, 120, 14, watched=True) is None
    assert baseline(history, 120, 14, watched=False) is not None


def test_a_fortnight_of_valid_days_is_needed() -> None:
    assert baseline(turns([2] * 17), 116, 14, watched=False) is None
    assert baseline(turns([2] * 18), 117, 14, watched=False) is not None


def test_a_kitchen_used_less_while_everything_else_goes_on() -> None:
    history = turns([2] * 20) + turns([2] * 3, kitchen=3)
    for i, turn in enumerate(history):
        turn.day = 100 + i
    days = baseline(history, 122, 14, watched=False)
    assert days is not None
    verdict = less_in_kitchen(days)
    assert verdict is not None
    assert verdict.strength > 3
    assert (verdict.counts, verdict.usual_low) == ([3, 3, 3], 12)


def test_the_kitchen_is_judged_over_three_whole_days_only() -> None:
    history = turns([2] * 21)
    history[-2].active = 0
    days = baseline(history, 120, 14, watched=False)
    assert days is not None
    assert less_in_kitchen(days) is None

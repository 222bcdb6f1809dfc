"""How far a day lies from one's own weeks."""

from __future__ import annotations

import pytest

from detectors.change import Baseline, Verdict, baseline, usual_band, verdict, with_sensors
from detectors.coverage import Refused
from detectors.habits import BATHROOM_NIGHT, KITCHEN_DAY
from detectors.turns import Turn

ALL_DAY = (1 << 24) - 1
BATHROOM, KITCHEN, FRIDGE = 1, 2, 4


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
            rooms=BATHROOM | KITCHEN | FRIDGE,
        )
        for i, visits in enumerate(bathroom)
    ]


def compared(history: list[Turn], day: int | None = None) -> Baseline:
    days = baseline(history, history[-1].day if day is None else day, 14, watched=False)
    assert isinstance(days, Baseline)
    return days


def strength(history: list[Turn]) -> float:
    found = verdict(compared(history), BATHROOM_NIGHT.sought)
    assert isinstance(found, Verdict)
    return found.strength


def test_more_visits_are_a_stronger_change() -> None:
    usual = [2] * 20
    strengths = [strength(turns([*usual, n])) for n in (2, 3, 5, 8)]
    assert strengths == sorted(strengths)
    assert strengths[0] == pytest.approx(0.0)


def test_three_slightly_worse_nights_are_stronger_than_one() -> None:
    assert strength(turns([*[2] * 20, 4, 4, 4])) > strength(turns([*[2] * 22, 4]))


def test_the_last_three_nights_do_not_make_themselves_usual() -> None:
    guarded = compared(turns([*[2] * 20, 9, 9, 9]))
    assert {t.bathroom_night for t in guarded.usual} == {2}
    assert [t.day for t in guarded.recent] == [120, 121, 122]


def test_the_guard_before_the_usual_nights_is_three_whole_ones() -> None:
    assert compared(turns([2] * 23)).usual[-1].day == 118


@pytest.mark.parametrize(("dark", "is_judged"), [(4, True), (5, False)])
def test_a_day_with_more_than_four_dark_hours_is_not_judged(dark: int, *, is_judged: bool) -> None:
    history = turns([2] * 21)
    history[-1].dark = (1 << dark) - 1
    found = baseline(history, 120, 14, watched=False)
    assert (found is Refused.BLACKOUT) is not is_judged


def test_two_bad_nights_long_ago_do_not_become_the_measure() -> None:
    calm, with_flu = turns([2] * 24 + [5]), turns([2] * 10 + [12, 12] + [2] * 12 + [5])
    assert strength(with_flu) > 0.9 * strength(calm)


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
    assert baseline(history, 120, 14, watched=False) is Refused.HARDLY_SEEN


def test_a_day_the_hub_was_not_heard_is_not_judged_where_hubs_promise_to_be() -> None:
    history = turns([2] * 21)
    history[-1].heard = 0xFFFF
    assert baseline(history, 120, 14, watched=True) is Refused.HUB_SILENT
    assert isinstance(baseline(history, 120, 14, watched=False), Baseline)


def test_of_a_day_only_as_many_hours_are_asked_for_as_have_passed() -> None:
    history = turns([2] * 21)
    history[-1].active, history[-1].heard = 0b111111, (1 << 14) - 1
    by_evening = baseline(history, history[-1].day, 14, watched=True, so_far=14)
    assert isinstance(by_evening, Baseline)
    history[-1].heard = ALL_DAY
    assert baseline(history, history[-1].day, 14, watched=True) is Refused.HARDLY_SEEN


def test_a_day_in_which_nobody_anywhere_was_heard_is_not_judged() -> None:
    history = turns([2] * 21)
    history[-1].dark = 0b11111
    assert baseline(history, 120, 14, watched=False) is Refused.BLACKOUT


def test_a_paused_day_is_neither_judged_nor_learnt() -> None:
    history = turns([2] * 10 + [9] * 5 + [2] * 14)
    paused = range(110, 115)
    days = baseline(history, 128, 14, watched=False, paused=lambda day: day in paused)
    assert isinstance(days, Baseline)
    assert {t.bathroom_night for t in days.usual} == {2}
    assert (
        baseline(history, 128, 14, watched=False, paused=lambda day: day == 128) is Refused.PAUSED
    )


def test_a_fortnight_of_valid_days_is_needed() -> None:
    assert baseline(turns([2] * 17), 116, 14, watched=False) is Refused.LEARNING
    assert isinstance(baseline(turns([2] * 18), 117, 14, watched=False), Baseline)


def test_a_kitchen_used_less_while_everything_else_goes_on() -> None:
    history = turns([2] * 20) + turns([2] * 3, kitchen=3)
    for i, turn in enumerate(history):
        turn.day = 100 + i
    days = compared(history)
    found = verdict(days, KITCHEN_DAY.sought)
    assert isinstance(found, Verdict)
    assert found.strength > 3
    assert found.days == [120, 121, 122]
    assert usual_band(days, KITCHEN_DAY.shown) == (12, 12)


def test_one_day_is_too_short_to_miss_the_kitchen() -> None:
    history = turns([2] * 21)
    history[-2].active = history[-3].active = 0
    assert verdict(compared(history), KITCHEN_DAY.sought) is Refused.LEARNING


def test_a_dead_kitchen_sensor_beside_a_fridge_in_use_is_no_neglected_kitchen() -> None:
    history = turns([2] * 24)
    for turn in history[-3:]:
        turn.rooms &= ~KITCHEN
    days = compared(history)
    assert with_sensors(days, KITCHEN | FRIDGE, 14, alone=False) is Refused.SENSOR_SILENT


def test_a_kitchen_in_which_nothing_moves_at_all_is_judged() -> None:
    history = turns([2] * 24)
    for turn in history[-3:]:
        turn.rooms &= ~(KITCHEN | FRIDGE)
    assert isinstance(with_sensors(compared(history), KITCHEN | FRIDGE, 14, alone=False), Baseline)


def test_weeks_of_a_dead_bathroom_sensor_do_not_make_no_visits_usual() -> None:
    history = turns([3] * 18 + [0] * 7 + [3] * 4)
    for turn in history[18:25]:
        turn.rooms &= ~BATHROOM
    days = with_sensors(compared(history), BATHROOM, 14, alone=True)
    assert isinstance(days, Baseline)
    assert {t.bathroom_night for t in days.usual} == {3}

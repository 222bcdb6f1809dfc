"""How long visits last, and whether their ends are seen."""

from __future__ import annotations

from detectors.dwell import Dwell, days_missed


def test_one_bad_day_does_not_make_the_other_days_forgotten() -> None:
    dwell = Dwell()
    for day in (10, 12, *[20] * 40):
        dwell.missed(day)
    assert days_missed([dwell], 20) == 3


def test_a_day_four_weeks_ago_is_none_of_the_last_four_weeks() -> None:
    dwell = Dwell()
    dwell.missed(10)
    assert days_missed([dwell], 37) == 1
    assert days_missed([dwell], 38) == 0

"""How long people stay away."""

from __future__ import annotations

from detectors.returns import Returns

HOUR = 3600.0


def test_a_long_absence_is_forgotten_after_as_many_days_with_one_as_are_kept() -> None:
    returns = Returns()
    returns.learn(100, 12 * HOUR)
    for day in range(101, 128):
        returns.learn(day, 2 * HOUR)
    assert returns.longest() == 12 * HOUR
    returns.learn(128, 2 * HOUR)
    assert returns.longest() == 2 * HOUR


def test_of_a_day_the_longest_counts() -> None:
    returns = Returns()
    for hours in (1, 3, 2):
        returns.learn(100, hours * HOUR)
    assert returns.longest() == 3 * HOUR

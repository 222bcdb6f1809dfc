"""Months are civil: they begin and end at a midnight people would call midnight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from responder.reports.month import month, month_after, month_at, month_before
from telecare.errors import InvalidInput

LONDON = "Europe/London"
NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)


def test_march_and_october_carry_the_change_of_the_clocks() -> None:
    march, october = month("2026-03", LONDON, NOW), month("2026-10", LONDON, NOW)
    assert march.begins == datetime(2026, 3, 1, tzinfo=UTC)
    assert march.ends == datetime(2026, 3, 31, 23, tzinfo=UTC)
    assert march.ends - march.begins == timedelta(days=31, hours=-1)
    assert october.ends - october.begins == timedelta(days=31, hours=1)


def test_months_leave_no_gap_and_share_no_moment() -> None:
    names = [f"2025-{number:02}" for number in range(1, 13)]
    months = [month(name, LONDON, NOW) for name in names]
    for before, after in pairwise(months):
        assert before.ends == after.begins
        assert not before.holds(after.begins)
        assert after.holds(after.begins)
        assert (month_after(before.name), month_before(after.name)) == (after.name, before.name)


def test_the_last_hour_of_a_summer_month_is_still_that_month() -> None:
    assert month_at(datetime(2026, 6, 30, 22, 59, tzinfo=UTC), LONDON) == "2026-06"
    assert month_at(datetime(2026, 6, 30, 23, 1, tzinfo=UTC), LONDON) == "2026-07"
    assert month_before("2026-01") == "2025-12"


@pytest.mark.parametrize("written", ["2026-13", "2026-3", "March", "", "2026-03-01", "1999-01"])
def test_what_is_no_month_is_refused_with_the_way_to_write_one(written: str) -> None:
    with pytest.raises(InvalidInput, match="write it like 2026-03"):
        month(written, LONDON, NOW)


def test_a_month_to_come_has_no_figures() -> None:
    assert month("2026-11", LONDON, NOW).name == "2026-11"
    with pytest.raises(InvalidInput, match="has not begun"):
        month("2026-12", LONDON, NOW)

"""F29: leap days, midnights and the ends of months and years leave nobody without somebody."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.faults.test_f28_clocks_change import round_the_clock

EDGES = ["2028-02-29", "2027-02-28", "2026-12-31", "2027-01-01", "2026-04-30", "2100-02-28"]
days = st.one_of(
    st.sampled_from(EDGES).map(date.fromisoformat), st.dates(date(2026, 1, 1), date(2040, 1, 1))
)


@given(
    days,
    st.times(),
    st.lists(st.integers(0, 1439), min_size=1, max_size=5, unique=True),
)
def test_a_round_the_clock_rota_has_no_gap_in_any_three_days(
    day: date, clock: time, marks: list[int]
) -> None:
    at = datetime.combine(day, clock, UTC)
    assert round_the_clock(marks).gaps(at, at + timedelta(days=3)) == []

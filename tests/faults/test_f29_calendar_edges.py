"""F29: leap days, midnights and the ends of months and years leave nobody without somebody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.faults.test_f28_clocks_change import round_the_clock

edges = st.sampled_from(
    [datetime(2028, 2, 29), datetime(2027, 2, 28), datetime(2026, 12, 31), datetime(2027, 1, 1),
     datetime(2026, 4, 30), datetime(2100, 2, 28)]
)  # fmt: skip


@given(
    st.one_of(edges, st.datetimes(datetime(2026, 1, 1), datetime(2040, 1, 1))),
    st.lists(st.integers(0, 1439), min_size=1, max_size=5, unique=True),
)
def test_a_round_the_clock_rota_has_no_gap_in_any_three_days(
    begins: datetime, marks: list[int]
) -> None:
    at = begins.replace(tzinfo=UTC)
    assert round_the_clock(marks).gaps(at, at + timedelta(days=3)) == []

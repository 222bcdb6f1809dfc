"""Kitchen clocks, also on the two odd Sundays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.local_time import DAY_S, LocalTime, day_name, local_time
from telecare.errors import InvalidInput

moments = st.integers(0, 13_500 * 24 * 60).map(
    lambda minutes: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
zones = st.sampled_from(
    ["Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "UTC"]
)


@given(moments, zones)
def test_it_says_what_the_zone_says(moment: datetime, zone: str) -> None:
    civil = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC)
    assert local_time(zone).seconds(moment.timestamp()) == int(civil.timestamp())


@given(moments, zones)
def test_there_and_back_where_a_time_comes_once(moment: datetime, zone: str) -> None:
    local = LocalTime(zone)
    second = local.seconds(moment.timestamp())
    back = local.timestamp(second // DAY_S, second % DAY_S)
    assert abs(back - int(moment.timestamp())) in {0, 1800, 3600}


def test_the_night_in_october_has_an_hour_more() -> None:
    local = LocalTime("Europe/London")
    day = local.seconds(datetime(2026, 10, 25, 12, tzinfo=UTC).timestamp()) // DAY_S
    midnight, noon = local.timestamp(day, 0), local.timestamp(day, 12 * 3600)
    assert timedelta(seconds=noon - midnight) == timedelta(hours=13)
    assert local.clock(midnight) == "00:00"
    assert day_name(day) == "Sun 25 Oct"


def test_a_zone_that_is_none_is_refused_in_words() -> None:
    with pytest.raises(InvalidInput, match="Europe/Dorchester"):
        local_time("Europe/Dorchester")

"""Times and spans as pages say them: nobody has to guess a day or a unit."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from responder.web.wording import lasting, room_words, spell, to_the_second, when

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-3, "0 s"), (41, "41 s"), (125.9, "2 min 05 s"), (3723, "1 h 02 min 03 s"),
        (2 * 86400 + 3 * 3600, "2 d 3 h"),
    ],
)  # fmt: skip
def test_a_span_says_its_units(seconds: float, said: str) -> None:
    assert lasting(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 seconds"), (1.9, "1 second"), (90, "90 seconds"), (125, "2 minutes")],
)
def test_a_span_beside_a_time_of_day_is_spelt(seconds: float, said: str) -> None:
    assert spell(seconds) == said


def test_a_time_says_its_day_unless_that_is_today_in_the_home() -> None:
    assert when(datetime(2026, 6, 30, 23, 30, 5, tzinfo=UTC), LONDON, NOW) == "00:30:05"
    assert (
        when(datetime(2026, 6, 30, 22, 30, tzinfo=UTC), LONDON, NOW) == "Tue 30 Jun 2026 23:30:00"
    )


def test_the_record_is_read_to_the_second() -> None:
    assert to_the_second(datetime(2026, 3, 10, 2, 53, 10, tzinfo=UTC)) == "Tue 10 Mar 2026 02:53:10"


def test_a_room_is_no_id() -> None:
    assert room_words("living-room_2") == "living room 2"
    assert room_words(None) == ""

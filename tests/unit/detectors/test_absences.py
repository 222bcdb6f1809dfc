"""Times of which people said that they are not ordinary."""

from __future__ import annotations

from datetime import date

import pytest

from detectors.absences import AbsenceKind, Absences
from detectors.base import HomeProfile
from telecare.errors import InvalidInput
from tests.harness.diary import local


def absences(*pauses: dict[str, str]) -> Absences:
    return Absences(HomeProfile(org="county", home="home-1", pauses=pauses))


def at(day: date, clock: str) -> float:
    return local(day, clock).timestamp()


def test_dates_are_whole_days_of_the_home_the_last_one_too() -> None:
    stay = absences({"from": "2026-03-28", "until": "2026-03-29", "kind": "hospital"})
    assert stay.emptied(at(date(2026, 3, 27), "23:59"), at(date(2026, 3, 27), "23:59")) is None
    assert stay.emptied(at(date(2026, 3, 28), "00:00"), at(date(2026, 3, 28), "00:00")) is not None
    # The clocks go forward on the 29th; its evening still belongs to the stay.
    assert stay.emptied(at(date(2026, 3, 29), "23:59"), at(date(2026, 3, 29), "23:59")) is not None
    assert stay.emptied(at(date(2026, 3, 30), "00:00"), at(date(2026, 3, 30), "00:00")) is None


def test_a_time_without_a_zone_is_the_kitchen_clocks() -> None:
    stay = absences({"from": "2026-07-01T14:00", "until": "2026-07-01T16:00", "kind": "away"})
    assert stay.emptied(at(date(2026, 7, 1), "14:00"), at(date(2026, 7, 1), "14:00")) is not None
    assert stay.emptied(at(date(2026, 7, 1), "16:00"), at(date(2026, 7, 1), "16:00")) is None


def test_visitors_leave_the_home_lived_in() -> None:
    visit = absences({"from": "2026-03-10", "until": "2026-03-12", "kind": "visitors"})
    noon = at(date(2026, 3, 11), "12:00")
    assert visit.emptied(noon, noon) is None
    found = visit.during(noon, noon + 60)
    assert found is not None
    assert found.kind is AbsenceKind.VISITORS


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "yesterday", "until": "2026-03-12", "kind": "away"},
        {"from": "2026-03-10", "until": "2026-03-12", "kind": "cruise"},
        {"until": "2026-03-12", "kind": "away"},
        {"from": "2026-03-12", "until": "9999-12-31", "kind": "away"},
    ],
)
def test_a_pause_nobody_can_read_is_refused_in_a_sentence(wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match="a pause of this home is wrong"):
        absences(wrong)

"""Is somebody on duty at every minute, also when the clocks change?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from responder.whom.rota import Gap, Rota, bank_holidays, instants, known_until, rota_of, spoken
from telecare.register.teams import Cover, Holidays, Shift, Team

LONDON = ZoneInfo("Europe/London")
TEAM = Team(org="north", team="drivers", name="The drivers")
EVERY_DAY = list(range(7))


def shift(
    name: str,
    begins: str,
    ends: str,
    member: str,
    *,
    days: list[int] = EVERY_DAY,
    call_order: int = 1,
    holidays: Holidays = Holidays.AS_USUAL,
) -> Shift:
    return Shift(
        org="north", shift=name, team="drivers", member=member, begins=begins, ends=ends,
        days=days, call_order=call_order, holidays=holidays,
    )  # fmt: skip


def rota(*shifts: Shift, covers: tuple[Cover, ...] = ()) -> Rota:
    return rota_of(TEAM, shifts, covers, sorted({s.member for s in shifts} | {"zoe"}))


def wall(day: date, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=LONDON).astimezone(UTC)


THREE = (
    shift("early", "06:00", "14:00", "ann"),
    shift("late", "14:00", "22:00", "ben"),
    shift("night", "22:00", "06:00", "cat"),
)


def test_a_night_shift_belongs_to_the_evening_it_begins_on() -> None:
    nights = rota(shift("night", "22:00", "06:00", "cat", days=[4]))  # Fridays
    saturday = date(2026, 3, 14)
    assert nights.on_duty(wall(saturday, "05:59")) == ("cat",)
    assert nights.on_duty(wall(saturday, "06:00")) == ()
    assert nights.on_duty(wall(saturday, "22:30")) == ()


def test_the_on_call_order_decides_who_is_asked_first() -> None:
    both = rota(
        shift("second", "00:00", "00:00", "ann", call_order=2),
        shift("first", "00:00", "00:00", "ben", call_order=1),
    )
    assert both.on_duty(wall(date(2026, 3, 14), "12:00")) == ("ben", "ann")


def test_a_swap_and_cover_change_one_turn_only() -> None:
    monday = date(2026, 3, 16)
    swapped = rota(*THREE, covers=(
        Cover(org="north", shift="early", day=monday, member="ben"),
        Cover(org="north", shift="late", day=monday, member="ann"),
    ))  # fmt: skip
    assert swapped.on_duty(wall(monday, "09:00")) == ("ben",)
    assert swapped.on_duty(wall(monday, "15:00")) == ("ann",)
    assert swapped.on_duty(wall(monday + timedelta(days=1), "09:00")) == ("ann",)


def test_who_is_ill_leaves_a_gap_that_is_named() -> None:
    monday = date(2026, 3, 16)
    ill = rota(*THREE, covers=(Cover(org="north", shift="early", day=monday, member=None),))
    gaps = ill.gaps(wall(monday, "00:00"), wall(monday, "23:59"))
    assert [spoken(gap, LONDON) for gap in gaps] == ["from Mon 16 March 06:00 to 14:00"]


def test_turns_of_somebody_who_left_are_nobodys() -> None:
    left = rota_of(TEAM, THREE, (), ["ben", "cat"])
    assert left.on_duty(wall(date(2026, 3, 16), "09:00")) == ()


def test_a_bank_holiday_has_its_own_turn() -> None:
    good_friday = date(2026, 4, 3)
    assert good_friday in bank_holidays("england-and-wales")
    easter = rota(
        shift("weekday", "08:00", "20:00", "ann", holidays=Holidays.NEVER),
        shift("holiday", "10:00", "16:00", "ben", holidays=Holidays.ONLY),
    )
    assert easter.on_duty(wall(good_friday, "09:00")) == ()
    assert easter.on_duty(wall(good_friday, "12:00")) == ("ben",)
    assert easter.on_duty(wall(good_friday - timedelta(days=1), "12:00")) == ("ann",)
    assert known_until("scotland") >= date(2027, 12, 31)


@pytest.mark.parametrize(
    ("day", "clock", "hours"),
    [
        (date(2026, 3, 28), ("22:00", "06:00"), 7),  # the night that is an hour shorter
        (date(2026, 10, 24), ("22:00", "06:00"), 9),
        (date(2026, 3, 29), ("00:00", "01:30"), 1.5),  # 01:30 does not exist: the later meaning
        (date(2026, 3, 29), ("01:30", "06:00"), 4.5),  # and the earlier
        (date(2026, 10, 25), ("00:00", "01:30"), 2.5),  # 01:30 comes twice: until the second
        (date(2026, 10, 25), ("01:30", "06:00"), 5.5),  # and from the first
    ],
)
def test_the_rule_for_hours_that_come_twice_or_not_at_all(
    day: date, clock: tuple[str, str], hours: float
) -> None:
    begins, ends = instants(shift("s", *clock, "ann"), day, LONDON)
    assert ends - begins == timedelta(hours=hours)


def test_a_gap_that_begins_before_what_was_asked_is_cut_to_it() -> None:
    noon = wall(date(2026, 3, 16), "12:00")
    assert rota().gaps(noon, noon + timedelta(hours=1)) == [Gap(noon, noon + timedelta(hours=1))]

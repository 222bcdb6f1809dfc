"""A motion sensor that cannot stop must not hide that nobody moves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from detectors.base import HomeProfile, SnapshotUnreadable
from detectors.home import Home
from detectors.movement import glance
from detectors.stuck import Stuck
from telecare.messages import Reading, Signal
from telecare.vocabulary import SignalKind
from tests.harness.diary import FIRST_DAY, Diary, local, tell

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FALLS_ON = FIRST_DAY + 21 * DAY
ALLOWANCE = timedelta(seconds=2)


def says_when_it_is_over(life: Sequence[Reading], diary: Diary) -> list[Reading]:
    """The same from sensors that say "off" ninety seconds after the last movement."""
    told = []
    for reading in life:
        off = diary.note(reading.occurred_at + 1.5 * MINUTE, "motion", reading.room, value=False)
        told += [reading, off]
    return sorted(told, key=lambda each: each.occurred_at)


def goes_on(
    diary: Diary, begins: datetime, hours: int, every: timedelta, type_: str = "motion"
) -> Iterator[Reading]:
    """The lounge's sensor, and nobody before it."""
    for n in range(int(hours * HOUR / every)):
        value = 140.0 if type_ == "power" else True
        yield diary.note(begins + n * every, type_, "lounge", value=value)


def lived(diary: Diary, *, off: bool) -> Home:
    """Three ordinary weeks in a home, of sensors that do or do not say when it is over."""
    home = Home(diary.profile(), ALLOWANCE)
    life = list(diary.days(FIRST_DAY, 21))
    tell(home, says_when_it_is_over(life, diary) if off else life)
    return home


def of(signals: Sequence[Signal], kind: SignalKind) -> list[Signal]:
    return [each for each in signals if each.kind is kind]


@pytest.mark.parametrize(
    ("off", "every", "missed_within"),
    [(True, 55 * MINUTE, 8), (True, MINUTE, 8), (False, 10 * MINUTE, 28)],
    ids=["says its state every hour", "every minute", "never says off"],
)
def test_somebody_on_the_floor_is_missed_though_a_stuck_sensor_goes_on(
    *, off: bool, every: timedelta, missed_within: int
) -> None:
    diary = Diary()
    home = lived(diary, off=off)
    fallen_at = local(FALLS_ON, "09:00")
    tell(home, [diary.moves(fallen_at, "kitchen")])
    found = tell(home, list(goes_on(diary, fallen_at, 40, every)))
    (still,) = of(found, SignalKind.INACTIVITY)
    assert still.occurred_at - fallen_at < missed_within * HOUR, "at night long pauses are usual"
    (trouble,) = of(found, SignalKind.EQUIPMENT)
    assert trouble.type == "stuck"
    assert trouble.why == (
        "The device home-1-hub in the lounge has gone on saying that somebody moves since "
        "Mon 23 Feb 09:00; until it stops, that counts as no movement."
    )
    assert 24 * HOUR <= trouble.occurred_at - fallen_at < 25 * HOUR


def test_who_falls_days_after_a_sensor_got_stuck_is_missed_as_soon_as_anybody() -> None:
    diary = Diary()
    home = lived(diary, off=True)
    stuck = list(goes_on(diary, local(FALLS_ON, "06:00"), 60, 50 * MINUTE))
    life = says_when_it_is_over(list(diary.day(FALLS_ON)), diary)
    life = [each for each in life if each.room != "lounge"]
    fallen_at = local(FALLS_ON + DAY, "09:00")
    story = sorted(
        [*life, diary.moves(fallen_at - 2 * MINUTE, "kitchen"), *stuck],
        key=lambda each: each.occurred_at,
    )
    (still,) = of(tell(home, story), SignalKind.INACTIVITY)
    assert still.occurred_at - fallen_at < 3 * HOUR


def test_a_television_left_on_is_no_movement_and_no_trouble() -> None:
    diary = Diary()
    evenings = [
        diary.note(local(FALLS_ON - day * DAY, clock), "power", "lounge", value=watts)
        for day in range(20, 0, -1)
        for clock, watts in (("18:00", 140.0), ("22:00", 3.0))
    ]
    home = Home(diary.profile(), ALLOWANCE)
    life = says_when_it_is_over(list(diary.days(FIRST_DAY, 21)), diary)
    tell(home, sorted([*life, *evenings], key=lambda each: each.occurred_at))
    fallen_at = local(FALLS_ON, "09:00")
    found = tell(home, [
        diary.moves(fallen_at, "kitchen"),
        *goes_on(diary, fallen_at, 40, 10 * MINUTE, "power"),
    ])  # fmt: skip
    assert of(found, SignalKind.INACTIVITY)
    assert not of(found, SignalKind.EQUIPMENT)


def test_what_it_says_counts_again_when_it_has_stopped() -> None:
    diary, looks = Diary(), Stuck()

    def counts(reading: Reading) -> bool:
        return bool(looks.look(reading, glance(reading)).room)

    begins = local(FIRST_DAY, "08:00")
    assert all(map(counts, list(goes_on(diary, begins, 24, 10 * MINUTE))))
    assert not any(map(counts, goes_on(diary, begins + 24 * HOUR, 22, 10 * MINUTE)))
    assert counts(diary.moves(begins + 47 * HOUR, "lounge")), "half an hour's pause"
    assert counts(diary.moves(begins + 47 * HOUR, "kitchen"))


def test_a_hub_that_says_off_whenever_it_starts_makes_no_sensor_stuck() -> None:
    """Its sensors only know "on": in the busiest week nobody is made invisible."""
    diary, looks = Diary(), Stuck()
    for n in range(60):
        day = FIRST_DAY + n * DAY
        off = diary.note(local(day, "04:00"), "motion", "lounge", value=False)
        looks.look(off, glance(off))
        for on in goes_on(diary, local(day, "05:00"), 19, 20 * MINUTE):
            assert looks.look(on, glance(on)).room, on.occurred_at


def test_a_sensor_that_has_stopped_saying_off_is_believed_again_as_one_that_never_did() -> None:
    diary, looks = Diary(), Stuck()

    def is_movement(at: datetime, *, on: bool = True) -> bool:
        said = diary.note(at, "motion", "lounge", value=on)
        return bool(looks.look(said, glance(said)).room)

    for n in range(20):
        is_movement(local(FIRST_DAY, "10:00") + n * 4 * MINUTE)
        is_movement(local(FIRST_DAY, "10:02") + n * 4 * MINUTE, on=False)
    for n in range(1, 17):
        assert is_movement(local(FIRST_DAY + n * DAY, "10:00"))
    busy = local(FIRST_DAY + 17 * DAY, "10:00")
    assert all(is_movement(busy + n * 10 * MINUTE) for n in range(36))


def test_hours_in_which_the_hub_was_dark_make_no_sensor_stuck() -> None:
    diary, looks = Diary(), Stuck()
    begins = local(FIRST_DAY, "08:00")
    ordinary = says_when_it_is_over([diary.moves(begins + n * HOUR, "lounge") for n in range(20)],
                                    diary)  # fmt: skip
    for each in [*ordinary, diary.moves(begins + 20 * HOUR, "lounge")]:
        looks.look(each, glance(each))
    for each in goes_on(diary, begins + 40 * HOUR, 1, MINUTE):
        assert looks.look(each, glance(each)).room


def test_it_is_told_once_and_a_restart_knows_it() -> None:
    diary = Diary(hub="hub-1")
    profile: HomeProfile = diary.profile()
    story = list(goes_on(diary, local(FIRST_DAY, "08:00"), 60, 10 * MINUTE))
    story = [replace(each, sensor="pir") for each in story]
    home, told = Home(profile, ALLOWANCE), 0
    for n, each in enumerate(story):
        if n % 7 == 0:
            kept, home = home.snapshot(), Home(profile, ALLOWANCE)
            home.restore(kept)
        told += len(of(home.observe(each), SignalKind.EQUIPMENT))
    assert told == 1
    with pytest.raises(SnapshotUnreadable):
        Stuck().restore(b"\x00")


def test_a_house_of_a_thousand_sensors_is_not_remembered_for_ever() -> None:
    diary, looks = Diary(), Stuck()
    for n in range(1000):
        each = diary.moves(local(FIRST_DAY, "08:00") + n * MINUTE, f"room {n}")
        looks.look(each, glance(each))
    assert len(looks.snapshot()) < 4096

"""What devices say of themselves: said once, when it begins."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from detectors.base import HomeProfile
from detectors.device_health import DeviceHealth
from detectors.device_trouble import DeviceTrouble
from detectors.home import Home
from telecare.messages import Reading, Signal
from telecare.vocabulary import ClaimOfTime, ReadingKind, SignalKind
from tests.harness.diary import FIRST_DAY, Diary, local, tell, watched

NOON = local(FIRST_DAY, "12:00")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def made(**changes: object) -> tuple[Diary, Home]:
    diary = Diary(hub="hub-1")
    profile: HomeProfile = diary.profile(**changes)
    return diary, watched(DeviceTrouble(profile), profile)


def says(diary: Diary, n: int, battery: float | None = None, **data: object) -> Reading:
    at = NOON + n * HOUR
    return replace(diary.note(at, "status", kind=ReadingKind.STATUS, data=data), battery=battery)


def test_a_low_battery_is_said_once_though_it_hovers_and_again_after_a_new_one() -> None:
    diary, home = made()
    levels = (60.0, 21.0, 20.0, 22.0, 19.0, 8.0, 100.0, 15.0)
    found = tell(home, [says(diary, n, level) for n, level in enumerate(levels)])
    assert [(each.type, each.occurred_at) for each in found] == [
        ("battery_low", NOON + 2 * HOUR), ("battery_low", NOON + 7 * HOUR),
    ]  # fmt: skip
    assert found[0].why == "The battery of hub-1 is at 20 %."
    assert found[0].kind is SignalKind.EQUIPMENT
    assert found[0].evidence.series[0].y == [60.0, 21.0, 20.0]


def test_what_was_told_of_the_mains_is_not_told_again_for_being_forgotten() -> None:
    _, home = made()
    dark = [says(Diary(hub="unplugged"), n, mains=False) for n in (0, 80)]
    others = [says(Diary(hub=f"hub-{n}"), n, 90.0) for n in range(1, 80)]
    assert [each.type for each in tell(home, [dark[0], *others, dark[1]])] == ["mains_failure"]


def test_a_battery_that_was_low_when_first_heard_may_hover_too() -> None:
    diary, home = made()
    levels = (19.0, 22.0, 19.0, 24.0, 18.0)
    assert len(tell(home, [says(diary, n, level) for n, level in enumerate(levels)])) == 1


def test_a_battery_that_sags_whenever_it_is_used_is_told_again_only_after_a_new_one() -> None:
    diary, home = made()
    sags = [60.0, 5.0, 80.0, 4.0, 70.0, 12.0, 80.0, 3.0] * 40
    story = [*sags, *[100.0] * 20, *sags]
    found = tell(home, [says(diary, n, level) for n, level in enumerate(story)])
    assert [each.occurred_at for each in found] == [
        NOON + HOUR, NOON + 3 * HOUR, NOON + (len(sags) + 21) * HOUR,
    ]  # fmt: skip


def test_a_models_own_limit_counts_and_a_sensors_battery_is_its_own() -> None:
    diary, home = made(battery_low={"hub-1": 50})
    of_sensor = replace(says(diary, 1, 45.0), sensor="fridge", room="kitchen")
    (low, sensors) = tell(home, [says(diary, 0, 45.0), of_sensor])
    assert low.device == "hub-1"
    assert sensors.why == "The battery of the sensor fridge in the kitchen is at 45 %."


def test_a_sensor_that_knows_no_per_cent_says_low_once_and_again_after_a_new_battery() -> None:
    diary, home = made()
    words = (False, True, True, False, True)
    found = tell(home, [says(diary, n, battery_low=word) for n, word in enumerate(words)])
    assert [(each.type, each.occurred_at) for each in found] == [
        ("battery_low", NOON + HOUR), ("battery_low", NOON + 4 * HOUR),
    ]  # fmt: skip
    assert found[0].why == "The battery of hub-1 is low, as it says itself."


def test_in_a_house_of_more_sensors_than_are_remembered_each_trouble_is_told_once() -> None:
    diary, home = made()
    flat = [f"flat-{n}" for n in range(8)]
    sensors = [*flat, *(f"sensor-{n}" for n in range(70)), *flat]
    told = [
        each.reading
        for n in range(3)
        for sensor in sensors
        for each in tell(
            home, [replace(says(diary, n, 10.0 if sensor in flat else 80.0), sensor=sensor)]
        )
    ]
    assert len(told) == len(flat)


def test_mains_and_tamper_are_told_when_they_change() -> None:
    diary, home = made()
    story = [
        says(diary, 0, mains=True, tamper=False), says(diary, 1, mains=False),
        says(diary, 2, mains=False, tamper=True), says(diary, 3, mains=True, tamper=True),
        says(diary, 4, mains=False, tamper=False), says(diary, 5, mains="off", tamper=1),
    ]  # fmt: skip
    found = tell(home, story)
    assert [each.type for each in found] == ["mains_failure", "tamper", "mains_failure"]
    assert found[1].why == "The tamper switch of hub-1 says that it was opened or moved."


def test_a_wrong_clock_is_three_wrong_times_in_a_row() -> None:
    diary, home = made()

    def claims(n: int, claim: ClaimOfTime) -> Reading:
        at = NOON + n * MINUTE
        claimed = at if claim is ClaimOfTime.TRUSTED else at + timedelta(hours=1)
        return replace(diary.note(at, "motion", "hall"), at=claimed, time_claim=claim)

    wrong, right = ClaimOfTime.WRONG, ClaimOfTime.TRUSTED
    calm = [wrong, wrong, right, wrong, wrong, right]
    assert tell(home, [claims(n, each) for n, each in enumerate(calm)]) == []
    (found,) = tell(home, [claims(10 + n, wrong) for n in range(20)])
    assert found.type == "clock_wrong"
    assert found.why == "The clock of hub-1 is 60 minutes fast; we go by the time of receipt."
    assert tell(home, [claims(40 + n, right) for n in range(5)]) == []
    assert len(tell(home, [claims(50 + n, wrong) for n in range(5)])) == 1, "set, then wrong again"


def test_whoever_says_everything_late_may_have_a_right_clock() -> None:
    diary, home = made()
    old = [
        replace(each, at=each.received_at - 47 * MINUTE, time_claim=ClaimOfTime.WRONG)
        for each in (diary.note(NOON + n * MINUTE, "motion", "hall") for n in range(3))
    ]
    (found,) = tell(home, old)
    assert found.why == (
        "What hub-1 says is 47 minutes old: its clock is slow, or it holds everything back; "
        "we go by the time of receipt."
    )


def test_numbers_that_never_came_are_told_after_ten_minutes_and_once_a_day() -> None:
    diary, home = made()

    def counted(minute: int, number: int, boot: str = "b1") -> Reading:
        at = NOON + minute * MINUTE
        return diary.note(at, "motion", "hall", data={"seq": number, "boot": boot})

    assert tell(home, [counted(0, 1), counted(1, 2), counted(2, 5), counted(3, 4)]) == []
    assert home.tick(NOON + 11 * MINUTE) == []
    (gap,) = home.tick(NOON + 13 * MINUTE)
    assert gap.type == "gap"
    assert gap.occurred_at == NOON + 12 * MINUTE
    assert gap.evidence.series[0].y == [3.0]
    assert gap.why == (
        "Of what hub-1 said before 12:02, 1 message did not reach us: its line is down, or loses "
        "some of it."
    )
    assert tell(home, [counted(20, 9), counted(40, 10)]) == [], "once a day"
    restarted = [counted(50, 0, "b2"), counted(51, 1, "b2"), counted(52, 3, "b2")]
    assert tell(home, [*restarted, counted(53, 2, "b2")]) == []
    assert home.tick(NOON + 3 * HOUR) == [], "late is not lost"
    anew = [counted(2000, 60_000, "b2"), counted(2001, 0, "b2"), counted(2002, 4, "b2")]
    assert tell(home, anew) == []
    assert [each.type for each in home.tick(NOON + 40 * HOUR)] == ["gap"], "it counts from 0"


def test_of_more_than_are_remembered_no_number_is_stated_that_is_too_small() -> None:
    diary, home = made()
    for n, number in enumerate((1, 302)):
        tell(home, [diary.note(NOON + n * MINUTE, "motion", "hall", data={"seq": number})])
    (gap,) = home.tick(NOON + HOUR)
    assert "50 messages or more did not reach us" in gap.why


def test_what_overtook_a_full_memory_is_not_missed_when_the_memory_has_been_said() -> None:
    """A hub comes back with thousands of readings; heartbeats and a press go before them."""
    diary, home = made()

    def counted(second: int, number: int) -> Reading:
        at = NOON + second * timedelta(seconds=1)
        return diary.note(at, "motion", "hall", data={"seq": number, "boot": "b1"})

    kept = [number for number in range(1, 1400) if number not in (1395, 1396, 1398)]
    heard = [1395, 1396, *kept[:500], 1398, *kept[500:], 1400]
    assert tell(home, [counted(n, number) for n, number in enumerate(heard)]) == []
    assert home.tick(NOON + 3 * HOUR) == []


def test_what_is_lost_among_what_overtook_is_told_all_the_same() -> None:
    diary, home = made()

    def counted(second: int, number: int) -> Reading:
        at = NOON + second * timedelta(seconds=1)
        return diary.note(at, "motion", "hall", data={"seq": number, "boot": "b1"})

    kept = [number for number in range(1, 1400) if number not in (1394, 1396, 1397, 1398)]
    heard = [1396, 1398, *kept, 1400]
    assert tell(home, [counted(n, number) for n, number in enumerate(heard)]) == []
    (gap,) = home.tick(NOON + 3 * HOUR)
    assert gap.evidence.series[0].y == [1394.0, 1397.0]


def test_a_hub_numbers_what_it_says_over_all_its_sensors() -> None:
    diary, home = made()
    sensors = ["motion-hall", "door-front", "", "motion-hall", "door-front"]
    story = [
        replace(
            diary.note(NOON + n * MINUTE, "motion", data={"seq": n + (n > 3), "boot": "b1"}),
            sensor=sensor or None,
        )
        for n, sensor in enumerate(sensors)
    ]
    assert tell(home, story) == []
    (gap,) = home.tick(NOON + HOUR)
    assert (gap.evidence.series[0].y, gap.evidence.facts) == ([4.0], {"boot": "b1"})


def test_a_pendant_that_promised_a_word_a_day_missed_its_check_in() -> None:
    diary = Diary(hub="pendant-1")
    day = 86400.0
    profile = diary.profile(hubs={"pendant-1": day}, checking_in=frozenset({"pendant-1"}))
    home = watched(DeviceHealth(profile), profile)
    tell(home, [diary.beat(NOON)])
    (missed,) = home.tick(NOON + 25 * HOUR)
    assert (missed.kind, missed.type) == (SignalKind.EQUIPMENT, "missed_check_in")
    assert missed.why == (
        "The device pendant-1 promised to check in and was not heard for 24 hours, since 12:00."
    )
    (back,) = tell(home, [diary.beat(NOON + 30 * HOUR)])
    assert back.why == "The device pendant-1 speaks again after 30 hours of silence."


def test_a_house_whose_forty_sensors_are_all_in_trouble_is_remembered_in_few_bytes() -> None:
    """Silent once, flat, opened, without mains, and of every fifty messages half were lost."""
    diary = Diary(hub="hub-1")
    names = [f"sensor-{n:02}" for n in range(40)]
    promises = dict.fromkeys(names, 90_000.0)
    profile = diary.profile(hubs={diary.hub: 900.0} | promises, checking_in=frozenset(names))
    home = Home(profile, timedelta(seconds=2))

    found: list[Signal] = []
    largest = 0

    def size() -> int:
        return sum(map(len, home.snapshot().values()))

    for n in range(60):
        for order, name in enumerate(names):
            at = NOON + n * MINUTE / 4 + order * timedelta(milliseconds=10)
            data = {"battery_low": True, "tamper": True, "mains": False, "seq": 10**6 + 2 * n,
                    "boot": "0f5c2a9e"}  # fmt: skip
            note = diary.note(at, "motion", f"room {order % 12}", value=True, data=data)
            found += tell(home, [replace(note, device=name, battery=17.5 - n / 9)])
        largest = max(largest, size())
    assert largest < 8192
    found += home.tick(NOON + 3 * DAY)
    assert len(found) == 5 * len(names)
    assert size() < 6144


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 2**53) | st.integers(0, 700), min_size=2, max_size=60))
def test_numbers_that_never_came_are_remembered_over_a_restart(numbers: list[int]) -> None:
    diary, home = made()
    _, restarted = made()
    for n, number in enumerate(numbers):
        at = NOON + n * timedelta(seconds=1)
        counted = diary.note(at, "motion", "hall", data={"seq": number})
        tell(home, [counted])
        tell(restarted, [counted])
        kept = restarted.snapshot()
        _, restarted = made()
        restarted.restore(kept)
    assert home.tick(NOON + HOUR) == restarted.tick(NOON + HOUR)

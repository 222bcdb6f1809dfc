"""Whoever carries a locating device: at home, out, or lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from msgspec.structs import replace

from detectors.falls import Falls
from detectors.home import Home
from detectors.journey import Journey
from detectors.local_time import local_time
from detectors.outing import Outing
from detectors.position import Ground, Point
from telecare.errors import InvalidInput
from telecare.messages import Reading, Signal
from telecare.vocabulary import ReadingKind, SignalKind
from tests.harness.diary import FIRST_DAY, POSITION, Diary, kinds, local, tell, watched
from tests.harness.windows import fall_window

DAY = timedelta(days=1)
LATER = FIRST_DAY + 30 * DAY
NIGHT = LATER + DAY
SHOP = [(0.0, 100.0 * n) for n in range(7)]


class Carrier:
    """Somebody with a device that speaks every half minute while they walk."""

    def __init__(self, **settings: object) -> None:
        self.diary = Diary()
        self.profile = self.diary.profile(settings={"outing": settings})
        self.home = watched(Outing(self.profile), self.profile)

    def carries(
        self, begins: datetime, way: Sequence[Point], *, speed: float = 1.0, battery: float = 80.0
    ) -> list[Signal]:
        """Along straight lines between the points of `way`."""
        points = [way[0]]
        for (ax, ay), (bx, by) in pairwise(way):
            steps = max(round(((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5 / speed / 30), 1)
            points += [
                (ax + (bx - ax) * n / steps, ay + (by - ay) * n / steps)
                for n in range(1, steps + 1)
            ]
        readings = [
            self.diary.located(begins + timedelta(seconds=30 * n), *point, battery=battery)
            for n, point in enumerate(points)
        ]
        return tell(self.home, readings)

    def learns(self, days: int = 28) -> None:
        """Four weeks in which they go to the shop and back at ten each day."""
        for n in range(days):
            day = FIRST_DAY + n * DAY
            assert self.carries(local(day, "10:00"), [*SHOP, *reversed(SHOP), SHOP[0]]) == []

    def stays_home(self, day: date, clock: str = "09:00") -> None:
        """The device lies on the table."""
        self.carries(local(day, clock), [(0.0, 0.0)] * 3)


@pytest.fixture(scope="module")
def learnt() -> bytes:
    """The detector's memory after the four weeks."""
    carrier = Carrier()
    carrier.learns()
    return carrier.home.snapshot()["outing"]


@pytest.fixture
def carrier(learnt: bytes) -> Carrier:
    made = Carrier()
    made.home.restore({"outing": learnt})
    made.stays_home(LATER)
    return made


def only(signals: list[Signal]) -> Signal:
    (wandering,) = [s for s in signals if s.kind is SignalKind.WANDERING]
    return wandering


def test_the_usual_way_to_the_shop_and_back_is_nobody_s_business(carrier: Carrier) -> None:
    assert carrier.carries(local(LATER, "10:00"), [*SHOP, *reversed(SHOP)]) == []


def test_out_at_two_in_the_morning_is_said_with_the_last_position(carrier: Carrier) -> None:
    carrier.stays_home(NIGHT, "01:50")
    left = only(carrier.carries(local(NIGHT, "02:00"), SHOP))
    assert left.type == "odd_hour"
    assert left.why == (
        "Left home at 02:01, an hour at which they are never out; last seen 300 metres north of "
        "home at 02:04 (within 10 metres), heading north."
    )
    assert left.evidence.facts["from_home_m"] == 300
    latitude = left.evidence.facts["latitude"]
    assert isinstance(latitude, float)
    assert latitude > POSITION[0]


def test_until_their_hours_are_known_nothing_is_called_unusual() -> None:
    carrier = Carrier()
    carrier.stays_home(FIRST_DAY, "21:00")
    left = only(carrier.carries(local(FIRST_DAY + DAY, "02:00"), SHOP))
    assert left.why.startswith("Left home at 02:01, in the night; last seen 300 metres north")


def test_who_was_out_once_at_that_hour_is_not_said_never_to_be(carrier: Carrier) -> None:
    carrier.carries(local(NIGHT, "02:00"), [*SHOP, *reversed(SHOP), SHOP[0]])
    carrier.stays_home(NIGHT)
    left = only(carrier.carries(local(NIGHT + DAY, "02:00"), SHOP))
    assert "at 02:01, an hour at which they are hardly ever out; last seen" in left.why


def test_who_is_often_out_at_that_hour_is_left_alone(learnt: bytes) -> None:
    carrier = Carrier()
    heard = []
    for n in range(6):
        day = FIRST_DAY + n * DAY
        carrier.stays_home(day, "04:30")
        heard.append(len(carrier.carries(local(day, "05:00"), [*SHOP, *reversed(SHOP)])))
    assert heard[0] > 0
    assert heard[-1] == 0


@pytest.mark.parametrize("seconds", [0, 90])
def test_a_receiver_that_errs_indoors_at_night_wakes_nobody(carrier: Carrier, seconds: int) -> None:
    begins = local(NIGHT, "02:00")
    wild = [(0, 0), (110, 0), (0, 0), (0, 105), (10, 90), (0, 0)]
    notes = [
        carrier.diary.located(begins + timedelta(seconds=(60 + seconds) * n), e, m, accuracy_m=5)
        for n, (e, m) in enumerate(wild)
    ]
    assert tell(carrier.home, notes) == []


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        ([(0, 300), (0, 450)] * 5, "pacing"),
        ([(0, 300), (120, 300), (120, 390), (0, 390)] * 4, "lapping"),
    ],
)
def test_a_pattern_by_day_is_named_and_measured(
    carrier: Carrier, way: list[Point], kind: str
) -> None:
    said = only(carrier.carries(local(LATER, "11:00"), [(0, 0), (0, 0), *way]))
    assert said.type == kind
    assert "where they do not usually do so" in said.why
    assert "metres north of home" in said.why
    assert said.occurred_at - local(LATER, "11:00") < timedelta(minutes=20)
    assert said.evidence.series[0].name == "Distance from home"


def test_where_somebody_laps_every_day_it_is_theirs() -> None:
    carrier = Carrier()
    lap: list[Point] = [(0, 200), (120, 200), (120, 290), (0, 290)]
    way: list[Point] = [(0, 0), (0, 0), *lap * 4, (0, 200), (0, 0), (0, 0)]
    for n in range(30):
        day = FIRST_DAY + n * DAY
        assert carrier.carries(local(day, "10:00"), way) == [], n


def test_walking_away_on_ground_they_do_not_know(carrier: Carrier) -> None:
    away = only(carrier.carries(local(LATER, "11:00"), [(0, 0), (0, 0), (1500, 0)]))
    assert away.type == "away"
    assert "walking away from home where they do not usually walk; " in away.why
    assert away.why.endswith("heading east.")


def test_unknown_ground_says_nothing_before_the_warm_up_is_over() -> None:
    carrier = Carrier()
    carrier.learns(10)
    day = FIRST_DAY + 11 * DAY
    assert carrier.carries(local(day, "11:00"), [(0, 0), (0, 0), (1500, 0)]) == []


def test_being_driven_to_a_new_place_is_no_wandering(carrier: Carrier) -> None:
    way: list[Point] = [(0, 0), (0, 0), (4000, 500)]
    assert carrier.carries(local(LATER, "11:00"), way, speed=9) == []


def test_the_return_names_what_it_ends_and_the_next_outing_is_a_new_one(carrier: Carrier) -> None:
    there_and_back: list[Point] = [(0, 0), (0, 0), (1200, 0), (0, 0), (0, 0), (0, 0)]
    said = carrier.carries(local(LATER, "11:00"), there_and_back)
    assert kinds(said)[0] is SignalKind.WANDERING
    assert kinds(said)[-1] is SignalKind.RETURNED
    assert set(kinds(said)[1:-1]) == {SignalKind.WHEREABOUTS}
    assert said[-1].evidence.facts["ends"] == said[0].id
    assert "back home after" in said[-1].why
    assert carrier.carries(local(LATER, "15:00"), [*SHOP, *reversed(SHOP)]) == []


def test_those_who_search_hear_every_ten_minutes_where_they_are(carrier: Carrier) -> None:
    said = carrier.carries(local(LATER, "11:00"), [(0, 0), (0, 0), (3000, 0)])
    told = [s for s in said if s.kind is SignalKind.WHEREABOUTS]
    gaps = [b.occurred_at - a.occurred_at for a, b in pairwise(said)]
    assert len(told) >= 3
    assert all(timedelta(minutes=10) <= gap < timedelta(minutes=11) for gap in gaps)
    assert told[-1].why.startswith("Last seen 2.")
    assert {s.evidence.facts["of"] for s in told} == {said[0].id}


def test_a_device_silent_while_out_is_missed_with_its_battery(carrier: Carrier) -> None:
    carrier.carries(local(LATER, "10:00"), SHOP, battery=22.0)
    (silent,) = carrier.home.tick(local(LATER, "11:30"))
    assert silent.kind is SignalKind.OUT_OF_TOUCH
    assert silent.why == (
        "The locating device has been silent for 45 minutes while its carrier is out: last seen "
        "600 metres north of home at 10:09, 45 minutes ago (within 10 metres); its battery was at "
        "22 per cent."
    )
    assert carrier.home.tick(local(LATER, "20:00")) == []
    (again,) = carrier.carries(local(LATER, "20:10"), [(0, 600)])
    assert again.evidence.facts["ends"] == silent.id


def test_a_device_whose_telephone_is_off_is_not_heard_again(carrier: Carrier) -> None:
    carrier.carries(local(LATER, "10:00"), SHOP)
    assert kinds(carrier.home.tick(local(LATER, "11:30"))) == [SignalKind.OUT_OF_TOUCH]
    off = carrier.diary.note(
        local(LATER, "11:40"), "availability", kind=ReadingKind.STATUS, value=False
    )
    assert tell(carrier.home, [replace(off, device="locator")]) == []


def test_a_device_is_not_silent_while_nobody_can_be_heard(carrier: Carrier) -> None:
    carrier.carries(local(LATER, "10:00"), SHOP)
    carrier.home.blind(local(LATER, "10:20"), local(LATER, "12:00"))
    assert carrier.home.tick(local(LATER, "12:40")) == []
    assert kinds(carrier.home.tick(local(LATER, "12:50"))) == [SignalKind.OUT_OF_TOUCH]


def test_at_home_a_silent_device_is_nobody_s_business(carrier: Carrier) -> None:
    assert carrier.home.due_at is None
    assert carrier.home.tick(local(LATER, "23:59")) == []


def test_a_nearly_empty_battery_is_told_once_an_outing(carrier: Carrier) -> None:
    (weak,) = carrier.carries(local(LATER, "10:00"), SHOP, battery=9.0)
    assert weak.kind is SignalKind.OUT_OF_TOUCH
    assert weak.type == "battery"


def test_the_next_outing_is_told_of_its_empty_battery_too(carrier: Carrier) -> None:
    told = []
    for clock in ("10:00", "12:00"):
        way = [*SHOP, *reversed(SHOP), SHOP[0], SHOP[0], SHOP[0]]
        told += carrier.carries(local(LATER, clock), way, battery=10.0)
    assert [each.type for each in told] == ["battery", "battery"]


def test_an_hour_at_which_they_were_once_out_fades_though_they_go_out_every_day() -> None:
    journey = Journey(local_time("Europe/London"))
    for n in range(28):
        journey.was_out(local(FIRST_DAY + n * DAY, "02:00").timestamp())
    assert journey.days_out_at(local(FIRST_DAY + 28 * DAY, "02:00").timestamp()) > 14
    for n in range(28, 28 + 70):
        journey.was_out(local(FIRST_DAY + n * DAY, "10:00").timestamp())
    assert journey.days_out_at(local(FIRST_DAY + 98 * DAY, "02:00").timestamp()) < 2


def test_an_older_word_says_nothing_of_the_present_battery() -> None:
    journey = Journey(local_time("Europe/London"))
    for moment, battery in ((100.0, 20.0), (50.0, 80.0)):
        journey.hear(moment, battery)
    assert (journey.kept.heard_at, journey.kept.battery) == (100.0, 20.0)


@pytest.mark.parametrize(
    ("alert", "type_"), [("leaving", "left_zone"), ("entering", "entered_zone")]
)
def test_a_line_that_people_drew_is_watched_from_the_first_day(alert: str, type_: str) -> None:
    north = Ground(*POSITION).position((0, 600))
    circle = (*POSITION, 400.0) if alert == "leaving" else (*north, 150.0)
    carrier = Carrier(zones=[{"name": "the quay", "alert": alert, "circle": circle}])
    said = only(carrier.carries(local(FIRST_DAY, "10:00"), SHOP))
    assert said.type == type_
    assert "'the quay'" in said.why


def test_without_a_home_the_line_crossed_back_ends_it() -> None:
    diary = Diary()
    zones = [{"name": "the green", "circle": (*POSITION, 400.0)}]
    profile = diary.profile(position=None, settings={"outing": {"zones": zones}})
    home = watched(Outing(profile), profile)
    noon = local(FIRST_DAY, "12:00")
    way = [100.0, 100.0, 600.0, 600.0, 100.0, 100.0, 600.0, 600.0]
    said = tell(home, [diary.located(noon + timedelta(minutes=n), 0, y) for n, y in enumerate(way)])
    assert kinds(said) == [SignalKind.WANDERING, SignalKind.RETURNED, SignalKind.WANDERING]
    assert said[1].evidence.facts["ends"] == said[0].id
    assert said[0].why == (
        "Has left the zone 'the green'; last seen 600 metres north of the middle of 'the green' at "
        "12:03 (within 10 metres)."
    )
    assert said[1].why == (
        "The locating device is back inside the zone 'the green'; last seen 100 metres north of "
        "the middle of 'the green' at 12:05 (within 10 metres)."
    )
    assert "from_home_m" not in said[0].evidence.facts


def test_who_left_the_village_and_then_stands_on_the_quay_is_told_twice_and_ends_twice() -> None:
    village = {"name": "the village", "circle": (*POSITION, 300.0)}
    latitude, longitude = Ground(*POSITION).position((0.0, 2000.0))
    quay = {"name": "the quay", "alert": "entering", "circle": (latitude, longitude, 300.0)}
    carrier = Carrier(zones=[village, quay])
    said = carrier.carries(local(LATER, "10:00"), [(0, 0), (0, 0), (0, 2000)])
    left, quayside = [s for s in said if s.kind is SignalKind.WANDERING]
    assert [left.type, quayside.type] == ["left_zone", "entered_zone"]
    kept = carrier.home.snapshot()
    carrier.home.restore(kept)
    back = carrier.carries(local(LATER, "11:00"), [(0, 2000), (0, 1000)])
    ends = [s.evidence.facts["ends"] for s in back if s.kind is SignalKind.RETURNED]
    assert ends == [quayside.id]
    home = carrier.carries(local(LATER, "11:20"), [(0, 1000), (0, 0), (0, 0), (0, 0)])
    ends = [s.evidence.facts["ends"] for s in home if s.kind is SignalKind.RETURNED]
    assert ends == [left.id]


def test_a_zone_that_is_known_ground_is_never_strange(learnt: bytes) -> None:
    east = Ground(*POSITION).position((800, 0))
    known = [{"name": "her sister's street", "alert": "never", "circle": (*east, 900.0)}]
    carrier = Carrier(zones=known)
    carrier.home.restore({"outing": learnt})
    carrier.stays_home(LATER)
    assert carrier.carries(local(LATER, "11:00"), [(0, 0), (0, 0), (1500, 0)]) == []


def test_a_zone_nobody_can_draw_is_refused() -> None:
    with pytest.raises(InvalidInput, match="the quay"):
        Carrier(zones=[{"name": "the quay"}])


def test_a_press_while_out_takes_the_last_position_along(carrier: Carrier) -> None:
    carrier.carries(local(LATER, "10:00"), SHOP)
    press = carrier.diary.note(local(LATER, "10:15"), "pendant", kind=ReadingKind.ALARM)
    (where,) = tell(carrier.home, [press])
    assert where.kind is SignalKind.WHEREABOUTS
    assert where.evidence.facts["of"] == press.id
    assert where.why.startswith("Last seen 600 metres north of home at 10:09")


def test_a_press_at_home_says_nothing_more(carrier: Carrier) -> None:
    press = carrier.diary.note(local(LATER, "10:15"), "pendant", kind=ReadingKind.ALARM)
    assert tell(carrier.home, [press]) == []


def test_a_fall_while_out_is_raised_all_the_same_and_says_where() -> None:
    carrier = Carrier()
    home = Home(
        carrier.profile, timedelta(seconds=2), [Falls(carrier.profile), Outing(carrier.profile)]
    )
    carrier.home = home
    carrier.carries(local(FIRST_DAY, "10:00"), SHOP)
    fell = carrier.diary.note(
        local(FIRST_DAY, "10:12"),
        "acceleration",
        kind=ReadingKind.ACCELERATION,
        data={"hz": 50, "xyz_mg": fall_window()},
    )
    (fall,) = tell(home, [fell])
    assert fall.kind is SignalKind.FALL
    assert fall.evidence.facts["last_position"] == (
        "600 metres north of home at 10:09 (within 10 metres)"
    )


def test_without_the_home_s_position_only_zones_are_watched() -> None:
    diary = Diary()
    profile = diary.profile(position=None)
    home = watched(Outing(profile), profile)
    night = local(FIRST_DAY, "02:00")
    notes = [diary.located(night + timedelta(minutes=n), 0, 200.0 * n) for n in range(9)]
    assert tell(home, notes) == []


def test_a_home_whose_position_was_taken_out_hears_its_other_detectors(carrier: Carrier) -> None:
    carrier.carries(local(LATER, "10:00"), SHOP)
    nowhere = replace(carrier.profile, position=None)
    home = Home(nowhere, timedelta(seconds=2), [Outing(nowhere), Falls(nowhere)])
    home.restore(carrier.home.snapshot())
    at = local(LATER, "10:20")
    data: dict[str, object] = {"hz": 50, "xyz_mg": fall_window()}
    fell = carrier.diary.note(at, "acceleration", kind=ReadingKind.ACCELERATION, data=data)
    told = tell(home, [carrier.diary.located(at, *SHOP[-1]), fell])
    assert kinds(told) == [SignalKind.FALL]


def test_where_the_home_is_known_no_longer_nobody_is_out_for_ever(carrier: Carrier) -> None:
    green = {"name": "the green", "circle": (*POSITION, 400.0)}
    carrier.carries(local(LATER, "10:00"), SHOP)
    nowhere = replace(carrier.profile, position=None, settings={"outing": {"zones": [green]}})
    home = watched(Outing(nowhere), nowhere)
    home.restore(carrier.home.snapshot())
    assert home.tick(local(LATER, "18:00")) == []


def test_who_has_just_left_is_not_said_to_stay_where_they_are() -> None:
    quay = {"name": "the quay", "alert": "entering",
            "circle": (*Ground(*POSITION).position((0.0, 150.0)), 60.0)}  # fmt: skip
    carrier = Carrier(zones=[quay])
    said = only(carrier.carries(local(LATER, "10:00"), [(0, 0), (0, 0), (0, 200)], speed=1.5))
    assert said.type == "entered_zone"
    assert "staying" not in said.why


def test_what_comes_late_and_out_of_order_is_not_walked_backwards(carrier: Carrier) -> None:
    way = [
        carrier.diary.located(local(LATER, "10:00") + timedelta(seconds=30 * n), 0, 30.0 * n)
        for n in range(20)
    ]
    shuffled: list[Reading] = [*way[::2], *way[1::2]]
    assert tell(carrier.home, shuffled) == []


def test_a_year_of_walks_stays_small(carrier: Carrier) -> None:
    for n in range(12):
        far = 300.0 + 150 * n
        carrier.carries(local(LATER + n * DAY, "11:00"), [(0, 0), (0, 0), (far, far), (0, 0)])
    assert len(carrier.home.snapshot()["outing"]) < 1300

"""An open door at night, and nobody moving indoors."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from detectors.wandering import Wandering
from telecare.messages import Signal
from telecare.vocabulary import SignalKind
from tests.harness.diary import FIRST_DAY, Diary, kinds, local, tell, watched
from tests.harness.nights import NIGHT, weeks_before


def night(
    *events: tuple[str, str], on: date = NIGHT, until: str = "06:00", **settings: object
) -> list[Signal]:
    """Four ordinary weeks, then `events` (clock, room) of the morning of `on`, until `until`."""
    diary = Diary()
    profile = diary.profile(settings={"wandering": settings})
    home = watched(Wandering(profile), profile)
    assert tell(home, weeks_before(diary, on)) == []
    signals: list[Signal] = []
    for clock, room in events:
        at = local(on, clock)
        is_door = room.endswith("door")
        signals += tell(home, [diary.door(at, room) if is_door else diary.moves(at, room)])
    return signals + home.tick(local(on, until))


def test_somebody_leaves_at_two_and_does_not_come_back() -> None:
    (left,) = night(("01:59", "hallway"), ("02:00", "front-door"))
    assert left.kind is SignalKind.WANDERING
    assert left.occurred_at == local(NIGHT, "02:24:45")
    assert left.why == (
        "The front door opened at 02:00, when it is usually shut, and nobody has moved indoors "
        "for 25 minutes."
    )
    assert left.evidence.facts["similar_nights"] == 0


def test_it_is_the_door_that_opened_and_not_the_hall_in_which_it_is() -> None:
    diary = Diary()
    profile = diary.profile()
    home = watched(Wandering(profile), profile)
    tell(home, weeks_before(diary, NIGHT))
    opened = replace(diary.door(local(NIGHT, "02:00"), "hall"), sensor="front-door")
    tell(home, [diary.moves(local(NIGHT, "01:59"), "hall"), opened])
    (left,) = home.tick(local(NIGHT, "06:00"))
    (back,) = tell(home, [diary.moves(local(NIGHT, "07:00"), "hall")])
    assert left.why.startswith("The front door opened at 02:00, ")
    assert (
        back.why
        == "Somebody is moving indoors again (hall), 5 h 00 min after the front door opened."
    )


def test_who_leaves_while_the_hub_falls_silent_is_missed_and_the_silence_is_said() -> None:
    diary = Diary()
    profile = diary.profile(hubs={diary.hub: 900.0})
    home = watched(Wandering(profile), profile)
    tell(home, weeks_before(diary, NIGHT))
    tell(home, [diary.door(local(NIGHT, "02:00")), diary.beat(local(NIGHT, "02:03"))])
    (left,) = home.tick(local(NIGHT, "06:00"))
    assert left.why == (
        "The front door opened at 02:00, when it is usually shut, and nobody has moved indoors "
        "for 25 minutes; a hub of this home has been silent since 02:03."
    )


def test_the_return_is_noticed_and_names_the_signal_it_ends() -> None:
    left, back = night(("02:00", "back-door"), ("03:10", "kitchen"))
    assert kinds([left, back]) == [SignalKind.WANDERING, SignalKind.RETURNED]
    assert back.evidence.facts == {"ends": left.id, "away_minutes": 70}
    assert "kitchen" in back.why


def test_whoever_lets_the_cat_in_and_goes_back_to_bed_is_left_alone() -> None:
    assert night(("02:00", "front-door"), ("02:12", "bedroom")) == []


def test_a_fridge_door_is_no_way_out() -> None:
    assert night(("02:00", "fridge-door")) == []


def test_by_day_people_come_and_go() -> None:
    assert night(("05:30", "front-door"), until="08:00") == []


@pytest.mark.parametrize("hours", [0, 1, 3])
def test_tonight_is_marked_at_its_own_hour(hours: int) -> None:
    (left,) = night(("02:00", "front-door"), evening_hours=hours)
    (series,) = left.evidence.series
    assert series.labels[int(left.evidence.marks["tonight"])] == "02:00"


def test_where_it_is_always_night_every_hour_is_drawn_and_the_afternoon_s_is_marked() -> None:
    (left,) = night(
        ("13:59", "hallway"), ("14:00", "front-door"), until="15:00",
        night_from_hour=0, night_until_hour=24,
    )  # fmt: skip
    (drawn,) = left.evidence.series
    assert len({*drawn.labels}) == 24
    assert drawn.labels[int(left.evidence.marks["tonight"])] == "14:00"


def test_opening_and_shutting_is_one_leaving() -> None:
    (left,) = night(("02:00", "front-door"), ("02:00:08", "front-door"))
    assert left.occurred_at == local(NIGHT, "02:24:53")


def test_a_door_that_bangs_in_the_wind_puts_the_judgement_off_by_a_minute_at_most() -> None:
    banging = [(f"02:{minute:02d}", "front-door") for minute in range(0, 40, 4)]
    left = night(*banging)[0]
    assert left.occurred_at == local(NIGHT, "02:25:45")


def test_a_story_told_late_is_heard_to_its_end_before_it_is_judged() -> None:
    # The hub was offline from midnight and empties its memory at nine.
    diary = Diary()
    profile = diary.profile()
    home = watched(Wandering(profile), profile)
    tell(home, list(diary.days(FIRST_DAY, 29)))
    told = local(NIGHT, "09:00:01")
    assert tell(home, [diary.moves(local(NIGHT, "00:30"), "bathroom", received_at=told)]) == []
    late_door = diary.note(local(NIGHT, "02:00"), "door", "front-door", received_at=told)
    assert tell(home, [late_door]) == []
    came_back = diary.moves(
        local(NIGHT, "02:06"), "hallway", received_at=told + timedelta(seconds=3)
    )
    assert tell(home, [came_back]) == []
    assert home.tick(local(NIGHT, "12:00")) == []


def test_a_late_story_without_a_return_is_still_told() -> None:
    diary = Diary()
    profile = diary.profile()
    home = watched(Wandering(profile), profile)
    tell(home, weeks_before(diary, NIGHT))
    told = local(NIGHT, "05:00")
    tell(home, [diary.note(local(NIGHT, "02:00"), "door", "front-door", received_at=told)])
    (left,) = home.tick(local(NIGHT, "06:00"))
    assert left.kind is SignalKind.WANDERING
    assert "opened at 02:00" in left.why


@pytest.mark.parametrize(
    ("morning", "opened", "judged"),
    [
        # 2026-03-29: 01:00 becomes 02:00; 2026-10-25: 02:00 becomes 01:00 again.
        (date(2026, 3, 29), "00:50", "02:14:45"),
        (date(2026, 10, 25), "00:50", "01:14:45"),
        (date(2026, 10, 25), "04:55", "05:19:45"),
    ],
)
def test_minutes_are_minutes_when_the_clocks_change(
    morning: date, opened: str, judged: str
) -> None:
    (left,) = night(("00:30", "hallway"), (opened, "front-door"), on=morning)
    assert left.occurred_at - local(morning, opened) == timedelta(minutes=24.75)
    assert left.occurred_at == local(morning, judged)


@pytest.mark.parametrize(("opened", "heard"), [("23:20", 1), ("04:50", 1), ("05:10", 0)])
def test_in_summer_the_night_is_the_home_s_own_and_not_greenwich_s(opened: str, heard: int) -> None:
    summer = date(2026, 7, 1)
    diary = Diary()
    profile = diary.profile()
    home = watched(Wandering(profile), profile)
    tell(home, [diary.moves(local(summer, "04:00"), "bedroom")])
    tell(home, [diary.door(local(summer, opened))])
    assert len(home.tick(local(summer, opened) + timedelta(hours=1))) == heard


def test_the_extra_hour_in_october_still_is_night() -> None:
    second_half_past_one = local(date(2026, 10, 25), "01:30") + timedelta(hours=1)
    diary = Diary()
    profile = diary.profile()
    home = watched(Wandering(profile), profile)
    tell(home, [diary.moves(local(date(2026, 10, 24), "22:00"), "lounge")])
    tell(home, [diary.door(second_half_past_one)])
    (left,) = home.tick(second_half_past_one + timedelta(hours=1))
    assert "opened at 01:30" in left.why


def test_a_home_may_name_its_own_doors_and_hours() -> None:
    own = {"outer_doors": ("garden-gate",), "night_from_hour": 20}
    diary = Diary()
    profile = diary.profile(settings={"wandering": own})
    home = watched(Wandering(profile), profile)
    tell(home, [diary.moves(local(NIGHT, "19:00"), "lounge")])
    tell(home, [diary.note(local(NIGHT, "20:30"), "contact", "Garden Gate", value=True)])
    assert kinds(home.tick(local(NIGHT, "21:00"))) == [SignalKind.WANDERING]


def test_where_only_the_door_has_a_sensor_the_next_night_is_watched_too() -> None:
    diary = Diary()
    profile = diary.profile()
    home = watched(Wandering(profile), profile)
    for day in (0, 1):
        at = local(FIRST_DAY + timedelta(days=day), "02:00")
        assert kinds(tell(home, [diary.door(at)]) + home.tick(at + timedelta(hours=1))) == [
            SignalKind.WANDERING
        ]


def test_of_rooms_unheard_for_a_week_the_last_one_s_silence_proves_no_empty_home() -> None:
    diary = Diary()
    profile = diary.profile()
    home = watched(Wandering(profile), profile)
    for n, room in enumerate(("kitchen", "hallway", "bathroom", "bedroom")):
        tell(home, [diary.moves(local(NIGHT - timedelta(days=9), f"1{n}:00"), room)])
    tell(home, [diary.moves(local(NIGHT, "12:00") - timedelta(days=1), "lounge")])
    tell(home, [diary.door(local(NIGHT, "02:00"))])
    assert kinds(home.tick(local(NIGHT, "03:00"))) == [SignalKind.WANDERING]


def test_the_last_door_of_the_evening_is_the_first_of_the_night() -> None:
    diary = Diary()
    profile = diary.profile()
    home = watched(Wandering(profile), profile)
    told = tell(home, [diary.moves(local(NIGHT, "22:00"), "lounge")])
    for clock in ("22:58", "23:01"):
        told += tell(home, [diary.door(local(NIGHT, clock))])
    (left,) = told + home.tick(local(NIGHT, "23:59"))
    assert "opened at 23:01" in left.why


ROOMS = ("kitchen", "lounge", "hallway", "bedroom")


@pytest.mark.parametrize(
    ("rooms", "seen", "told"),
    [
        (ROOMS, "13:30", 0),
        (ROOMS, "14:30", 1),  # ten hours may be a night's sleep
        (ROOMS[:3], "13:30", 1),  # few sensors may have missed a whole day
    ],
)
def test_who_comes_home_at_midnight_to_an_empty_home_has_not_wandered_off(
    rooms: tuple[str, ...], seen: str, told: int
) -> None:
    diary = Diary()
    profile = diary.profile()
    wandering = Wandering(profile)
    home = watched(wandering, profile)
    day = NIGHT - timedelta(days=1)
    tell(home, [diary.moves(local(day, f"{seen}:{i:02d}"), room) for i, room in enumerate(rooms)])
    tell(home, [diary.door(local(NIGHT, "00:10"))])
    assert len(home.tick(local(NIGHT, "06:00"))) == told
    assert home.refusals == ({} if told else {"wandering.hardly_seen": 1})


def test_a_home_that_nobody_could_hear_since_noon_is_not_called_empty() -> None:
    diary = Diary()
    profile = diary.profile(hubs={diary.hub: 1800.0})
    home = watched(Wandering(profile), profile)
    day = NIGHT - timedelta(days=1)
    for i, room in enumerate(ROOMS):
        tell(home, [diary.moves(local(day, f"12:0{i}"), room)])
    tell(home, [diary.beat(local(NIGHT, "00:05")), diary.door(local(NIGHT, "02:00"))])
    assert kinds(home.tick(local(NIGHT, "06:00"))) == [SignalKind.WANDERING]


@pytest.mark.parametrize("back", [None, "02:40", "03:50"], ids=["not back", "told late", "later"])
def test_who_left_just_before_the_county_fell_silent_is_missed_when_it_speaks_again(
    back: str | None,
) -> None:
    diary = Diary()
    profile = diary.profile()
    home = watched(Wandering(profile), profile)
    tell(home, weeks_before(diary, NIGHT))
    tell(home, [diary.moves(local(NIGHT, "01:59"), "hallway"), diary.door(local(NIGHT, "02:00"))])
    for until in ("02:25", "02:50", "03:30"):
        home.blind(local(NIGHT, "02:10"), local(NIGHT, until))
        assert home.tick(local(NIGHT, until)) == []
    if back is not None:
        at = local(NIGHT, back)
        tell(home, [diary.moves(at, "hallway", received_at=max(at, local(NIGHT, "03:31")))])
    told = home.tick(local(NIGHT, "06:00"))
    assert home.refusals["wandering.blackout"] == 1
    if back is not None:
        assert told == []
        return
    (left,) = told
    assert left.occurred_at == local(NIGHT, "03:54:45")
    assert left.why == (
        "The front door opened at 02:00, when it is usually shut, and nobody has moved indoors "
        "for 25 minutes, since 03:30 when we could see again."
    )


PENDANT_BEATS = ((NIGHT - timedelta(days=1), "11:00"), (NIGHT, "00:05"))


def test_a_pendant_that_was_silent_hid_nobody() -> None:
    diary = Diary()
    profile = diary.profile(hubs={"pendant-1": 3600.0}, checking_in=frozenset({"pendant-1"}))
    home = watched(Wandering(profile), profile)
    day = NIGHT - timedelta(days=1)
    for i, room in enumerate(ROOMS):
        tell(home, [diary.moves(local(day, f"12:0{i}"), room)])
    tell(home, [replace(diary.beat(local(*at)), device="pendant-1") for at in PENDANT_BEATS])
    tell(home, [diary.door(local(NIGHT, "02:00"))])
    assert home.tick(local(NIGHT, "06:00")) == []
    assert home.refusals == {"wandering.hardly_seen": 1}


COMES_IN = (("00:55:00", "front-door"), ("00:55:03", "hallway"), ("00:55:20", "front-door"))


def test_whoever_comes_in_while_all_lie_in_bed_has_not_left() -> None:
    assert night(*COMES_IN, ("01:35", "bedroom")) == []


def test_whoever_looked_in_and_is_seen_no_more_is_told_of_within_the_hour_after() -> None:
    (left,) = night(*COMES_IN)
    assert left.occurred_at == local(NIGHT, "01:55:20")
    assert (
        "opened at 00:55, when it is usually shut, and nobody has moved indoors for 60" in left.why
    )


@pytest.mark.parametrize(
    "events",
    [
        (("00:40", "bedroom"), *COMES_IN),  # awake, and so perhaps the one who leaves
        (("00:55:03", "hallway"), ("00:55:20", "front-door")),
        (*COMES_IN[:2], ("00:58", "front-door")),  # three minutes are a visit, not a threshold
        (COMES_IN[0],),
    ],
)
def test_any_other_door_is_waited_on_for_25_minutes(events: tuple[tuple[str, str], ...]) -> None:
    (left,) = night(*events)
    assert left.occurred_at - local(NIGHT, events[-1][0]) == timedelta(minutes=24.75)


@pytest.mark.parametrize("clock", ["00:55:01", "00:55:10", "01:10", "01:30"])
def test_killed_and_restored_on_the_way_in_it_says_the_same(clock: str) -> None:
    diary = Diary()
    profile = diary.profile()
    home, again = (watched(Wandering(profile), profile) for _ in range(2))
    tell(home, [diary.moves(local(NIGHT, "00:05"), "bedroom")])
    way = [
        diary.door(local(NIGHT, at))
        if room.endswith("door")
        else diary.moves(local(NIGHT, at), room)
        for at, room in COMES_IN
    ]
    cut = local(NIGHT, clock)
    tell(home, [each for each in way if each.occurred_at < cut])
    assert home.tick(cut) == []
    again.restore(home.snapshot())
    rest = [each for each in way if each.occurred_at >= cut]
    (left,) = tell(again, rest) + again.tick(local(NIGHT, "06:00"))
    assert left.occurred_at == local(NIGHT, "01:55:20")


def test_after_an_hour_in_which_the_hub_was_silent_nobody_knows_who_came_first() -> None:
    diary = Diary()
    profile = diary.profile(hubs={diary.hub: 1800.0})
    home = watched(Wandering(profile), profile)
    tell(home, [diary.moves(local(NIGHT, "00:05"), "bedroom"), diary.beat(local(NIGHT, "00:50"))])
    for at, room in COMES_IN:
        note = diary.door if room.endswith("door") else diary.moves
        assert tell(home, [note(local(NIGHT, at), room)]) == []
    (left,) = home.tick(local(NIGHT, "06:00"))
    assert left.occurred_at - local(NIGHT, "00:55:20") == timedelta(minutes=24.75)

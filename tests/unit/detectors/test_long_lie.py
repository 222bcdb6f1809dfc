"""Into the bathroom, or up at night, and nothing moves any more."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from msgspec.structs import replace

from detectors.long_lie import LongLie
from telecare.messages import Signal
from telecare.vocabulary import ReadingKind, SignalKind
from tests.harness.diary import FIRST_DAY, Diary, kinds, local, tell, watched

DAY = timedelta(days=1)
LATER = FIRST_DAY + 29 * DAY


class Watched:
    """A home whose person is in the bathroom for five minutes by night and eight by day."""

    def __init__(
        self, *, hub_s: float | None = None, pendant_s: float | None = None, **settings: object
    ) -> None:
        self.diary = Diary()
        promised = {self.diary.hub: hub_s, "pendant": pendant_s}
        self.profile = self.diary.profile(
            hubs={device: s for device, s in promised.items() if s is not None},
            checking_in=frozenset({"pendant"}),
            settings={"long_lie": settings},
        )
        self.home = watched(LongLie(self.profile), self.profile)

    def learns(self, days: int = 28) -> Watched:
        for n in range(days):
            day = FIRST_DAY + n * DAY
            assert self.visit(day, "02:00", 5) == []
            assert self.visit(day, "10:00", 8) == []
        return self

    def visit(self, day: date, clock: str, minutes: float) -> list[Signal]:
        begins = local(day, clock)
        return self.sees(begins, (-60, "bedroom"), (0, "bathroom"), (minutes, "bedroom"))

    def beats(self, begins: datetime, words: int) -> list[Signal]:
        """So many heartbeats, nine minutes apart."""
        moments = [begins + timedelta(minutes=9 * n) for n in range(1, words + 1)]
        return tell(self.home, [self.diary.beat(each) for each in moments])

    def sees(self, begins: datetime, *moves: tuple[float, str]) -> list[Signal]:
        """Movement so many minutes after `begins`."""
        return tell(
            self.home,
            [self.diary.moves(begins + timedelta(minutes=m), room) for m, room in moves],
        )


def test_a_visit_at_night_is_too_long_a_quarter_of_an_hour_beyond_the_usual() -> None:
    home = Watched().learns()
    assert (
        home.sees(local(LATER, "02:00"), (-60, "bedroom"), (0, "bathroom"), (3, "bathroom")) == []
    )
    (lies,) = home.home.tick(local(LATER, "06:00"))
    assert lies.kind is SignalKind.INACTIVITY
    assert lies.type == "bathroom"
    assert lies.occurred_at == local(LATER, "02:20")
    assert lies.why == (
        "Went into the bathroom at 02:00; nothing has moved anywhere for 17 minutes, since 02:03."
    )
    assert lies.evidence.series[0].usual_high == 5


@pytest.mark.parametrize(
    ("bedroom", "bathroom"),
    [("Bedroom 1", "upstairs bathroom"), ("main_bedroom", "wet room"), ("bedroom2", "Bathroom 2"),
     ("bed", "ensuite")],
)  # fmt: skip
def test_a_room_may_have_a_number_a_floor_or_another_name(bedroom: str, bathroom: str) -> None:
    home = Watched()
    home.sees(local(LATER, "01:10"), (0, bedroom), (50, bathroom), (53, bathroom), (58, bedroom))
    home.sees(local(LATER, "02:55"), (0, bedroom), (1, bathroom))
    (lies,) = home.home.tick(local(LATER, "06:00"))
    assert lies.type == "bathroom"
    assert lies.why.startswith(f"Went into the {bathroom.lower().replace('_', ' ')} at 02:56; ")


def test_back_on_the_sensor_of_the_bed_nobody_is_up() -> None:
    home = Watched()
    bed = replace(home.diary.note(local(LATER, "03:00"), "bed", value=True), sensor="bed")
    home.sees(local(LATER, "01:30"), (0, "bedroom"))
    tell(home.home, [bed])
    assert home.home.tick(local(LATER, "06:00")) == []


def test_a_hall_before_the_bathroom_is_not_the_bathroom() -> None:
    home = Watched()
    home.sees(local(LATER, "14:00"), (0, "bathroom hall"), (1, "bedroom landing"))
    assert home.home.tick(local(LATER, "20:00")) == []


def test_by_day_the_margin_is_wider() -> None:
    home = Watched().learns()
    home.sees(local(LATER, "10:00"), (-60, "bedroom"), (0, "bathroom"))
    (lies,) = home.home.tick(local(LATER, "12:00"))
    assert lies.occurred_at == local(LATER, "10:38")


def test_who_went_in_by_day_is_judged_by_day_though_it_has_become_night() -> None:
    home = Watched()
    for n in range(28):
        assert home.visit(FIRST_DAY + n * DAY, "21:30", 8) == []
        assert home.visit(FIRST_DAY + n * DAY, "23:00", 40) == []
    home.sees(local(LATER, "21:55"), (-60, "bedroom"), (0, "bathroom"), (10, "bathroom"))
    (lies,) = home.home.tick(local(LATER + DAY, "02:00"))
    assert lies.occurred_at == local(LATER, "22:33"), "after 8 minutes and 30, not 40 and 15"


def test_no_setting_lets_anybody_lie_for_longer_than_an_hour() -> None:
    home = Watched(still_minutes=240, unknown_minutes=600, excess_day_minutes=600).learns(1)
    home.sees(local(LATER, "10:00"), (-60, "bedroom"), (0, "bathroom"), (20, "bathroom"))
    (lies,) = home.home.tick(local(LATER, "20:00"))
    assert lies.occurred_at == local(LATER, "11:20")


def test_after_an_hour_no_habit_counts() -> None:
    home = Watched()
    for n in range(28):  # every morning an hour and a half in the bath
        soaks = [(m, "bathroom") for m in range(0, 90, 9)]
        begins = local(FIRST_DAY + n * DAY, "10:00")
        assert home.sees(begins, (-60, "bedroom"), *soaks, (86, "bedroom")) == []
    home.sees(local(LATER, "10:00"), (-60, "bedroom"), (0, "bathroom"), (5, "bathroom"))
    (lies,) = home.home.tick(local(LATER, "15:00"))
    assert lies.occurred_at == local(LATER, "11:00")


def test_until_visits_are_known_the_hour_alone_counts() -> None:
    home = Watched()
    home.sees(local(FIRST_DAY, "02:00"), (-60, "bedroom"), (0, "bathroom"))
    (lies,) = home.home.tick(local(FIRST_DAY, "06:00"))
    assert lies.occurred_at == local(FIRST_DAY, "03:00")


def test_whoever_is_seen_moving_is_not_lying_still() -> None:
    home = Watched().learns()
    moves = [(float(m), "bathroom") for m in range(0, 50, 5)]
    assert home.sees(local(LATER, "02:00"), (-60, "bedroom"), *moves, (52, "bedroom")) == []


def test_up_at_night_and_not_back_in_bed() -> None:
    home = Watched()
    home.sees(local(LATER, "03:00"), (-90, "bedroom"), (0, "hallway"), (2, "kitchen"))
    (lies,) = home.home.tick(local(LATER, "06:00"))
    assert lies.type == "night_visit"
    assert lies.occurred_at == local(LATER, "04:02")
    assert lies.why.startswith("Got up at 03:00 and was last seen in the kitchen; ")


def test_an_evening_in_the_lounge_is_no_visit() -> None:
    home = Watched()
    home.sees(local(LATER, "22:30"), (-20, "kitchen"), (0, "lounge"))
    assert home.home.tick(local(LATER + DAY, "06:00")) == []


def test_going_out_ends_a_visit() -> None:
    home = Watched().learns()
    home.sees(local(LATER, "10:00"), (-60, "bedroom"), (0, "bathroom"))
    tell(home.home, [home.diary.door(local(LATER, "10:10"))])
    assert home.home.tick(local(LATER, "18:00")) == []


def test_who_gets_up_and_goes_out_lies_nowhere_in_the_home() -> None:
    home = Watched()
    home.sees(local(LATER, "03:00"), (-90, "bedroom"), (0, "hallway"))
    tell(home.home, [home.diary.door(local(LATER, "03:02"))])
    assert home.home.tick(local(LATER, "08:00")) == []


def test_a_visit_that_nobody_saw_from_end_to_end_teaches_no_length() -> None:
    home = Watched(hub_s=600).learns()
    home.sees(local(LATER, "02:00"), (-60, "bedroom"), (0, "bathroom"))
    tell(home.home, [home.diary.beat(local(LATER, "02:40"))])
    home.sees(local(LATER, "02:45"), (0, "bedroom"))
    home.sees(local(LATER + DAY, "02:00"), (-60, "bedroom"), (0, "bathroom"))
    beats = [
        home.diary.beat(local(LATER + DAY, "02:00") + timedelta(minutes=5 * n)) for n in range(9)
    ]
    (lies,) = tell(home.home, beats)
    assert lies.occurred_at == local(LATER + DAY, "02:20"), "still after 5 minutes and 15"


def test_who_comes_in_by_the_front_door_to_help_is_named_by_the_door() -> None:
    home = Watched().learns()
    home.sees(local(LATER, "02:00"), (-60, "bedroom"), (0, "bathroom"))
    assert kinds(home.home.tick(local(LATER, "02:30"))) == [SignalKind.INACTIVITY]
    (resumed,) = tell(home.home, [home.diary.door(local(LATER, "02:40"))])
    assert resumed.why == "Somebody is moving again (front door) after 40 minutes."


def test_the_next_movement_elsewhere_says_it_is_over() -> None:
    home = Watched().learns()
    home.sees(local(LATER, "02:00"), (-60, "bedroom"), (0, "bathroom"))
    (lies,) = home.home.tick(local(LATER, "02:30"))
    still_there = home.sees(local(LATER, "02:35"), (0, "bathroom"))
    assert still_there == [], "movement on the bathroom floor ends nothing"
    (resumed,) = home.sees(local(LATER, "02:40"), (0, "hallway"))
    assert kinds([lies, resumed]) == [SignalKind.INACTIVITY, SignalKind.ACTIVITY_RESUMED]
    assert resumed.evidence.facts["ends"] == lies.id
    assert resumed.why == "Somebody is moving again (hallway) after 40 minutes.", "not after 5"


def test_a_silent_hub_refuses_the_judgement_and_says_so() -> None:
    home = Watched(hub_s=600).learns()
    home.sees(local(LATER, "02:00"), (-60, "bedroom"), (0, "bathroom"), (2, "bathroom"))
    (refused,) = home.home.tick(local(LATER, "06:00"))
    assert refused.kind is SignalKind.UNJUDGED
    assert refused.evidence.facts["reason"] == "hub_silent"
    assert "a hub of this home has been silent since" in refused.why
    # It is back, and still nothing moves: now we can see that.
    back = local(LATER, "06:05")
    beats = [home.diary.beat(back + timedelta(minutes=5 * n)) for n in range(20)]
    (lies,) = tell(home.home, beats)
    assert lies.kind is SignalKind.INACTIVITY
    assert "since 06:05 when we could see again" in lies.why
    assert lies.occurred_at < back + timedelta(minutes=61)


def test_a_hub_that_beat_after_the_last_movement_is_said_to_be_silent_since_then() -> None:
    home = Watched(hub_s=600).learns()
    home.sees(local(LATER, "02:00"), (-60, "bedroom"), (0, "bathroom"), (2, "bathroom"))
    tell(home.home, [home.diary.beat(local(LATER, "02:07"))])
    (refused,) = home.home.tick(local(LATER, "06:00"))
    assert refused.why == (
        "Somebody was last seen in the bathroom at 02:02, and a hub of this home has been silent "
        "since 02:07: whether they came out cannot be judged."
    )


def test_who_had_stayed_longer_than_ever_when_the_hub_fell_silent_is_asked_after() -> None:
    """In the bathroom since 10:00, for eight minutes at most; at 10:25 the hub's last word."""
    home = Watched(hub_s=600).learns()
    home.sees(local(LATER, "10:00"), (-60, "bedroom"), (0, "bathroom"), (2, "bathroom"))
    home.beats(local(LATER, "09:58"), 3)
    (lies,) = home.home.tick(local(LATER, "14:00"))
    assert (lies.kind, lies.type) == (SignalKind.INACTIVITY, "bathroom")
    assert lies.occurred_at == local(LATER, "10:38")
    assert lies.why == (
        "Went into the bathroom at 10:00; nothing had moved anywhere for 23 minutes when a hub of "
        "this home fell silent at 10:25, and nobody sees whether they came out: ring."
    )
    assert home.home.tick(local(LATER, "20:00")) == [], "once"
    (resumed,) = home.sees(local(LATER, "20:05"), (0, "hallway"))
    assert resumed.evidence.facts["ends"] == lies.id


def test_who_had_not_moved_at_night_for_longer_than_ever_is_asked_after() -> None:
    home = Watched(hub_s=600)
    for n in range(28):
        home.sees(local(FIRST_DAY + n * DAY, "03:00"), (-90, "bedroom"), (0, "hallway"),
                  (6, "bedroom"))  # fmt: skip
    home.sees(local(LATER, "03:00"), (-90, "bedroom"), (0, "hallway"), (1, "kitchen"))
    tell(home.home, [home.diary.beat(local(LATER, "03:09"))])
    (lies,) = home.home.tick(local(LATER, "06:00"))
    assert (lies.kind, lies.type) == (SignalKind.INACTIVITY, "night_visit")
    assert lies.why.endswith("nobody sees whether they went back to bed: ring.")


@pytest.mark.parametrize(
    ("moved", "last_word"),
    [
        ([0.0, 2.0], "10:07"),  # they may have come out a minute after it
        ([0.0, 5.0, 20.0], "10:25"),  # somebody moved about in there five minutes before
    ],
)
def test_a_silent_hub_is_no_silent_person(moved: list[float], last_word: str) -> None:
    home = Watched(hub_s=600).learns()
    moves = [(minutes, "bathroom") for minutes in moved]
    home.sees(local(LATER, "10:00"), (-60, "bedroom"), *moves)
    tell(home.home, [home.diary.beat(local(LATER, last_word))])
    (refused,) = home.home.tick(local(LATER, "14:00"))
    assert refused.kind is SignalKind.UNJUDGED


def test_where_returns_go_unseen_a_silent_hub_makes_nobody_lie_there() -> None:
    home = Watched(hub_s=600).learns()
    said: list[Signal] = []
    for n, words in enumerate((30, 30, 2)):  # no sensor sees her come out: the afternoon does
        late = local(LATER + n * DAY, "10:00")
        home.sees(late, (-60, "bedroom"), (0, "bathroom"))
        said = home.beats(late, words) + home.home.tick(late + timedelta(hours=4))
        home.sees(late, (270, "bedroom"))
    assert kinds(said) == [SignalKind.UNJUDGED]
    assert said[0].evidence.facts["reason"] == "hub_silent"


def test_of_a_hub_silent_for_days_the_day_is_said_and_of_a_night_up_the_way_back_to_bed() -> None:
    home = Watched(hub_s=600)
    upstairs = [replace(home.diary.beat(local(FIRST_DAY, "02:07")), device="upstairs")]
    profile = home.diary.profile(hubs={home.diary.hub: 600.0, "upstairs": 600.0})
    home.home = watched(LongLie(profile), profile)
    tell(home.home, upstairs)
    home.learns()
    home.sees(local(LATER, "03:00"), (-60, "bedroom"), (0, "kitchen"))
    refused = home.home.tick(local(LATER, "06:00"))[-1]
    assert refused.why == (
        "Somebody was last seen in the kitchen at 03:00, and a hub of this home has been silent "
        "since Mon 02 Feb 02:07: whether they went back to bed cannot be judged."
    )


def test_where_a_silent_hub_is_replaced_the_visit_is_judged_by_what_the_new_one_sees() -> None:
    home = Watched(hub_s=600).learns()
    home.sees(local(LATER, "02:00"), (-60, "bedroom"), (0, "bathroom"), (2, "bathroom"))
    assert kinds(home.home.tick(local(LATER, "06:00"))) == [SignalKind.UNJUDGED]
    profile = home.diary.profile(hubs={"new-hub": 600.0}, settings={"long_lie": {}})
    snapshot, now = home.home.snapshot(), watched(LongLie(profile), profile)
    now.restore(snapshot)
    back = local(LATER, "06:05")
    beats = [home.diary.beat(back + timedelta(minutes=5 * n)) for n in range(20)]
    (lies,) = tell(now, [replace(each, device="new-hub") for each in beats])
    assert lies.kind is SignalKind.INACTIVITY
    assert "since 06:05 when we could see again" in lies.why


def test_a_will_does_not_let_it_judge() -> None:
    home = Watched(hub_s=600).learns()
    home.sees(local(LATER, "02:00"), (-60, "bedroom"), (0, "bathroom"), (2, "bathroom"))
    gone = home.diary.note(
        local(LATER, "02:11"), "status", kind=ReadingKind.STATUS, data={"will": True}
    )
    tell(home.home, [gone])
    assert kinds(home.home.tick(local(LATER, "06:00"))) == [SignalKind.UNJUDGED]


def test_a_flat_pendant_is_no_silent_hub() -> None:
    home = Watched(hub_s=600, pendant_s=90_000).learns()
    tell(home.home, [replace(home.diary.beat(local(FIRST_DAY, "09:00")), device="pendant")])
    home.sees(local(LATER, "02:00"), (-60, "bedroom"), (0, "bathroom"), (3, "bathroom"))
    beats = [home.diary.beat(local(LATER, "02:05") + timedelta(minutes=5 * n)) for n in range(9)]
    assert kinds(tell(home.home, beats)) == [SignalKind.INACTIVITY]


def test_a_silent_county_is_no_county_lying_still() -> None:
    home = Watched().learns()
    home.sees(local(LATER, "02:00"), (-60, "bedroom"), (0, "bathroom"))
    home.home.blind(local(LATER, "02:10"), local(LATER, "03:30"))
    assert home.home.tick(local(LATER, "03:45")) == []
    assert home.home.refusals["long_lie.blackout"] == 1
    (lies,) = home.home.tick(local(LATER, "04:30"))
    assert lies.occurred_at == local(LATER, "03:50")
    assert "since 03:30 when we could see again" in lies.why


def test_with_a_hub_that_beats_it_judges() -> None:
    home = Watched(hub_s=600).learns()
    home.sees(local(LATER, "02:00"), (-60, "bedroom"), (0, "bathroom"))
    beats = [home.diary.beat(local(LATER, "02:00") + timedelta(minutes=5 * n)) for n in range(12)]
    assert kinds(tell(home.home, beats)) == [SignalKind.INACTIVITY]


@pytest.mark.parametrize(("always", "third"), [(False, "unjudged"), (True, "inactivity")])
def test_where_returns_go_unseen_it_does_not_judge_and_says_so_once(
    always: bool, third: str
) -> None:
    home = Watched(judge_always=always).learns()
    heard = []
    for n in range(4):  # no sensor sees her go back to bed: the morning does
        night = LATER + n * DAY
        said = home.sees(local(night, "03:00"), (-60, "bedroom"), (0, "bathroom"))
        said += home.home.tick(local(night, "07:00"))
        heard.append([s.kind.value for s in said])
        home.sees(local(night, "07:30"), (0, "bedroom"))
    assert heard[:2] == [["inactivity"]] * 2
    assert heard[2] == [third]
    assert heard[3] == (["inactivity"] if always else [])


def test_that_it_cannot_judge_is_said_again_after_four_weeks() -> None:
    home = Watched().learns()
    told = []
    for n in range(40):
        night = LATER + n * DAY
        home.sees(local(night, "03:00"), (-60, "bedroom"), (0, "bathroom"))
        said = home.home.tick(local(night, "07:00"))
        told += [n for each in said if each.kind is SignalKind.UNJUDGED]
        home.sees(local(night, "07:30"), (0, "bedroom"))
    assert told == [2, 30]


def test_every_way_back_to_bed_counts_when_nobody_is_seen_to_go_back() -> None:
    home = Watched().learns()
    for n, room in enumerate(("bathroom", "kitchen")):
        night = local(LATER + n * DAY, "03:00")
        home.sees(night, (-60, "bedroom"), (0, room))
        assert kinds(home.home.tick(night + timedelta(hours=4))) == [SignalKind.INACTIVITY]
        home.sees(night, (300, "bedroom"))
    third = local(LATER + 2 * DAY, "03:00")
    home.sees(third, (-60, "bedroom"), (0, "bathroom"))
    assert kinds(home.home.tick(third + timedelta(hours=4))) == [SignalKind.UNJUDGED]
    home.sees(third, (300, "bedroom"))
    by_day = local(LATER + 2 * DAY, "11:00")
    home.sees(by_day, (-60, "bedroom"), (0, "bathroom"))
    assert kinds(home.home.tick(by_day + timedelta(hours=1))) == [SignalKind.INACTIVITY]


def test_a_story_told_late_is_heard_to_its_end_before_it_is_judged() -> None:
    home = Watched().learns()
    told = local(LATER, "09:00")
    story = [(60, "bedroom"), (120, "bathroom"), (125, "bedroom")]
    notes = [
        home.diary.moves(
            local(LATER, "00:00") + timedelta(minutes=m), room, told + timedelta(seconds=n)
        )
        for n, (m, room) in enumerate(story)
    ]
    assert tell(home.home, notes) == []
    assert home.home.tick(local(LATER, "12:00")) == []


def test_a_radar_s_presence_is_movement() -> None:
    home = Watched().learns()
    home.sees(local(LATER, "02:00"), (-60, "bedroom"), (0, "bathroom"))
    seen = home.diary.note(local(LATER, "02:10"), "presence", "bedroom", value=1.0)
    assert tell(home.home, [seen]) == []
    assert home.home.tick(local(LATER, "06:00")) == []

"""A home where nothing moves, for longer than it ever does."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from detectors.base import HomeProfile
from detectors.home import Home
from detectors.inactivity import Inactivity
from telecare.messages import Signal
from telecare.vocabulary import SignalKind
from tests.harness.diary import Diary, kinds, local, tell, watched
from tests.harness.still import TODAY, home_after, morning


def anew(home: Home, profile: HomeProfile) -> Home:
    """The same home by what the register says now."""
    made = watched(Inactivity(profile), profile)
    made.restore(home.snapshot())
    return made


def test_after_breakfast_nothing_moves_any_more() -> None:
    diary = Diary()
    home = home_after(20, diary)
    assert tell(home, morning(diary)) == []
    (still,) = home.tick(local(TODAY, "18:00"))
    assert still.kind is SignalKind.INACTIVITY
    waited = still.occurred_at - local(TODAY, "09:12")
    assert timedelta(hours=1) < waited < timedelta(hours=3)
    assert still.why.startswith("Nobody has moved for 2 h 30 min, since 09:12; ")


def test_who_is_usually_out_at_this_hour_is_not_said_to_pause_for_a_minute() -> None:
    diary = Diary()
    home = home_after(20, diary)
    for n in range(30):
        day = TODAY + timedelta(days=n)
        tell(home, [diary.moves(local(day, "07:00"), "kitchen"), diary.door(local(day, "08:00")),
                    diary.moves(local(day, "17:00"), "hallway")])  # fmt: skip
    today = TODAY + timedelta(days=30)
    tell(home, [diary.moves(local(today, "10:00"), "kitchen")])
    (still,) = home.tick(local(today, "14:00"))
    assert still.why == (
        "Nobody has moved for 2 h 30 min, since 10:00; no pause at this time of day is known here."
    )


def test_it_is_said_once_and_movement_ends_it() -> None:
    diary = Diary()
    home = home_after(20, diary)
    tell(home, morning(diary))
    (still,) = home.tick(local(TODAY, "17:00"))
    assert home.tick(local(TODAY, "18:00")) == []
    (moved,) = tell(home, [diary.moves(local(TODAY, "18:01"), "lounge")])
    assert moved.kind is SignalKind.ACTIVITY_RESUMED
    assert moved.evidence.facts["ends"] == still.id


def test_who_comes_home_from_hospital_was_away_for_days_and_not_for_hundreds_of_hours() -> None:
    diary = Diary()
    home = home_after(20, diary)
    tell(home, morning(diary))
    assert kinds(home.tick(local(TODAY, "17:00"))) == [SignalKind.INACTIVITY]
    back = local(TODAY + timedelta(days=11), "14:00")
    (moved,) = tell(home, [diary.moves(back, "hallway")])
    assert moved.why == "Somebody is moving again (hallway) after 11 days."


def test_the_evidence_is_the_last_day_by_room() -> None:
    diary = Diary()
    home = home_after(20, diary)
    tell(home, morning(diary))
    (still,) = home.tick(local(TODAY, "18:00"))
    kitchen = next(s for s in still.evidence.series if s.name == "kitchen")
    assert len(kitchen.x) == 24
    nine_o_clock = [y for x, y in zip(kitchen.x, kitchen.y, strict=True) if x > -3 * 3600][0:1]
    assert nine_o_clock == [2.0]
    assert still.evidence.marks["last movement"] == -(
        (still.occurred_at - local(TODAY, "09:12")).total_seconds()
    )


def test_who_came_back_in_is_waited_for_no_longer_than_anybody_indoors() -> None:
    diary = Diary()
    home = home_after(20, diary)
    tell(home, [*morning(diary), diary.door(local(TODAY, "09:20"))])
    assert home.tick(local(TODAY, "12:30")) == [], "out, as far as anybody knows"
    tell(home, [diary.moves(local(TODAY, "12:40"), "hallway")])
    (still,) = home.tick(local(TODAY, "20:00"))
    assert still.occurred_at == local(TODAY, "15:10"), "not eight hours after the door"


def test_a_night_in_bed_is_no_silence() -> None:
    diary = Diary()
    home = home_after(20, diary)
    tell(home, diary.day(TODAY, night_bathroom=0))
    assert home.tick(local(TODAY + timedelta(days=1), "07:45")) == []


def test_who_does_not_get_up_is_missed_in_the_morning() -> None:
    diary = Diary()
    home = home_after(20, diary)
    tell(home, diary.day(TODAY, night_bathroom=0))
    tomorrow = TODAY + timedelta(days=1)
    (still,) = home.tick(local(tomorrow, "14:00"))
    assert local(tomorrow, "08:00") < still.occurred_at < local(tomorrow, "13:00")


@pytest.mark.parametrize(
    "sunday",
    [date(2026, 3, 22), date(2026, 3, 29), date(2026, 10, 18), date(2026, 10, 25)],
    ids=["before March", "clocks in March", "before October", "clocks in October"],
)
def test_who_does_not_get_up_is_missed_at_the_same_hour_when_the_clocks_change(
    sunday: date,
) -> None:
    diary = Diary()
    profile = diary.profile()
    home = watched(Inactivity(profile), profile)
    first = sunday - timedelta(days=25)
    assert tell(home, list(diary.days(first, 25, night_bathroom=0, kitchen=24))) == []
    (still,) = home.tick(local(sunday, "14:00"))
    assert abs(still.occurred_at - local(sunday, "09:00")) < timedelta(seconds=1)
    allowed = still.evidence.facts["usual_minutes"]
    assert isinstance(allowed, int)
    assert allowed < 150, "the sentence says why"


def test_it_is_silent_while_it_learns() -> None:
    diary = Diary()
    home = home_after(10, diary)
    tell(home, morning(diary))
    assert home.tick(local(TODAY + timedelta(days=3), "12:00")) == []


def test_a_home_whose_people_went_out_is_not_still() -> None:
    diary = Diary()
    home = home_after(20, diary)
    tell(home, [*morning(diary), diary.door(local(TODAY, "09:20"))])
    assert home.tick(local(TODAY, "17:15")) == []
    tell(home, [diary.moves(local(TODAY, "17:18"), "hallway")])
    assert kinds(home.tick(local(TODAY + timedelta(days=1), "09:00"))) == [SignalKind.INACTIVITY]


def test_where_a_carer_left_and_nothing_moves_again_it_is_told_the_same_day() -> None:
    diary = Diary()
    home = home_after(20, diary)
    for i in range(3):  # she comes and goes every morning; whoever lives there stays
        day = TODAY + timedelta(days=i)
        tell(home, [diary.door(local(day, "07:31")), *diary.day(day, night_bathroom=i % 2)])
    last = TODAY + timedelta(days=3)
    tell(home, [diary.moves(local(last, "07:40"), "kitchen"), diary.door(local(last, "08:01"))])
    (still,) = home.tick(local(last + timedelta(days=1), "12:00"))
    assert still.occurred_at == local(last, "16:01")
    assert still.why == (
        "Nobody has been seen for 8 h 00 min, since 08:01; the last sign was an outer door, and "
        "usually somebody is back within 15 minutes."
    )


def test_who_is_out_for_long_days_is_given_longer_but_not_for_ever() -> None:
    def missed_after(hours_out: float) -> timedelta:
        diary = Diary()
        home = home_after(20, diary)
        out, back = local(TODAY, "08:00"), local(TODAY, "08:00") + timedelta(hours=hours_out)
        tell(home, [diary.door(out), diary.moves(back, "hallway")])
        tomorrow = local(TODAY + timedelta(days=1), "08:00")
        tell(home, [diary.moves(tomorrow - timedelta(minutes=5), "hallway"), diary.door(tomorrow)])
        signals = home.tick(tomorrow + timedelta(days=2))
        return signals[-1].occurred_at - tomorrow

    assert missed_after(2) == timedelta(hours=8)
    assert missed_after(9) == timedelta(hours=12)
    assert missed_after(14) == timedelta(hours=16)


def test_who_left_for_the_hospital_is_not_missed() -> None:
    diary = Diary()
    home = home_after(
        20, diary, pauses=({"from": f"{TODAY}", "until": f"{TODAY}", "kind": "hospital"},)
    )
    tell(home, [*morning(diary), diary.door(local(TODAY, "09:20"))])
    assert home.tick(local(TODAY, "23:00")) == []
    assert home.refusals["inactivity.paused"] == 1


@pytest.mark.parametrize("nights", [3, 12])
def test_who_does_not_come_back_when_the_time_away_has_ended_is_missed(nights: int) -> None:
    diary = Diary()
    until = TODAY + timedelta(days=nights)
    away = {"from": f"{TODAY}", "until": f"{until}", "kind": "away"}
    home = home_after(20, diary, pauses=(away,))
    tell(home, [*morning(diary), diary.door(local(TODAY, "09:20"))])
    watered = local(TODAY + timedelta(days=1), "11:00")
    plants = [diary.door(watered), diary.moves(watered + timedelta(minutes=1), "hallway"),
              diary.door(watered + timedelta(minutes=5))]  # fmt: skip
    assert kinds(tell(home, plants)) == []
    assert home.tick(local(until, "23:59")) == []
    (missed,) = home.tick(local(until + timedelta(days=3), "12:00"))
    assert missed.occurred_at == local(until + timedelta(days=1), "09:00")
    assert missed.why == (
        "Nobody has been seen since the time away that was written down ended, 9 h 00 min ago."
    )
    (back,) = tell(home, [diary.door(local(until + timedelta(days=3), "18:00"))])
    assert back.evidence.facts["ends"] == missed.id


@pytest.mark.parametrize("back_after_days", [1, 6])
def test_whose_time_away_is_called_off_is_missed_within_a_day(back_after_days: int) -> None:
    """The holiday is cancelled; whoever came home by a door nobody heard lies on the floor."""
    diary = Diary()
    away = {"from": f"{TODAY}", "until": f"{TODAY + timedelta(days=14)}", "kind": "away"}
    home = home_after(20, diary, pauses=(away,))
    tell(home, [*morning(diary), diary.door(local(TODAY, "09:20"))])
    called_off = local(TODAY + timedelta(days=back_after_days), "12:00")
    assert home.tick(called_off) == []
    home = anew(home, diary.profile())
    (missed,) = home.tick(called_off + timedelta(days=1))
    assert missed.why.startswith("Nobody has been seen for 8 h 00 min, since ")


def test_a_stay_that_ends_a_day_early_is_waited_for_from_its_end() -> None:
    diary = Diary()
    stay = {"from": f"{TODAY}", "until": f"{TODAY + timedelta(days=9)}", "kind": "hospital"}
    home = home_after(20, diary, pauses=(stay,))
    tell(home, [*morning(diary), diary.door(local(TODAY, "09:20"))])
    home_day = TODAY + timedelta(days=3)
    assert home.tick(local(home_day, "11:00")) == []
    home = anew(home, diary.profile(pauses=({**stay, "until": f"{home_day}T15:00"},)))
    (missed,) = home.tick(local(home_day + timedelta(days=1), "12:00"))
    assert missed.occurred_at == local(home_day, "23:00")
    assert "since the stay in hospital that was written down ended" in missed.why


def test_who_asks_to_be_missed_sooner_is_missed_sooner_in_the_same_night() -> None:
    """Nobody waits for the hour that the old settings had chosen."""
    diary = Diary()
    settled = home_after(20, diary)
    bed = [*morning(diary), diary.moves(local(TODAY, "10:00"), "lounge")]
    settings = {"inactivity": {"least_minutes": 60.0, "margin_minutes": 10.0}}
    sooner = anew(settled, diary.profile(settings=settings))
    tell(sooner, bed)
    (expected,) = sooner.tick(local(TODAY, "20:00"))

    settled = home_after(20, diary)
    tell(settled, bed)
    sooner = anew(settled, diary.profile(settings=settings))
    (missed,) = sooner.tick(local(TODAY, "20:00"))
    assert missed.occurred_at == expected.occurred_at
    assert missed.occurred_at < local(TODAY, "12:00")


def test_a_time_away_without_an_end_is_looked_at_again() -> None:
    diary = Diary()
    away = {"from": f"{TODAY}", "until": "9999-12-30", "kind": "away"}
    home = home_after(20, diary, pauses=(away,))
    tell(home, [*morning(diary), diary.door(local(TODAY, "09:20"))])
    assert home.tick(local(TODAY + timedelta(days=15), "12:00")) == []
    snapshot, profile = home.snapshot(), diary.profile()
    home = watched(Inactivity(profile), profile)
    home.restore(snapshot)
    assert kinds(home.tick(local(TODAY + timedelta(days=30), "12:00"))) == [SignalKind.INACTIVITY]


def test_a_day_out_does_not_teach_that_long_pauses_are_usual() -> None:
    def still_at(days_out: int) -> Signal:
        diary = Diary()
        home = home_after(20, diary)
        for i in range(days_out):
            day = TODAY + timedelta(days=i)
            tell(home, [diary.moves(local(day, "08:00"), "hallway")])
            tell(home, [diary.door(local(day, "08:01")), diary.door(local(day, "20:00"))])
            tell(home, [diary.moves(local(day, "20:01"), "hallway")])
            tell(home, [r for r in diary.day(day) if r.occurred_at > local(day, "20:02")])
        day = TODAY + timedelta(days=days_out)
        tell(home, [diary.moves(local(day, "09:12"), "kitchen")])
        (signal,) = home.tick(local(day, "23:00"))
        return signal

    usual, after_outings = still_at(0), still_at(5)
    assert after_outings.evidence.facts["still_minutes"] == usual.evidence.facts["still_minutes"]


def test_a_false_alarm_at_three_does_not_repeat_every_afternoon() -> None:
    # A new habit, an afternoon nap of four hours: it is learnt.
    diary = Diary()
    home = home_after(20, diary)
    heard = []
    for i in range(12):
        day = TODAY + timedelta(days=i)
        awake = [
            r
            for r in diary.day(day)
            if not local(day, "13:00") < r.occurred_at < local(day, "17:00")
        ]
        heard.append(kinds(tell(home, awake)).count(SignalKind.INACTIVITY))
    assert heard[0] == 1
    assert sum(heard[4:]) == 0


def test_a_home_said_to_be_empty_is_not_missed_until_somebody_moves_there() -> None:
    diary = Diary()
    stay = {"from": f"{TODAY}T06:30", "until": f"{TODAY}", "kind": "hospital"}
    home = home_after(20, diary, pauses=(stay,))
    assert home.tick(local(TODAY, "20:00")) == []
    assert home.refusals["inactivity.paused"] == 1
    early = home_after(20, diary, pauses=(stay,))
    tell(early, morning(diary))
    (still,) = early.tick(local(TODAY, "20:00"))
    assert still.kind is SignalKind.INACTIVITY

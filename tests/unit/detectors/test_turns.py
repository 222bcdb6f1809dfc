"""What is counted in a day and the night after it."""

from __future__ import annotations

from detectors.local_time import DAY_S
from detectors.movement import one_of
from detectors.turns import TURN_BEGINS_S, Places, Turn, TurnBook

DAY = 20_500
PLACES = Places(one_of(("bathroom",)), one_of(("kitchen", "fridge-door")), one_of(("bedroom",)))


def lived(*signs: tuple[str, str]) -> TurnBook:
    """Signs at `HH:MM` of the day (after midnight: of the night after it)."""
    book = TurnBook()
    for clock, room in signs:
        hour, minute = map(int, clock.split(":"))
        second = DAY * DAY_S + hour * 3600 + minute * 60 + (DAY_S if hour < 4 else 0)
        turn = book.turn((second - TURN_BEGINS_S) // DAY_S)
        assert turn is not None
        book.sign(turn, second, float(second), room, PLACES, door=room.endswith("front-door"))
    return book


def the_day(book: TurnBook) -> Turn:
    found = book.known(DAY)
    assert found is not None
    return found


def test_signs_five_minutes_apart_are_one_visit() -> None:
    turn = the_day(lived(("12:00", "kitchen"), ("12:05", "kitchen"), ("12:11", "kitchen")))
    assert turn.kitchen_day == 2


def test_a_visit_told_late_is_one_of_its_own() -> None:
    assert the_day(lived(("12:20", "kitchen"), ("12:00", "kitchen"))).kitchen_day == 2


def test_twenty_minutes_to_the_second_are_an_outing() -> None:
    assert the_day(lived(("12:00", "front-door"), ("12:20", "hallway"))).outings == 1


def test_of_a_night_that_was_never_judged_nothing_is_kept() -> None:
    book = lived(("12:00", "kitchen"))
    book.rest(DAY + 3)
    assert not book.halves


def test_rooms_that_nobody_remembers_make_place_for_new_ones() -> None:
    book = TurnBook()
    for day in range(DAY, DAY + 80):  # sensors renamed every month
        second = day * DAY_S + 12 * 3600
        turn = book.turn(day)
        assert turn is not None
        for n in range(15):
            name = f"room-{n}-{(day - DAY) // 40}"
            book.sign(turn, second, float(second), name, PLACES, door=False)
        book.sign(turn, second, float(second), "bathroom", PLACES, door=False)
    last = book.turns[-1]
    assert last.rooms.bit_count() == 16
    assert last.other_day == 16
    assert len(book.rooms) <= 24


def test_night_and_day_are_counted_apart() -> None:
    turn = the_day(lived(("21:59", "bathroom"), ("22:10", "bathroom"), ("02:00", "bathroom")))
    assert (turn.bathroom_day, turn.bathroom_night) == (1, 2)


def test_a_door_and_twenty_minutes_of_nobody_is_an_outing() -> None:
    out = lived(("10:00", "front-door"), ("11:00", "front-door"), ("11:01", "hallway"))
    assert the_day(out).outings == 1


def test_fetching_the_post_is_none() -> None:
    assert the_day(lived(("10:00", "front-door"), ("10:04", "hallway"))).outings == 0


def test_up_is_when_movement_goes_on_and_not_a_glass_of_water_at_five() -> None:
    day = [("05:00", "kitchen")]
    day += [(f"{h:02d}:{m:02d}", "lounge") for h in range(8, 22) for m in (5, 35)]
    day += [("02:10", "kitchen")]
    book = lived(*day)
    book.rest(DAY)
    turn = the_day(book)
    assert turn.up == 8, "half-hours after four: from eight o'clock"
    assert turn.to_bed == 35, "until half past nine"


def test_rooms_that_spoke_are_remembered_by_turn() -> None:
    book = lived(("09:00", "kitchen"), ("10:00", "lounge"))
    assert book.rooms == ["kitchen", "lounge"]
    assert the_day(book).rooms == 0b11


def test_only_the_last_weeks_are_kept() -> None:
    book = TurnBook()
    for day in range(100):
        assert book.turn(day) is not None
    assert len(book.turns) == 36
    assert book.turn(10) is None

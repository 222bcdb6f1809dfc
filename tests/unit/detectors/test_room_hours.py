"""The last day by room."""

from __future__ import annotations

from detectors.room_hours import RoomHours

BEGIN = 500_000 * 3600.0


def test_signs_fall_into_their_hours() -> None:
    rooms = RoomHours()
    for minute in (0, 10, 59, 60, 130):
        rooms.add("kitchen", BEGIN + minute * 60)
    rooms.add("lounge", BEGIN + 130 * 60)
    kitchen, lounge = rooms.series(BEGIN + 150 * 60)
    assert kitchen.y[-3:] == [3.0, 1.0, 1.0]
    assert lounge.y[-3:] == [0.0, 0.0, 1.0]
    assert kitchen.x[-1] == 0.0
    assert kitchen.x[0] == -23 * 3600


def test_a_day_later_nothing_of_it_is_left() -> None:
    rooms = RoomHours()
    rooms.add("kitchen", BEGIN)
    rooms.add("lounge", BEGIN + 24 * 3600)
    assert [(s.name, sum(s.y)) for s in rooms.series(BEGIN + 24 * 3600)] == [("lounge", 1.0)]


def test_time_passing_alone_empties_the_picture() -> None:
    rooms = RoomHours()
    rooms.add("kitchen", BEGIN)
    assert sum(rooms.series(BEGIN + 23 * 3600)[0].y) == 1.0
    assert sum(rooms.series(BEGIN + 24 * 3600)[0].y) == 0.0


def test_what_is_older_than_a_day_comes_too_late() -> None:
    rooms = RoomHours()
    rooms.add("lounge", BEGIN)
    rooms.add("kitchen", BEGIN - 24 * 3600)
    assert [s.name for s in rooms.series(BEGIN)] == ["lounge"]


def test_a_house_of_many_rooms_stays_small() -> None:
    rooms = RoomHours()
    for i in range(100):
        rooms.add(f"room-{i}", BEGIN)
    assert len(rooms.rooms) == 13
    assert sum(sum(s.y) for s in rooms.series(BEGIN)) == 100


def test_a_sensor_s_old_name_gives_way_to_its_new_one() -> None:
    hours = RoomHours()
    for n in range(30):
        for k in range(12):
            hours.add(f"old-{k}", n * 3600.0)
    for n in range(30, 90):
        hours.add("new", n * 3600.0)
    assert [(each.name, sum(each.y)) for each in hours.series(89 * 3600.0)] == [("new", 24.0)]

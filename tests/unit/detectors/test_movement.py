"""What counts as somebody moving."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from detectors.movement import OUTER_DOORS, glance, place
from telecare.vocabulary import WILL
from tests.harness.diary import FIRST_DAY, Diary, local

DOORS = frozenset(OUTER_DOORS)
INDOORS, OUTER_DOOR, NO_SIGN = "indoors", "at an outer door", ""


@pytest.mark.parametrize(
    ("type_", "room", "value", "sign"),
    [
        ("motion", "lounge", True, INDOORS),
        ("motion", "lounge", None, INDOORS),
        ("motion", "lounge", False, NO_SIGN),
        ("occupancy", "lounge", "clear", NO_SIGN),
        ("presence", "lounge", True, INDOORS),
        ("presence", "lounge", 2.0, INDOORS),
        ("presence", "lounge", 0.0, NO_SIGN),
        ("presence", "lounge", "absent", NO_SIGN),
        ("motion", "front-door", True, INDOORS),
        ("door", "front-door", True, OUTER_DOOR),
        ("door", "front-door", False, OUTER_DOOR),
        ("contact", "Back Door", "open", OUTER_DOOR),
        ("door", "fridge-door", True, INDOORS),
        ("power", "kitchen", 2200.0, INDOORS),
        ("power", "kitchen", 2200, INDOORS),
        ("power", "kitchen", 1.0, NO_SIGN),
        ("power", "kitchen", 0.0, NO_SIGN),
        ("power", "kitchen", True, INDOORS),
        ("power", "kitchen", "off", NO_SIGN),
        ("bed", "bedroom", False, INDOORS),
        ("temperature", "lounge", 21.0, NO_SIGN),
        ("never-heard-of", "lounge", True, NO_SIGN),
    ],
)
def test_signs_of_life(type_: str, room: str, value: float | bool | str | None, sign: str) -> None:
    seen = glance(Diary().note(local(FIRST_DAY, "12:00"), type_, room, value=value))
    where = INDOORS if DOORS.isdisjoint(seen.door) else OUTER_DOOR
    assert (where if seen.room else NO_SIGN) == sign


def test_a_door_sensor_in_the_hallway_is_known_by_its_own_name() -> None:
    door = replace(Diary().note(local(FIRST_DAY, "12:00"), "door", "hall"), sensor="Front Door")
    assert glance(door).room == "hall"
    assert not DOORS.isdisjoint(glance(door).door)


def test_a_device_lives_when_it_speaks_and_not_when_it_is_spoken_for() -> None:
    diary, noon, one = Diary(), local(FIRST_DAY, "12:00"), local(FIRST_DAY, "13:00")
    assert glance(diary.beat(noon)).heard == noon.timestamp()
    assert glance(diary.moves(noon, "lounge", received_at=one)).heard == one.timestamp()
    assert glance(diary.note(noon, "status", data={WILL: True})).heard is None


def test_one_room_has_one_spelling() -> None:
    assert place("Front Door", None) == place("front_door", "x") == place(None, "front-door")

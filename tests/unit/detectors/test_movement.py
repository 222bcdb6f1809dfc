"""What counts as somebody moving."""

from __future__ import annotations

import pytest

from detectors.movement import OUTER_DOORS, Sign, place, sign_of
from tests.harness.diary import FIRST_DAY, Diary, local

DOORS = frozenset(OUTER_DOORS)


@pytest.mark.parametrize(
    ("type_", "room", "value", "sign"),
    [
        ("motion", "lounge", True, Sign.INDOORS),
        ("motion", "lounge", None, Sign.INDOORS),
        ("motion", "lounge", False, None),
        ("occupancy", "lounge", "clear", None),
        ("presence", "lounge", True, Sign.INDOORS),
        ("presence", "lounge", 2.0, Sign.INDOORS),
        ("presence", "lounge", 0.0, None),
        ("presence", "lounge", "absent", None),
        ("motion", "front-door", True, Sign.INDOORS),
        ("door", "front-door", True, Sign.OUTER_DOOR),
        ("door", "front-door", False, Sign.OUTER_DOOR),
        ("contact", "Back Door", "open", Sign.OUTER_DOOR),
        ("door", "fridge-door", True, Sign.INDOORS),
        ("power", "kitchen", 2200.0, Sign.INDOORS),
        ("power", "kitchen", 2200, Sign.INDOORS),
        ("power", "kitchen", 1.0, None),
        ("power", "kitchen", 0.0, None),
        ("power", "kitchen", True, Sign.INDOORS),
        ("power", "kitchen", "off", None),
        ("bed", "bedroom", False, Sign.INDOORS),
        ("temperature", "lounge", 21.0, None),
        ("never-heard-of", "lounge", True, None),
    ],
)
def test_signs_of_life(
    type_: str, room: str, value: float | bool | str | None, sign: Sign | None
) -> None:
    reading = Diary().note(local(FIRST_DAY, "12:00"), type_, room, value=value)
    assert sign_of(reading, DOORS) is sign


def test_one_room_has_one_spelling() -> None:
    assert place("Front Door", None) == place("front_door", "x") == place(None, "front-door")

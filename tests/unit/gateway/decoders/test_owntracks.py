"""OwnTracks' messages, as its booklet gives them."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.decoders.native import Unreadable
from tests.harness.dialects import facts, read

LOCATION: dict[str, Any] = {
    "_type": "location", "acc": 13, "batt": 91, "conn": "m", "lat": 50.7150, "lon": -2.4367,
    "t": "u", "tid": "JP", "tst": 1773111000, "vel": 4, "inregions": ["home"],
}  # fmt: skip


def test_a_location() -> None:
    (said,) = read("owntracks", "jane/phone", LOCATION)
    statement = said.statement
    assert said.kind == "location"
    assert (statement.data["lat"], statement.data["accuracy_m"]) == (50.7150, 13)
    assert (statement.battery, statement.sensor) == (91, "phone")
    assert statement.at is not None
    assert statement.at.year == 2026


def test_a_retained_location_that_comes_again_is_the_same_one() -> None:
    first = read("owntracks", "jane/phone", LOCATION)[0].statement.id
    assert read("owntracks", "jane/phone", LOCATION | {"t": "p"})[0].statement.id == first
    later = LOCATION | {"tst": 1773111060}
    assert read("owntracks", "jane/phone", later)[0].statement.id != first


def test_a_transition_and_a_will() -> None:
    crossed = {"_type": "transition", "wtst": 1773000000, "lat": 50.7, "lon": -2.4,
               "tst": 1773111000, "acc": 20, "tid": "JP", "event": "leave", "desc": "home",
               "t": "b"}  # fmt: skip
    assert facts("owntracks", "jane/phone/event", crossed) == [("location", "transition", "leave")]
    village = crossed | {"desc": "village"}
    ids = [read("owntracks", "jane/phone/event", each)[0].statement.id
           for each in (crossed, village, crossed)]  # fmt: skip
    assert ids[0] == ids[2] != ids[1], "one fix left the garden and the village"
    will = {"_type": "lwt", "tst": 1773111000}
    assert facts("owntracks", "jane/phone", will) == [("status", "availability", False)]


@pytest.mark.parametrize(
    "more", [{"lat": None}, {"lat": 91}, {"lon": 181}, {"_type": None}, {"_type": "encrypted"}]
)
def test_no_place_is_made_up(more: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        read("owntracks", "jane/phone", LOCATION | more)


@pytest.mark.parametrize("kind", ["card", "cmd", "configuration"])
def test_a_face_and_a_configuration_are_not_kept(kind: str) -> None:
    said = {"_type": kind, "name": "Jane", "face": "iVBORw0KGgo=", "tid": "JP"}
    assert read("owntracks", "jane/phone/info", said) == []


def test_what_is_no_place_is_status() -> None:
    steps = {"_type": "steps", "tst": 1773111000, "steps": 812, "from": 1773090000}
    assert facts("owntracks", "jane/phone/step", steps) == [("status", "steps", None)]

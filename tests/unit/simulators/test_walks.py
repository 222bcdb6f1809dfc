"""What a locating device says on a walk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from detectors.position import Ground, apart
from simulators.happening import Happening
from simulators.walks import wanders_at_night
from telecare.vocabulary import ReadingKind

POSITION = (50.715, -2.437)
NIGHT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


def walk(seed: int) -> list[Happening]:
    return wanders_at_night(POSITION, NIGHT, timedelta(minutes=15), seed)


def test_the_same_seed_walks_the_same_way_and_comes_home() -> None:
    said = walk(1)
    assert said == walk(1)
    assert said != walk(2)
    assert {h.kind for h in said} == {ReadingKind.LOCATION}
    ground = Ground(*POSITION)
    points = [ground.metres(h.data["lat"], h.data["lon"]) for h in said if "lat" in h.data]
    assert max(apart((0, 0), p) for p in points) > 150
    assert apart((0, 0), points[-1]) < 60


def test_every_message_has_an_id_of_its_own() -> None:
    assert len({h.id for h in walk(3)}) == len(walk(3))

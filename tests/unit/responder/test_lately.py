"""What the card says about now, from stored readings alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from responder.web import lately
from telecare.messages import Reading
from telecare.vocabulary import ReadingKind

NOW = datetime(2026, 3, 10, 2, 53, 10, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


def reading(
    minutes_ago: float,
    room: str | None = "bathroom",
    *,
    kind: ReadingKind = ReadingKind.READING,
    kind_of: str = "motion",
    value: bool | None = True,
) -> Reading:
    moment = NOW - timedelta(minutes=minutes_ago)
    return Reading(
        org="dorset",
        home="home-1",
        device="hub-1",
        id=f"r{minutes_ago}",
        kind=kind,
        type=kind_of,
        occurred_at=moment,
        received_at=moment,
        room=room,
        value=value,
    )


def test_it_says_the_last_room_and_that_nobody_moved_since() -> None:
    heartbeat = reading(0.5, None, kind=ReadingKind.HEARTBEAT, kind_of="heartbeat", value=None)
    said = lately.now_words([heartbeat, reading(45), reading(300, "kitchen")], NOW, LONDON)
    assert said == "bathroom 02:08 · no movement for 45 minutes · home last heard 30 seconds ago"


def test_a_sensor_that_went_quiet_or_a_door_that_closed_is_nobody_moving() -> None:
    readings = [reading(5, "hall", value=False), reading(40, "kitchen")]
    assert [r.room for r in lately.noticed(readings)] == ["kitchen"]


def test_a_home_that_never_spoke_is_said_to_be_silent_not_fine() -> None:
    assert lately.now_words([], NOW, LONDON) == "nothing heard from this home yet"


def test_the_last_day_by_room_leaves_older_readings_out() -> None:
    evidence = lately.day_by_room([reading(10), reading(60 * 25, "kitchen")], NOW)
    assert evidence is not None
    assert [series.name for series in evidence.series] == ["bathroom"]
    assert lately.day_by_room([], NOW) is None


def test_days_are_the_homes_own_days_and_a_silent_day_shows_as_none() -> None:
    summer = datetime(2026, 7, 10, 12, 0, tzinfo=UTC)
    late = reading(0)
    moved = [
        # 23:30 UTC on the 7th is already the 8th in London.
        Reading(**{f: getattr(late, f) for f in late.__struct_fields__} | {"occurred_at": moment})
        for moment in (datetime(2026, 7, 7, 23, 30, tzinfo=UTC), summer)
    ]
    series = lately.day_by_day(moved, summer, LONDON)
    assert series is not None
    assert series.labels == ["Wed 8", "Thu 9", "Fri 10"]
    assert series.y == [1.0, 0.0, 1.0]

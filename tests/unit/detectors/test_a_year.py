"""A year of one home, told in one piece: is what is said true, plain and rare, and is all said?

Somebody lives alone, goes on holiday and into hospital, has guests, is joined by a second person,
falls, sleeps badly, and hardly eats; sensors fade, die, move, get stuck, and the hub is replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

import msgspec
import pytest
from msgspec.structs import replace

from detectors.base import HomeProfile
from detectors.watch import Watch
from simulators.chance import chance
from simulators.homes import FRIDGE_DOOR, FRONT_DOOR, KETTLE, Home, make_home
from simulators.residents import habits_of, lived
from simulators.stories import Span
from telecare.messages import Reading, Signal
from telecare.vocabulary import ClaimOfTime, ReadingKind, SignalKind

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SEED = 1


def on(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


YEAR = Span(on(1, 1), on(12, 31))
FADES = Span(on(2, 1), on(3, 11))
HOLIDAY = Span(on(4, 5, 9), on(4, 19, 16))
HOSPITAL = Span(on(5, 4, 10), on(5, 15, 14))
"""Written down a day late."""
GUESTS = (Span(on(6, 15, 12), on(6, 21, 15)), Span(on(8, 1, 12), on(8, 7, 15)))
"""The second time nobody wrote it down."""
TWO = Span(on(7, 10, 10))
MOVED = Span(on(8, 20))
DEAD = {"motion-kitchen": Span(on(3, 11), on(3, 14)), "motion-bathroom": Span(on(9, 10), on(9, 15))}
"""Then there is a new one in the same room."""
BAD_NIGHTS = Span(on(10, 3), on(10, 7))
ON_THE_FLOOR = Span(on(11, 9, 2, 8), on(11, 9, 5, 30))
NOT_THERE = (HOLIDAY, HOSPITAL, ON_THE_FLOOR)
HARDLY_EATS = Span(on(11, 20), on(11, 26))
POWER_CUTS = (Span(on(12, 2, 9), on(12, 2, 17)), Span(on(12, 5), on(12, 7)))
STUCK = Span(on(12, 12, 15), on(12, 17, 10))
NEW_HUB = Span(on(12, 20, 11), on(12, 20, 14))
"""The old one is unplugged and the next not yet plugged in."""


class Sight(msgspec.Struct, frozen=True, order=True):
    """A sensor sees something."""

    at: datetime
    sensor: str
    type: str
    room: str
    value: float | bool | str | None = True


def seen() -> Iterator[Sight]:
    """What there was to be seen."""
    host, guest = make_home(SEED, 1), make_home(SEED, 2)
    yield from everyday(host, YEAR)
    yield from everyday(guest, *GUESTS, TWO)
    for away in (HOLIDAY, HOSPITAL):
        assert away.ends is not None
        yield from walks(away.begins - 2 * MINUTE, "hallway", FRONT_DOOR)
        yield from walks(away.ends, FRONT_DOOR, "hallway")
    for week in (3, 11):
        yield from walks(HOLIDAY.begins + week * DAY, FRONT_DOOR, "hallway", "lounge", FRONT_DOOR)
    yield from walks(on(11, 9, 2, 5), "bedroom", "hallway", "bathroom")
    yield from walks(on(11, 9, 5, 31), "bathroom", "hallway", "bedroom")
    rng = chance("bad nights", SEED)
    for night in range(4):
        for visit in range(5):
            at = BAD_NIGHTS.begins - HOUR + night * DAY + visit * HOUR
            yield from walks(at + rng.uniform(0, 40) * MINUTE, "bedroom", "bathroom", "bedroom")
    for n in range(115 * 6):
        yield Sight(STUCK.begins + n * 10 * MINUTE, "motion-hallway", "motion", "hallway")


def everyday(home: Home, *there: Span) -> Iterator[Sight]:
    """Somebody's usual days while they are there."""
    rng, eats, left_out = chance("hardly eats", SEED), True, YEAR.begins
    for each in lived(home, habits_of(home), YEAR.begins, on(12, 31)):
        at = each.at
        if not any(span.holds(at) for span in there) or any(span.holds(at) for span in NOT_THERE):
            continue
        if HARDLY_EATS.holds(at) and each.sensor in ("motion-kitchen", FRIDGE_DOOR, KETTLE):
            if at - left_out > 10 * MINUTE:
                eats = rng.random() < 0.25
            left_out = at
            if not eats:
                continue
        yield Sight(at, each.sensor, each.type, each.room or "", each.value)


def walks(at: datetime, *rooms: str) -> Iterator[Sight]:
    for n, room in enumerate(rooms):
        door = room == FRONT_DOOR
        sensor = room if door else f"motion-{room}"
        yield Sight(at + n * MINUTE, sensor, "door" if door else "motion", room)


def told() -> list[Reading]:
    """What reached us, in order: one reading a sight, and a heartbeat every half-hour."""
    rng = chance("batteries", SEED)
    assert YEAR.ends is not None
    beats = [
        YEAR.begins + n * 30 * MINUTE for n in range(int((YEAR.ends - YEAR.begins) / HOUR) * 2)
    ]
    readings = [word(at, "", "heartbeat", "", None) for at in beats]
    for each in sorted(seen()):
        sensor, room, battery = each.sensor, each.room, None
        dead = DEAD.get(sensor)
        if dead is not None and dead.holds(each.at):
            continue
        if sensor == "motion-kitchen" and FADES.holds(each.at):
            battery = 100 - 2.5 * ((each.at - FADES.begins) / DAY) + rng.uniform(-2, 2)
        if dead is not None and each.at >= dead.begins:
            sensor = f"{sensor}-2"
        if sensor == "motion-lounge" and MOVED.holds(each.at):
            room = "dining-room"
        said = word(each.at, sensor, each.type, room, each.value)
        readings.append(replace(said, battery=battery))
    heard = (each for each in readings if not is_dark(each.occurred_at))
    return sorted(heard, key=lambda each: (each.occurred_at, each.id))


def is_dark(at: datetime) -> bool:
    return any(span.holds(at) for span in (*POWER_CUTS, NEW_HUB)) or not YEAR.holds(at)


def word(
    at: datetime, sensor: str, type_: str, room: str, value: float | bool | str | None
) -> Reading:
    is_beat = type_ == "heartbeat"
    return Reading(
        org="county", home="home-1", device=hub_at(at), id=f"{sensor}-{at.timestamp()}",
        kind=ReadingKind.HEARTBEAT if is_beat else ReadingKind.READING, type=type_,
        occurred_at=at, received_at=at, at=at, time_claim=ClaimOfTime.TRUSTED,
        sensor=sensor or None, room=room or None, value=value,
    )  # fmt: skip


def hub_at(now: datetime) -> str:
    return "old-hub" if now < NEW_HUB.begins + HOUR else "new-hub"


def profile_at(now: datetime) -> HomeProfile:
    """What the register holds by then."""
    written = (
        (on(4, 4), {"from": "2026-04-05", "until": "2026-04-19", "kind": "away"}),
        (on(5, 5, 9), {"from": "2026-05-04", "until": "2026-05-15", "kind": "hospital"}),
        (on(6, 14), {"from": "2026-06-15", "until": "2026-06-21", "kind": "visitors"}),
    )
    hub = hub_at(now)
    return HomeProfile(
        org="county", home="home-1", hubs={hub: 5400.0},
        gone={} if hub == "old-hub" else {"old-hub": 5400.0},
        pauses=tuple(pause for since, pause in written if now >= since),
    )  # fmt: skip


@cache
def year() -> tuple[Signal, ...]:
    """Everything that is said, by a watch that looks up every ten minutes."""
    assert YEAR.ends is not None
    profile = profile_at(YEAR.begins)
    watch = Watch(profile, timedelta(seconds=2), 1.0, None)
    said: list[Signal] = []
    now, offset, readings = YEAR.begins, 0, told()
    while now < YEAR.ends:
        now += 10 * MINUTE
        if profile_at(now) != profile:
            profile = profile_at(now)
            watch.change(profile)
        while offset < len(readings) and readings[offset].received_at <= now:
            each = readings[offset]
            offset += 1
            said += watch.observe("gateway-1", offset, each, each.received_at)
        said += [*watch.tick(now - timedelta(seconds=2), now), *watch.release(now)]
    assert watch.failures() == []
    return tuple(said)


def within(begins: datetime, ends: datetime, *found: SignalKind) -> list[Signal]:
    return [s for s in year() if begins <= s.occurred_at < ends and (not found or s.kind in found)]


def test_every_sentence_is_one_and_what_was_raised_ends() -> None:
    ended = {str(each.evidence.facts.get("ends")) for each in year()}
    for each in year():
        assert each.why[0].isupper(), each.why
        assert each.why.endswith("."), each.why
        assert not any(odd in each.why for odd in ("None", "nan", "  ", "..", "-1")), each.why
        if each.kind in (SignalKind.INACTIVITY, SignalKind.HUB_SILENT, SignalKind.WANDERING):
            assert each.id in ended, each.why
    assert len({each.id for each in year()}) == len(year())


@pytest.mark.parametrize(
    ("span", "kind", "type_", "words"),
    [
        (Span(on(2, 25), on(3, 11)), SignalKind.EQUIPMENT, "battery_low", "kitchen is at"),
        (Span(on(5, 4, 12), on(5, 4, 19)), SignalKind.INACTIVITY, "", "Nobody has"),
        (BAD_NIGHTS, SignalKind.ROUTINE, "bathroom_night", "Bathroom at night"),
        (Span(on(11, 9, 2), on(11, 9, 3)), SignalKind.INACTIVITY, "bathroom", "at 02:07"),
        (Span(on(11, 20), on(11, 25)), SignalKind.ROUTINE, "kitchen_day", "Kitchen used"),
        (Span(on(12, 2, 10), on(12, 2, 11)), SignalKind.HUB_SILENT, "", "cannot see the home"),
        (Span(on(12, 5, 1), on(12, 5, 2)), SignalKind.HUB_SILENT, "", "cannot see the home"),
        (Span(on(12, 13), on(12, 13, 16)), SignalKind.EQUIPMENT, "stuck", "Sat 12 Dec"),
        (Span(on(12, 20, 12), on(12, 20, 13)), SignalKind.HUB_SILENT, "", "cannot see the home"),
    ],
)  # fmt: skip
def test_what_should_be_said_is_said_in_time_and_once(
    span: Span, kind: SignalKind, type_: str, words: str
) -> None:
    assert span.ends is not None
    found = [each for each in within(span.begins, span.ends, kind) if each.type == type_]
    assert len(found) == 1, [each.why for each in year()]
    assert words in found[0].why


@pytest.mark.parametrize(
    "span",
    [
        Span(on(1, 1), on(2, 1)), Span(on(3, 27), on(3, 31)), HOLIDAY,
        Span(on(5, 5), on(5, 15, 13)),
        GUESTS[0], GUESTS[1], Span(on(8, 20), on(8, 23)), Span(on(10, 23), on(10, 27)),
    ],
    ids=["learning", "clocks in March", "holiday", "hospital", "guests", "guests nobody wrote down",
         "a sensor in another room", "clocks in October"],
)  # fmt: skip
def test_of_an_ordinary_time_nothing_is_said(span: Span) -> None:
    assert span.ends is not None
    news = [each for each in within(span.begins, span.ends) if "ends" not in each.evidence.facts]
    assert [each.why for each in news] == []


def test_what_is_said_is_rare() -> None:
    trends = within(on(1, 1), on(12, 31), SignalKind.ROUTINE)
    assert len(trends) <= 12
    for first, second in zip(trends, trends[2:], strict=False):
        assert second.occurred_at - first.occurred_at > 28 * DAY
    assert len(within(on(1, 1), on(12, 31), SignalKind.INACTIVITY)) <= 12
    equipment = within(on(1, 1), on(12, 31), SignalKind.EQUIPMENT)
    assert [each.type for each in equipment] == ["battery_low", "stuck"]
    assert not within(on(1, 1), on(12, 31), SignalKind.WANDERING)

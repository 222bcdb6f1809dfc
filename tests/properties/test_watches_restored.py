"""Whatever happens in a street, and whoever is killed in between: of every home the same is said.

Late readings, two gateways, sensors in trouble, wearers, people who are out, silences, settings
that a person changes and homes that are erased, in any order.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from detectors.base import HomeProfile
from detectors.store import HomeState
from detectors.watch import Watch
from telecare.messages import Reading, Signal
from telecare.vocabulary import ClaimOfTime, ReadingKind
from tests.harness.diary import FIRST_DAY, Diary, local

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
DAYS = 30
BEGINS = local(FIRST_DAY + DAYS * DAY, "06:00")
LANES, HOMES = ("gateway-1", "gateway-2"), ("home-1", "home-2")
DECIDED: dict[str, dict[str, object]] = {
    "sooner": {"settings": {"inactivity": {"least_minutes": 60.0, "margin_minutes": 5.0}}},
    "later": {"settings": {"long_lie": {"still_minutes": 40.0}, "routine": {"least_days": 20}}},
    "away": {"pauses": ({"from": "2026-03-04", "until": "2026-03-06", "kind": "away"},)},
    "usual": {},
}  # fmt: skip
"""What a person writes into the register."""


class Event(msgspec.Struct, frozen=True):
    """Something happens in a home, so many minutes after the weeks that all have lived."""

    minute: int
    home: str
    what: str
    much: int

    @property
    def at(self) -> datetime:
        return BEGINS + self.minute * MINUTE


def diary(home: str) -> Diary:
    return Diary(home=home, hub=f"{home}-hub")


def profile(home: str, **decided: object) -> HomeProfile:
    hub = f"{home}-hub"
    return diary(home).profile(hubs={hub: 5400.0}, sensors={f"{hub}/pir": 90000.0}, **decided)


def woken(home: str, state: bytes, known: HomeProfile) -> Watch:
    kept = msgspec.msgpack.decode(state, type=HomeState)
    return Watch(known, timedelta(seconds=2), 1.0, kept)


@cache
def lived(home: str) -> bytes:
    """What a home remembers after thirty ordinary days."""
    watch = Watch(profile(home), timedelta(seconds=2), 1.0, None)
    for n, each in enumerate(diary(home).days(FIRST_DAY, DAYS, beats_s=1800)):
        watch.observe(LANES[0], n + 1, each, each.received_at)
    return msgspec.msgpack.encode(watch.state())


def stuck(note: Diary, now: datetime, much: int) -> list[Reading]:
    told = [note.moves(now + n * 9 * MINUTE, "lounge") for n in range(4 * much)]
    return [replace(each, sensor="radar") for each in told]


def unreadable(note: Diary, now: datetime, much: int) -> list[Reading]:
    kind = ReadingKind.ACCELERATION
    return [note.note(now, "acceleration", kind=kind, data={"hz": 50}) for _ in range(much % 4)]


TOLD: dict[str, Callable[[Diary, datetime, int], list[Reading]]] = {
    "moves": lambda note, now, much: [note.moves(now, ("bathroom", "bedroom", "hall")[much % 3])],
    "door": lambda note, now, _: [note.door(now)],
    "late": lambda note, now, much: [note.moves(now - much * 20 * MINUTE, "Bathroom 2", now)],
    "battery": lambda note, now, much: [
        replace(note.moves(now, "hall"), sensor="pir", battery=float(much))
    ],
    "tamper": lambda note, now, much: [
        note.note(now, "status", kind=ReadingKind.STATUS, data={"tamper": much > 30})
    ],
    "gap": lambda note, now, much: [
        note.note(now, "motion", "hall", data={"seq": much, "boot": "b"})
    ],
    "wrong": lambda note, now, _: [
        replace(note.moves(now, "hall"), at=now + DAY, time_claim=ClaimOfTime.WRONG)
    ],
    "stuck": stuck,
    "out": lambda note, now, much: [
        note.located(now + n * MINUTE, 40.0 * n, 5.0) for n in range(much % 9)
    ],
    "window": unreadable,
    "press": lambda note, now, _: [note.note(now, "pendant", kind=ReadingKind.ALARM)],
    "beat": lambda note, now, much: [note.beat(now + n * 30 * MINUTE) for n in range(much)],
}
"""What reaches us of an event."""
EVENTS = (*TOLD, "dark", "erased", "killed", *DECIDED)


stories = st.lists(
    st.builds(
        Event,
        minute=st.integers(0, 4 * 1440), home=st.sampled_from(HOMES),
        what=st.sampled_from(EVENTS), much=st.integers(0, 60),
    ),
    min_size=1, max_size=60,
)  # fmt: skip


class Street:
    """Two homes and whoever watches them, who may die."""

    def __init__(self, *, dies: bool) -> None:
        self.signals: list[Signal] = []
        self._dies = dies
        self._known = {home: profile(home) for home in HOMES}
        self._watches = {home: woken(home, lived(home), self._known[home]) for home in HOMES}

    def looks(self, now: datetime) -> None:
        for each in self._watches.values():
            self.signals += [*each.tick(now - timedelta(seconds=2), now), *each.release(now)]

    def hears(self, event: Event, offset: int, reading: Reading) -> None:
        lane, now = LANES[event.much % 2], reading.received_at
        self.signals += self._watches[event.home].observe(lane, offset, reading, now)

    def does(self, event: Event) -> None:
        home, watch = event.home, self._watches[event.home]
        if event.what in DECIDED:
            self._known[home] = profile(home, **DECIDED[event.what])
            watch.change(self._known[home])
        elif event.what == "dark":
            watch.blind(event.at - event.much * MINUTE, event.at)
        elif event.what == "erased":
            self._watches[home] = Watch(self._known[home], timedelta(seconds=2), 1.0, None)
        elif event.what == "killed" and self._dies:
            kept = {each: msgspec.msgpack.encode(w.state()) for each, w in self._watches.items()}
            self._watches = {each: woken(each, kept[each], self._known[each]) for each in HOMES}

    def states(self) -> list[HomeState]:
        return [each.state() for each in self._watches.values()]


def said(story: list[Event], *, dies: bool) -> list[Signal]:
    """Everything that is said in the street; he who watches `dies` where the story says so."""
    street = Street(dies=dies)
    todo: list[tuple[datetime, int, int, Reading | None]] = []
    for n, event in enumerate(story):
        if event.what in TOLD:
            heard = TOLD[event.what](diary(event.home), event.at, event.much)
            ids = [replace(each, id=f"{n}-{i}") for i, each in enumerate(heard)]
            todo += [(each.received_at, n, i, each) for i, each in enumerate(ids)]
        else:
            todo.append((event.at, n, 0, None))
    ordered = sorted(todo, key=lambda each: each[:3])
    for offset, (now, n, _, reading) in enumerate(ordered, 100_000):
        street.looks(now)
        if reading is None:
            street.does(story[n])
        else:
            street.hears(story[n], offset, reading)
    street.looks(BEGINS + 9 * DAY)
    for state in street.states():
        assert sum(map(len, state.detectors.values())) <= 4096
    return street.signals


@settings(max_examples=40, deadline=None, derandomize=True)
@given(stories)
def test_killed_and_woken_anywhere_a_street_says_the_same(story: list[Event]) -> None:
    assert said(story, dies=True) == said(story, dies=False)


def test_there_is_something_to_say() -> None:
    """Else nothing is proven."""
    whats = [what for what in EVENTS if what not in ("erased", "away")] * 5
    story = [
        Event(minute=61 * n, home=HOMES[n // 3 % 2], what=what, much=much)
        for n, what in enumerate(whats)
        for much in (17, 43)
    ]
    assert {each.source for each in said(story, dies=True)} >= {
        "device_health", "device_trouble", "falls", "inactivity", "outing", "wandering",
    }  # fmt: skip

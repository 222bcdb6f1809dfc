"""Does this reading say that somebody moved, and where? Does it say that its device lives?"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import msgspec

from telecare.messages import Reading
from telecare.vocabulary import ClaimOfTime, ReadingKind

OUTER_DOORS = ("front-door", "back-door", "patio-door", "outer-door")
BATHROOMS = ("bathroom", "toilet", "wc", "shower-room", "wet-room", "ensuite", "en-suite")
BEDROOMS = ("bedroom", "bed")
USED_FROM_WATTS = 100.0
"""A plug below this is stand-by or a fridge's own compressor; a kettle draws 2,000 W."""

_DOORS = frozenset({"door", "contact"})
_EITHER_WAY = frozenset({"door", "contact", "bed", "chair", "fridge", "cupboard"})
"""Both edges need a hand or a body: open and closed, in and out."""
ON_ONLY = frozenset({"motion", "presence", "occupancy", "toilet", "tap", "flush"})
"""Only "on" needs a body."""
POWER = "power"
_ROOMS = 1024
"""Names of rooms, of all homes, of which it is remembered what they are."""
_NO = frozenset({"off", "false", "no", "clear", "0", "none", "unoccupied", "absent", "empty"})
_READING, _LATE = ReadingKind.READING, ClaimOfTime.LATE
# By names of their own: a member asked of its class costs more than what is done with it.


@lru_cache(maxsize=4096)
def place(room: str | None, sensor: str | None) -> str:
    """One spelling for a room: `Front Door`, `front_door` and `front-door` are one place."""
    return (room or sensor or "home").strip().lower().replace(" ", "-").replace("_", "-")[:40]


def spoken(room: str) -> str:
    """A `place` as people call it: `front door`."""
    return room.replace("-", " ")


@lru_cache(maxsize=256)
def places(names: tuple[str, ...]) -> frozenset[str]:
    """These rooms or doors in the one spelling; the same set for the same names."""
    return frozenset(place(name, None) for name in names)


class _Known(dict[str, bool]):
    """Room -> whether it is alike. Asked three times a reading: a look-up costs half a call."""

    def __init__(self, alike: re.Pattern[str]) -> None:
        self._alike = alike

    def __missing__(self, room: str) -> bool:
        if len(self) >= _ROOMS:
            self.clear()
        self[room] = found = self._alike.fullmatch(room) is not None
        return found


@lru_cache(maxsize=256)
def one_of(names: tuple[str, ...]) -> Callable[[str], bool]:
    """Whether a room is one of these, by whatever number, floor or person they are told apart: with
    `bedroom` also `bedroom-2` and `main-bedroom`. The same function for the same names.
    """
    named = "|".join(map(re.escape, sorted(places(names)))) or "(?!)"
    return _Known(re.compile(rf"(?:.+-)?(?:{named})(?:-?\d+)?")).__getitem__


class Glance(msgspec.Struct, frozen=True, gc=False):
    """What the detectors of a home ask of every reading. Times are POSIX seconds."""

    moment: float
    """`occurred_at`."""
    heard: float | None
    """When its device was certainly alive; None where the words are not its own."""
    is_late: bool
    """Kept by the device and sent when it had happened long ago."""
    room: str = ""
    """`place` of a sign of life; empty for everything that is none."""
    door: frozenset[str] = frozenset()
    """Names of the door that moved; empty where none did. At an outer one somebody is there, on
    which side of it nobody knows yet."""
    stuck_since: float | None = None
    """With the reading by which its sensor is found to be stuck: since when. See `stuck`."""


def glance(reading: Reading) -> Glance:
    """When and where somebody moved, and when the device lived."""
    moment, is_late, heard = reading.occurred_at.timestamp(), reading.time_claim is _LATE, None
    if reading.is_word:
        # A message kept in a hub's memory happened long ago, yet the hub speaks now.
        heard = reading.received_at.timestamp() if is_late else moment
    if reading.kind is not _READING or not is_sign(reading):
        return Glance(moment, heard, is_late)
    room, sensor = reading.room, reading.sensor
    if reading.type in _DOORS:
        return Glance(moment, heard, is_late, place(room, sensor), _names(room, sensor))
    return Glance(moment, heard, is_late, place(room, sensor))


def is_sign(reading: Reading) -> bool:
    """Whether somebody moved; "no motion" and a temperature say nothing of it."""
    kind, value = reading.type, reading.value
    if kind in ON_ONLY:  # first, for they are nine of ten readings of a home
        return value is True or _is_on(value)
    if kind == POWER:
        if isinstance(value, int | float) and value is not True:
            return value >= USED_FROM_WATTS
        return _is_on(value)
    return kind in _EITHER_WAY


@lru_cache(maxsize=4096)
def _names(room: str | None, sensor: str | None) -> frozenset[str]:
    own = place(room, sensor)
    return frozenset({own, place(None, sensor)} if sensor else {own})


def _is_on(value: object) -> bool:
    """A motion report without a value means motion."""
    if value is None or value is True:
        return True
    if isinstance(value, str):
        return value.strip().lower() not in _NO
    return bool(value)

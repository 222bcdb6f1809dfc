"""Does this reading say that somebody moved, and where? Does it say that its device lives?"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache

import msgspec

from telecare.messages import Reading
from telecare.vocabulary import ClaimOfTime, ReadingKind

OUTER_DOORS = ("front-door", "back-door", "patio-door", "outer-door")
USED_FROM_WATTS = 100.0
"""A plug below this is stand-by or a fridge's own compressor; a kettle draws 2,000 W."""

_DOORS = frozenset({"door", "contact"})
_EITHER_WAY = frozenset({"door", "contact", "bed", "chair", "fridge", "cupboard"})
"""Both edges need a hand or a body: open and closed, in and out."""
_ON_ONLY = frozenset({"motion", "presence", "occupancy", "toilet", "tap", "flush"})
_NO = frozenset({"off", "false", "no", "clear", "0", "none", "unoccupied", "absent", "empty"})


class Sign(Enum):
    """Where a sign of life points."""

    INDOORS = "indoors"
    OUTER_DOOR = "outer_door"
    """Somebody is at the door; on which side of it nobody knows yet."""


@lru_cache(maxsize=4096)
def place(room: str | None, sensor: str | None) -> str:
    """One spelling for a room: `Front Door`, `front_door` and `front-door` are one place."""
    return (room or sensor or "home").strip().lower().replace(" ", "-").replace("_", "-")[:40]


@lru_cache(maxsize=256)
def places(names: tuple[str, ...]) -> frozenset[str]:
    """These rooms or doors in the one spelling; the same set for the same names."""
    return frozenset(place(name, None) for name in names)


_INDOORS, _OUTER_DOOR = Sign
_READING, _LATE = ReadingKind.READING, ClaimOfTime.LATE
# By names of their own: a member asked of its class costs more than all that is done with it.


class Glance(msgspec.Struct, frozen=True, gc=False):
    """What the detectors of a home ask of every reading. Times are POSIX seconds."""

    moment: float
    """`occurred_at`."""
    heard: float | None
    """When its device was certainly alive; None where the words are not its own."""
    is_late: bool
    """Kept by the device and sent when it happened long ago."""
    room: str = ""
    """`place` of a sign of life; empty for everything that is none."""
    indoors: bool = False
    """A sign of life from anywhere but an outer door."""


_last: tuple[Reading | None, frozenset[str], Glance] = (None, frozenset(), Glance(0.0, None, False))


def glance(reading: Reading, outer_doors: frozenset[str]) -> Glance:
    """When and where somebody moved. The detectors of a home ask it of the same reading one
    after another, so the last answer is kept: asking again costs next to nothing.
    """
    global _last  # noqa: PLW0603 - one assignment, so that no thread sees half an answer
    asked, doors, answer = _last
    if asked is reading and doors is outer_doors:
        return answer
    moment, is_late, heard = reading.occurred_at.timestamp(), reading.time_claim is _LATE, None
    if reading.is_word:
        heard = reading.received_at.timestamp() if is_late else moment
    sign = sign_of(reading, outer_doors) if reading.kind is _READING else None
    if sign is None:
        answer = Glance(moment, heard, is_late)
    else:
        where = place(reading.room, reading.sensor)
        answer = Glance(moment, heard, is_late, where, sign is _INDOORS)
    _last = (reading, outer_doors, answer)
    return answer


def sign_of(reading: Reading, outer_doors: frozenset[str]) -> Sign | None:
    """What a reading says about movement; None if it says nothing (temperature, "no motion")."""
    kind = reading.type
    value = reading.value
    if kind in _ON_ONLY:  # first, for they are nine of ten readings of a home
        return _INDOORS if value is True or _is_on(value) else None
    if kind in _EITHER_WAY:
        if kind in _DOORS and (
            place(reading.room, reading.sensor) in outer_doors
            or (reading.sensor is not None and place(None, reading.sensor) in outer_doors)
        ):
            return _OUTER_DOOR
        return _INDOORS
    if kind == "power" and _is_on(value):
        if isinstance(value, int | float) and value is not True:
            return _INDOORS if value >= USED_FROM_WATTS else None
        return _INDOORS
    return None


def _is_on(value: object) -> bool:
    """A motion report without a value means motion."""
    if value is None or value is True:
        return True
    if isinstance(value, str):
        return value.strip().lower() not in _NO
    return bool(value)

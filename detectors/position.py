"""Where is that, seen from home? Fixes of a locating device in metres and in words."""

from __future__ import annotations

import math

import msgspec

from telecare.messages import Reading

_METRES_A_DEGREE = 111_320.0
_UNSTATED_M = 50.0
"""Accuracy of a fix that states none: an ordinary receiver between houses."""
_POINTS = (
    "north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west",
)  # fmt: skip

Point = tuple[float, float]
"""Metres east and north of home, or of whatever else the ground is drawn around."""


class Fix(msgspec.Struct, frozen=True, array_like=True):
    """A place a device claims to have been at."""

    at: float
    """POSIX seconds."""
    latitude: float
    longitude: float
    accuracy_m: float
    """The device's own claim; it may lie."""


def fix_of(reading: Reading) -> Fix | None:
    """The fix in a reading's `lat`, `lon` and `accuracy_m`; None if it has none that can be
    on this earth. Zero, zero is what receivers say that know nothing.
    """
    latitude = _number(reading.data.get("lat"))
    longitude = _number(reading.data.get("lon"))
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None
    accuracy = _number(reading.data.get("accuracy_m"))
    if accuracy is None or accuracy < 0:
        accuracy = _UNSTATED_M
    return Fix(reading.occurred_at.timestamp(), latitude, longitude, accuracy)


class Ground:
    """A flat map around a home, true to a thousandth within fifty kilometres."""

    def __init__(self, latitude: float, longitude: float) -> None:
        self._latitude = latitude
        self._longitude = longitude
        self._east = _METRES_A_DEGREE * math.cos(math.radians(latitude))

    def metres(self, latitude: float, longitude: float) -> Point:
        """The point of a position."""
        east = (longitude - self._longitude + 180) % 360 - 180
        return east * self._east, (latitude - self._latitude) * _METRES_A_DEGREE

    def position(self, point: Point) -> tuple[float, float]:
        """Latitude and longitude of a point."""
        return self._latitude + point[1] / _METRES_A_DEGREE, self._longitude + point[0] / self._east


def apart(one: Point, other: Point) -> float:
    """Metres between two points."""
    return math.hypot(one[0] - other[0], one[1] - other[1])


def seen_from(landmark: str, point: Point) -> str:
    """`650 metres north-east of home`, or `at home`."""
    metres = math.hypot(*point)
    if metres < 25:
        return f"at {landmark}"
    return f"{distance(metres)} {direction(point)} of {landmark}"


def distance(metres: float) -> str:
    """`240 metres` or `1.3 km`: no finer than a receiver knows."""
    if metres < 995:
        return f"{max(round(metres, -1), 10):.0f} metres"
    return f"{metres / 1000:.1f} km"


def direction(point: Point) -> str:
    """The nearest of the eight points of the compass, as seen from home."""
    turn = math.degrees(math.atan2(point[0], point[1])) % 360
    return _POINTS[round(turn / 45) % 8]


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # A whole number may be larger than any float: what lies beyond a billion is no place anyway.
    return float(value) if -1e9 < value < 1e9 else None

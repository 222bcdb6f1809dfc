"""Is somebody inside this line on the map, as far as an inaccurate fix can say?

A fix decides only if its claimed accuracy cannot change the answer, and a side changes only
when several deciding fixes in a row agree over a while: receivers indoors wander by a
hundred metres and claim five.
"""

from __future__ import annotations

from enum import StrEnum
from statistics import fmean

import msgspec
import shapely
from shapely.geometry.base import BaseGeometry

from detectors.position import Ground, Point
from telecare.errors import InvalidInput


class ZoneAlert(StrEnum):
    """What crossing the line means."""

    LEAVING = "leaving"
    """A safe zone: going out of it is news."""
    ENTERING = "entering"
    """A place of danger, such as a quay: going into it is news."""
    NEVER = "never"
    """Known ground: never judged unfamiliar, and patterns there are usual."""


class Zone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place on the map: a circle or a polygon, in degrees."""

    name: str
    alert: ZoneAlert = ZoneAlert.LEAVING
    circle: tuple[float, float, float] | None = None
    """Latitude, longitude, radius in metres."""
    polygon: tuple[tuple[float, float], ...] = ()
    """Corners (latitude, longitude), three or more, in order."""

    @property
    def middle(self) -> tuple[float, float]:
        """Latitude and longitude of its centre, or of the middle of its corners."""
        if self.circle:
            return self.circle[:2]
        north, east = zip(*self.polygon or ((0.0, 0.0),), strict=True)
        return fmean(north), fmean(east)


class Side(StrEnum):
    """Where a fix lies as seen from a line."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNSURE = "unsure"
    """The fix is too near the line, or too inaccurate, to say."""


class Standing(msgspec.Struct, array_like=True):
    """What is believed, and what has begun to speak against it."""

    inside: bool | None = None
    """None before the first deciding fix."""
    against: int = 0
    """Deciding fixes in a row that contradict."""
    since: float = 0.0
    """When the first of them was, POSIX seconds."""


class Fence:
    """A line on the ground around a home."""

    def __init__(self, shape: BaseGeometry, margin_m: float) -> None:
        self._shape = shape
        self._border = shape.boundary
        self._margin = margin_m
        shapely.prepare(shape)

    def side(self, point: Point, accuracy_m: float) -> Side:
        """Outside is beyond the margin by more than the accuracy; inside is within the line."""
        here = shapely.Point(point)
        if self._shape.covers(here):
            deep = self._border.distance(here)
            # A poor fix in the middle of a wide zone is inside; near its edge it may not be.
            return Side.INSIDE if accuracy_m <= max(deep, 2 * self._margin) else Side.UNSURE
        beyond = self._shape.distance(here) - accuracy_m
        return Side.OUTSIDE if beyond > self._margin else Side.UNSURE

    def covers(self, point: Point) -> bool:
        """Whether the point itself lies within."""
        return bool(self._shape.covers(shapely.Point(point)))


def fence_of(zone: Zone, ground: Ground, margin_m: float) -> Fence:
    """The zone's line on this ground; raises `InvalidInput` if it encloses nothing."""
    if zone.circle is not None and not zone.polygon and zone.circle[2] > 0:
        latitude, longitude, radius = zone.circle
        return round_fence(ground.metres(latitude, longitude), radius, margin_m)
    if zone.circle is None and len(zone.polygon) >= 3:
        shape = shapely.Polygon([ground.metres(*corner) for corner in zone.polygon])
        if shape.is_valid and shape.area > 0:
            return Fence(shape, margin_m)
    raise InvalidInput(
        f"the zone {zone.name!r} encloses nothing; give it a circle (latitude, longitude, "
        "radius in metres) or a polygon of at least three corners that do not cross"
    )


def round_fence(centre: Point, radius_m: float, margin_m: float) -> Fence:
    """A circle around `centre`."""
    return Fence(shapely.Point(centre).buffer(radius_m), margin_m)


def step(standing: Standing, side: Side, moment: float, fixes: int, seconds: float) -> bool | None:
    """Take one fix into `standing`; the new `inside` if it has changed, else None.

    The first deciding fix is believed as it is and is no change. A change needs `fixes`
    contradicting fixes in a row, the last at least `seconds` after the first.
    """
    if side is Side.UNSURE:
        return None
    inside = side is Side.INSIDE
    if standing.inside is None:
        standing.inside = inside
    elif inside == standing.inside:
        standing.against = 0
    else:
        if not standing.against:
            standing.since = moment
        standing.against += 1
        if standing.against >= fixes and moment - standing.since >= seconds:
            standing.inside, standing.against = inside, 0
            return inside
    return None

"""Which team answers for a home, and how far is it to drive?

Pure. Distances are straight lines stretched by a factor for country roads and driven at a
county's usual speed: good enough to put cars in order, and said as "about".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from shapely import Point, Polygon

from telecare.register.teams import Area, Team

EARTH_KM = 6371.0
RURAL_FACTOR = 1.4
"""Road kilometres for each kilometre as the crow flies."""
RURAL_KMH = 45.0

Place = tuple[float, float]
"""Latitude and longitude in degrees."""


def kilometres(a: Place, b: Place) -> float:
    """As the crow flies (haversine)."""
    (lat1, lon1), (lat2, lon2) = (tuple(map(math.radians, each)) for each in (a, b))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_KM * math.asin(math.sqrt(half))


def drive_minutes(a: Place, b: Place, factor: float = RURAL_FACTOR) -> float:
    """About how long a car needs."""
    return kilometres(a, b) * factor / RURAL_KMH * 60


class Road(Protocol):
    """Knows how long driving takes. May ask a server, so never inside a transaction."""

    def minutes(self, starts: Sequence[Place], to: Place) -> list[float]:
        """About how many minutes a car needs from each start; never fails."""


class StraightRoad:
    """The straight line, stretched by `factor` for the roads there are."""

    def __init__(self, factor: float = RURAL_FACTOR) -> None:
        self._factor = factor

    def minutes(self, starts: Sequence[Place], to: Place) -> list[float]:
        return [drive_minutes(each, to, self._factor) for each in starts]


def areas_of(place: Place | None, areas: Sequence[Area]) -> list[str]:
    """The areas a place lies in (its borders included), in the given order."""
    if place is None or not areas:
        return []
    point = Point(place[1], place[0])
    return [each.area for each in areas if _inside(tuple(each.outline)).covers(point)]


@lru_cache(maxsize=1024)
def _inside(outline: tuple[Place, ...]) -> Polygon:
    return Polygon([(lon, lat) for lat, lon in outline])


def teams_for(place: Place | None, teams: Sequence[Team], areas: Sequence[Area]) -> list[Team]:
    """Teams that drive there: those of its areas first, then those that drive everywhere.

    A home without a place on file is everybody's.
    """
    if place is None:
        return list(teams)
    inside = set(areas_of(place, areas))
    near = [team for team in teams if inside & set(team.areas)]
    return near + [team for team in teams if not team.areas]

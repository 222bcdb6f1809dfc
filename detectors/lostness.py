"""Does this outing look lost, and why?"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

import msgspec

from detectors.geofence import Zone
from detectors.journey import Journey
from detectors.local_time import LocalTime
from detectors.path import Path, PathKind, path_of
from detectors.position import Point, apart, direction
from detectors.ranges import (
    Count,
    Days,
    Hour,
    Metres,
    Minutes,
    Nightly,
    PerCent,
    Seconds,
    Share,
    Times,
)

_HOME: Point = (0.0, 0.0)
_STRETCHES = (8, 12, 16, 25)
"""Minutes back from now in which a pattern is looked for."""
_FAR_FROM_CIRCLING_M = 500.0
"""Between the ends of a stretch that is not worth a closer look."""
_LEARNT_FROM = 0.85
"""A pattern this clear is learnt as usual, one of 1 is news."""
_AFTER_A_RIDE = 1.6
"""And one so clear where they were driven: people browse where they are taken."""
HEADING_HOME = "heading home"
_HEADING_S = 150
_HEADING_M = 60.0
_STAYS_S = 100.0
"""Who walks slowly has gone `_HEADING_M` by then."""


class OutingSettings(Nightly, frozen=True, forbid_unknown_fields=True):
    """Defaults chosen on simulated walks and lives (docs/judgement-wandering.md)."""

    zones: tuple[Zone, ...] = ()
    home_radius_m: Metres = 60.0
    margin_m: Metres = 20.0
    """Beyond a line by less than this (and by less than its accuracy) a fix says nothing."""
    confirm_fixes: Count = 2
    confirm_seconds: Seconds = 40.0
    night_from_hour: Hour = 23
    night_until_hour: Hour = 6
    night_minutes: Minutes = 3.0
    night_from_m: Metres = 120.0
    """At night somebody counts as out from here on: indoors receivers err by a hundred metres."""
    usual_days: Days = 2.0
    """Out at this hour, or circling here, on so many days of the last weeks is usual."""
    known_days: Count = 1
    """Ground walked on so many earlier days, on outings that raised nothing, is known."""
    warm_up_days: Days = 28.0
    cell_m: Metres = 30.0
    longest_lap_m: Metres = 600.0
    pattern_m: Metres = 260.0
    """A pattern is looked for from this length of walk on."""
    again_share: Share = 0.13
    """Share of such a walk that leads over the same ground in the same direction."""
    turns: Times = 3.0
    """Or so many sharp turns."""
    efficiency: Share = 0.4
    """A pattern leads no farther than this share of its length."""
    pattern_reach_m: Metres = 60.0
    """Less than this from end to end is a tremble of the receiver or of its carrier."""
    away_minutes: Minutes = 2.5
    away_m: Metres = 130.0
    """On unknown ground, and farther from home than where it began, by this."""
    silent_minutes: Minutes = 45.0
    low_battery: PerCent = 15.0
    tell_minutes: Minutes = 10.0
    """How often those who search are told of the last position."""


class Lostness(msgspec.Struct, frozen=True):
    """Why an outing looks lost; `type` becomes the signal's."""

    type: str
    """odd_hour, away, pacing, lapping, random, left_zone or entered_zone."""
    zone: str = ""
    path: Path | None = None
    minutes: float = 0.0
    days_out: float | None = None
    """At an odd hour: on about how many of the last days they were out at it; None while that
    is being learnt."""


class Judge:
    """Looks at one journey after the other; remembers nothing itself."""

    def __init__(
        self, settings: OutingSettings, local: LocalTime, is_known_ground: Callable[[Point], bool]
    ) -> None:
        self._set = settings
        self._local = local
        self._is_known_ground = is_known_ground

    def why(self, journey: Journey, moment: float, point: Point) -> Lostness | None:
        """Why this outing looks lost, if it does."""
        kept = journey.kept
        if self._at_an_odd_hour(journey, moment, point):
            known = journey.days_known(moment) >= self._set.warm_up_days
            return Lostness("odd_hour", days_out=journey.days_out_at(moment) if known else None)
        times, points = kept.trail.smooth()
        if len(points) < 3:
            return None
        if self._walks_away(journey, times, points):
            return Lostness("away", path=self._path(points))
        if journey.days_known(moment) < self._set.warm_up_days:
            return None
        found = self._pattern(times, points, _AFTER_A_RIDE if kept.trail.rode_at else 1.0)
        if found is None or self._is_usual(journey, times, points):
            return None
        since, path = found
        return Lostness(path.kind.value, path=path, minutes=(times[-1] - since) / 60)

    def circling(self, journey: Journey) -> list[Point]:
        """The last points of the walk, if they lead nowhere clearly enough to be learnt."""
        times, points = journey.kept.trail.smooth()
        found = self._pattern(times, points, _LEARNT_FROM) if points else None
        return [] if found is None else points[bisect_left(times, found[0]) :]

    def _is_usual(self, journey: Journey, times: list[float], points: list[Point]) -> bool:
        """Whether a pattern is theirs: on the way home after all, or a place for it."""
        here, day = points[-1], journey.day(times[-1])
        return (
            heading(times, points) == HEADING_HOME
            or self._is_known_ground(here)
            or journey.places.circling(here, day) >= self._set.usual_days
        )

    def _pattern(
        self, times: list[float], points: list[Point], strictness: float
    ) -> tuple[float, Path] | None:
        """The shortest last stretch of the walk that leads nowhere, and when it began."""
        for minutes in _STRETCHES:
            first = bisect_left(times, times[-1] - minutes * 60)
            stretch = points[first:]
            if len(stretch) >= 5 and apart(stretch[0], stretch[-1]) < _FAR_FROM_CIRCLING_M:
                path = self._path(stretch)
                if self._is_pattern(path, strictness):
                    return times[first], path
            if first == 0:
                return None
        return None

    def _at_an_odd_hour(self, journey: Journey, moment: float, point: Point) -> bool:
        kept, limits = journey.kept, self._set
        return (
            self._is_night(moment)
            and self._is_night(kept.left_at)
            and not kept.trail.rode_at
            and moment - kept.left_at >= limits.night_minutes * 60
            and len(kept.trail) >= 3
            and min(apart(_HOME, each) for each in [point, *kept.trail.smooth()[1][-2:]])
            >= limits.night_from_m
            and journey.days_out_at(moment) < limits.usual_days
        )

    def _walks_away(self, journey: Journey, times: list[float], points: list[Point]) -> bool:
        """On unknown ground for a while, and farther and farther from home."""
        kept, here, now = journey.kept, points[-1], times[-1]
        day = journey.day(now)
        if self._is_known_ground(here) or journey.places.days(here, day) >= self._set.known_days:
            kept.strange_at = 0.0
            return False
        if not kept.strange_at:
            kept.strange_at, kept.strange_m = now, apart(_HOME, here)
        return (
            journey.days_known(now) >= self._set.warm_up_days
            and not kept.trail.rode_at
            and now - kept.strange_at >= self._set.away_minutes * 60
            and apart(_HOME, here) - kept.strange_m >= self._set.away_m
        )

    def _is_pattern(self, path: Path, strictness: float) -> bool:
        """Whether a path is one that leads nowhere, clearly enough."""
        limits = self._set
        if path.kind is PathKind.DIRECT or path.reach_m < limits.pattern_reach_m:
            return False
        if path.length_m < limits.pattern_m * strictness or path.efficiency > limits.efficiency:
            return False
        return (
            path.again_share >= limits.again_share * strictness
            or path.turns >= limits.turns * strictness
        )

    def _is_night(self, moment: float) -> bool:
        return self._local.is_between(moment, self._set.night_from_hour, self._set.night_until_hour)

    def _path(self, points: list[Point]) -> Path:
        return path_of(points, self._set.cell_m, self._set.longest_lap_m)


def heading(times: Sequence[float], points: Sequence[Point]) -> str:
    """`heading home`, `heading north-east` or `staying about there`, from the last minutes; empty
    while they are too few to tell one from the other.
    """
    first = bisect_left(times, times[-1] - _HEADING_S) if times else 0
    lately = points[first:]
    if not lately or apart(lately[0], lately[-1]) < _HEADING_M:
        return "staying about there" if times and times[-1] - times[first] >= _STAYS_S else ""
    nearer = apart(_HOME, lately[0]) - apart(_HOME, lately[-1])
    if nearer > 0.7 * apart(lately[0], lately[-1]):
        return HEADING_HOME
    way = (lately[-1][0] - lately[0][0], lately[-1][1] - lately[0][1])
    return f"heading {direction(way)}"

"""Into the bathroom, or up at night: what such a visit is, and how long it may last."""

from __future__ import annotations

import msgspec

from detectors.movement import BATHROOMS, BEDROOMS, OUTER_DOORS
from detectors.ranges import Count, Hour, Minutes, Nightly

NAME = "long_lie"
BATHROOM, NIGHT_VISIT = "bathroom", "night_visit"
CEILING_MIN = 60.0
"""No setting and no habit lets a visit without movement go on for longer."""


class LongLieSettings(Nightly, frozen=True, forbid_unknown_fields=True):
    """Defaults from the field (15 minutes' excess from 22 to 6) and TIHM's homes."""

    bathrooms: tuple[str, ...] = BATHROOMS
    bedrooms: tuple[str, ...] = BEDROOMS
    outer_doors: tuple[str, ...] = OUTER_DOORS
    night_from_hour: Hour = 22
    night_until_hour: Hour = 6
    excess_night_minutes: Minutes = 15.0
    excess_day_minutes: Minutes = 30.0
    unknown_minutes: Minutes = 60.0
    """A visit's usual length until a handful is known: only the hour counts."""
    still_minutes: Minutes = 12.0
    """Whoever was seen moving so lately is not lying still."""
    rest_minutes: Minutes = 45.0
    """Getting up at night is getting up from this long a rest in a bedroom."""
    unseen_days: Count = 2
    """From so many days with unseen returns in four weeks on, visits are not judged."""
    judge_always: bool = False
    """Judge even where returns go unseen: for a person at high risk, at more false alarms."""

    @property
    def soonest_s(self) -> float:
        """No visit lasts too long before it has lasted so many seconds."""
        shortest = min(self.still_minutes, self.excess_night_minutes, self.excess_day_minutes)
        return 60 * min(shortest, CEILING_MIN)


class Visit(msgspec.Struct, array_like=True):
    """One visit, until somebody is seen elsewhere. Times are POSIX seconds."""

    kind: str
    room: str
    entered: float
    moved: float
    reading: str
    watched: float = 0.0
    """When a hub, or all of them, came back from silence in the middle of it: what was before,
    nobody saw."""

    @property
    def still_since(self) -> float:
        """From when on we have seen that nothing moves."""
        return max(self.moved, self.watched)

    def deadline(self, usual_min: float, excess_min: float, still_min: float) -> float:
        """When it has lasted too long without movement."""
        allowed = min(usual_min + excess_min, CEILING_MIN) * 60
        since = self.still_since
        if self.kind == NIGHT_VISIT:
            return since + allowed  # up for good or not, they move about
        too_long = max(self.entered, self.watched) + allowed
        return min(max(too_long, since + still_min * 60), since + CEILING_MIN * 60)

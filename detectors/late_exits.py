"""Doors that opened late, nobody moving after them: what is waited for, and what is usual."""

from __future__ import annotations

import msgspec

from detectors.local_time import LocalTime, within
from detectors.movement import OUTER_DOORS
from detectors.ranges import Count, Hour, Hours, Minutes, Nightly, Seconds

_KEPT = 96
"""With more late exits than this in four weeks every hour is usual anyway."""
_MERGE_MINUTES = 10
_HURRY_S = 60.0
"""A door that keeps banging in the wind may put the judgement off by no more than this."""


class WanderingSettings(Nightly, frozen=True, forbid_unknown_fields=True):
    """Defaults found on TIHM; each may be set per home."""

    night_from_hour: Hour = 23
    night_until_hour: Hour = 5
    still_minutes: Minutes = 24.75
    """As long as telling within 25 minutes allows."""
    usual_nights: Count = 2
    """From so many nights on, an exit into silence within `usual_within_minutes` is usual."""
    usual_within_minutes: Count = 180
    window_days: Count = 28
    evening_hours: Hour = 1
    """So long before the night, exits into silence are no news, only habit."""
    evening_within_minutes: Count = 60
    evening_window_days: Count = 56
    empty_hours: Hours = 10.0
    """From 19:00, when some are put to bed, to the end of the night. A home whose sensors saw
    nobody for longer has nobody who could leave: that door is somebody coming home."""
    empty_rooms: Count = 4
    """Only said of homes where so many rooms showed movement within the last week: one
    sensor's long silence means little."""
    learning_days: Count = 7
    """Until then nothing can be said of what is usual here."""
    arrival_minutes: Minutes = 60.0
    """The wait where the door had opened first, after `still_minutes` without movement, and
    somebody was seen indoors only then: they came in, and are in bed or have left again. Of 716
    outings by day 19 began so: that many real ones would be told later, and none never."""
    leaving_seconds: Seconds = 0.0
    """Movement this soon after the door may still be on the way out and proves no return."""
    outer_doors: tuple[str, ...] = OUTER_DOORS


class Exit(msgspec.Struct, array_like=True):
    """An outer door at night, waiting for somebody to move indoors."""

    first: float
    last: float
    room: str
    reading: str
    hurry_until: float
    into_empty: bool
    """Nobody had been seen indoors for so long that nobody was there to leave."""
    came_in: bool = False
    """The door was shut behind somebody who had come in by it."""
    held: bool = False
    """Nobody has moved for `still_minutes`, and more is waited for."""
    watched: float = 0.0
    """When somebody anywhere was heard again, after the door; 0 where nobody had fallen silent."""

    @property
    def still_since(self) -> float:
        """From when on we have seen that nobody moves."""
        return max(self.first, self.watched)

    def deadline(self, chosen: WanderingSettings) -> float:
        """When nobody has moved for too long."""
        still = 60 * (chosen.arrival_minutes if self.held else chosen.still_minutes)
        moved = min(self.last, self.first + _HURRY_S)
        return max(max(moved, self.watched) + still, self.hurry_until)


class LateHours:
    """Which hours of a home are evening and night, and how usual an exit is in them. Exits are
    civil minutes since 1970, the order in which they were remembered.
    """

    def __init__(self, chosen: WanderingSettings, local: LocalTime) -> None:
        self._set = chosen
        self._local = local

    def minute(self, moment: float) -> int:
        """The civil minute of a POSIX time."""
        return self._local.seconds(moment) // 60

    def is_night(self, moment: float) -> bool:
        """Whether somebody who leaves now is missed."""
        return self._local.is_between(moment, self._set.night_from_hour, self._set.night_until_hour)

    def is_evening(self, moment: float) -> bool:
        """Whether an exit now is no news, only habit."""
        begins = self._set.night_from_hour
        return self._local.is_between(moment, (begins - self._set.evening_hours) % 24, begins)

    def remember(self, exits: list[int], minute: int) -> list[int]:
        """`exits` with one more."""
        if exits and abs(minute - exits[-1]) < _MERGE_MINUTES:
            return exits
        exits.append(minute)
        kept_days = max(self._set.window_days, self._set.evening_window_days)
        oldest = minute - (kept_days + 1) * 1440
        if len(exits) > _KEPT or exits[0] < oldest:
            return sorted(m for m in exits if m >= oldest)[-_KEPT:]
        return exits

    def nights_like(self, exits: list[int], minute: int) -> int:
        """On how many earlier nights somebody went near this time and nobody moved."""
        nights = set()
        for earlier in exits:
            apart = minute - earlier
            near, days = self._set.usual_within_minutes, self._set.window_days
            begins, ends = self._set.night_from_hour, self._set.night_until_hour
            if not within(earlier % 1440 // 60, begins, ends):
                # Told to nobody, so that no stray night grows usual by being long remembered.
                near, days = self._set.evening_within_minutes, self._set.evening_window_days
            if 720 <= apart <= days * 1440 + 720:
                away = apart % 1440
                if min(away, 1440 - away) <= near:
                    nights.add((apart + 720) // 1440)
        return len(nights)

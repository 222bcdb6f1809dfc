"""One locating device and what is known of whoever carries it: at home or out, and where.

Bookkeeping only: it learns and answers, `outing` judges.
"""

from __future__ import annotations

import msgspec

from detectors.geofence import Standing
from detectors.local_time import DAY_S, LocalTime
from detectors.places import Places
from detectors.position import Fix
from detectors.trail import Trail

_FADES = 0.75
"""What a week leaves of a habit: four weeks leave a third."""
_DAY_COUNTS = 8


class Told(msgspec.Struct, array_like=True):
    """What was raised on the present outing."""

    id: str
    at: float
    """When somebody was last told where the person is, POSIX seconds."""
    zone: str = ""
    """The zone whose line was crossed, if it was that; crossing it back ends it."""


class Kept(msgspec.Struct, array_like=True):
    """What survives a restart."""

    heard_at: float = 0.0
    """Last word of any kind from the device; 0 before the first."""
    known_since: float = 0.0
    battery: float | None = None
    fix: Fix | None = None
    """The last that says something: neither nowhere nor everywhere."""
    home: Standing = msgspec.field(default_factory=Standing)
    zones: dict[str, Standing] = {}
    left_at: float = 0.0
    """When the present outing began; 0 while at home or unknown."""
    strange_at: float = 0.0
    """Since when the present walk has been on unknown ground; 0 while it is not."""
    strange_m: float = 0.0
    """How far from home that began."""
    wandering: Told | None = None
    silent: str = ""
    """Id of the signal that told of the device's silence or its empty battery."""
    weak: bool = False
    """Whether its empty battery has been told on this outing."""
    trail: Trail = msgspec.field(default_factory=Trail)
    hours: bytes = bytes(24)
    """On how many days of the last weeks the person was out in each hour, in eighths."""
    hours_day: int = 0
    """Civil day up to which `hours` has faded."""
    hours_seen: int = 0
    """Bits of the hours already counted on that day."""
    places: bytes = b""
    besides: list[Told] = []
    """Raised before `wandering`, oldest first, and not over: they had left the village, and now
    stand on the quay."""


class Journey:
    """The life of one device."""

    def __init__(self, local: LocalTime, kept: Kept | None = None) -> None:
        self._local = local
        self.kept = kept or Kept()
        self.places = Places(self.kept.places)

    def packed(self) -> Kept:
        """For a snapshot."""
        self.kept.places = self.places.packed()
        return self.kept

    @property
    def is_out(self) -> bool:
        """Whether the person is believed to be away from home."""
        return self.kept.left_at > 0

    def day(self, moment: float) -> int:
        """The civil day of `moment`."""
        return self._local.seconds(moment) // DAY_S

    def days_known(self, moment: float) -> float:
        """For how long this device has been heard."""
        return (moment - self.kept.known_since) / DAY_S

    def hear(self, moment: float, battery: float | None) -> None:
        """The device is alive."""
        kept = self.kept
        if not kept.known_since:
            kept.known_since = moment
        if moment >= kept.heard_at:
            kept.heard_at = moment
            if battery is not None:
                kept.battery = battery

    def leave(self, moment: float) -> None:
        """The person has left home."""
        self.kept.left_at = moment
        self.kept.weak = False
        self.kept.strange_at = 0.0
        self.kept.trail.clear()

    def come_home(self) -> None:
        """And is back."""
        self.leave(0.0)
        self.kept.left_at = 0.0

    def raised(self, told: Told) -> None:
        """This was raised, beside whatever goes on already."""
        if self.kept.wandering is not None:
            self.kept.besides.append(self.kept.wandering)
        self.kept.wandering = told

    def crossed_back(self, zone: str) -> Told | None:
        """What was raised of this zone, if anything; it is over, the rest goes on."""
        going_on = self.ended()
        over = next((each for each in going_on if each.zone == zone), None)
        for each in going_on:
            if each is not over:
                self.raised(each)
        return over

    def ended(self) -> list[Told]:
        """All that was raised on this outing, oldest first; it is over."""
        kept = self.kept
        over = [*kept.besides, kept.wandering] if kept.wandering is not None else []
        kept.wandering, kept.besides = None, []
        return over

    def was_out(self, moment: float) -> None:
        """Learn that being out at this time of day is usual."""
        second = self._local.seconds(moment)
        day, hour = second // DAY_S, second % DAY_S // 3600
        kept = self.kept
        if day > kept.hours_day:
            weeks = day // 7 - kept.hours_day // 7
            if weeks:
                kept.hours = bytes(int(count * _FADES**weeks) for count in kept.hours)
            kept.hours_day, kept.hours_seen = day, 0
        if not kept.hours_seen >> hour & 1:
            kept.hours_seen |= 1 << hour
            hours = bytearray(kept.hours)
            hours[hour] = min(hours[hour] + _DAY_COUNTS, 255)
            kept.hours = bytes(hours)

    def days_out_at(self, moment: float) -> float:
        """On about how many of the last days the person was out at this time of day, today
        left out.
        """
        hour = self._local.seconds(moment) % DAY_S // 3600
        today = self.kept.hours_seen >> hour & 1 if self.day(moment) == self.kept.hours_day else 0
        return max(self.kept.hours[hour] / _DAY_COUNTS - today, 0.0)

"""Which room moved how much in each of the last 24 hours: evidence ready to draw."""

from __future__ import annotations

import msgspec

from telecare.messages import EvidenceSeries

_ROOMS = 12
_OTHER = "other"


class RoomHours(msgspec.Struct, array_like=True):
    """Signs of life per room in the last 24 whole hours (UTC), at most 12 rooms and `other`."""

    hour: int = 0
    """The newest hour, counted from 1970."""
    rooms: dict[str, bytearray] = {}

    def add(self, room: str, moment: float) -> None:
        """One sign in `room`; older than a day counts for nothing."""
        hour = int(moment) // 3600
        if hour > self.hour:
            self._turn(hour)
        elif hour <= self.hour - 24:
            return
        counts = self.rooms.get(room)
        if counts is None:
            if len(self.rooms) >= _ROOMS:
                room = _OTHER
            counts = self.rooms.setdefault(room, bytearray(24))
        slot = hour % 24
        if counts[slot] < 255:
            counts[slot] += 1

    def series(self, around: float) -> list[EvidenceSeries]:
        """One series a room, busiest first; `x` is seconds from `around`, the middle of an hour."""
        last = int(around) // 3600
        hours = range(last - 23, last + 1)
        known = range(self.hour - 23, self.hour + 1)
        drawn = [
            EvidenceSeries(
                name=room,
                x=[hour * 3600 + 1800 - around for hour in hours],
                y=[float(counts[hour % 24]) if hour in known else 0.0 for hour in hours],
                unit="signs of life per hour",
            )
            for room, counts in self.rooms.items()
        ]
        return sorted(drawn, key=lambda series: -sum(series.y))

    def _turn(self, hour: int) -> None:
        if hour - self.hour >= 24:
            self.rooms.clear()
        else:
            for gone in range(self.hour + 1, hour + 1):
                for counts in self.rooms.values():
                    counts[gone % 24] = 0
            # A sensor that was renamed must not keep its place from the one it is now.
            self.rooms = {room: counts for room, counts in self.rooms.items() if any(counts)}
        self.hour = hour

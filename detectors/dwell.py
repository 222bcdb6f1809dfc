"""How long do visits to a room last here, and do this home's sensors see their ends?"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

_KEPT = 32
_LONGEST_MIN = 255
_HANDFUL = 8
WINDOW_DAYS = 28


class Dwell(msgspec.Struct, array_like=True):
    """The last visits of one kind at one time of day, and the returns nobody saw."""

    minutes: bytes = b""
    """Lengths of the last visits whose end was seen, oldest first."""
    unseen: list[int] = []
    """Civil days on which somebody was somewhere else without having been seen to go."""
    told: int = 0
    """Civil day on which it was said that visits cannot be judged; 0 if never."""

    def learn(self, seconds: float) -> None:
        """A visit whose end was seen."""
        whole = min(round(seconds / 60), _LONGEST_MIN)
        self.minutes = (self.minutes + bytes([whole]))[-_KEPT:]

    def missed(self, day: int) -> None:
        """A visit that seemed never to end: they were back and nothing had seen them."""
        others = [d for d in self.unseen if day - d < WINDOW_DAYS and d != day]
        self.unseen = [*others, day]

    def usual(self, unknown_min: float) -> float:
        """Minutes that none of the last visits exceeded; `unknown_min` until a handful is known."""
        return float(max(self.minutes)) if len(self.minutes) >= _HANDFUL else unknown_min


def days_missed(dwells: Iterable[Dwell], day: int) -> int:
    """On how many of the last four weeks' days a return from any of these went unseen."""
    return len({d for dwell in dwells for d in dwell.unseen if day - d < WINDOW_DAYS})

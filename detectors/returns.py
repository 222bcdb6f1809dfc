"""How long do people stay away from this home? Another memory of `inactivity`."""

from __future__ import annotations

import math

import msgspec

_DAYS = 28
_QUARTER_S = 900
"""A byte holds an absence of up to 63 hours."""


class Returns(msgspec.Struct, array_like=True):
    """The longest absence, from an outer door to the next sign of life, that ended on each of
    the last days with one.
    """

    days: list[int] = []
    """Civil days, oldest first."""
    quarters: bytes = b""

    def learn(self, day: int, seconds: float) -> None:
        """Somebody came back on civil `day`. One of an earlier day teaches nothing."""
        away = min(math.ceil(seconds / _QUARTER_S), 255)
        if not self.days or day > self.days[-1]:
            self.days = [*self.days, day][-_DAYS:]
            self.quarters = (self.quarters + bytes([away]))[-_DAYS:]
        elif day == self.days[-1] and away > self.quarters[-1]:
            self.quarters = self.quarters[:-1] + bytes([away])

    def longest(self) -> float:
        """Seconds that none of the last days' absences exceeded; 0 if none is known."""
        return max(self.quarters, default=0) * float(_QUARTER_S)

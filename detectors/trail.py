"""The last half hour of a walk, as a receiver saw it, made smooth.

Points are kept at least twenty seconds apart, in whole metres and seconds. What is judged
is the median of every three: one reflection off a wall does not bend a path. A ride, a stop
or a gap begins the trail anew, for a walk runs from one of them to the next.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from detectors.position import Point, apart

SPACING_S = 20
_KEPT = 56
_LONGEST_S = 1500
_GAP_S = 420
_STOP_S = 270
_STOP_M = 26.0
"""A shop, a bench, a bus stop: nobody paces within this, but receivers tremble."""
_RIDE_S = 55
_RIDE_MPS = 3.6
"""Nobody we watch over runs this fast for a minute."""


class Trail(msgspec.Struct, array_like=True):
    """Flat numbers, so that a walk fits into half a kilobyte."""

    begins: float = 0.0
    """POSIX seconds of the first point; 0 while there is none."""
    numbers: list[int] = []
    """Seconds after `begins`, metres east, metres north; three a point, oldest first."""
    rode_at: float = 0.0
    """When it was last too fast to be on foot, 0 if never."""

    def __len__(self) -> int:
        return len(self.numbers) // 3

    def clear(self) -> None:
        """A new walk."""
        self.begins, self.numbers, self.rode_at = 0.0, [], 0.0

    def restart(self) -> None:
        """The walk so far belongs to another one."""
        if len(self) > 2:
            self._keep_last(2)

    def add(self, moment: float, point: Point) -> bool:
        """Take in a point later than all others; whether it was far enough from the last."""
        if self.numbers:
            last = self.begins + self.numbers[-3]
            if moment - last < SPACING_S:
                return False
            if moment - last > _GAP_S:
                self.numbers = []
        if not self.numbers:
            self.begins = moment
        self.numbers += [round(moment - self.begins), round(point[0]), round(point[1])]
        self._drop_old()
        self._notice_ride_or_stop()
        return True

    def smooth(self) -> tuple[list[float], list[Point]]:
        """Times (POSIX) and medians of three; two points fewer than there are."""
        n = self.numbers
        times = [self.begins + n[i] for i in range(3, len(n) - 3, 3)]
        points = [
            (_middle(n[i - 2], n[i + 1], n[i + 4]), _middle(n[i - 1], n[i + 2], n[i + 5]))
            for i in range(3, len(n) - 3, 3)
        ]
        return times, points

    def _drop_old(self) -> None:
        numbers = self.numbers
        while len(numbers) > 3 * _KEPT or numbers[-3] - numbers[0] > _LONGEST_S:
            del numbers[:3]
        if numbers[0]:
            ahead = numbers[0]
            self.begins += ahead
            numbers[::3] = [second - ahead for second in numbers[::3]]

    def _notice_ride_or_stop(self) -> None:
        times, points = self.smooth()
        if len(times) < 3:
            return
        now = times[-1]
        for i in range(len(times) - 2, -1, -1):
            if now - times[i] >= _RIDE_S:
                if apart(points[i], points[-1]) / (now - times[i]) > _RIDE_MPS:
                    self.rode_at = now
                    self._keep_last(3)
                    return
                break
        if now - times[0] < _STOP_S:
            return
        lately = [p for t, p in zip(times, points, strict=True) if now - t <= _STOP_S + 40]
        if len(lately) >= 4 and _spread(lately) <= _STOP_M:
            self._keep_last(3)

    def _keep_last(self, points: int) -> None:
        self.numbers = self.numbers[-3 * points :]
        self._drop_old()


def _middle(a: int, b: int, c: int) -> float:
    return float(max(min(a, b), min(max(a, b), c)))


def _spread(points: Sequence[Point]) -> float:
    """The farthest of nine in ten points from their centre."""
    centre = (
        sum(p[0] for p in points) / len(points),
        sum(p[1] for p in points) / len(points),
    )
    away = sorted(math.hypot(p[0] - centre[0], p[1] - centre[1]) for p in points)
    return away[(len(away) * 9 - 1) // 10]

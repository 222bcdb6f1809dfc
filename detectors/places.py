"""Where does this person usually go, and where do they usually walk in circles?

Ground is remembered in squares, each with the days it was walked on, the days on which
the walk went to and fro or round there (a dog's park, a market), and the last day. Six
bytes a square: a person's habits fit into half a kilobyte.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator

import msgspec

from detectors.position import Point

SQUARE_M = 110.0
_BESIDE_M = 130.0
"""From the middle of a square: so near, its ground is the same street or the next."""
_MOST = 110
_EDGE = 127
"""Squares from home to the edge of the map (14 km); what is beyond counts as on the edge."""
_FORGET_DAYS = 180
_MOST_DAYS = 127
_ROW = struct.Struct("<HBBH")


class Square(msgspec.Struct, array_like=True):
    """What is known of one square."""

    days: int
    """On how many days it was walked on."""
    circling: int
    """On how many of them a path there was not direct."""
    last: int
    """Civil day of the last."""
    circled: bool = False
    """Whether it was not direct on that last day."""


class Places:
    """The squares of one person, the best known kept."""

    def __init__(self, packed: bytes = b"") -> None:
        self._squares = {
            key: Square(days, circling >> 1, last, bool(circling & 1))
            for key, days, circling, last in _ROW.iter_unpack(packed)
        }

    def __len__(self) -> int:
        return len(self._squares)

    def packed(self) -> bytes:
        """For a snapshot; `Places(packed)` is the same again."""
        return b"".join(
            _ROW.pack(key, s.days, s.circling << 1 | s.circled, s.last)
            for key, s in sorted(self._squares.items())
        )

    def walked(self, point: Point, day: int, *, circling: bool = False) -> None:
        """Somebody was here on civil `day`, on foot or staying; `circling` if not on a way."""
        square = self._at(point, day)
        if circling and not square.circled:
            square.circled = True
            square.circling = min(square.circling + 1, _MOST_DAYS)

    def days(self, point: Point, day: int) -> int:
        """On how many days before `day` ground near this point was walked on."""
        return max((s.days - (s.last >= day) for s in self._around(point, day)), default=0)

    def circling(self, point: Point, day: int) -> int:
        """On how many days before `day` somebody circled in this square."""
        square = self._squares.get(_number(*_square(point)))
        if square is None or day - square.last > _FORGET_DAYS:
            return 0
        return square.circling - (square.circled and square.last >= day)

    def _at(self, point: Point, day: int) -> Square:
        key = _number(*_square(point))
        square = self._squares.get(key)
        if square is None:
            if len(self._squares) >= _MOST:
                self._forget_one(day)
            square = self._squares[key] = Square(1, 0, day)
        elif square.last < day:
            square.days = min(square.days + 1, _MOST_DAYS)
            square.last, square.circled = day, False
        return square

    def _around(self, point: Point, day: int) -> Iterator[Square]:
        east, north = _square(point)
        for x in (east - 1, east, east + 1):
            for y in (north - 1, north, north + 1):
                near = math.hypot(point[0] - x * SQUARE_M, point[1] - y * SQUARE_M) <= _BESIDE_M
                square = self._squares.get(_number(x, y)) if near else None
                if square is not None and day - square.last <= _FORGET_DAYS:
                    yield square

    def _forget_one(self, day: int) -> None:
        """The square that is worth least: a week without a visit weighs as much as a day with."""
        squares = self._squares

        def worth(key: int) -> tuple[float, int]:
            square = squares[key]
            return min(square.days, 20) - (day - square.last) / 7, key

        del squares[min(squares, key=worth)]


def _square(point: Point) -> tuple[int, int]:
    east, north = (round(metres / SQUARE_M) for metres in point)
    return max(-_EDGE, min(east, _EDGE)), max(-_EDGE, min(north, _EDGE))


def _number(east: int, north: int) -> int:
    return (max(-_EDGE, min(east, _EDGE)) + 128) << 8 | (max(-_EDGE, min(north, _EDGE)) + 128)

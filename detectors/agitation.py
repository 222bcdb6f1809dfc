"""How restless were the 24 hours up to this evening, in moves through the home?

The measure was found on TIHM (Palermo et al. 2023, doi 10.1038/s41597-023-02519-y, CC BY
4.0), whose validated agitation alerts bear the hours 8, 12 and 18: it asks how much was
walked in the night, the morning and the afternoon that ended at those hours, and how
unevenly over the whole day. It follows the absolute activity of a home, as the alerts do
that were first raised from the same sensors; it is no measure of a state of mind.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from detectors.local_time import DAY_S
from detectors.movement import one_of

EVENING_S = 20 * 3600
"""The day is judged at 20:00, when there is still somebody to ask."""
is_hallway = one_of(("hallway", "hall", "corridor", "landing", "stairs"))
_HOURS = 24
_PARTS = ((0, 10), (10, 16), (16, 22))
"""Hours since 20:00: the night until 06:00, the morning, the afternoon until 18:00."""
_PARTS_WEIGH = 0.5
FEATURES = 2 * len(_PARTS) + 3


class RestlessDay(msgspec.Struct, array_like=True):
    """Moves, signs in the hallway and all signs in each of the 24 hours up to 20:00 of `day`."""

    day: int = 0
    room: str = ""
    """Where the last sign was."""
    moves: list[int] = []
    hallway: list[int] = []
    signs: list[int] = []

    def add(self, second: int, room: str) -> None:
        """A sign in `room` at civil `second`. One of an earlier day comes too late."""
        day, since = divmod(second - EVENING_S + DAY_S, DAY_S)
        if day != self.day:
            if day < self.day:
                return
            self.day = day
            self.moves, self.hallway, self.signs = [0] * _HOURS, [0] * _HOURS, [0] * _HOURS
        hour = since // 3600
        self.signs[hour] += 1
        if room != self.room:
            self.room = room
            self.moves[hour] += 1
        if is_hallway(room):
            self.hallway[hour] += 1

    def features(self) -> list[float]:
        """`FEATURES` logarithms: moves and hallway signs of the parts of the day, moves of
        the day, and how unevenly the hallway and the whole home were used over its hours.
        """
        parts = [
            math.log1p(sum(counts[begin:end]))
            for begin, end in _PARTS
            for counts in (self.moves, self.hallway)
        ]
        return [
            *parts,
            math.log1p(sum(self.moves)),
            math.log1p(_deviation(self.hallway)),
            math.log1p(_deviation(self.signs)),
        ]


class Fleet(msgspec.Struct, frozen=True):
    """Means and deviations over many homes' days: what restlessness is measured against."""

    centre: Sequence[float]
    scale: Sequence[float]
    parts: tuple[float, float]
    """Mean and deviation of the parts' joint excess."""
    whole: tuple[float, float]
    """The same of the whole day's."""

    def restlessness(self, features: Sequence[float]) -> float:
        """Above 0: more restless than the fleet's usual day; deviates by about 1."""
        parts, whole = _excesses(self.centre, self.scale, features)
        return (
            _PARTS_WEIGH * (parts - self.parts[0]) / self.parts[1]
            + (whole - self.whole[0]) / self.whole[1]
        )


def fleet_of(days: Sequence[Sequence[float]]) -> Fleet:
    """The fleet whose homes had these days (`features`); at least two that differ."""
    columns = list(zip(*days, strict=True))
    centre = [math.fsum(column) / len(column) for column in columns]
    scale = [_deviation(column) or 1.0 for column in columns]
    excesses = [_excesses(centre, scale, day) for day in days]
    parts, whole = ([excess[i] for excess in excesses] for i in (0, 1))
    return Fleet(
        centre,
        scale,
        (math.fsum(parts) / len(parts), _deviation(parts) or 1.0),
        (math.fsum(whole) / len(whole), _deviation(whole) or 1.0),
    )


def _excesses(
    centre: Sequence[float], scale: Sequence[float], features: Sequence[float]
) -> tuple[float, float]:
    """One restless part of the day is enough (a smooth maximum); the whole is a sum."""
    z = [(x - c) / s for x, c, s in zip(features, centre, scale, strict=True)]
    parts = math.log(sum(math.exp(z[i] + z[i + 1]) for i in range(0, 2 * len(_PARTS), 2)))
    return parts, sum(z[2 * len(_PARTS) :])


def _deviation(values: Sequence[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((v - mean) ** 2 for v in values) / len(values))

"""Ways people walk, drawn as true legs: along streets to somewhere, or lost.

Everything is seeded and made of round figures; nothing is taken from recordings. The four
lost ways are those of Martino-Saltzman et al. (1991).
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from detectors.evaluation.receiver import Cover, Leg
from detectors.position import Point, apart


class Lost(StrEnum):
    """How somebody wanders."""

    RANDOM = "random"
    """Turns here and there in an area of two to four hundred metres."""
    PACING = "pacing"
    """To and fro on a stretch of 70 to 220 metres."""
    LAPPING = "lapping"
    """Round and round a block of 250 to 520 metres."""
    AWAY = "away"
    """Straight away from where they are, without a goal they could name."""


class Walker:
    """Writes down where somebody is, leg after leg, without gaps."""

    def __init__(self, moment: float, point: Point, cover: Cover = Cover.INDOORS) -> None:
        self.moment, self.point = moment, point
        self.legs: list[Leg] = []
        self._cover = cover

    def stay(self, seconds: float, cover: Cover | None = None) -> None:
        """Stand or sit where they are."""
        self._leg(self.point, seconds, cover or self._cover)

    def until(self, moment: float, cover: Cover) -> None:
        """Stay until `moment`, if it is still to come."""
        if moment > self.moment:
            self.stay(moment - self.moment, cover)

    def walk(self, way: Sequence[Point], speed: float) -> None:
        """On foot along the points of `way`, at `speed` metres a second."""
        for point in way:
            self._leg(point, max(apart(self.point, point) / speed, 1.0), Cover.OPEN)

    def ride(self, way: Sequence[Point], rng: random.Random) -> None:
        """By car or bus along `way`, waiting at lights and stops."""
        for point in way:
            self._leg(point, apart(self.point, point) / rng.uniform(7, 13), Cover.VEHICLE)
            self._leg(point, rng.uniform(10, 60), Cover.VEHICLE)

    def wait_outside(self, seconds: float, rng: random.Random) -> None:
        """At a stop or a gate: a few steps this way and that."""
        centre, ends = self.point, self.moment + seconds
        while self.moment < ends:
            self.walk([_beside(centre, rng.uniform(2, 10), rng)], 0.6)
            self.stay(rng.uniform(20, 90), Cover.OPEN)
        self.walk([centre], 0.6)

    def _leg(self, to: Point, seconds: float, cover: Cover) -> None:
        self.legs.append(Leg(self.moment, self.moment + seconds, self.point, to, cover))
        self.moment += seconds
        self.point = to


class Stray(msgspec.Struct, frozen=True):
    """One wandering: the true way, and from when on somebody should have noticed."""

    kind: Lost
    onset: float
    """When the pattern begins; for `AWAY` when they go out of the door."""
    legs: list[Leg]


def streets(start: Point, end: Point, rng: random.Random) -> list[Point]:
    """A way along streets: with corners, a third longer than the crow flies."""
    corners = max(1, round(apart(start, end) / 250))
    way = []
    for number in range(1, corners + 1):
        share = number / (corners + 1)
        straight = (
            start[0] + (end[0] - start[0]) * share,
            start[1] + (end[1] - start[1]) * share,
        )
        way.append(_beside(straight, rng.uniform(0.1, 0.3) * apart(start, end) / corners, rng))
    return [*way, end]


def browse(walker: Walker, seconds: float, reach: float, rng: random.Random) -> None:
    """From shop to shop, or from flower bed to flower bed, never far from where it began."""
    centre, ends = walker.point, walker.moment + seconds
    while walker.moment < ends:
        walker.walk([_beside(centre, rng.uniform(0.2, 1) * reach, rng)], rng.uniform(0.6, 1.0))
        indoors = rng.random() < 0.7
        walker.stay(rng.uniform(60, 900), Cover.INDOORS if indoors else Cover.OPEN)
    walker.walk([centre], rng.uniform(0.7, 1.0))


def strayed(kind: Lost, begins: float, minutes: float, rng: random.Random) -> Stray:
    """Somebody leaves home at `begins`, goes a little way and is lost for `minutes`."""
    walker = Walker(begins, (0.0, 0.0))
    speed = rng.uniform(0.7, 1.2)
    if kind is not Lost.AWAY:
        spot = _beside((0.0, 0.0), rng.uniform(120, 600), rng)
        walker.walk(streets(walker.point, spot, rng), speed)
    onset = walker.moment
    ends = onset + minutes * 60
    draw = {
        Lost.RANDOM: _random,
        Lost.PACING: _pacing,
        Lost.LAPPING: _lapping,
        Lost.AWAY: _away,
    }[kind]
    draw(walker, ends, speed, rng)
    return Stray(kind, onset, walker.legs)


def _random(walker: Walker, ends: float, speed: float, rng: random.Random) -> None:
    centre, reach = walker.point, rng.uniform(100, 200)
    while walker.moment < ends:
        walker.walk([_beside(centre, rng.uniform(0.3, 1) * reach, rng)], speed)
        if rng.random() < 0.3:
            walker.stay(rng.uniform(5, 60), Cover.OPEN)


def _pacing(walker: Walker, ends: float, speed: float, rng: random.Random) -> None:
    here = walker.point
    there = _beside(here, rng.uniform(70, 220), rng)
    while walker.moment < ends:
        for end in (there, here):
            walker.walk([_beside(end, rng.uniform(0, 12), rng)], speed)
            walker.stay(rng.uniform(0, 25), Cover.OPEN)


def _lapping(walker: Walker, ends: float, speed: float, rng: random.Random) -> None:
    long, wide = rng.uniform(70, 160), rng.uniform(55, 100)
    turn = rng.uniform(0, 2 * math.pi)
    x, y = walker.point
    block = [
        (
            x + a * math.cos(turn) - b * math.sin(turn),
            y + a * math.sin(turn) + b * math.cos(turn),
        )
        for a, b in ((long, 0.0), (long, wide), (0.0, wide), (0.0, 0.0))
    ]
    while walker.moment < ends:
        walker.walk([_beside(corner, rng.uniform(0, 8), rng) for corner in block], speed)


def _away(walker: Walker, ends: float, speed: float, rng: random.Random) -> None:
    heading = rng.uniform(0, 2 * math.pi)
    while walker.moment < ends:
        turn = heading + rng.gauss(0, 0.35)
        step = rng.uniform(80, 220)
        x, y = walker.point
        walker.walk([(x + step * math.sin(turn), y + step * math.cos(turn))], speed)
        if rng.random() < 0.15:
            walker.stay(rng.uniform(5, 45), Cover.OPEN)


def _beside(point: Point, metres: float, rng: random.Random) -> Point:
    turn = rng.uniform(0, 2 * math.pi)
    return point[0] + metres * math.sin(turn), point[1] + metres * math.cos(turn)

"""Is this a way to somewhere, or to and fro, round and round, hither and thither?

The kinds are those of Martino-Saltzman et al. (1991), found on a sequence of grid cells
(Sensors 2021, 21, 3520): a path whose cells are all distinct is direct; coming back to a
cell closes a circle, and a circle of two steps is pacing, one of three up to a longest lap
is lapping, a longer one is random; the majority decides. A circle once closed is taken
out, so that a long stretch walked back is a run of two-step circles and not one large one.

A walk there and back has circles, too. What it has not is ground walked again in the same
direction, nor many sharp turns on little ground: these say how clearly a path leads nowhere.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise

import msgspec

from detectors.position import Point, apart

Cell = tuple[int, int]

_STRIDE_M = 28.0
"""Nearer points are the same place as far as a receiver knows."""
_SHARP = math.radians(70)
_WELL_EARLIER = 6
"""Steps: nearer ones are the same pass."""


class PathKind(StrEnum):
    """How somebody walks."""

    DIRECT = "direct"
    """From one place to another without coming back to any cell."""
    PACING = "pacing"
    """To and fro between two ends."""
    LAPPING = "lapping"
    """Round and round."""
    RANDOM = "random"
    """Turning here and there without a goal."""


class Path(msgspec.Struct, frozen=True):
    """What a stretch of walking looks like."""

    kind: PathKind
    length_m: float
    """As walked, in strides."""
    reach_m: float
    """Between the two points farthest apart."""
    displacement_m: float
    """Between the first point and the last."""
    again_share: float
    """Share of the steps that led over ground walked before, in the same direction."""
    turns: int
    """Corners sharper than 70 degrees, trembling left out."""

    @property
    def efficiency(self) -> float:
        """How far the path led for its length, 0 to 1."""
        return self.displacement_m / max(self.length_m, 1.0)


def path_of(points: Sequence[Point], cell_m: float, longest_lap_m: float) -> Path:
    """Judge the points of one walk, in order, at least two."""
    cells = cells_of(points, cell_m)
    closed = [length for length in circles_of(cells) if length]
    line = _strides(points)
    return Path(
        kind=_majority(closed, max(round(longest_lap_m / cell_m), 3)),
        length_m=sum(apart(a, b) for a, b in pairwise(line)),
        reach_m=max((apart(a, b) for i, a in enumerate(line) for b in line[i + 1 :]), default=0.0),
        displacement_m=apart(points[0], points[-1]),
        again_share=_again_share(cells),
        turns=_turns(line),
    )


def cells_of(points: Sequence[Point], cell_m: float) -> list[Cell]:
    """The cells the points lead through, neighbours one after the other, none twice in a row.

    A cell is left only a third of its width beyond its border, so that a receiver that
    trembles on a border does not pace; between two fixes the way is taken to be straight.
    """
    here = (math.floor(points[0][0] / cell_m), math.floor(points[0][1] / cell_m))
    cells = [here]
    before = points[0]
    for point in points:
        pieces = max(math.ceil(apart(before, point) / (cell_m / 2)), 1)
        for piece in range(1, pieces + 1):
            share = piece / pieces
            x = before[0] + (point[0] - before[0]) * share
            y = before[1] + (point[1] - before[1]) * share
            off = max(abs(x / cell_m - here[0] - 0.5), abs(y / cell_m - here[1] - 0.5))
            if off > 0.5 + 1 / 3:
                here = (math.floor(x / cell_m), math.floor(y / cell_m))
                cells.append(here)
        before = point
    return cells


def circles_of(cells: Sequence[Cell]) -> list[int]:
    """For each step the length of the circle it closes, 0 if it goes ahead."""
    ahead = [cells[0]]
    found = []
    for cell in cells[1:]:
        if cell in ahead:
            whole = len(ahead) - ahead.index(cell)
            del ahead[len(ahead) - whole + 1 :]
            found.append(whole)
        else:
            ahead.append(cell)
            found.append(0)
    return found


def _majority(closed: Sequence[int], longest_lap: int) -> PathKind:
    """The kind most steps of circles belong to; a tie goes to the less orderly kind."""
    if not closed:
        return PathKind.DIRECT
    votes = Counter({PathKind.RANDOM: 0, PathKind.LAPPING: 0, PathKind.PACING: 0})
    for length in closed:
        if length <= 2:
            votes[PathKind.PACING] += length
        elif length <= longest_lap:
            votes[PathKind.LAPPING] += length
        else:
            votes[PathKind.RANDOM] += length
    return votes.most_common(1)[0][0]


def _again_share(cells: Sequence[Cell]) -> float:
    """Ground counts as walked before if a path led there or one cell beside, well earlier."""
    ways = [_way(cells, step) for step in range(1, len(cells))]
    passed: dict[Cell, list[int]] = {}
    again = 0
    for step, (x, y) in enumerate(cells[1:]):
        east, north = ways[step]
        near = (
            earlier
            for cell in ((x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1))
            for earlier in passed.get(cell, ())
        )
        again += any(
            step - earlier > _WELL_EARLIER
            and east * ways[earlier][0] + north * ways[earlier][1] > 0.5
            for earlier in near
        )
        passed.setdefault((x, y), []).append(step)
    return again / max(len(ways), 1)


def _way(cells: Sequence[Cell], step: int) -> Point:
    """The direction in which `step` led, as a unit, from the cell two before to the next."""
    start, end = cells[max(step - 2, 0)], cells[min(step + 1, len(cells) - 1)]
    x, y = end[0] - start[0], end[1] - start[1]
    length = math.hypot(x, y)
    return (x / length, y / length) if length else (0.0, 0.0)


def _strides(points: Sequence[Point]) -> list[Point]:
    """The points that lie a stride or more from the one kept before, and the first."""
    kept = [points[0]]
    for point in points[1:]:
        if apart(kept[-1], point) >= _STRIDE_M:
            kept.append(point)
    return kept


def _turns(line: Sequence[Point]) -> int:
    """A corner that two strides share counts once, like one that falls on a point."""
    bends = [_bend(*three) for three in zip(line, line[1:], line[2:], strict=False)]
    turns, number = 0, 0
    while number < len(bends):
        here = bends[number]
        following = bends[number + 1] if number + 1 < len(bends) else 0.0
        if abs(here) > _SHARP:
            turns += 1
        elif here * following > 0 and abs(here + following) > _SHARP:
            turns += 1
            number += 1
        number += 1
    return turns


def _bend(a: Point, b: Point, c: Point) -> float:
    one = math.atan2(b[1] - a[1], b[0] - a[0])
    other = math.atan2(c[1] - b[1], c[0] - b[0])
    return (other - one + math.pi) % (2 * math.pi) - math.pi

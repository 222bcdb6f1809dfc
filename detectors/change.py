"""How far do the last one to three days lie from this person's own weeks?

Counts are made even by Anscombe's transform (Poisson counts then spread by about 1
whatever their size), compared with the mean of up to 28 valid earlier days behind a guard
of 3, and divided by a spread shrunk towards the fleet's, so that one calm fortnight does
not make a second visit look like news. Mean and spread are taken after the outermost tenth
of the days on each side is pulled in, so that a bad week does not become the measure.

Tried on TIHM and left out (docs/judgement-activity.md): a baseline by weekday, two days in
a row as a condition, Page-Hinkley and ADWIN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import median

import msgspec

from detectors.coverage import Refused
from detectors.turns import Turn

BASELINE_DAYS = 28
GUARD_DAYS = 3
_SHRINK_DAYS = 14.0
"""The fleet's spread weighs as much as this many days of one's own."""
_PULLED_IN = 10
"""One part in so many on each side."""
_LEAST_SHARE = 0.8
"""Of the hours, in which a hub that promises heartbeats must have been heard."""
_MOST_DARK_HOURS = 4
_USUAL_ROOM = 3
"""A room is usual if it spoke on at least two of this many days."""

Value = Callable[[Turn], float]


class Verdict(msgspec.Struct, frozen=True):
    """A judged day: `strength` in spreads, above 0 in the direction that worries."""

    strength: float
    days: list[int]
    """The days that make up the strongest sum, oldest first."""


class Baseline(msgspec.Struct, frozen=True):
    """Valid days: `usual` to compare with, `recent` to judge (newest last)."""

    usual: list[Turn]
    recent: list[Turn]


class Sought(msgspec.Struct, frozen=True):
    """A change to look for: `way` +1 for more or later, -1 for less or earlier."""

    value: Value
    spread: float
    """The fleet's, in units of `value`: a median over the TIHM homes."""
    way: int
    sums: tuple[int, ...] = (1, 2, 3)
    """Over how many days together."""
    against: Value | None = None
    """The same, relative to the rest of the home: a guest or a day out moves both."""
    against_spread: float = 1.0
    against_weighs: Callable[[float, float], float] = max
    """Joins a day's own excess and the relative one."""


def baseline(
    turns: Sequence[Turn],
    day: int,
    least_days: int,
    *,
    watched: bool,
    paused: Callable[[int], bool] = lambda _: False,
    so_far: int = 24,
) -> Baseline | Refused:
    """The days to compare for judging `day`, or why it or too many before it are not valid.

    `watched`: a hub promises heartbeats, so a turn with under 80 % of its hours heard is
    left out. Always left out: paused turns, turns with over 4 dark hours, and those with
    under half of the usual active hours. `so_far`: of the day to be judged only so many
    hours have passed.
    """
    if paused(day):
        return Refused.PAUSED
    known = [t for t in turns if t.day <= day and not paused(t.day)]
    if not known or known[-1].day != day:
        return Refused.HUB_SILENT if watched else Refused.HARDLY_SEEN
    if (reason := _unseen(known[-1], so_far, watched=watched)) is not None:
        return reason
    newest = known.pop()
    known = [t for t in known if _unseen(t, 24, watched=watched) is None]
    earlier = [t for t in known if t.day < day - GUARD_DAYS][-BASELINE_DAYS:]
    if len(earlier) < least_days:
        return Refused.LEARNING
    least_hours = median(t.active.bit_count() for t in earlier) / 2
    valid = [t for t in known if t.active.bit_count() >= least_hours]
    usual = [t for t in valid if t.day < day - GUARD_DAYS][-BASELINE_DAYS:]
    recent = [t for t in valid if t.day > day - GUARD_DAYS]
    if newest.active.bit_count() < least_hours * so_far / 24:
        return Refused.HARDLY_SEEN
    return Baseline(usual, [*recent, newest]) if len(usual) >= least_days else Refused.LEARNING


def with_sensors(days: Baseline, rooms: int, least_days: int, *, alone: bool) -> Baseline | Refused:
    """Only the days on which the sensors of `rooms` (bits) were alive.

    One that is usual and silent for a whole turn is taken as dead while another of its
    group goes on; with `alone` even without: nobody goes a day without the bathroom. A
    kitchen in which nothing at all moves is a kitchen nobody uses.
    """
    usual = 0
    for i in range(rooms.bit_length()):
        bit = 1 << i
        if rooms & bit:
            spoke = sum(1 for t in days.usual if t.rooms & bit)
            if _USUAL_ROOM * spoke >= 2 * len(days.usual):
                usual |= bit

    def alive(turn: Turn) -> bool:
        speaking = turn.rooms & usual
        return speaking == usual or (not speaking and not alone)

    kept = Baseline([t for t in days.usual if alive(t)], [t for t in days.recent if alive(t)])
    if not kept.recent or kept.recent[-1] is not days.recent[-1]:
        return Refused.SENSOR_SILENT
    return kept if len(kept.usual) >= least_days else Refused.LEARNING


def verdict(days: Baseline, sought: Sought) -> Verdict | Refused:
    """The strongest sum over the last days; `LEARNING` if too few of them are valid."""
    own = _excess(days, sought.value, sought.spread, sought.way)
    if sought.against is not None:
        beside = _excess(days, sought.against, sought.against_spread, sought.way)
        own = [sought.against_weighs(a, b) for a, b in zip(own, beside, strict=True)]
    sums = {k: sum(own[-k:]) / math.sqrt(k) for k in sought.sums if k <= len(own)}
    if not sums:
        return Refused.LEARNING
    best = max(sums, key=lambda k: sums[k])
    return Verdict(sums[best], [t.day for t in days.recent[-best:]])


def usual_band(days: Baseline, shown: Callable[[Turn], int]) -> tuple[int, int]:
    """From the lowest tenth of the usual days to the highest."""
    usual = sorted(shown(t) for t in days.usual)
    tenth = len(usual) // _PULLED_IN
    return usual[tenth], usual[-1 - tenth]


def even(count: int) -> float:
    """Anscombe's transform."""
    return 2 * math.sqrt(count + 0.375)


def log_ratio(count: int, others: int) -> float:
    """How much of the home's coming and going this is, as a logarithm."""
    return math.log((count + 0.5) / (others + 0.5))


def _unseen(turn: Turn, hours: int, *, watched: bool) -> Refused | None:
    if watched and turn.heard.bit_count() < hours * _LEAST_SHARE:
        return Refused.HUB_SILENT
    if turn.dark.bit_count() > _MOST_DARK_HOURS:
        return Refused.BLACKOUT
    return None


def _excess(days: Baseline, value: Value, fleet: float, way: int) -> list[float]:
    """Each recent day's distance from the usual mean, in shrunk spreads."""
    usual = sorted(value(t) for t in days.usual)
    n = len(usual)
    tenth = n // _PULLED_IN
    if tenth:
        usual[:tenth] = [usual[tenth]] * tenth
        usual[-tenth:] = [usual[-1 - tenth]] * tenth
    mean = math.fsum(usual) / n
    variance = math.fsum((u - mean) ** 2 for u in usual) / n
    spread = math.sqrt((n * variance + _SHRINK_DAYS * fleet**2) / (n + _SHRINK_DAYS))
    return [way * (value(t) - mean) / spread for t in days.recent]

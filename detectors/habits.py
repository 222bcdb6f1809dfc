"""Which changes of a person's days are looked for, and in which words they are told.

Thresholds are spreads of the person's own weeks; the figures they give on real homes stand
in docs/judgement-activity.md. No sentence names an illness.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from detectors.change import Baseline, Sought, Verdict, even, log_ratio, usual_band
from detectors.turns import Turn

_KITCHEN_SLACK = 0.3


class Habit(msgspec.Struct, frozen=True):
    """One measure of a turn."""

    name: str
    """`Signal.type`, and with `_threshold` the name of its setting."""
    sought: Sought
    threshold: float
    shown: Callable[[Turn], int]
    """What the picture shows, in `unit`."""
    title: str
    unit: str
    phrase: Callable[[str], str]
    """The subject and what it did, given the judged days' figures in words."""
    room: str | None = None
    group: str | None = None
    """Whose sensors must be alive: `bathrooms` or `kitchens`."""
    clock: bool = False
    """`shown` is half-hours after 04:00."""


def _more_than_the_home(own: float, beside: float) -> float:
    """A night in which the other rooms saw more still (a guest, a carer) counts for less."""
    return own + min(beside, 0.0) / 2


def _less_than_the_home(own: float, beside: float) -> float:
    """Mostly the smaller of the two: a day spent out lowers the count but not the ratio."""
    return (1 - _KITCHEN_SLACK) * min(own, beside) + _KITCHEN_SLACK * max(own, beside)


BATHROOM_NIGHT = Habit(
    name="bathroom_night",
    sought=Sought(
        value=lambda t: even(t.bathroom_night),
        spread=1.2,
        way=1,
        against=lambda t: log_ratio(t.bathroom_night, t.other_night),
        against_spread=0.55,
        against_weighs=_more_than_the_home,
    ),
    threshold=2.4,
    shown=lambda t: t.bathroom_night,
    title="Bathroom visits at night",
    unit="visits",
    phrase=lambda times: f"Bathroom at night {times}",
    room="bathroom",
    group="bathrooms",
)
KITCHEN_DAY = Habit(
    name="kitchen_day",
    sought=Sought(
        value=lambda t: even(t.kitchen_day),
        spread=1.2,
        way=-1,
        sums=(2, 3),
        against=lambda t: log_ratio(t.kitchen_day, t.other_day),
        against_spread=0.55,
        against_weighs=_less_than_the_home,
    ),
    threshold=2.5,
    shown=lambda t: t.kitchen_day,
    title="Kitchen visits by day",
    unit="visits",
    phrase=lambda times: f"Kitchen used {times} by day",
    room="kitchen",
    group="kitchens",
)
BATHROOM_DAY = Habit(
    name="bathroom_day",
    sought=Sought(
        value=lambda t: even(t.bathroom_day),
        spread=1.2,
        way=1,
        against=lambda t: log_ratio(t.bathroom_day, t.other_day),
        against_spread=0.4,
        against_weighs=_more_than_the_home,
    ),
    threshold=3.6,
    shown=lambda t: t.bathroom_day,
    title="Bathroom visits by day",
    unit="visits",
    phrase=lambda times: f"Bathroom by day {times}",
    room="bathroom",
    group="bathrooms",
)
NIGHT_ABOUT = Habit(
    name="night_about",
    sought=Sought(
        value=lambda t: even(t.bathroom_night + t.other_night), spread=1.5, way=1, sums=(2, 3)
    ),
    threshold=3.6,
    shown=lambda t: t.bathroom_night + t.other_night,
    title="Rooms visited at night",
    unit="visits",
    phrase=lambda times: f"Up and about at night {times}",
)
UP_LATE = Habit(
    name="up_late",
    sought=Sought(value=lambda t: float(t.up), spread=2.0, way=1, sums=(2, 3)),
    threshold=7.0,
    shown=lambda t: t.up,
    title="Up and about from",
    unit="half-hours after 04:00",
    phrase=lambda clock: f"Up and about from {clock}",
    clock=True,
)
BED_LATE = Habit(
    name="bed_late",
    sought=Sought(value=lambda t: float(t.to_bed), spread=2.0, way=1, sums=(2, 3)),
    threshold=3.8,
    shown=lambda t: t.to_bed,
    title="Up and about until",
    unit="half-hours after 04:00",
    phrase=lambda clock: f"Up and about until {clock}",
    clock=True,
)
OUT_LESS = Habit(
    name="out_less",
    sought=Sought(value=lambda t: even(t.outings), spread=1.0, way=-1, sums=(3,)),
    threshold=2.0,
    shown=lambda t: t.outings,
    title="Times out",
    unit="outings",
    phrase=lambda times: f"Out of the house {times}",
)
HABITS = (BATHROOM_NIGHT, KITCHEN_DAY, BATHROOM_DAY, NIGHT_ABOUT, UP_LATE, BED_LATE, OUT_LESS)
RESTLESS = Habit(
    name="restless",
    sought=Sought(value=lambda t: even(t.moves), spread=3.0, way=1, sums=(1,)),
    threshold=1.0,
    shown=lambda t: t.moves,
    title="Moves from room to room",
    unit="moves",
    phrase=lambda times: f"More walking from room to room today, {times}",
)
"""Judged in the evening by the restlessness of the day (`agitation`) and shown by its moves;
`threshold` is in own spreads, above the fleet's in `RoutineSettings.restless_threshold`."""


def known(habit: Habit, turn: Turn) -> bool:
    """Whether the turn tells anything of the habit."""
    return not habit.clock or habit.shown(turn) > 0


def stands_out(habit: Habit, days: Baseline, found: Verdict) -> bool:
    """Whether one of the judged days lies outside the usual band on the side that worries:
    else there is nothing to show anybody.
    """
    low, high = usual_band(days, habit.shown)
    judged = [habit.shown(t) for t in days.recent if t.day in found.days]
    return max(judged) > high if habit.sought.way > 0 else min(judged) < low


def sentence(habit: Habit, days: Baseline, found: Verdict) -> str:
    """`Bathroom at night 7 times, usually 1 to 3; consider a check.` Of several days each is told,
    for the last alone may be as usual.
    """
    low, high = usual_band(days, habit.shown)
    judged = [habit.shown(t) for t in days.recent if t.day in found.days]
    span = found.days[-1] - found.days[0] + 1
    which = f"{len(judged)} of the last {span}" if len(judged) < span else f"the last {span}"
    several = f" on {which} days" if span > 1 else ""
    usual = (
        _figure(habit, low) if low == high else f"{_figure(habit, low)} to {_figure(habit, high)}"
    )
    return f"{habit.phrase(_spoken(habit, judged))}{several}, usually {usual}; consider a check."


def _spoken(habit: Habit, values: Sequence[int]) -> str:
    *earlier, last = [_figure(habit, value) for value in values]
    listed = f"{', '.join(earlier)} and {last}" if earlier else last
    if habit.clock:
        return listed
    return "once" if listed == "1" else f"{listed} times"


def _figure(habit: Habit, value: int) -> str:
    if not habit.clock:
        return str(value)
    minutes = (4 * 60 + value * 30) % (24 * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"

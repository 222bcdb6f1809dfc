"""Changes planted in real homes: what would the detectors have noticed, and how soon?

No public recording has labels of wandering, infection or self-neglect, so seeded changes
are planted in TIHM homes and everything the detectors say of the unchanged homes counts as
false. Thresholds are set on one half of the homes and tried on the other, both ways round.
Every reading goes through the detectors that run in production; a planted change is played
from a snapshot of the evening before it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from detectors.evaluation.ear import Ear
from detectors.evaluation.exits import exits_report
from detectors.evaluation.long_lies import long_lies_table
from detectors.evaluation.outage import TECHNICAL, said_during
from detectors.evaluation.plants import (
    Change,
    doubled_bathroom,
    halved_kitchen,
    usual_night_visits,
)
from detectors.evaluation.report import Curve, Plot, Report, Request, Row, Table
from detectors.evaluation.tihm import Event, Recording, recording
from detectors.habits import BATHROOM_NIGHT, HABITS, KITCHEN_DAY, RESTLESS
from detectors.local_time import DAY_S
from detectors.routine import Routine
from telecare.errors import InvalidInput

_LEAST_DAYS = 28
_LEAST_HOMES = 2
_OUTAGE_DAYS = 30
_PLACES = 6
"""At most so many beginnings of a change are tried in a home."""
_NEVER = 100.0
"""The highest threshold that a home may be given; nothing comes near it."""
_LEAST = 0.01
_REFRACTORY_DAYS = 7
_TOGETHER = 0.25
_RATES = (0.05, 0.083, 0.125, 0.15, 0.25)
_REMARKS = (
    "The changes are planted, not real; all that is said of unchanged homes counts as false.",
    "False alerts are counted seven days apart, before the budget of one trend a month.",
    "Recall in budget is what production says: shipped thresholds, refractory time, budget.",
    "A change counts as found within its days and one more, begun on days that were judged.",
    "The settings of the night exits were found on these homes; see docs/judgement-activity.md.",
)


class Trend(msgspec.Struct, frozen=True):
    """A change of habit that is planted."""

    habit: str
    title: str
    plant: Change
    days: int
    rate: float
    """False alerts a judged home-week for which the threshold is set."""
    goal_rate: float
    goal: float
    usual: Callable[[Sequence[Event]], float] = lambda _: 1.0
    """Homes where this is under 1 have nothing to change."""


TRENDS = (
    Trend(
        BATHROOM_NIGHT.name, "night bathroom visits doubled, 3 days", doubled_bathroom, 3,
        0.09, 0.15, 0.75, usual_night_visits,
    ),
    Trend(
        KITCHEN_DAY.name, "kitchen and fridge halved, 5 days", halved_kitchen, 5,
        0.05, 0.05, 0.92,
    ),
)  # fmt: skip


class Tried(msgspec.Struct, frozen=True):
    """One habit in one home, heard with a threshold nobody reaches from below."""

    strengths: dict[int, float]
    """Turn -> strength, where it stood out at all."""
    judged: list[int]
    """Turns of which it could be judged."""
    planted: list[list[tuple[int, float]]]
    """For each beginning tried: (days since, strength) of what was said in time."""
    in_budget: list[bool]
    """For the same: whether production said it, within its budget."""
    changeable: bool


def evaluate(request: Request) -> Report:
    """Plant, listen, and set thresholds on the other half of the homes, or on the homes of
    `train` where that is given.
    """
    folder = request.test or request.data
    if folder is None:
        raise InvalidInput("say where the recording is: --data DIR, or --train DIR and --test DIR")
    whole = recording(folder)
    learn = recording(request.train) if request.train else None
    if learn is None and len(whole.homes) < _LEAST_HOMES:
        raise InvalidInput(
            "thresholds come from the other half of the homes, and there is one home; give a "
            "recording of more, or --train DIR and --test DIR"
        )
    first, second = split(sorted(whole.homes), request.seed)
    rows: list[Row] = []
    curves: list[Curve] = []
    parts: dict[str, dict[str, float | None]] = {}
    for trend in TRENDS:
        tried = _try_all(whole, trend, request)
        everybody = list(tried.values())
        folds = [(first, _of(tried, second)), (second, _of(tried, first))]
        if learn is not None:
            folds = [(first | second, list(_try_all(learn, trend, request).values()))]
        usual = {home: t for home, t in tried.items() if t.changeable}
        groups = [("all homes", trend.habit, tried)]
        if len(usual) < len(tried):
            groups.append(("homes with at least one usually", f"{trend.habit}_usual", usual))
        for note, part, kept in groups:
            figures = parts[part] = across(kept, tried, folds, trend.rate)
            reached = _reached(figures, trend.goal, trend.goal_rate)
            rows.append(Row(name=trend.title, figures=figures, reached=reached, note=note))
        curves.append(_curve(trend.title, everybody))
    exits = parts["night_exit"] = exits_report(_told(whole, "night exits", request), request.seed)
    note = "within 25 minutes, with the settings that ship"
    rows.append(
        Row(name="night exit, then silence", figures=exits, reached=_reached(exits, 0.92, 0.05),
            note=note)
    )  # fmt: skip
    lies = long_lies_table(_told(whole, "long lies", request), request.seed)
    return _report(rows, curves, parts, [lies, _outage(whole, request)])


def _outage(whole: Recording, request: Request) -> Table:
    """What was said from the recording's end on, when nobody was heard any more."""
    rows = []
    for number, beats in enumerate((False, True)):
        request.progress("platform outage", number, 2)
        said = said_during(whole, beats=beats, days_before=_OUTAGE_DAYS)
        technical = sum(n for kind, n in said.items() if kind in TECHNICAL)
        other = said.total() - technical
        named = ", ".join(f"{n} {kind}" for kind, n in sorted(said.items())) or "nothing"
        rows.append(
            Row(
                name="hubs that promise heartbeats" if beats else "as recorded, no heartbeats",
                figures={"technical": float(technical), "other": float(other)},
                reached=other == 0,
                note=named,
            )
        )
    title = "Two days of silence of everybody: signals"
    return Table(title=title, columns=("technical", "other"), rows=rows)


def split(homes: Sequence[str], seed: int) -> tuple[set[str], set[str]]:
    """Two halves by chance."""
    mixed = list(homes)
    random.Random(seed).shuffle(mixed)  # noqa: S311 - seeded, no secret
    middle = len(mixed) // 2
    return set(mixed[:middle]), set(mixed[middle:])


def _told(whole: Recording, what: str, request: Request) -> Iterator[tuple[str, Sequence[Event]]]:
    """The homes one after the other, told to whoever watches the progress."""
    for number, home in enumerate(sorted(whole.homes)):
        request.progress(what, number, len(whole.homes))
        yield home, whole.homes[home]


def _try_all(whole: Recording, trend: Trend, request: Request) -> dict[str, Tried]:
    return {
        home: try_trend(home, events, trend, request.seed)
        for home, events in _told(whole, trend.title, request)
    }


def _of(tried: Mapping[str, Tried], homes: set[str]) -> list[Tried]:
    return [tried[home] for home in sorted(homes)]


def try_trend(home: str, events: Sequence[Event], trend: Trend, seed: int) -> Tried:
    """Listen to the home as it was, then with the change planted at some beginnings."""
    loose = {
        "thresholds": {h.name: _NEVER for h in (*HABITS, RESTLESS)} | {trend.habit: _LEAST},
        "refractory_days": 0,
        "budget_days": 0,
    }
    ear = Ear(home, Routine, {"routine": loose})
    ear.hear(events, trend.habit)
    production = Ear(home, Routine, {})
    chance = random.Random(f"{seed}/{home}/{trend.habit}")  # noqa: S311 - seeded, no secret
    starts = [
        t for t in ear.judged if all(t + k in ear.judged for k in range(trend.days))
    ] if len({e.second // DAY_S for e in events}) >= _LEAST_DAYS else []  # fmt: skip
    starts = chance.sample(starts, min(len(starts), _PLACES))
    if starts:
        production.hear(events, trend.habit)
    planted, in_budget = [], []
    for start in starts:
        changed = trend.plant(events, start, trend.days, chance)
        found = ear.again(start, trend.days, changed)
        planted.append([(s.day - start, s.strength) for s in found if s.habit == trend.habit])
        raised = production.again(start, trend.days, changed)
        in_budget.append(any(s.habit == trend.habit for s in raised))
    return Tried(
        {s.day: s.strength for s in ear.said}, ear.judged, planted, in_budget,
        trend.usual(events) >= 1.0,
    )  # fmt: skip


def across(
    kept: Mapping[str, Tried],
    everybody: Mapping[str, Tried],
    folds: Sequence[tuple[set[str], Sequence[Tried]]],
    rate: float,
) -> dict[str, float | None]:
    """Recall in the homes `kept` and false alerts in all, each fold at the threshold of the
    homes it may learn from.
    """
    hits: list[bool] = []
    delays: list[int] = []
    false, weeks = 0, 0.0
    for own, learnt_from in folds:
        threshold = threshold_at(learnt_from, rate)
        for home in sorted(own):
            false += alarms(everybody[home].strengths, threshold)
            weeks += len(everybody[home].judged) / 7
        for home in sorted(own & kept.keys()):
            for found in kept[home].planted:
                days = [day for day, strength in found if strength >= threshold]
                hits.append(bool(days))
                delays += days[:1]
    budget = [each for t in kept.values() for each in t.in_budget]
    return {
        "recall": _mean(hits),
        "false_alerts_per_home_week": false / weeks if weeks else None,
        "delay_days": _mean([day + 1 for day in delays]),
        "recall_in_budget": _mean(budget),
        "homes": float(sum(bool(t.planted) for t in kept.values())),
        "changes": float(len(hits)),
    }


def threshold_at(homes: Sequence[Tried], rate: float) -> float:
    """The lowest threshold with at most `rate` alerts in a judged home-week."""
    weeks = sum(len(t.judged) for t in homes) / 7
    levels = sorted({s for t in homes for s in t.strengths.values()})
    low, high = 0, len(levels)
    while low < high:
        middle = (low + high) // 2
        if sum(alarms(t.strengths, levels[middle]) for t in homes) <= rate * weeks:
            high = middle
        else:
            low = middle + 1
    return levels[low] if low < len(levels) else _NEVER


def alarms(strengths: Mapping[int, float], threshold: float) -> int:
    """How often it would have been said, a week apart."""
    count, last = 0, -_REFRACTORY_DAYS
    for day in sorted(strengths):
        if strengths[day] >= threshold and day - last >= _REFRACTORY_DAYS:
            count, last = count + 1, day
    return count


def _reached(figures: Mapping[str, float | None], goal: float, rate: float) -> bool:
    recall, false = figures["recall"], figures["false_alerts_per_home_week"]
    return (
        recall is not None
        and false is not None
        and (round(recall, 2) >= goal and round(false, 2) <= rate)
    )


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _curve(title: str, every: Sequence[Tried]) -> Curve:
    """Recall against false alerts a home-week, over all homes."""
    changes = [found for t in every for found in t.planted]
    recalls = []
    for rate in _RATES:
        threshold = threshold_at(every, rate)
        heard = [any(s >= threshold for _, s in found) for found in changes]
        recalls.append(_mean(heard) or 0.0)
    return Curve(name=title, x=_RATES, y=recalls)


def _report(
    rows: list[Row],
    curves: list[Curve],
    parts: dict[str, dict[str, float | None]],
    more: Sequence[Table],
) -> Report:
    false = [
        parts[name]["false_alerts_per_home_week"] or 0.0
        for name in (BATHROOM_NIGHT.name, KITCHEN_DAY.name, "night_exit")
    ]
    planted = [parts[n]["recall"] or 0.0 for n in parts if f"{n}_usual" not in parts]
    together: dict[str, float | None] = {
        "recall": sum(planted) / len(planted),
        "false_alerts_per_home_week": sum(false),
    }
    rows.append(
        Row(name="all together", figures=together, reached=round(sum(false), 2) <= _TOGETHER,
            note="before the budget of one trend a month")
    )  # fmt: skip
    columns = ("recall", "false_alerts_per_home_week", "delay_days", "recall_in_budget", "homes",
               "changes")  # fmt: skip
    title = "Changes planted in TIHM homes, thresholds from the other half of the homes"
    return Report(
        title=title,
        tables=[Table(title=title, columns=columns, rows=rows), *more],
        figures=together,
        parts=parts,
        remarks=_REMARKS,
        plots=[Plot(title=title, x_label="false alerts a home-week", y_label="recall",
                    curves=curves)],
    )  # fmt: skip

"""Long lies planted in recorded homes: is anybody told within the hour, and how often in vain?"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta

from detectors.base import HomeProfile
from detectors.evaluation.ear import played, turn_of
from detectors.evaluation.report import Row, Table
from detectors.evaluation.tihm import ORG, Event, reading
from detectors.home import Home
from detectors.local_time import DAY_S
from detectors.long_lie import LongLie
from telecare.vocabulary import SignalKind

_ALLOWANCE = timedelta(seconds=2)
_CEILING = timedelta(minutes=61)
_LEARNT_DAYS = 14
_PLACES = 10
_BATHROOM = "bathroom"
_WEEK_S = 7 * DAY_S


def long_lies_table(homes: Iterable[tuple[str, Sequence[Event]]], seed: int) -> Table:
    """Whoever goes to the bathroom stays there: found within the hour; and the signals of the
    unchanged homes, a home-week, all of them false as far as anybody knows.
    """
    hits: list[bool] = []
    false: Counter[str] = Counter()
    later: Counter[str] = Counter()
    weeks = later_weeks = 0.0
    for name, events in homes:
        found, said = _try(name, events, seed)
        hits += found
        begin, end = events[0].second, events[-1].second
        weeks += (end - begin) / _WEEK_S
        later_weeks += max(0.0, (end - begin) / _WEEK_S - _LEARNT_DAYS / 7)
        false.update(kind for kind, _ in said)
        later.update(kind for kind, days in said if days >= _LEARNT_DAYS)
    rows = [
        Row(
            name=kind.replace("_", " "),
            figures={
                "recall": sum(hits) / len(hits) if hits and kind == _BATHROOM else None,
                "false_alerts_per_home_week": false[kind] / weeks,
                "after_a_fortnight": later[kind] / later_weeks if later_weeks else None,
            },
        )
        for kind in (_BATHROOM, "night_visit")
    ]
    columns = ("recall", "false_alerts_per_home_week", "after_a_fortnight")
    return Table(title="Long lies planted in the bathroom: told of", columns=columns, rows=rows)


def _try(
    name: str, events: Sequence[Event], seed: int
) -> tuple[list[bool], list[tuple[str, float]]]:
    """Whether each planted lie was told of, and the type and day of every false signal."""
    home = _home(name)
    kept: dict[int, dict[str, bytes]] = {}
    said = [
        (signal.type, (event.second - events[0].second) / DAY_S)
        for event, told in played(home, events, kept)
        for signal in told
        if signal.kind is SignalKind.INACTIVITY
    ]
    chance = random.Random(f"{seed}/{name}/lies")  # noqa: S311 - seeded, no secret
    turns = [t for t in kept if min(kept) + _LEARNT_DAYS <= t < max(kept)]
    visits = [
        place
        for place, event in enumerate(events)
        if event.room == _BATHROOM and events[place - 1].room != _BATHROOM
    ]
    chosen = [v for v in visits if turn_of(events[v].second) in set(turns)]
    return [
        _lies(name, events, visit, kept[turn_of(events[visit].second)])
        for visit in chance.sample(chosen, min(len(chosen), _PLACES))
    ], said


def _lies(name: str, events: Sequence[Event], visit: int, state: dict[str, bytes]) -> bool:
    """The events of the turn up to this visit, and silence."""
    home = _home(name)
    home.restore(state)
    turn = turn_of(events[visit].second)
    begin = visit
    while begin and turn_of(events[begin - 1].second) == turn:
        begin -= 1
    for place in range(begin, visit + 1):
        home.observe(reading(name, events[place], f"{turn}-{place}"))
    until = reading(name, events[visit], 0).occurred_at + _CEILING
    return any(s.kind is SignalKind.INACTIVITY for s in home.tick(until))


def _home(name: str) -> Home:
    profile = HomeProfile(org=ORG, home=name)
    return Home(profile, _ALLOWANCE, [LongLie(profile)])

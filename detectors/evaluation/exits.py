"""Night exits planted in recorded homes: is anybody told within 25 minutes?"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import timedelta

from detectors.base import HomeProfile, at
from detectors.evaluation.ear import played
from detectors.evaluation.plants import night_exit
from detectors.evaluation.tihm import ORG, Event, reading
from detectors.home import Home
from detectors.local_time import DAY_S, local_time
from detectors.turns import TURN_BEGINS_S
from detectors.wandering import Wandering
from telecare.vocabulary import SignalKind

_ALLOWANCE = timedelta(seconds=2)
_WITHIN = timedelta(minutes=25)
_LEARNT_DAYS = 14
_PLACES = 10


def exits_report(
    homes: Iterable[tuple[str, Sequence[Event]]], seed: int
) -> dict[str, float | None]:
    """Recall and false alerts a home-week of the wandering detector as it ships."""
    tried = [_try(name, events, seed) for name, events in homes]
    hits = [hit for found, _, _ in tried for hit in found]
    weeks = sum(length for _, _, length in tried)
    return {
        "recall": sum(hits) / len(hits) if hits else None,
        "false_alerts_per_home_week": sum(wrong for _, wrong, _ in tried) / weeks,
        "delay_days": None,
        "homes": float(sum(bool(found) for found, _, _ in tried)),
        "changes": float(len(hits)),
    }


def _try(name: str, events: Sequence[Event], seed: int) -> tuple[list[float], int, float]:
    """Whether each planted exit was told in time, the false signals, the weeks heard."""
    profile = HomeProfile(org=ORG, home=name)
    home = Home(profile, _ALLOWANCE, [Wandering(profile)])
    kept: dict[int, dict[str, bytes]] = {}
    said = [signal for _, told in played(home, events, kept) for signal in told]
    false = sum(signal.kind is SignalKind.WANDERING for signal in said)
    chance = random.Random(f"{seed}/{name}/exits")  # noqa: S311 - seeded, no secret
    nights = [turn for turn in kept if turn >= min(kept) + _LEARNT_DAYS and turn < max(kept)]
    hits = [
        _plant(profile, events, turn, kept[turn], chance)
        for turn in chance.sample(nights, min(len(nights), _PLACES))
    ]
    return hits, false, (events[-1].second - events[0].second) / DAY_S / 7


def _plant(
    profile: HomeProfile,
    events: Sequence[Event],
    turn: int,
    state: dict[str, bytes],
    chance: random.Random,
) -> float:
    begin = turn * DAY_S + TURN_BEGINS_S
    night = [e for e in events if begin <= e.second < begin + DAY_S]
    second, changed = night_exit(night, turn, chance)
    home = Home(profile, _ALLOWANCE, [Wandering(profile)])
    home.restore(state)
    left = at(local_time(profile.timezone).timestamp(second // DAY_S, second % DAY_S))
    told = [
        s
        for number, event in enumerate(changed)
        if event.second <= second
        for s in home.observe(reading(profile.home, event, f"{turn}-{number}"))
    ]
    told += home.tick(left + _WITHIN)
    return float(any(s.kind is SignalKind.WANDERING and s.occurred_at >= left for s in told))

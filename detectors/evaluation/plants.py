"""Changes of a life, planted in recorded events."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from statistics import median

from detectors.evaluation.tihm import Event
from detectors.local_time import DAY_S
from detectors.turns import TURN_BEGINS_S

Change = Callable[[Sequence[Event], int, int, random.Random], list[Event]]
"""Events, first turn, number of turns, chance -> the changed events of the whole stretch."""

DOORS = ("front-door", "back-door")
_KITCHENS = frozenset({"kitchen", "fridge-door"})
_VISIT_GAP_S = 300
_NIGHT_FROM_S = 16 * 3600
"""22:00, in seconds since 06:00."""
_NIGHT_S = 8 * 3600
_APART_S = 360
_BEFORE_S = 45
_TRIES = 50
_SILENT_S = 3600
_EXIT_FROM_S = 23 * 3600
_EXIT_UNTIL_S = 29 * 3600
"""05:00 of the next day."""
_SEEN_BEFORE = 0.8


def doubled_bathroom(
    events: Sequence[Event], first: int, turns: int, chance: random.Random
) -> list[Event]:
    """For each visit at night another at a time of its own, through the bedroom (the hallway
    where no bedroom is heard), so that another room's count rises with it.
    """
    way = "bedroom" if any(e.room == "bedroom" for e in events) else "hallway"
    added: list[Event] = []
    for turn in range(first, first + turns):
        begin = turn * DAY_S + TURN_BEGINS_S + _NIGHT_FROM_S
        night = [e.second for e in events
                 if e.room == "bathroom" and begin <= e.second < begin + _NIGHT_S]  # fmt: skip
        taken = list(night)
        for _ in range(len(_visits(night))):
            for _ in range(_TRIES):
                second = chance.randrange(begin + _BEFORE_S, begin + _NIGHT_S)
                if all(abs(second - other) > _APART_S for other in taken):
                    taken.append(second)
                    added += [Event(second - _BEFORE_S, way), Event(second, "bathroom")]
                    break
    return sorted([*events, *added], key=lambda e: e.second)


def usual_night_visits(events: Sequence[Event]) -> float:
    """The median number of bathroom visits a night."""
    nights: dict[int, list[int]] = {}
    for event in events:
        turn, since = divmod(event.second - TURN_BEGINS_S, DAY_S)
        night = nights.setdefault(turn, [])
        if event.room == "bathroom" and since >= _NIGHT_FROM_S:
            night.append(event.second)
    return median(len(_visits(night)) for night in nights.values()) if nights else 0.0


def halved_kitchen(
    events: Sequence[Event], first: int, turns: int, chance: random.Random
) -> list[Event]:
    """Every second visit to kitchen and fridge, by chance, did not happen."""
    begin = first * DAY_S + TURN_BEGINS_S
    end = begin + turns * DAY_S
    last: dict[str, int] = {}
    stays: dict[str, bool] = {}
    kept: list[Event] = []
    for event in events:
        if event.room in _KITCHENS and begin <= event.second < end:
            if event.second - last.get(event.room, -_VISIT_GAP_S - 1) > _VISIT_GAP_S:
                stays[event.room] = chance.random() < 0.5
            last[event.room] = event.second
            if not stays[event.room]:
                continue
        kept.append(event)
    return kept


def night_exit(events: Sequence[Event], day: int, chance: random.Random) -> tuple[int, list[Event]]:
    """Somebody leaves by the front door at a random time between 23:00 and 05:00, four times
    of five seen in the hallway just before, and nothing moves for an hour. The second of
    the door, and the events.
    """
    second = day * DAY_S + chance.randrange(_EXIT_FROM_S, _EXIT_UNTIL_S)
    door = DOORS[0] if any(e.room == DOORS[0] for e in events) else DOORS[1]
    kept = [e for e in events if not second <= e.second <= second + _SILENT_S]
    if chance.random() < _SEEN_BEFORE:
        kept.append(Event(second - chance.randrange(10, 600), "hallway"))
    return second, sorted([*kept, Event(second, door)], key=lambda e: e.second)


def _visits(seconds: Sequence[int]) -> list[int]:
    """The first second of each visit."""
    return [s for i, s in enumerate(seconds) if i == 0 or s - seconds[i - 1] > _VISIT_GAP_S]

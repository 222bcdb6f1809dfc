"""Detectors listening to a recorded home, with snapshots to begin again from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from detectors.base import Detector, HomeProfile, at
from detectors.evaluation.tihm import ORG, Event, reading
from detectors.home import Home
from detectors.local_time import DAY_S, local_time
from detectors.routine import Routine
from detectors.turns import TURN_BEGINS_S
from telecare.messages import Signal

_ALLOWANCE = timedelta(seconds=2)
_AFTER = timedelta(hours=4)
"""The last morning is judged after the last event."""


class Said(msgspec.Struct, frozen=True):
    """A trend signal: the turn it was raised for, its habit and strength."""

    day: int
    habit: str
    strength: float


class Ear:
    """Plays events of one home to one detector, in a home as production makes it."""

    def __init__(
        self,
        home: str,
        make: Callable[[HomeProfile], Detector],
        settings: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self.judged: list[int] = []
        """Turns of which the habit listened for was judged."""
        self.said: list[Said] = []
        self._make = make
        self._profile = HomeProfile(org=ORG, home=home, settings=settings)
        self._kept: dict[int, dict[str, bytes]] = {}

    def hear(self, events: Sequence[Event], habit: str) -> None:
        """The whole recording, keeping the state at the beginning of every turn."""
        detector = self._make(self._profile)
        home = Home(self._profile, _ALLOWANCE, [detector])
        judged = 0
        signals: list[Signal] = []
        for event, told in played(home, events, self._kept):
            signals += told
            if isinstance(detector, Routine) and detector.judged[habit] > judged:
                judged = detector.judged[habit]
                self.judged.append(turn_of(event.second) - 1)
        self.said = _said(signals)

    def again(self, start: int, days: int, changed: Sequence[Event]) -> list[Said]:
        """What is said of turns `start` to `start + days` if `changed` had happened."""
        home = Home(self._profile, _ALLOWANCE, [self._make(self._profile)])
        home.restore(self._kept[start])
        begin = start * DAY_S + TURN_BEGINS_S
        end = begin + (days + 1) * DAY_S
        part = [e for e in changed if begin <= e.second < end]
        signals = [
            s
            for number, event in enumerate(part)
            for s in home.observe(reading(self._profile.home, event, f"{start}-{number}"))
        ]
        local = local_time(self._profile.timezone)
        moment = local.timestamp(start + days + 1, TURN_BEGINS_S)
        signals += home.tick(at(moment) + _AFTER)
        return _said(signals)


def played(
    home: Home, events: Sequence[Event], kept: dict[int, dict[str, bytes]]
) -> Iterator[tuple[Event, list[Signal]]]:
    """Each event and what is said at it; the state at the beginning of every turn goes into
    `kept`.
    """
    for number, event in enumerate(events):
        turn = turn_of(event.second)
        if turn not in kept:
            kept[turn] = home.snapshot()
        yield event, home.observe(reading(home.profile.home, event, number))


def turn_of(second: int) -> int:
    """The turn in which a civil second lies."""
    return (second - TURN_BEGINS_S) // DAY_S


def _said(signals: Sequence[Signal]) -> list[Said]:
    zone = local_time("Europe/London")
    return [
        Said(
            zone.seconds(s.occurred_at.timestamp()) // DAY_S - 1,
            s.type,
            float(s.evidence.facts["strength"] or 0.0),
        )
        for s in signals
    ]

"""Is this still news? What is said to people after an outage of ours, and what is not."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from telecare.messages import Signal
from telecare.vocabulary import SignalKind

LATE_AFTER = timedelta(minutes=2)
STALE_TREND = timedelta(days=1)

_MAY_HAVE_ENDED = frozenset({SignalKind.HUB_SILENT, SignalKind.INACTIVITY})
"""States rather than happenings: over, they concern nobody any more."""


class Fate(StrEnum):
    """What becomes of a signal a detector gave."""

    RAISED = "raised"
    """It is news."""
    RAISED_LATE = "raised_late"
    """It happened well before now and says so."""
    HELD = "held"
    """We are reading up on the past, where it may have ended; it waits for the present."""
    ENDED_MEANWHILE = "ended_meanwhile"
    """It began and ended before anybody could have been told."""
    STALE = "stale"
    """A trend of a day long gone."""


class Desk:
    """Decides the fate of one home's signals. What it holds is part of the home's state."""

    def __init__(self, speed: float = 1.0, held: list[Signal] | None = None) -> None:
        # On a fast clock every real delay is longer by its speed: that is no lateness.
        self._late_after = LATE_AFTER * speed
        self._stale_after = max(STALE_TREND, LATE_AFTER * speed)
        self.held = held or []

    def take(self, signal: Signal, now: datetime) -> tuple[Fate, list[Signal]]:
        """The fate of `signal`, and what is to be raised because of it."""
        age = now - signal.occurred_at
        ended = signal.evidence.facts.get("ends")
        if ended is not None and self._drop(str(ended)):
            return Fate.ENDED_MEANWHILE, []
        if age <= self._late_after:
            return Fate.RAISED, [_stamped(signal, now, late=False)]
        if signal.kind is SignalKind.ROUTINE and age > self._stale_after:
            return Fate.STALE, []
        if signal.kind in _MAY_HAVE_ENDED:
            self.held.append(signal)
            return Fate.HELD, []
        return Fate.RAISED_LATE, [_stamped(signal, now, late=True)]

    def release(self, now: datetime) -> list[Signal]:
        """We have arrived in the present: what is held still goes on and must be told."""
        held, self.held = self.held, []
        return [_stamped(signal, now, late=True) for signal in held]

    def _drop(self, identity: str) -> bool:
        before = len(self.held)
        self.held = [signal for signal in self.held if signal.id != identity]
        return len(self.held) < before


def _stamped(signal: Signal, now: datetime, *, late: bool) -> Signal:
    return msgspec.structs.replace(signal, raised_at=now, late=late)

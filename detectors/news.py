"""Is this still news? What is said to people after an outage of ours, and what is not."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from telecare.messages import Signal
from telecare.vocabulary import SignalKind

LATE_AFTER = timedelta(minutes=2)
STALE_TREND = timedelta(days=1)

_MAY_HAVE_ENDED = frozenset({SignalKind.HUB_SILENT, SignalKind.INACTIVITY})
"""States rather than happenings: over, they concern nobody any more."""


class Desk:
    """Decides which of one home's signals are told, and when. What it holds is part of the
    home's state.
    """

    def __init__(self, speed: float = 1.0, held: list[Signal] | None = None) -> None:
        # On a fast clock every real delay is longer by its speed: that is no lateness.
        self._late_after = LATE_AFTER * speed
        self._stale_after = max(STALE_TREND, LATE_AFTER * speed)
        self.held = held or []

    def take(self, signal: Signal, now: datetime) -> Signal | None:
        """`signal` as it is to be raised, late if it happened well before now. None for a trend of
        a day long gone, for the end of what nobody was told of, and for what may have ended in the
        past that we are reading up on: it waits for the present.
        """
        age = now - signal.occurred_at
        ended = signal.evidence.facts.get("ends")
        if ended is not None and self._drop(str(ended)):
            return None
        if age <= self._late_after:
            return _stamped(signal, now, late=False)
        if signal.kind is SignalKind.ROUTINE and age > self._stale_after:
            return None
        if signal.kind in _MAY_HAVE_ENDED:
            self.held.append(signal)
            return None
        return _stamped(signal, now, late=True)

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

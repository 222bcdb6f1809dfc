"""Is it one home that is silent, or everybody?

A home without a hub that promises heartbeats cannot tell its own silence from the
network's. The installation can: when all homes together, who usually say something every
few seconds, say nothing for far longer than that, it is our door or the county that is
dark. No home's stillness is judged then, and none while an unusual hush may yet prove one.
"""

from __future__ import annotations

from collections import OrderedDict

import msgspec

_LEAST_HOMES = 10
"""With fewer, silence of all of them is not surprising."""
_HEARD_WITHIN_S = 3600.0
_MISSED_WORDS = 30.0
"""Silence of so many mean gaps between words: chance would bring it once in e^30 gaps."""
_HUSH_WORDS = 8.0
"""After so many, stillness is judged only up to the last word: one minute in two hundred of
TIHM's small installation, none in a large one."""
_HELD_S = 600.0
"""No judgement waits longer than this for a hush to end or to prove a blackout."""
_LEAST_S = 300.0
_MEMORY_S = 3600.0
"""How far back the mean gap looks; nights are quieter than days."""


class Blackout(msgspec.Struct, frozen=True):
    """Nobody was heard between these POSIX times; the end is the present while it lasts."""

    since: float
    until: float


class Chorus:
    """The words of all homes, by time of receipt.

    It remembers nothing across restarts and then needs an hour to know the usual again;
    until then it sees no blackout.
    """

    def __init__(self) -> None:
        self._began = 0.0
        self._last = 0.0
        self._words = 0.0
        """Fading count: over the mean gap, about those of the last `_MEMORY_S`."""
        self._homes: OrderedDict[tuple[str, str], float] = OrderedDict()

    def hear(self, home: tuple[str, str], received: float) -> Blackout | None:
        """A word of `home`; the blackout that it ends, if there was one."""
        if not self._began or received < self._last - _MEMORY_S:  # or the clock was set back
            self._began = self._last = received
            self._words = 0.0
            self._homes.clear()
        if received < self._last:
            return None
        ended = self.dark_at(received)
        gap = received - self._last
        if gap > 0:
            # A blackout itself teaches nothing of the usual.
            faded = 0.0 if ended is not None else gap
            self._words *= max(0.0, 1.0 - faded / _MEMORY_S)
            self._last = received
        self._words += 1.0
        self._homes[home] = received
        self._homes.move_to_end(home)
        if ended is None:
            self._forget(received)
        return ended

    def dark_at(self, now: float) -> Blackout | None:
        """The blackout that has lasted until `now`, if there is one."""
        if now - self._last < _LEAST_S or self._missed(now) < _MISSED_WORDS:
            return None
        return Blackout(self._last, now)

    def judged_until(self, now: float) -> float:
        """Up to when stillness may be judged at `now`; what comes due later waits.

        `now` itself, unless it is unusually hushed and not known to be a blackout.
        """
        if self._missed(now) < _HUSH_WORDS or self.dark_at(now) is not None:
            return now
        return max(self._last, now - _HELD_S)

    def _missed(self, now: float) -> float:
        """How many words were to be expected since the last; 0 where it cannot be said."""
        known = min(self._last - self._began, _MEMORY_S)
        if len(self._homes) < _LEAST_HOMES or known < _MEMORY_S:
            return 0.0
        return (now - self._last) * self._words / known

    def _forget(self, now: float) -> None:
        while self._homes:
            home, heard = next(iter(self._homes.items()))
            if now - heard <= _HEARD_WITHIN_S:
                return
            del self._homes[home]

"""Homes whose memory cannot be read, because another version wrote it, get it back.

Judging goes on meanwhile: such a home is watched at once by what a new home knows, and one
after the other lives its last ten weeks again. Until then its old state is left in place, so
that a crash begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from detectors.store import HomeKey
from detectors.watch import Watch
from telecare.messages import Reading, Signal
from telecare.store.lane import LaneReader
from telecare.vocabulary import ReadingKind

RELIVED = timedelta(days=70)
"""28 days of baseline, the guard behind them, and the time in which those became usual."""
_KINDS = tuple(kind for kind in ReadingKind if kind is not ReadingKind.ACCELERATION)
"""A window of acceleration takes milliseconds to judge and leaves no habit behind."""


class Relived(msgspec.Struct, frozen=True):
    """A home that has its memory back."""

    key: HomeKey
    watch: Watch
    signals: list[Signal]
    """Those that nobody had judged before: the memory lost knew of the others."""


class Rebuilding:
    """The homes that wait for their memory. `told_to` is how far the lanes had been judged
    when it was lost: what followed from that has been said.
    """

    def __init__(self, reader: LaneReader, told_to: Mapping[str, int]) -> None:
        self.waiting: set[HomeKey] = set()
        self._reader = reader
        self._told_to = dict(told_to)

    def next(
        self, make: Callable[[HomeKey], Watch], read_to: Mapping[str, int], now: datetime
    ) -> Relived | None:
        """Let one home live again up to `read_to`; None when nobody waits."""
        if not self.waiting:
            return None
        key = min(self.waiting)
        watch, signals = make(key), []
        for item in self._reader.lived(*key, now - RELIVED, now + timedelta.resolution, _KINDS):
            if isinstance(item.record, Reading) and item.offset <= read_to.get(item.lane, 0):
                found = watch.observe(item.lane, item.offset, item.record, now)
                if item.offset > self._told_to.get(item.lane, 0):
                    signals += found
        watch.has_seen(read_to)
        self.waiting.discard(key)
        return Relived(key, watch, signals)

    def settled(self, keys: Iterable[HomeKey]) -> set[HomeKey]:
        """Those of `keys` whose state may be kept."""
        return set(keys) - self.waiting

"""Homes whose memory cannot be read, because another version wrote it, get it back; and those
that remember a time yet to come, because the clock of the gateway was ahead and was set back.

Judging goes on meanwhile: such a home is watched at once by what a new home knows, and one
after the other lives its last ten weeks again. Until then its old state is left in place, so
that a crash begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from detectors.store import HomeKey
from detectors.watch import Watch
from telecare.messages import Reading, Signal, stored_at
from telecare.store.lane import LaneReader
from telecare.vocabulary import ReadingKind

RELIVED = timedelta(days=70)
"""28 days of baseline, the guard behind them, and the time in which those became usual."""
_KINDS = tuple(kind for kind in ReadingKind if kind is not ReadingKind.ACCELERATION)
"""A window of acceleration takes milliseconds to judge and leaves no habit behind."""
SET_BACK = timedelta(hours=1)
"""A home that heard something so much later than it hears now would be deaf until then."""


class Rebuilding:
    """The homes that wait for their memory. `told_to` is how far the lanes had been judged
    when it was lost: what followed from that has been said.
    """

    def __init__(self, reader: LaneReader, told_to: Mapping[str, int]) -> None:
        self.waiting: set[HomeKey] = set()
        self._reader = reader
        self._told_to = dict(told_to)
        self._set_back: dict[HomeKey, tuple[datetime, dict[str, int]]] = {}

    def after_set_back(self, key: HomeKey, now: datetime, judged_to: Mapping[str, int]) -> None:
        """This home is to live again what was received until `now`, and no time to come; all up to
        `judged_to` has been judged.
        """
        if key not in self.waiting:
            self.waiting.add(key)
            self._set_back[key] = now, dict(judged_to)

    def next(
        self, make: Callable[[HomeKey], Watch], read_to: Mapping[str, int], now: datetime
    ) -> tuple[HomeKey, Watch, list[Signal]]:
        """Let one of those who wait live again up to `read_to`; the signals are those that
        nobody had judged before.
        """
        key = min(self.waiting)
        watch, signals = make(key), []
        if key in self._set_back:
            until, told_to = self._set_back.pop(key)
            until = max(until, now) + timedelta.resolution
        else:
            until, told_to = self._newest(read_to, now) + timedelta.resolution, self._told_to
        for item in self._reader.lived(*key, until - RELIVED, until, _KINDS):
            if isinstance(item.record, Reading) and item.offset <= read_to.get(item.lane, 0):
                found = watch.observe(item.lane, item.offset, item.record, now)
                if item.offset > told_to.get(item.lane, 0):
                    signals += found
        watch.has_seen(read_to)
        self.waiting.discard(key)
        return key, watch, signals

    def _newest(self, read_to: Mapping[str, int], now: datetime) -> datetime:
        """When the last of what has been read was received: clocks are set back, too."""
        last = [self._reader.read(lane, at - 1, 1) for lane, at in read_to.items() if at]
        return max([now, *(stored_at(item.record) for items in last for item in items)])

    def settled(self, keys: Iterable[HomeKey]) -> set[HomeKey]:
        """Those of `keys` whose state may be kept."""
        return set(keys) - self.waiting

"""How far the gateway's lanes have been read, and what comes next in which order."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime
from itertools import takewhile

import msgspec

from telecare.messages import stored_at
from telecare.store.lane import LaneReader, LaneRecord

_BATCH = 2000


class Batches(msgspec.Struct, frozen=True):
    """What comes next of every lane, in the order of its offsets."""

    of: dict[str, list[LaneRecord]]
    full_until: datetime | None
    """When the last of a full batch was received, the earliest of them: later than that, more may
    be to be read. None if all are read to their ends."""

    def in_order(self) -> Iterator[LaneRecord]:
        """A hub that moved from one gateway to another is read in the order of receipt; within a
        lane the offset is the order, though a clock was set back in between.
        """
        return heapq.merge(*self.of.values(), key=_received)


class Lanes:
    """Reads them in batches. `read_to` is lane -> offset of the last record that was taken."""

    def __init__(self, reader: LaneReader, read_to: dict[str, int]) -> None:
        self.read_to = read_to
        self._reader = reader

    def next(self) -> Batches:
        """At most a batch of every lane, none ahead of one that still has more to be read: a home
        that is heard in both would seem silent in the one that lags.
        """
        found = {
            lane: self._reader.read(lane, self.read_to.get(lane, 0), _BATCH)
            for lane in self._reader.lanes()
        }
        ends = {lane: _received(each[-1]) for lane, each in found.items() if len(each) == _BATCH}
        if not ends:
            return Batches(found, None)
        slowest = min(ends, key=lambda lane: ends[lane])
        end = ends[slowest]
        abreast = {
            lane: each
            if lane == slowest
            else list(takewhile(lambda item: _received(item) <= end, each))
            for lane, each in found.items()
        }
        return Batches(abreast, end)

    def take(self, batches: Batches) -> None:
        """They need not be read again."""
        self.read_to |= {lane: batch[-1].offset for lane, batch in batches.of.items() if batch}

    def last_receipts(self) -> dict[str, datetime]:
        """Lane -> receipt of the last record that was taken."""
        return {
            lane: _received(item)
            for lane, offset in self.read_to.items()
            if offset
            for item in self._reader.read(lane, offset - 1, 1)
        }

    def newest_age_s(self, now: datetime) -> float:
        """Seconds since the newest of all records was received; 0 if there is none."""
        ages = [
            (now - _received(item)).total_seconds()
            for lane in self._reader.lanes()
            for item in self._reader.read(lane, self._reader.head(lane) - 1, 1)
        ]
        return min(ages, default=0.0)


def _received(item: LaneRecord) -> datetime:
    return stored_at(item.record)

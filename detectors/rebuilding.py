"""Homes whose memory cannot be read, because another version wrote it, get it back; and those
that remember a time yet to come, because the clock of the gateway was ahead and was set back.

Judging goes on meanwhile: such a home is watched at once by what a new home knows, and one
after the other lives its last ten weeks again. Until then its old state is left in place, so
that a crash begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

import msgspec

from detectors.store import HomeKey
from detectors.watch import Watch
from telecare.messages import Reading, Signal, stored_at
from telecare.store.lane import LaneReader, LaneRecord
from telecare.vocabulary import ClaimOfTime, ReadingKind

RELIVED = timedelta(days=70)
"""28 days of baseline, the guard behind them, and the time in which those became usual."""
_KINDS = tuple(kind for kind in ReadingKind if kind is not ReadingKind.ACCELERATION)
"""A window of acceleration takes milliseconds to judge and leaves no habit behind."""
SET_BACK = timedelta(minutes=5)
"""A lane whose next reading was received so much earlier than the last: its gateway's clock was
set back, and every home that heard later than now lives its last hours again. After a smaller
step its time goes on from where it was: see `lead`."""
NEVER_RIGHT = timedelta(hours=1)
"""What was received so much later was stamped by a clock that was never right: a home forgets it.
Also when it comes to one gateway from another, whose clock may still be ahead."""
_EVENED_OUT = timedelta(hours=6)
"""Of less, nobody knows since when it was ahead: it is taken out of so many hours."""


class SetBack(msgspec.Struct, frozen=True):
    """A clock was set back: homes remember a time to come."""

    now: datetime
    """By the clock that was put right."""
    newest: datetime
    """The latest receipt that the home remembers."""
    heard_to: Mapping[str, int]
    """Lane -> offset up to which it was heard before."""

    def was_before(self, item: LaneRecord) -> bool:
        """Whether it was heard before the clock was set back, whatever its time says."""
        return item.offset <= self.heard_to.get(item.lane, 0)

    @property
    def since(self) -> datetime:
        """What was received after this is put right."""
        return self.now - _EVENED_OUT

    def put_right(self, item: LaneRecord) -> LaneRecord:
        """The same, received before what followed it, and in the same order."""
        reading = item.record
        assert isinstance(reading, Reading)
        received, occurred = self._right(reading.received_at), reading.occurred_at
        if reading.time_claim is not ClaimOfTime.LATE:  # its device's own time, which was right
            occurred = self._right(occurred)
        reading = msgspec.structs.replace(
            reading, received_at=received, occurred_at=min(occurred, received)
        )
        return msgspec.structs.replace(item, record=reading)

    def _right(self, at: datetime) -> datetime:
        lived = self.newest - self.since
        return min(self.since + (at - self.since) * (_EVENED_OUT / lived), self.now)


class Rebuilding:
    """The homes that wait for their memory. `told_to` is how far the lanes had been judged
    when it was lost: what followed from that has been said.
    """

    def __init__(self, reader: LaneReader, told_to: Mapping[str, int]) -> None:
        self.waiting: set[HomeKey] = set()
        self._reader = reader
        self._told_to = dict(told_to)
        self._set_back: dict[HomeKey, SetBack] = {}

    def after_set_back(self, key: HomeKey, set_back: SetBack) -> None:
        """This home is to live again, without a time to come; what it had heard was judged."""
        if key not in self.waiting:
            self.waiting.add(key)
            self._set_back[key] = set_back

    def next(
        self, make: Callable[[HomeKey], Watch], read_to: Mapping[str, int], now: datetime
    ) -> tuple[HomeKey, Watch, list[Signal]]:
        """Let one of those who wait live again up to `read_to`; the signals are those that
        nobody had judged before.
        """
        key = min(self.waiting)
        watch, signals = make(key), []
        set_back = self._set_back.pop(key, None)
        if set_back is not None:
            told_to, lived = set_back.heard_to, self._put_right(key, set_back, now)
        else:
            until, told_to = self._newest(read_to, now) + timedelta.resolution, self._told_to
            lived = self._reader.lived(*key, until - RELIVED, until, _KINDS)
        for item in lived:
            if isinstance(item.record, Reading) and item.offset <= read_to.get(item.lane, 0):
                found = watch.observe(item.lane, item.offset, item.record, now)
                if item.offset > told_to.get(item.lane, 0):
                    signals += found
        watch.has_seen(read_to)
        self.waiting.discard(key)
        return key, watch, signals

    def _put_right(self, key: HomeKey, back: SetBack, now: datetime) -> Iterator[LaneRecord]:
        """Its readings in the order in which they were heard, none from a time to come."""
        until = max(back.now, now) + timedelta.resolution
        if back.newest - back.now > NEVER_RIGHT:
            yield from self._reader.lived(*key, back.now - RELIVED, until, _KINDS)
            return
        yield from self._reader.lived(*key, back.now - RELIVED, back.since, _KINDS)
        until = max(until, back.newest + timedelta.resolution)
        rest = list(self._reader.lived(*key, back.since, until, _KINDS))
        yield from (back.put_right(item) for item in rest if back.was_before(item))
        yield from (item for item in rest if not back.was_before(item))

    def _newest(self, read_to: Mapping[str, int], now: datetime) -> datetime:
        """When the last of what has been read was received: clocks are set back, too."""
        last = [self._reader.read(lane, at - 1, 1) for lane, at in read_to.items() if at]
        return max([now, *(stored_at(item.record) for items in last for item in items)])

    def settled(self, keys: Iterable[HomeKey]) -> set[HomeKey]:
        """Those of `keys` whose state may be kept."""
        return set(keys) - self.waiting

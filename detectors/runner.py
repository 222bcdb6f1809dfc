"""Follows the gateway's lanes, feeds the detectors, and keeps what they say.

Signals, the snapshot of the home they came from and what that home has read go into one
commit; the other homes' snapshots follow at a checkpoint at most a second later. After a
crash the runner reads again from the last checkpoint, homes skip what they have seen, and
signals keep their ids: nothing is lost and nothing is said twice.
"""

from __future__ import annotations

import heapq
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from detectors.base import HomeProfile, at
from detectors.blackout import Blackout, Chorus
from detectors.lanes import Batches, Lanes
from detectors.lead import Lead
from detectors.rebuilding import NEVER_RIGHT, SET_BACK, Rebuilding, SetBack
from detectors.store import HomeKey, HomeState, Store
from detectors.watch import Watch
from telecare.clock import Clock, RealClock, stopwatch
from telecare.messages import Reading, Signal
from telecare.observe import log
from telecare.store.lane import LaneReader

ALLOWANCE_S = 2.0
"""Real seconds a reading may be on its way before its absence counts."""
CHECKPOINT_S = 1.0
SETTLE_S = 30.0
"""Real seconds hubs have to come back after the door itself was shut for a while."""
REBUILDING_S = 1.0
"""Real seconds between two looks at the present for which homes get lost memories back."""
IDLE_WAIT_S = 0.05
_CHECKPOINT_SHARE = 10
"""A checkpoint of many homes may take no more than a tenth of the time."""


class Profiles(Protocol):
    """The register's homes, as of half a second ago or as of now."""

    def get(self) -> Mapping[HomeKey, HomeProfile]: ...

    def fresh(self) -> Mapping[HomeKey, HomeProfile]: ...


class Runner:
    """One worker; all homes are its own. Not thread-safe: one loop calls it."""

    def __init__(
        self,
        reader: LaneReader,
        store: Store,
        profiles: Profiles,
        clock: Clock,
        *,
        settle_s: float = SETTLE_S,
    ) -> None:
        self.readings = 0
        self.signals = 0
        self.failures = 0
        self.refusals: Counter[str] = Counter()
        """`detector.reason` -> judgements not made for want of coverage, since the start."""
        self.dark_s = 0.0
        """Installation seconds for which nobody at all has been heard though many usually
        are; 0 otherwise. Nobody's stillness is judged meanwhile."""
        self.lag_s = 0.0
        """Installation seconds between now and the receipt of the last reading of a full
        batch; 0 when the lanes are read to their ends."""
        self._reader = reader
        self._store = store
        self._profiles = profiles
        self._clock = clock
        self._real = RealClock()
        self._allowance = timedelta(seconds=ALLOWANCE_S * clock.speed)
        self._set_back = SET_BACK * clock.speed
        self._settle_s = settle_s
        self._watches: dict[HomeKey, Watch] = {}
        self._known: Mapping[HomeKey, HomeProfile] = {}
        self._dirty: set[HomeKey] = set()
        self._holding: set[HomeKey] = set()
        self._dues: list[tuple[datetime, HomeKey]] = []
        self._rebuilding = Rebuilding(reader, {})
        self._lanes = Lanes(reader, {})
        self._kept_to: dict[str, int] = {}
        self._heard: dict[str, datetime] = {}
        """Lane -> receipt of its last reading."""
        self._leads: dict[str, Lead] = {}
        """Lane -> how far homes that it heard are ahead of its clock, since it was set back."""
        self._chorus = Chorus()
        self._log = log("detectors")
        self._checkpoint_at = 0.0
        self._settled_at = 0.0

    def start(self) -> None:
        """Take up the work where the last commit left it."""
        self._known = self._profiles.fresh()
        self._lanes = Lanes(self._reader, self._store.positions())
        self._kept_to = dict(self._lanes.read_to)
        self._rebuilding = Rebuilding(self._reader, self._lanes.read_to)
        self._heard = self._lanes.last_receipts()
        for key, state in self._store.states().items():
            watch = Watch(self._profile(key), self._allowance, self._clock.speed, state)
            self._watches[key] = watch
            self._schedule(key, watch)
            if watch.holds:
                self._holding.add(key)
            if watch.rebuild or state is None:
                self._rebuilding.waiting.add(key)
            elif self._heard and state.newest - max(self._heard.values()) > self._set_back:
                # We died before it had lived again.
                back = SetBack(max(self._heard.values()), state.newest, state.positions)
                self._rebuilding.after_set_back(key, back)
        if self._rebuilding.waiting:
            homes = len(self._rebuilding.waiting)
            self._log.warning("rebuilding from readings", homes=homes)
        # If nobody has been received for a while it was our own door that was shut.
        if self._lanes.newest_age_s(self._clock.now()) > 2 * self._settle_s * self._clock.speed:
            self._settled_at = self._real.monotonic() + self._settle_s

    def run(self, stop: threading.Event, beat: Callable[[Runner], None]) -> None:
        """Work until `stop`; `beat` is called every time round."""
        self.start()
        while not stop.is_set():
            worked = self.step()
            beat(self)
            if not worked:
                self.rest()
                stop.wait(IDLE_WAIT_S)
        self.checkpoint()

    def step(self) -> bool:
        """Read one batch of every lane, meet deadlines, keep the results.

        Returns whether there was anything to read.
        """
        self._notice_changes()
        # The present goes first: while there is more of it to be read, nobody lives again.
        signals = [] if self.lag_s else self._rebuild()
        asked_at = self._clock.now()
        batches = self._lanes.next()
        full_until = batches.full_until
        horizon = asked_at if full_until is None else min(asked_at, full_until)
        signals += self._observe(batches)
        self.lag_s = (asked_at - horizon).total_seconds()
        if self._real.monotonic() >= self._settled_at:
            signals += self._tick(horizon - self._allowance)
            if full_until is None:
                signals += self._release()
        self._keep(signals)
        return any(batches.of.values()) or bool(self._rebuilding.waiting)

    def rest(self) -> None:
        """Nothing is to be read. Raises `NotMigrated` when the tables are another version's."""
        self._store.probe()
        self._forget_erased()

    def checkpoint(self) -> None:
        """Keep every home that changed, and how far the lanes have been read."""
        if not self._dirty and self._lanes.read_to == self._kept_to:
            return
        took = stopwatch()
        self._forget_erased()
        states = self._states(self._dirty)
        self._store.commit([], states, self._lanes.read_to)
        self._dirty.clear()
        self._kept_to = dict(self._lanes.read_to)
        self._checkpoint_at = self._real.monotonic() + max(CHECKPOINT_S, took() * _CHECKPOINT_SHARE)

    def _observe(self, batches: Batches) -> list[tuple[HomeKey, Signal]]:
        found: list[tuple[HomeKey, Signal]] = []
        now = self._clock.now()
        for item in batches.in_order():
            if isinstance(item.record, Reading):
                found += self._feed(item.lane, item.offset, item.record, now)
        self._lanes.take(batches)
        return found

    def _feed(
        self, lane: str, offset: int, reading: Reading, now: datetime
    ) -> list[tuple[HomeKey, Signal]]:
        key = (reading.org, reading.home)
        watch = self._watches.get(key)
        if watch is None:
            watch = self._watches[key] = self._new(key)
            self._tell_fault(key, watch)
        blackout = self._chorus.hear(key, reading.received_at.timestamp())
        if blackout is not None:
            self._was_dark(blackout)
        before, self._heard[lane] = self._heard.get(lane), reading.received_at
        if before is not None and before - reading.received_at > self._allowance:
            self._was_set_back(lane, offset, before, reading.received_at)
        elif watch.newest - reading.received_at > NEVER_RIGHT:
            self._lives_again(key, watch, lane, offset, reading.received_at)
        due = watch.due_at
        signals = watch.observe(lane, offset, reading, now)
        self.readings += 1
        self._touched(key, watch)
        if watch.due_at is not due and watch.due_at != due:
            self._schedule(key, watch)
        return [(key, signal) for signal in signals]

    def _tick(self, until: datetime) -> list[tuple[HomeKey, Signal]]:
        found: list[tuple[HomeKey, Signal]] = []
        now = self._clock.now()
        dark = self._chorus.dark_at(until.timestamp())
        until = at(self._chorus.judged_until(until.timestamp()))
        self.dark_s = 0.0 if dark is None else dark.until - dark.since
        while self._dues and self._dues[0][0] <= until:
            due, key = heapq.heappop(self._dues)
            watch = self._watches.get(key)
            if watch is None or watch.due_at != due:
                continue  # erased, or put off meanwhile; its later entry stands
            if dark is not None:
                watch.blind(at(dark.since), at(dark.until))
            found += [(key, signal) for signal in watch.tick(until, now)]
            self._touched(key, watch)
            if watch.due_at is not None and watch.due_at > until:
                self._schedule(key, watch)
        return found

    def _was_dark(self, blackout: Blackout) -> None:
        """Every home is told before it judges anything, and remembers it."""
        self._log.warning("nobody was heard", seconds=round(blackout.until - blackout.since))
        for key, watch in self._watches.items():
            watch.blind(at(blackout.since), at(blackout.until))
            self._dirty.add(key)
            self._schedule(key, watch)

    def _was_set_back(self, lane: str, offset: int, before: datetime, now: datetime) -> None:
        """A gateway's clock was ahead: no home is deaf, or waits, until the time it showed."""
        by = before - now
        self._log.warning("the clock was set back", lane=lane, seconds=round(by.total_seconds()))
        if by > self._set_back:
            self._leads.pop(lane, None)
            for key, watch in self._watches.items():
                if watch.newest - now > self._set_back:
                    self._lives_again(key, watch, lane, offset, now)
            return
        earlier = self._leads.get(lane)
        lead = self._leads[lane] = Lead(now, by if earlier is None else by + earlier.at(now))
        for key, watch in self._watches.items():
            if watch.heard_through(lane):
                watch.was_set_back(lead)
                self._dirty.add(key)
                self._schedule(key, watch)

    def _lives_again(
        self, key: HomeKey, watch: Watch, lane: str, offset: int, now: datetime
    ) -> None:
        heard_to = {**self._lanes.read_to, lane: offset - 1}
        self._rebuilding.after_set_back(key, SetBack(now, watch.newest, heard_to))

    def _release(self) -> list[tuple[HomeKey, Signal]]:
        found: list[tuple[HomeKey, Signal]] = []
        for key in self._holding:
            found += [(key, signal) for signal in self._watches[key].release(self._clock.now())]
        self._holding.clear()
        return found

    def _keep(self, found: list[tuple[HomeKey, Signal]]) -> None:
        due = self._real.monotonic() >= self._checkpoint_at
        if found:
            states = self._states({key for key, _ in found})
            self.signals += self._store.commit([signal for _, signal in found], states, {})
            self._dirty -= states.keys()
            due = due or not self._dirty
        if due:
            self.checkpoint()

    def _forget_erased(self) -> None:
        """Where a home's memory was erased from our file it begins anew: nothing of whoever lived
        there is written back, or told of the next.
        """
        for key in self._store.erased():
            self._watches.pop(key, None)
            for keys in (self._dirty, self._holding, self._rebuilding.waiting):
                keys.discard(key)

    def _states(self, keys: set[HomeKey]) -> dict[HomeKey, HomeState]:
        states = {}
        for key in self._rebuilding.settled(keys):
            states[key] = self._watches[key].state()
            self._tell_failures(key, self._watches[key])
        return states

    def _schedule(self, key: HomeKey, watch: Watch) -> None:
        if watch.due_at is not None:
            heapq.heappush(self._dues, (watch.due_at, key))

    def _profile(self, key: HomeKey) -> HomeProfile:
        known = self._known.get(key)
        if known is None:
            self._known = self._profiles.fresh()
            known = self._known.get(key)
        # The gateway admitted the device, so the home exists; it may just have left the
        # register. Its readings are judged by the defaults rather than by nobody.
        return known or HomeProfile(org=key[0], home=key[1])

    def _notice_changes(self) -> None:
        latest = self._profiles.get()
        if latest is self._known:
            return
        self._known = latest
        for key, watch in self._watches.items():
            profile = latest.get(key)
            if profile is not None and profile != watch.profile:
                watch.change(profile)
                self._dirty.add(key)
                self._schedule(key, watch)
                self._tell_fault(key, watch)

    def _rebuild(self) -> list[tuple[HomeKey, Signal]]:
        """Give homes that wait for it their memory back, for a while."""
        signals: list[tuple[HomeKey, Signal]] = []
        took = stopwatch()
        while self._rebuilding.waiting:
            read_to, now = self._lanes.read_to, self._clock.now()
            key, watch, found = self._rebuilding.next(self._new, read_to, now)
            self._watches[key] = watch
            self._schedule(key, watch)
            self._touched(key, watch)
            signals += [(key, signal) for signal in found]
            if took() >= REBUILDING_S:
                break
        return signals

    def _new(self, key: HomeKey) -> Watch:
        return Watch(self._profile(key), self._allowance, self._clock.speed, None)

    def _touched(self, key: HomeKey, watch: Watch) -> None:
        """It has a new state to keep, perhaps signals to hold, perhaps failures to tell."""
        self._dirty.add(key)
        if watch.holds:
            self._holding.add(key)
        if watch.refused:
            self.refusals.update(watch.refusals())
        self._tell_failures(key, watch)

    def _tell_failures(self, key: HomeKey, watch: Watch) -> None:
        for failure in watch.failures():
            self.failures += 1
            self._log.error(
                "a detector failed",
                org=key[0],
                home=key[1],
                detector=failure.detector,
                reading=failure.reading,
                error=type(failure.error).__name__,
            )

    def _tell_fault(self, key: HomeKey, watch: Watch) -> None:
        if watch.fault:
            self._log.error("settings not used", org=key[0], home=key[1], fault=watch.fault)

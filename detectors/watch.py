"""One home under watch: its detectors, its news desk, and the readings it has seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from detectors.base import HomeProfile, SnapshotUnreadable
from detectors.home import Failure, Home
from detectors.lead import Lead
from detectors.news import Desk
from detectors.store import START, HomeState
from detectors.usable import usable
from telecare.errors import InvalidInput
from telecare.messages import Reading, Signal
from telecare.vocabulary import ClaimOfTime


class Watch:
    """Takes a home's readings once each and gives what is to be raised.

    A state that cannot be read (another version's) or a profile that cannot be used does
    not stop the home from being watched: `rebuild` asks that a new watch sees its readings
    again while this one goes on, and wrong settings give way to the defaults, which `fault` says.
    """

    def __init__(
        self, profile: HomeProfile, allowance: timedelta, speed: float, state: HomeState | None
    ) -> None:
        self.fault = ""
        self.rebuild = False
        self._allowance = allowance
        self._positions = dict(state.positions) if state else {}
        self.newest = state.newest if state else START
        """Time of receipt of the latest reading seen."""
        self._lead = state.lead if state else None
        self._desk = Desk(speed, list(state.held) if state else [])
        self._home = self._make(profile)
        if state is not None:
            try:
                self._home.restore(state.detectors)
            except SnapshotUnreadable:
                self._home = self._make(profile)
                self.rebuild = True

    @property
    def due_at(self) -> datetime | None:
        """When the home next wants a tick, by the clock."""
        due, lead = self._home.due_at, self._lead
        return due if lead is None or due is None else lead.wall(due)

    @property
    def holds(self) -> bool:
        """Whether signals wait for the present."""
        return bool(self._desk.held)

    @property
    def refused(self) -> bool:
        """Whether `refusals` has something to say."""
        return bool(self._home.refusals)

    @property
    def profile(self) -> HomeProfile:
        """As the register had it last."""
        return self._profile

    def observe(self, lane: str, offset: int, reading: Reading, now: datetime) -> list[Signal]:
        """What is to be raised; nothing, if this reading has been seen before."""
        if offset <= self._positions.get(lane, 0):
            return []
        self._positions[lane] = offset
        self.newest = max(self.newest, reading.received_at)
        if self._lead is not None:
            reading = self._in_its_time(reading, self._lead)
        return self._to_raise(self._home.observe(reading), now)

    def was_set_back(self, lead: Lead) -> None:
        """The clock of a gateway that hears this home was set back; its own time is not."""
        if self._lead is None or self._lead.at(lead.since) < lead.by:
            self._lead = lead

    def heard_through(self, lane: str) -> bool:
        """Whether something in `lane` was of this home."""
        return lane in self._positions

    def has_seen(self, positions: Mapping[str, int]) -> None:
        """Of these lanes nothing up to these offsets is to be seen again."""
        self._positions = dict(positions)

    def tick(self, until: datetime, now: datetime) -> list[Signal]:
        """Meet the deadlines up to `until`."""
        return self._to_raise(self._home.tick(self._home_time(until)), now)

    def blind(self, since: datetime, until: datetime) -> None:
        """Nobody in the whole installation could be heard between these moments."""
        self._home.blind(self._home_time(since), self._home_time(until))

    def release(self, now: datetime) -> list[Signal]:
        """Everything up to the present has been read: raise what still holds."""
        return self._desk.release(now)

    def change(self, profile: HomeProfile) -> None:
        """Go on with another profile and the same memory."""
        before = self._home.snapshot()
        self._home = self._make(profile)
        self._home.restore(before)

    def failures(self) -> list[Failure]:
        """What detectors raised since the last call."""
        failed, self._home.failures = self._home.failures, []
        return failed

    def refusals(self) -> Counter[str]:
        """`detector.reason` -> judgements refused since the last call."""
        refused, self._home.refusals = self._home.refusals, Counter()
        return refused

    def state(self) -> HomeState:
        """To be kept with the signals that follow from it."""
        positions, detectors = dict(self._positions), self._home.snapshot()
        return HomeState(positions, detectors, self._desk.held, self.newest, self._lead)

    def _home_time(self, wall: datetime) -> datetime:
        return wall if self._lead is None else self._lead.home_time(wall)

    def _in_its_time(self, reading: Reading, lead: Lead) -> Reading:
        """By the home's own time, but for what a device says it has kept from before."""
        received = lead.home_time(reading.received_at)
        if received == reading.received_at:
            self._lead = None
            return reading
        occurred = reading.occurred_at
        if reading.time_claim is not ClaimOfTime.LATE:
            occurred = lead.home_time(occurred)
        return replace(reading, received_at=received, occurred_at=occurred)

    def _make(self, profile: HomeProfile) -> Home:
        self._profile = profile
        self.fault = ""
        try:
            return Home(profile, self._allowance)
        except InvalidInput as wrong:
            self.fault = str(wrong)
        return Home(usable(profile), self._allowance)

    def _to_raise(self, signals: list[Signal], now: datetime) -> list[Signal]:
        if not signals:
            return signals
        if self._lead is not None:  # nothing is told of a time to come
            signals = [replace(each, occurred_at=min(each.occurred_at, now)) for each in signals]
        taken = [self._desk.take(signal, now) for signal in signals]
        return [each for each in taken if each is not None]

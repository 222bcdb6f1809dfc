"""A detectors service without its loop: a gateway's lane on one side, signals on the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from detectors.base import HomeProfile
from detectors.runner import Runner
from detectors.store import HomeKey, Store
from telecare.clock import HandClock
from telecare.messages import Reading, Signal
from telecare.store.lane import LaneReader, LaneWriter
from telecare.store.session import Database

LANE = "detectors-1"


class Homes:
    """A register's homes that a test can change."""

    def __init__(self, *profiles: HomeProfile) -> None:
        self.now: Mapping[HomeKey, HomeProfile] = {(p.org, p.home): p for p in profiles}

    def get(self) -> Mapping[HomeKey, HomeProfile]:
        return self.now

    def fresh(self) -> Mapping[HomeKey, HomeProfile]:
        return self.now


class Judging:
    """Writes readings as a gateway does, runs the real runner step by step, reads its lane."""

    def __init__(
        self,
        database: Callable[[str], Database],
        clock: HandClock,
        homes: Homes,
        settle_s: float = 0.0,
    ) -> None:
        self.clock, self.homes, self._settle_s = clock, homes, settle_s
        self.gateway, self.own = database("gateway"), database("detectors")
        self.runner = self.start()

    def start(self) -> Runner:
        """A new process: it knows only what was committed."""
        self.runner = Runner(
            LaneReader(self.gateway),
            Store(self.own, LANE),
            self.homes,
            self.clock,
            settle_s=self._settle_s,
        )
        self.runner.start()
        return self.runner

    def arrive(
        self, readings: Sequence[Reading], lane: str = "gateway-1", *, clock_moves: bool = True
    ) -> None:
        """The gateway commits `readings`; the clock moves on to the last receipt.

        With `clock_moves` off a whole story is read as if each reading had just come in:
        nothing in it is old news, and only readings bring time forward.
        """
        with self.gateway.begin() as connection:
            LaneWriter(lane).append(connection, readings)
        if clock_moves and readings and readings[-1].received_at > self.clock.now():
            gone = readings[-1].received_at - self.clock.now()
            self.clock.forward(seconds=gone.total_seconds())

    def work(self) -> None:
        """Step until there is nothing left to read."""
        while self.runner.step():
            pass

    def signals(self) -> list[Signal]:
        """Everything in the detectors' lane, in order."""
        records = LaneReader(self.own).read(LANE, 0, 10_000)
        assert [item.offset for item in records] == list(range(1, len(records) + 1))
        return [item.record for item in records if isinstance(item.record, Signal)]

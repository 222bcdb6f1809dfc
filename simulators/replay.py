"""Streams a recording through the door, one hub per home, at any speed, in order.

Every row becomes one reading whose id follows from the row, so a second replay is
absorbed. No heartbeats are sent: the recording has none, and what is stored should be
exactly what was recorded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from simulators.backoff import Backoff
from simulators.connection import Door, HubConnection, Identity
from simulators.devices import Hub
from simulators.recordings import Recorded
from telecare.clock import Clock, stopwatch
from telecare.errors import StoreUnavailable

BACKLOG = 2_000
"""Readings a hub may hold before the tape waits for it."""
_LOOK_AGAIN_S = 0.01
_LONGEST_WAIT_S = 5.0
_NO_ANSWER_S = 120.0


class Pace(Protocol):
    """Decides when a recorded moment is due."""

    def seconds_until(self, moment: datetime) -> float:
        """Real seconds to wait for `moment`; 0 or less when it is due."""


class AsFastAsItGoes:
    """Nothing waits."""

    def seconds_until(self, moment: datetime) -> float:  # noqa: ARG002
        return 0.0


class OnTheClock:
    """A moment is due when the installation's own clock shows it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def seconds_until(self, moment: datetime) -> float:
        return self._clock.real_seconds((moment - self._clock.now()).total_seconds())


class FromTheFirst:
    """The first moment is due now and the others follow at `speed`, whatever the clock."""

    def __init__(self, first: datetime, speed: float) -> None:
        self._first = first
        self._speed = speed
        self._elapsed = stopwatch()

    def seconds_until(self, moment: datetime) -> float:
        due = (moment - self._first).total_seconds() / self._speed
        return due - self._elapsed()


class ReplayResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay did."""

    rows: int
    acknowledged: int
    repeated: int
    """Readings sent again because a connection broke before their PUBACK."""
    homes: int
    seconds: float
    """Real seconds."""


class Replay:
    """One recording, one door. `identities` names the hub of each patient."""

    def __init__(
        self, identities: Mapping[str, Identity], door: Door, clock: Clock, pace: Pace
    ) -> None:
        self._pace = pace
        self._hubs = {patient: Hub(0, heartbeat_s=None) for patient in identities}
        self._connections = {
            patient: HubConnection(
                self._hubs[patient], identity, door, clock, Backoff(identity.device, longest_s=10)
            )
            for patient, identity in identities.items()
        }

    @property
    def acknowledged(self) -> int:
        """Readings safe on disk, as far as we were told."""
        return sum(line.acknowledged for line in self._connections.values())

    async def run(
        self, rows: Iterable[Recorded], progress: Callable[[int], None] = lambda _: None
    ) -> ReplayResult:
        """Send every row and wait for every PUBACK; `progress` is told how many are safe.

        Raises `StoreUnavailable` when nothing is acknowledged for two minutes.
        """
        elapsed = stopwatch()
        async with asyncio.TaskGroup() as tasks:
            lines = [tasks.create_task(line.run()) for line in self._connections.values()]
            sent = 0
            for row in rows:
                await self._due(row.happening.at, progress)
                await self._room_for(row.patient, progress)
                self._hubs[row.patient].happened(row.happening)
                self._connections[row.patient].wake()
                sent += 1
                if sent % 500 == 0:
                    progress(self.acknowledged)
                    await asyncio.sleep(0)
            await self._while(lambda: any(hub.backlog for hub in self._hubs.values()), progress)
            for line in lines:
                line.cancel()
        progress(self.acknowledged)
        return ReplayResult(
            rows=sent,
            acknowledged=self.acknowledged,
            repeated=sum(hub.repeated for hub in self._hubs.values()),
            homes=len(self._hubs),
            seconds=round(elapsed(), 3),
        )

    async def _due(self, moment: datetime, progress: Callable[[int], None]) -> None:
        while (left := self._pace.seconds_until(moment)) > 0:
            progress(self.acknowledged)
            await asyncio.sleep(min(left, _LONGEST_WAIT_S))

    async def _room_for(self, patient: str, progress: Callable[[int], None]) -> None:
        hub = self._hubs[patient]
        if hub.backlog >= BACKLOG:
            await self._while(lambda: hub.backlog >= BACKLOG, progress)

    async def _while(self, busy: Callable[[], bool], progress: Callable[[int], None]) -> None:
        """Wait while `busy`; gives up when no PUBACK comes for two minutes."""
        before, quiet = self.acknowledged, stopwatch()
        while busy():
            progress(self.acknowledged)
            if self.acknowledged != before:
                before, quiet = self.acknowledged, stopwatch()
            elif quiet() > _NO_ANSWER_S:
                raise StoreUnavailable(self._why_nothing_comes())
            await asyncio.sleep(_LOOK_AGAIN_S)

    def _why_nothing_comes(self) -> str:
        reasons = sorted({line.last_failure for line in self._connections.values()} - {""})
        return "The gateway acknowledged nothing for two minutes" + (
            f" ({'; '.join(reasons)})." if reasons else "; is its disk full?"
        )

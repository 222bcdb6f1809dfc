"""Homes whose power came back in the same second: `python -m simulators.bench.homecoming`.

Reads a job as JSON from standard input and writes what it measured as JSON to standard output.
Every hub dials at once, and after a failure as the simulated hubs do, with full jitter; it says
first that somebody pressed, if so, and then what it has kept through the cut.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from datetime import datetime, timedelta

import msgspec
import uvloop

from simulators.backoff import Backoff
from simulators.bench.generator import Caller
from simulators.bench.percentiles import Latencies
from simulators.bench.wire import Line, Topic, connect
from simulators.chance import chance
from telecare.clock import RealClock

SEED = 5
PRESS_NUMBER = 60_000
"""Its packet identifier: beyond those of the readings."""
PATIENCE_S = 120.0
"""After the first minute: who is not in by then counts as lost."""


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes back, with how many readings each, and how many press within how long."""

    host: str
    port: int
    callers: list[Caller]
    backlog: int
    presses: int
    seconds: float


class Back(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    connected: int
    dials: int
    dials_in_the_busiest_second: int
    connected_after_s: float
    """Until the last was in, counted from the first dial."""
    connect_ms: dict[str, float | None]
    """From a hub's first dial to its welcome."""
    acknowledged: int
    """Readings of the backlogs."""
    pressed: dict[str, float]
    """Device -> wall seconds of its press."""
    puback_ms: dict[str, float | None]
    """From a press to its PUBACK."""


class Homecoming:
    """One return of the power."""

    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        self._clock = RealClock()
        self._begun = self._clock.monotonic()
        self._rng = chance("homecoming", SEED)
        self._dials: Counter[int] = Counter()
        self._connects, self._pubacks = Latencies(), Latencies()
        self._last_in = 0.0
        self._acknowledged = 0
        self._pressed: dict[str, float] = {}

    async def run(self) -> Back:
        """Live through it; a hub that never gets in is given up after `PATIENCE_S`."""
        cut = self._cut
        pressing = set(
            self._rng.sample(range(len(cut.callers)), min(cut.presses, len(cut.callers)))
        )
        async with asyncio.TaskGroup() as tasks:
            for number, caller in enumerate(cut.callers):
                at = self._rng.uniform(0, cut.seconds) if number in pressing else None
                tasks.create_task(self._live(number, caller, self._rng.random(), at))
        return Back(
            connected=self._connects.count,
            dials=self._dials.total(),
            dials_in_the_busiest_second=max(self._dials.values(), default=0),
            connected_after_s=round(self._last_in, 3),
            connect_ms=self._connects.figures(),
            acknowledged=self._acknowledged,
            pressed=self._pressed,
            puback_ms=self._pubacks.figures(),
        )

    @property
    def _now(self) -> float:
        return self._clock.monotonic() - self._begun

    async def _live(
        self, number: int, caller: Caller, dials_at: float, presses_at: float | None
    ) -> None:
        home = _Home(caller, self._cut.backlog)
        try:
            async with asyncio.timeout(self._cut.seconds + PATIENCE_S):
                await asyncio.sleep(dials_at)
                await self._come_in(number, home, self._now)
                if presses_at is not None:
                    await self._press(home, presses_at)
                else:
                    home.send_backlog()
                await home.all_safe.wait()
                await asyncio.sleep(max(0.0, self._cut.seconds - self._now))
        except TimeoutError:
            return
        finally:
            self._acknowledged += home.safe
            home.leave()

    async def _come_in(self, number: int, home: _Home, first_at: float) -> None:
        backoff = Backoff(number)
        while True:
            self._dials[int(self._now)] += 1
            try:
                await home.dial(self._cut.host, self._cut.port)
            except OSError:
                await asyncio.sleep(backoff.next_wait())
            else:
                self._connects.record(self._now - first_at)
                self._last_in = self._now
                return

    async def _press(self, home: _Home, at: float) -> None:
        """Whoever pressed before the hub was in is heard before all it has kept."""
        if at > self._now:
            home.send_backlog()
            await asyncio.sleep(at - self._now)
        pressed_at = self._clock.now() - timedelta(seconds=self._now - at)
        self._pressed[home.caller.device] = pressed_at.timestamp()
        home.press(pressed_at)
        await home.press_safe.wait()
        self._pubacks.record(self._now - at)
        home.send_backlog()


class _Home:
    """One hub's line, and what it still waits for."""

    def __init__(self, caller: Caller, backlog: int) -> None:
        self.caller = caller
        self.all_safe, self.press_safe = asyncio.Event(), asyncio.Event()
        self.safe = 0
        self._waiting = set(range(1, backlog + 1))
        self._line: Line | None = None
        self._is_sent = False

    async def dial(self, host: str, port: int) -> None:
        """Come in. Raises `OSError` when the door does not let us."""
        caller = self.caller
        hello = connect(caller.device, caller.username, caller.password)
        _, line = await asyncio.get_running_loop().create_connection(
            lambda: Line(hello, self._is_safe), host, port
        )
        if await line.accepted != 0:
            line.close()
            raise ConnectionError
        self._line = line

    def press(self, now: datetime) -> None:
        """Say that somebody pressed at `now`."""
        assert self._line is not None
        topic = Topic(f"telecare/v1/{self.caller.org}/{self.caller.device}/up/alarm")
        body = b'{"id":"press","at":"%b","type":"pendant"}' % now.isoformat().encode()
        self._line.send(topic.publish(PRESS_NUMBER, body))

    def send_backlog(self) -> None:
        """All it kept, at once; a second call does nothing."""
        assert self._line is not None
        if self._is_sent:
            return
        self._is_sent = True
        topic = Topic(f"telecare/v1/{self.caller.org}/{self.caller.device}/up/reading")
        for number in sorted(self._waiting):
            body = b'{"id":"r-%d","type":"motion","value":true}' % number
            self._line.send(topic.publish(number, body))
        if not self._waiting:
            self.all_safe.set()

    def leave(self) -> None:
        """Say goodbye."""
        if self._line is not None:
            self._line.close()

    def _is_safe(self, number: int) -> None:
        if number == PRESS_NUMBER:
            self.press_safe.set()
        elif number in self._waiting:
            self._waiting.discard(number)
            self.safe += 1
            if not self._waiting:
                self.all_safe.set()


def main() -> None:
    """Read the job, do it, tell the figures."""
    cut = msgspec.json.decode(sys.stdin.buffer.read(), type=Cut)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(Homecoming(cut).run())))


if __name__ == "__main__":
    main()

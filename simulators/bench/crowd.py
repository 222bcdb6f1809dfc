"""Many hubs coming in, in a process of its own: `python -m simulators.bench.crowd`.

Reads a job as JSON from the first line of standard input and writes what it measured as
JSON once everybody is in; then it keeps the connections until standard input ends.
"""

from __future__ import annotations

import asyncio
import sys

import msgspec
import uvloop

from simulators.bench.generator import Caller
from simulators.bench.percentiles import Latencies
from simulators.bench.wire import Line, Topic, connect
from telecare.clock import stopwatch

PATIENCE_S = 120.0
"""How long one hub tries to come in before it counts as refused."""


class Storm(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes in, over how many seconds, and every how many-th has an alarm (0: none)."""

    host: str
    port: int
    callers: list[Caller]
    seconds: float
    alarm_every: int = 0


class Crowd(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    connected: int
    refused: int
    seconds: float
    """Until the last was in."""
    connect_ms: dict[str, float | None]
    """From dialling to the welcome, credentials checked."""
    alarms: int
    acknowledged: int
    alarm_ms: dict[str, float | None]
    """From dialling to the alarm's PUBACK."""


class Arrivals:
    """Counts those who came in."""

    def __init__(self, storm: Storm) -> None:
        self._storm = storm
        self._welcomes, self._pubacks = Latencies(), Latencies()
        self._elapsed = stopwatch()
        self._refused = 0
        self._lines: list[Line] = []

    async def run(self) -> Crowd:
        """Let everybody in on a timetable, whatever the door does."""
        storm = self._storm
        async with asyncio.TaskGroup() as tasks:
            for number, caller in enumerate(storm.callers):
                due = number * storm.seconds / len(storm.callers)
                if due > self._elapsed():
                    await asyncio.sleep(due - self._elapsed())
                has_alarm = bool(storm.alarm_every) and number % storm.alarm_every == 0
                tasks.create_task(self._come_in(caller, has_alarm=has_alarm))
        alarms = len(range(0, len(storm.callers), storm.alarm_every)) if storm.alarm_every else 0
        return Crowd(
            connected=len(self._lines),
            refused=self._refused,
            seconds=round(self._elapsed(), 3),
            connect_ms=self._welcomes.figures(),
            alarms=alarms,
            acknowledged=self._pubacks.count,
            alarm_ms=self._pubacks.figures(),
        )

    async def _come_in(self, caller: Caller, *, has_alarm: bool) -> None:
        hello = connect(caller.device, caller.username, caller.password)
        waited, safe = stopwatch(), asyncio.Event()
        try:
            async with asyncio.timeout(PATIENCE_S):
                _, line = await asyncio.get_running_loop().create_connection(
                    lambda: Line(hello, lambda _: safe.set()), self._storm.host, self._storm.port
                )
                if await line.accepted != 0:
                    raise ConnectionError
                self._welcomes.record(waited())
                self._lines.append(line)
                if has_alarm:
                    topic = Topic(f"telecare/v1/{caller.org}/{caller.device}/up/alarm")
                    line.send(topic.publish(1, b'{"id":"storm-1","type":"pendant"}'))
                    await safe.wait()
                    self._pubacks.record(waited())
        except OSError:  # a time that ran out is one, too
            self._refused += 1

    def leave(self) -> None:
        """Everybody says goodbye."""
        for line in self._lines:
            line.close()


async def _gather(storm: Storm) -> None:
    arrivals = Arrivals(storm)
    figures = await arrivals.run()
    sys.stdout.buffer.write(msgspec.json.encode(figures) + b"\n")
    sys.stdout.buffer.flush()
    await asyncio.to_thread(sys.stdin.buffer.read)
    arrivals.leave()
    await asyncio.sleep(0.1)


def main() -> None:
    """Read the job, do it, tell the figures, wait to be let go."""
    uvloop.run(_gather(msgspec.json.decode(sys.stdin.buffer.readline(), type=Storm)))


if __name__ == "__main__":
    main()

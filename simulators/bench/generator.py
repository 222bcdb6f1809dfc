"""The load, in a process of its own: `python -m simulators.bench.generator` reads a job
as JSON from standard input and writes what it measured as JSON to standard output.

Messages are sent on a fixed timetable whatever the door does, so a door that stalls cannot
slow the questions; each wait is counted from the writing of its message. In a closed loop an
answered message is followed by the next, and the rate is the door's own.
"""

from __future__ import annotations

import asyncio
import sys
from array import array
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import uvloop

from simulators.bench.percentiles import Latencies
from simulators.bench.wire import Line, Topic, connect
from telecare.clock import RealClock, stopwatch

STEP_S = 0.005
"""How often the timetable is looked at."""
DRAIN_S = 30.0
"""How long the last PUBACKs are waited for."""
DIALLING = 50
"""Connections opened at once."""


_END = b'","type":"motion","room":"lounge","sensor":"motion-lounge","value":true}'


class Caller(msgspec.Struct, frozen=True):
    """One device's credentials."""

    org: str
    device: str
    username: str
    password: str


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What to send: `rate` motion readings a second over all callers, for `seconds`."""

    host: str
    port: int
    callers: list[Caller]
    rate: float
    seconds: float
    run: str
    """Part of every message id, so that a second run is not taken for repeats."""
    window: int = 0
    """Not 0: closed loop. Each caller has so many messages under way, whatever `rate` says."""


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    sent: int
    acknowledged: int
    refused: int
    """Connections the door did not accept."""
    broken: int
    """Connections lost on the way."""
    seconds: float
    """From the first message to the last PUBACK."""
    puback_ms: dict[str, float | None]
    sent_by_device: dict[str, int]
    """Messages `RUN-1` to `RUN-count` were sent by each device."""
    unanswered: list[tuple[str, str]]
    """Device and message id of everything sent without a PUBACK by the end."""


class Sender:
    """One device's side of the timetable."""

    def __init__(self, caller: Caller, run: str, waits: array[float]) -> None:
        """`waits` gathers the seconds from each writing to its PUBACK."""
        self._caller = caller
        self._run = run
        self._waits = waits
        self._topic = Topic(f"telecare/v1/{caller.org}/{caller.device}/up/reading")
        self._begin = f'{{"id":"{run}-'.encode()
        self._flying: dict[int, tuple[float, int]] = {}
        self._elapsed = stopwatch()
        self._count = 0
        self._end_s = 0.0
        self._rest = b""
        self._answered: list[float] = []
        self.line: Line | None = None
        self.acknowledged = 0

    async def dial(self, host: str, port: int) -> bool:
        """Connect; false when the door refuses."""
        hello = connect(self._caller.device, self._caller.username, self._caller.password)
        try:
            _, self.line = await asyncio.get_running_loop().create_connection(
                lambda: Line(hello, self._puback, self._read), host, port
            )
            return await asyncio.wait_for(self.line.accepted, 30) == 0
        except (OSError, TimeoutError):
            return False

    def start(self, elapsed: Callable[[], float]) -> None:
        """Count time with everybody else."""
        self._elapsed = elapsed

    def send(self, now: float, rest: bytes) -> None:
        """One reading, at `now` of the run; `rest` is what follows its id."""
        assert self.line is not None
        self.line.send(self._packet(now, rest))

    def keep_sending(self, window: int, end_s: float, rest: bytes) -> None:
        """From now on `window` messages are under way, until `end_s` of the run."""
        assert self.line is not None
        self._end_s, self._rest = end_s, rest
        now = self._elapsed()
        self.line.send(b"".join([self._packet(now, rest) for _ in range(window)]))

    def _packet(self, now: float, rest: bytes) -> bytes:
        self._count += 1
        packet_id = self._count % 65_535 + 1
        self._flying[packet_id] = (now, self._count)
        return self._topic.publish(packet_id, b"%b%d%b" % (self._begin, self._count, rest))

    def _puback(self, packet_id: int) -> None:
        flew = self._flying.pop(packet_id, None)
        if flew is not None:
            self._answered.append(flew[0])

    def _read(self) -> None:
        """All PUBACKs of one reading of the socket are counted, as of the end of it."""
        now, answered = self._elapsed(), len(self._answered)
        self._waits.extend([now - then for then in self._answered])
        self._answered.clear()
        self.acknowledged += answered
        if answered and now < self._end_s and self.line is not None:
            self.line.send(b"".join([self._packet(now, self._rest) for _ in range(answered)]))

    @property
    def device(self) -> str:
        """Whose messages these are."""
        return self._caller.device

    @property
    def sent(self) -> int:
        """Messages written so far."""
        return self._count

    @property
    def waiting(self) -> int:
        """Messages without a PUBACK so far."""
        return len(self._flying)

    def unanswered(self) -> list[tuple[str, str]]:
        """Device and id of what has no PUBACK so far."""
        return [(self._caller.device, f"{self._run}-{n}") for _, n in self._flying.values()]


async def load(job: Job) -> Load:
    """Run the job to its end, the last PUBACKs included."""
    waits = array("d")
    senders = [Sender(caller, job.run, waits) for caller in job.callers]
    welcome = await _dial_all(senders, job)
    elapsed = stopwatch()
    for sender in welcome:
        sender.start(elapsed)
    if welcome:
        await (_closed_loop if job.window else _timetable)(welcome, job, elapsed)
    done = elapsed()
    while any(s.waiting for s in welcome) and elapsed() < done + DRAIN_S:  # noqa: ASYNC110
        await asyncio.sleep(STEP_S)
    seconds = elapsed()
    latencies = Latencies()
    for wait in waits:
        latencies.record(wait)
    broken = sum(s.line is not None and s.line.lost for s in welcome)
    for sender in senders:
        if sender.line is not None:
            sender.line.close()
    return Load(
        sent=sum(sender.sent for sender in senders),
        acknowledged=sum(sender.acknowledged for sender in senders),
        refused=len(senders) - len(welcome),
        broken=broken,
        seconds=round(seconds, 3),
        puback_ms=latencies.figures(),
        sent_by_device={sender.device: sender.sent for sender in senders},
        unanswered=[lost for sender in senders for lost in sender.unanswered()],
    )


async def _dial_all(senders: list[Sender], job: Job) -> list[Sender]:
    """Those whom the door lets in."""
    welcome: list[Sender] = []
    for begin in range(0, len(senders), DIALLING):
        group = senders[begin : begin + DIALLING]
        answers = await asyncio.gather(*(sender.dial(job.host, job.port) for sender in group))
        welcome += [sender for sender, answer in zip(group, answers, strict=True) if answer]
    return welcome


async def _closed_loop(senders: list[Sender], job: Job, elapsed: Callable[[], float]) -> None:
    """Let every sender go on by itself until time is up."""
    rest = _rest(RealClock().now())
    for sender in senders:
        sender.keep_sending(job.window, job.seconds, rest)
    await asyncio.sleep(max(0.0, job.seconds - elapsed()))


async def _timetable(senders: list[Sender], job: Job, elapsed: Callable[[], float]) -> None:
    """Send round and round over all senders until time is up."""
    clock, total, sent = RealClock(), round(job.rate * job.seconds), 0
    while sent < total:
        now = elapsed()
        rest = _rest(clock.now())
        due = min(total, int(now * job.rate) + 1)
        while sent < due:
            senders[sent % len(senders)].send(elapsed(), rest)
            sent += 1
        await asyncio.sleep(STEP_S)


def _rest(now: datetime) -> bytes:
    """What follows the id in every message of this moment."""
    stated = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return b'","at":"' + stated.encode() + _END


def main() -> None:
    """Read the job, do it, tell the figures."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    result = uvloop.run(load(job))
    sys.stdout.buffer.write(msgspec.json.encode(result) + b"\n")


if __name__ == "__main__":
    main()

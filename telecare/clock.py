"""What time is it, for everybody at once?

The only module that asks the machine for the time. Everything else is given a `Clock`.
An installation runs on the real clock or on one virtual clock shared by all its
processes: a line `virtual = start + (real - anchor) * speed`, written down once in the
data folder (`clock.json`), so that processes and command lines agree without talking.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import msgspec

from telecare.errors import SettingsError


class Clock(Protocol):
    """Wall time, elapsed time and waiting, in one object that tests can own."""

    @property
    def is_real(self) -> bool:
        """False when duties are simulated: pages say so, real channels refuse to send."""

    @property
    def speed(self) -> float:
        """Virtual seconds that pass in one real second; 1.0 on the real clock."""

    def now(self) -> datetime:
        """Aware UTC wall time of this installation."""

    def monotonic(self) -> float:
        """Seconds of this installation's time from an arbitrary point; never goes back."""

    def real_seconds(self, seconds: float) -> float:
        """How long a process must really wait for `seconds` of this clock to pass."""


class VirtualClockLine(msgspec.Struct, frozen=True):
    """`start` was the virtual time when the real clock showed `anchor`."""

    start: datetime
    anchor: datetime
    speed: float


class RealClock:
    """The machine's clock in UTC."""

    is_real = True
    speed = 1.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def real_seconds(self, seconds: float) -> float:
        return seconds


class VirtualClock:
    """A clock on a line against the real one; every process with the line agrees."""

    is_real = False

    def __init__(self, line: VirtualClockLine) -> None:
        if line.speed <= 0:
            raise ValueError(f"a clock's speed must be above 0, not {line.speed}")
        self.line = line
        self.speed = line.speed

    def now(self) -> datetime:
        elapsed = (datetime.now(UTC) - self.line.anchor).total_seconds()
        return self.line.start + timedelta(seconds=elapsed * self.speed)

    def monotonic(self) -> float:
        return time.monotonic() * self.speed

    def real_seconds(self, seconds: float) -> float:
        return seconds / self.speed


class HandClock:
    """A clock that moves only when told. For tests and for stepping through a story."""

    is_real = False
    speed = 1.0

    def __init__(self, start: datetime, *, is_real: bool = False) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware time")
        self._now = start.astimezone(UTC)
        self._monotonic = 0.0
        self.is_real = is_real

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def real_seconds(self, seconds: float) -> float:  # noqa: ARG002 - a told clock never waits
        return 0.0

    def forward(self, **delta: float) -> datetime:
        """Move both wall and monotonic time on by `timedelta(**delta)`."""
        step = timedelta(**delta)
        self._now += step
        self._monotonic += step.total_seconds()
        return self._now

    def jump_wall(self, **delta: float) -> datetime:
        """Move the wall alone, as an NTP correction does."""
        self._now += timedelta(**delta)
        return self._now


class Jump(msgspec.Struct, frozen=True):
    """The wall clock left the path of elapsed time."""

    at: datetime
    """Wall time after the jump."""
    seconds: float
    """Above 0: forward."""


class SteadyClock:
    """A clock whose duties neither freeze nor run back when the machine's wall clock is set.

    Forward, the wall is followed at once: what became overdue is done once, as after an
    outage. Back, time goes on from where it was, a tenth slower until the wall has caught up,
    so that nothing due is put off by hours. Every jump beyond `TOLERANCE` is kept until
    `jumps` is asked. `lived_until`: the latest time this installation has written down, so
    that a restart does not forget it (up to a day; more is a clock that was never right).
    """

    SLOWER = 0.1
    """How much slower time passes while it is ahead of the wall: three hours take thirty."""

    TOLERANCE = 30.0
    """Seconds the wall may leave elapsed time before it counts as a jump; drift is far less."""

    def __init__(self, machine: Clock, lived_until: datetime | None = None) -> None:
        self._machine = machine
        self._lock = threading.Lock()
        self._wall, self._elapsed = machine.now(), machine.monotonic()
        self._ahead = 0.0
        self._jumps: list[Jump] = []
        lead = (lived_until - self._wall).total_seconds() if lived_until else 0.0
        if self.TOLERANCE * machine.speed < lead <= 86400:
            self._ahead = lead
            self._jumps.append(Jump(self._wall, -lead))
        self.is_real = machine.is_real
        self.speed = machine.speed

    def now(self) -> datetime:
        with self._lock:
            wall, elapsed = self._machine.now(), self._machine.monotonic()
            passed = elapsed - self._elapsed
            off = (wall - self._wall).total_seconds() - passed
            ahead = self._ahead
            if abs(off) > self.TOLERANCE * self.speed:
                self._jumps.append(Jump(wall, off))
                ahead -= off
            self._wall, self._elapsed = wall, elapsed
            self._ahead = max(0.0, ahead - passed * self.SLOWER)
            return wall + timedelta(seconds=self._ahead)

    def monotonic(self) -> float:
        return self._machine.monotonic()

    def real_seconds(self, seconds: float) -> float:
        return self._machine.real_seconds(seconds)

    def jumps(self) -> list[Jump]:
        """Jumps since this was last asked."""
        self.now()
        with self._lock:
            told, self._jumps = self._jumps, []
        return told


def clock_of(data_dir: Path) -> Clock:
    """The clock of the installation in `data_dir`: its `clock.json`, else the real one.

    Raises `SettingsError` for a file that says none.
    """
    path = data_dir / "clock.json"
    if not path.exists():
        return RealClock()
    try:
        return VirtualClock(msgspec.json.decode(path.read_bytes(), type=VirtualClockLine))
    except (msgspec.DecodeError, ValueError, OSError) as error:
        raise SettingsError(
            f"{path} does not say which clock this installation runs on ({error}); restore it from "
            "a backup, or remove it if its clock was always the real one."
        ) from None


def start_virtual_clock(data_dir: Path, start: datetime, speed: float) -> VirtualClock:
    """Write the installation's line, anchored now, and return its clock.

    Raises `ValueError` if `start` is naive, or if the folder already runs on a line with
    another start or speed: time that has been lived is not rewritten.
    """
    if start.tzinfo is None:
        raise ValueError("--clock-start needs a time zone; add Z for UTC")
    path = data_dir / "clock.json"
    if path.exists():
        line = msgspec.json.decode(path.read_bytes(), type=VirtualClockLine)
        if (line.start, line.speed) != (start, speed):
            raise ValueError(
                f"{data_dir} already runs on a clock from {line.start.isoformat()} at speed "
                f"{line.speed:g}; leave out --clock-start to go on, or use another data folder"
            )
        return VirtualClock(line)
    line = VirtualClockLine(start=start.astimezone(UTC), anchor=datetime.now(UTC), speed=speed)
    clock = VirtualClock(line)  # a line no clock can run on is refused before it is kept for life
    data_dir.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(line))
    return clock


def sleep_real(seconds: float) -> None:
    """Block this thread for `seconds` of the machine's own time."""
    time.sleep(seconds)


def stopwatch() -> Callable[[], float]:
    """A function that tells the machine's seconds since this call; for figures, not duties."""
    begun = time.perf_counter()
    return lambda: time.perf_counter() - begun

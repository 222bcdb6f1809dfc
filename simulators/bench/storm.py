"""Thousands press within a minute while a whole room of operators looks on.

A private installation on the real clock. Each home presses several times, in an order drawn
by chance, so that first presses must find their way between repeats. What is measured is
each home's first: from its sending to the operator's stream.
"""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import msgspec

from simulators.access import access_for
from simulators.bench.alarm import dial, press
from simulators.bench.generator import Caller
from simulators.bench.ingest import ORG, bench_devices
from simulators.bench.live import LiveListener
from simulators.bench.memory import own_kib
from simulators.bench.percentiles import Latencies
from simulators.bench.wire import Line
from simulators.installation import private_settings, running
from telecare.clock import RealClock
from telecare.errors import StoreUnavailable
from telecare.register import open_register
from telecare.settings import Settings
from telecare.store.migrate import migrate

SEED = 5
PRESSES_A_HOME = 4
LAST_ALERT_WITHIN_S = 60.0


class StormFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What `telecare bench storm` prints."""

    signals: int
    homes: int
    operators: int
    alerts: int
    lost: int
    """Homes whose first press stood on no operator's list in the end."""
    first_to_alert_ms: dict[str, float | None]
    seconds: float
    """In which all was sent."""
    responder_mib: dict[str, float]
    """Memory of the responder's own `before`, `midway`, at the `end`."""


class StormBench:
    """One measurement."""

    def __init__(
        self, *, signals: int, seconds: float, operators: int, database_url: str | None
    ) -> None:
        self._signals = signals
        self._seconds = seconds
        self._operators = operators
        self._database_url = database_url
        self._clock = RealClock()

    async def run(self) -> StormFigures:
        """Measure. Raises `StoreUnavailable` when the installation does not start."""
        homes = max(1, self._signals // PRESSES_A_HOME)
        with private_settings(database_url=self._database_url) as settings:
            migrate(settings)
            callers = bench_devices(settings, homes)
            register = open_register(settings)
            access = access_for(register, ORG, settings.public_url, settings.data_dir / "desk.json")
            register.close()
            with running(settings) as pid:
                return await self._measure(settings, callers, access.api_token, _responder(pid))

    async def _measure(
        self, settings: Settings, callers: list[Caller], token: str, responder: int
    ) -> StormFigures:
        listener, *onlookers = (
            LiveListener(settings.bind, settings.http_port, token) for _ in range(self._operators)
        )
        memory = {"before": _mib(responder)}
        async with asyncio.TaskGroup() as tasks:
            looking = [tasks.create_task(listener.run(self._clock))]
            looking += [tasks.create_task(each.look_on()) for each in onlookers]
            for each in (listener, *onlookers):
                await each.connected.wait()
            lines = await dial(settings, callers)
            begun = self._clock.monotonic()
            first = await self._press(lines, callers, responder, memory)
            took = self._clock.monotonic() - begun
            await listener.heard_all(set(first), LAST_ALERT_WITHIN_S)
            memory["end"] = _mib(responder)
            for task in looking:
                task.cancel()
        for line in lines:
            line.close()
        waits, alerts = Latencies(), 0
        for home, at in first.items():
            heard = listener.heard.get(home)
            if heard is not None:
                alerts += 1
                waits.record(heard.at - at)
        return StormFigures(
            signals=self._signals,
            homes=len(first),
            operators=self._operators,
            alerts=alerts,
            lost=len(first) - alerts,
            first_to_alert_ms=waits.figures(),
            seconds=round(took, 1),
            responder_mib=memory,
        )

    async def _press(
        self, lines: list[Line], callers: list[Caller], responder: int, memory: dict[str, float]
    ) -> dict[str, float]:
        """All presses on their timetable; home -> wall seconds of its first."""
        order = [number % len(callers) for number in range(self._signals)]
        random.Random(SEED).shuffle(order)  # noqa: S311 - seeded, no secret
        first: dict[str, float] = {}
        begun = self._clock.monotonic()
        for number, which in enumerate(order):
            wait = begun + number * self._seconds / self._signals - self._clock.monotonic()
            await asyncio.sleep(max(0.0, wait))
            now, caller = self._clock.now(), callers[which]
            first.setdefault(caller.device.removesuffix("-hub"), now.timestamp())
            press(lines[which], caller, number, now)
            if number == self._signals // 2:
                memory["midway"] = _mib(responder)
        return first


def _responder(supervisor: int) -> int:
    """The process id of the responder that `telecare up` started."""
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            is_ours = f"PPid:\t{supervisor}\n" in status.read_text()
            words = (status.parent / "cmdline").read_text().split("\0")
        except OSError:
            continue
        if is_ours and "responder" in words:
            return int(status.parent.name)
    raise StoreUnavailable("The responder of the installation was not found.")


def _mib(pid: int) -> float:
    return round(own_kib(pid) / 1024, 1)

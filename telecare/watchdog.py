"""Does the loop still come round?

One call that blocks stops every page and every connection of a process. A thread beside the
loop notices within a second and a half, writes down where the loop stands (files, lines and
functions, no values), and the process's beat says so, or stays out, until it comes round again.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from telecare.clock import stopwatch
from telecare.observe import log

BLOCKED_SECONDS = 1.0
TICK_SECONDS = 0.25
FRAMES = 12
"""So many of the innermost frames are written down."""


class Watchdog:
    """Watches one loop: an event loop while `run` runs in it, or whatever ticks by itself."""

    def __init__(self, name: str, patience: float | None = None) -> None:
        """`patience`: seconds until it counts as blocked, for a loop that may take its time."""
        self._name = name
        self._patience = patience
        self._since = stopwatch()
        self._runs = False

    async def run(self) -> None:
        """Tick in the loop that is watched, until cancelled."""
        with self.watching():
            while True:
                self.tick()
                await asyncio.sleep(TICK_SECONDS)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """The thread that calls is watched, and ticks, for the length of the block."""
        ended = threading.Event()
        loop = threading.get_ident()
        self.tick()
        self._runs = True
        watcher = threading.Thread(target=self._watch, args=(loop, ended), name="watchdog")
        watcher.start()
        try:
            yield
        finally:
            self._runs = False
            ended.set()
            watcher.join()

    def tick(self) -> None:
        """It came round."""
        self._since = stopwatch()

    def blocked_seconds(self) -> float:
        """How long the loop has not come round; 0 while it does, and while nobody watches."""
        since = self._since()
        patience = BLOCKED_SECONDS if self._patience is None else self._patience
        return since if self._runs and since > patience else 0.0

    def _watch(self, loop: int, ended: threading.Event) -> None:
        told = False
        while not ended.wait(TICK_SECONDS):
            blocked = self.blocked_seconds()
            if blocked and not told:
                log("watchdog").error(
                    "event loop blocked", loop=self._name, seconds=round(blocked, 1),
                    stands=_stands(loop),
                )  # fmt: skip
            elif told and not blocked:
                log("watchdog").warning("event loop goes on", loop=self._name)
            told = bool(blocked)


def _stands(thread: int) -> list[str]:
    frame = sys._current_frames().get(thread)  # noqa: SLF001 - the documented way to see it
    found = traceback.extract_stack(frame)[-FRAMES:] if frame else []
    return [f"{each.filename}:{each.lineno} {each.name}" for each in found]

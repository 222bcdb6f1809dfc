"""Does the event loop still come round?

One call that blocks stops every page and every connection of a process. A thread beside the
loop notices within a second and a half, writes down where the loop stands (files, lines and
functions, no values), and the process's beat says so until it comes round again.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import traceback

from telecare.clock import stopwatch
from telecare.observe import log

BLOCKED_SECONDS = 1.0
TICK_SECONDS = 0.25
FRAMES = 12
"""So many of the innermost frames are written down."""


class Watchdog:
    """Watches one event loop for as long as `run` runs in it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._since = stopwatch()
        self._runs = False

    async def run(self) -> None:
        """Tick in the loop that is watched, until cancelled."""
        ended = threading.Event()
        loop = threading.get_ident()
        self._since, self._runs = stopwatch(), True
        watcher = threading.Thread(target=self._watch, args=(loop, ended), name="watchdog")
        watcher.start()
        try:
            while True:
                self._since = stopwatch()
                await asyncio.sleep(TICK_SECONDS)
        finally:
            self._runs = False
            ended.set()
            watcher.join()

    def blocked_seconds(self) -> float:
        """How long the loop has not come round; 0 while it does, and while nobody watches."""
        since = self._since()
        return since if self._runs and since > BLOCKED_SECONDS else 0.0

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

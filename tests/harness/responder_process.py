"""A responder as a process of its own, to be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Self

from telecare.clock import sleep_real, stopwatch
from telecare.observe import health_of
from telecare.settings import Settings

ROOT = Path(__file__).parents[2]
LONGEST_SECONDS = 60.0
_RUN = (
    "from responder.wiring import run; from telecare.settings import load_settings; "
    "run(load_settings())"
)


class ResponderProcess:
    """The engine without pages, on the installation of `settings`."""

    def __init__(
        self, settings: Settings, *, crash_at: str = "", stop_at: str = "", number: int = 1
    ) -> None:
        """`stop_at`: where it falls asleep, each point once, until `wake`."""
        environment = os.environ | settings.environment() | {"PYTHONPATH": str(ROOT)}
        environment["TELECARE_LANE_NUMBER"] = str(number)
        environment["TELECARE_CRASH_AT"] = crash_at
        environment["TELECARE_STOP_AT"] = stop_at
        self._settings = settings
        self._process = subprocess.Popen(
            [sys.executable, "-c", _RUN], env=environment, stderr=subprocess.DEVNULL
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """However the story ends, it does not live on."""
        self.kill()

    def until_works(self) -> None:
        """Wait for its first beat that says so."""
        until(lambda: health_of(self._settings.data_dir, "responder").working)

    def until_asleep(self) -> None:
        """Wait until it has stopped at one of its points."""
        stat = Path(f"/proc/{self._process.pid}/stat")
        until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T")

    def wake(self) -> None:
        """SIGCONT: it goes on as if no time had passed."""
        self._process.send_signal(signal.SIGCONT)

    def until_dead(self) -> int:
        """Wait for its end; its exit code."""
        return self._process.wait(LONGEST_SECONDS)

    def kill(self) -> None:
        """SIGKILL: no clean-up of any kind."""
        self._process.kill()
        self._process.wait()

    def leave(self) -> int:
        """SIGTERM; its exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self.until_dead()


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds; fail after a minute."""
    waited = stopwatch()
    while not holds():
        assert waited() < LONGEST_SECONDS, "it did not come to hold within a minute"
        sleep_real(0.02)

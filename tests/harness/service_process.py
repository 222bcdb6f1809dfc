"""A service as a process of its own, to be killed.

Each is forked from a server that has read the services' modules once: to read them anew at each of
a hundred starts and more would take minutes. `installation` starts services from nothing, as their
owner does.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path

from telecare import crash
from telecare.settings import Settings, load_settings

LONGEST_SECONDS = 180.0
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["gateway.wiring", "responder.wiring", __name__])


class ServiceProcess:
    """A service as the operating system sees it; gone when the test ends."""

    def __init__(
        self,
        run: Callable[[Settings], None],
        settings: Settings,
        *,
        lane: int,
        crash_at: str = "",
        stop_at: str = "",
        said: Path = Path(os.devnull),
    ) -> None:
        """`run` a service. `stop_at`: where it falls asleep, each point once, until `wake`;
        `said`: a file to which its logs are added.
        """
        environment = os.environ | settings.environment()
        environment["TELECARE_LANE_NUMBER"] = str(lane)
        environment["TELECARE_CRASH_AT"] = crash_at
        environment["TELECARE_STOP_AT"] = stop_at
        self._process = _forks.Process(target=_live, args=(run, environment, said), daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        """Its number in the operating system."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def is_dead(self) -> bool:
        """It has left."""
        return not self._process.is_alive()

    def kill(self) -> None:
        """SIGKILL: no clean-up of any kind."""
        self._process.kill()
        self.until_dead()

    def leave(self) -> int:
        """SIGTERM, as a supervisor does; its exit code."""
        self._process.terminate()
        return self.until_dead()

    def until_dead(self) -> int:
        """Wait for its end; its exit code."""
        self._process.join(LONGEST_SECONDS)
        assert self._process.exitcode is not None, "it did not leave within three minutes"
        return self._process.exitcode

    def wake(self) -> None:
        """SIGCONT: it goes on as if no time had passed."""
        os.kill(self.pid, signal.SIGCONT)


def _live(run: Callable[[Settings], None], environment: dict[str, str], said: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    importlib.reload(crash)  # it was read in another environment
    with said.open("ab") as file:
        os.dup2(file.fileno(), 2)
    run(load_settings())

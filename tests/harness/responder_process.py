"""A responder as a process of its own, to be killed."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from responder.wiring import run
from telecare.observe import health_of
from telecare.settings import Settings
from tests.harness.service_process import ServiceProcess
from tests.harness.waiting import until


class ResponderProcess(ServiceProcess):
    """The engine without pages, on the installation of `settings`."""

    def __init__(
        self, settings: Settings, *, crash_at: str = "", stop_at: str = "", number: int = 1
    ) -> None:
        """`stop_at`: where it falls asleep, each point once, until `wake`."""
        super().__init__(run, settings, lane=number, crash_at=crash_at, stop_at=stop_at)
        self._settings = settings

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
        stat = Path(f"/proc/{self.pid}/stat")
        until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T")

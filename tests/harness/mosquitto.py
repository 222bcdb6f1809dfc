"""A real Mosquitto: configured, killed, stopped in its tracks and started again by tests."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from telecare.clock import sleep_real, stopwatch
from tests.harness.mqtt import PATIENCE
from tests.harness.postgres import free_port

OPEN = "allow_anonymous true\n"
"""For tests in which it does not matter who comes in."""
ROOM = "max_queued_messages 100000\nmax_inflight_messages 1000\n"
"""As docs/brokers.md advises: a queue that no storm fills."""
KEEPS = f"{ROOM}persistence true\npersistence_location {{folder}}/\nautosave_interval 1\n"
"""And sessions on disk; `{folder}` is replaced."""


def binary() -> str | None:
    """Debian keeps servers where not everybody looks."""
    return shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class Mosquitto:
    """One broker on a free port of this machine; the port stays its own over restarts."""

    def __init__(self, folder: Path, settings: str, *, listener: str = "") -> None:
        """`listener`: lines that belong to the listener, such as certificates."""
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        self._configuration = folder / "test.conf"
        self.log = folder / "mosquitto.log"
        self._listener = listener
        self.configure(settings.replace("{folder}", str(folder)))
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def configure(self, settings: str) -> None:
        """Write its settings; they hold from the next start."""
        # It gives up root's rights unless told; exported files are for one reader only.
        self._configuration.write_text(
            f"listener {self.port} 127.0.0.1\n{self._listener}user root\nsys_interval 1\n{settings}"
        )

    def start(self) -> None:
        """Start it, on its port."""
        command = binary()
        assert command is not None
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [command, "-c", str(self._configuration)], stdout=log, stderr=log
            )

    def wait_until_ready(self) -> None:
        """Fails the test if it never listens."""
        waited = stopwatch()
        while True:
            assert self.process is not None
            assert self.process.poll() is None, "mosquitto did not start; see mosquitto.log"
            assert waited() < PATIENCE, "mosquitto does not listen"
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                sleep_real(0.02)
            else:
                return

    def again(self) -> None:
        """Start it once more, and wait until it listens."""
        self.start()
        self.wait_until_ready()

    def kill(self) -> None:
        """`kill -9`: it saves nothing."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ends it in good order, whatever the test did."""
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.send_signal(signal.SIGCONT)
            self.process.wait(PATIENCE)
            self.process = None

    def send(self, number: int) -> None:
        """SIGHUP, SIGSTOP or SIGCONT."""
        assert self.process is not None
        self.process.send_signal(number)

    def said(self, words: str) -> int:
        """How many lines of its log hold `words`."""
        return sum(words in line for line in self.log.read_text().splitlines())


@contextmanager
def mosquitto(folder: Path, settings: str = OPEN, *, listener: str = "") -> Iterator[Mosquitto]:
    """A running one; skips the test, and says so, where there is none."""
    if binary() is None:
        pytest.skip("mosquitto is missing: install Debian's mosquitto")
    broker = Mosquitto(folder, settings, listener=listener)
    try:
        broker.wait_until_ready()
        yield broker
    finally:
        broker.stop()

"""A whole installation as its owner starts it: `telecare up`, and what it answers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from telecare.settings import Settings
from tests.harness.waiting import until

ROOT = Path(__file__).parent.parent.parent


class Installation:
    """Three supervised processes, spoken to as the outside does."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._environment = os.environ | settings.environment() | {"PYTHONPATH": str(ROOT)}
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        self.log = settings.data_dir / "up.log"
        """What supervisor and services said."""
        self._said = self.log.open("ab")
        self._pids = settings.data_dir / "run"
        self.http = httpx.Client(base_url=settings.public_url, timeout=20)
        self.start()

    def start(self) -> None:
        """`telecare up`; returns before it is ready."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "telecare", "up"],
            cwd=ROOT, env=self._environment, stdout=self._said, stderr=self._said,
        )  # fmt: skip

    def telecare(self, *arguments: str) -> dict[str, Any]:
        """What a command line prints with --json."""
        ran = subprocess.run(
            [sys.executable, "-m", "telecare", *arguments, "--json"],
            cwd=ROOT, env=self._environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        printed: dict[str, Any] = json.loads(ran.stdout)
        return printed

    def sign_in_with_token(self, org: str, role: str = "operator") -> None:
        """From here on `http` acts in this role of `org`."""
        token = self.telecare("token", "create", "--org", org, "--role", role)["token"]
        self.http.headers["Authorization"] = f"Bearer {token}"

    def is_ready(self) -> bool:
        try:
            return self.http.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def alerts(self) -> list[dict[str, Any]]:
        """Every open alert; none while the responder is away."""
        try:
            answer = self.http.get("/api/v1/alerts")
        except httpx.TransportError:
            return []
        found: list[dict[str, Any]] = answer.json() if answer.is_success else []
        return found

    def kill(self, service: str) -> None:
        """`kill -9` of one service; the supervisor starts it again."""
        pid = self.pid(service)
        assert pid is not None, f"{service} was never started"
        os.kill(pid, signal.SIGKILL)

    def pid(self, service: str) -> int | None:
        """The process of a service, dead or alive; None before its first."""
        try:
            return int((self._pids / f"{service}.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def lose_power(self) -> None:
        """`kill -9` of everything at once: nobody has a moment to finish what is in hand."""
        self._process.send_signal(signal.SIGSTOP)  # or it would start again what dies
        for path in self._pids.glob("*.pid"):
            with suppress(ProcessLookupError):
                os.kill(int(path.read_text()), signal.SIGKILL)
            path.unlink()
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        self.http.close()
        self._process.terminate()
        self._process.wait(30)
        self._said.close()


@contextmanager
def installation(settings: Settings) -> Iterator[Installation]:
    """`telecare up`, ready, and gone afterwards."""
    made = Installation(settings)
    try:
        until(made.is_ready, "the installation is ready")
        yield made
    finally:
        made.stop()

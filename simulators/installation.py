"""An installation run by a simulation: started, waited for, and stopped again."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from telecare.clock import sleep_real, stopwatch
from telecare.errors import StoreUnavailable
from telecare.observe import health_of
from telecare.settings import Settings

START_SECONDS = 90.0
LEAVE_SECONDS = 20.0


def listens(host: str, port: int) -> bool:
    """Whether somebody takes connections there."""
    try:
        with socket.create_connection((host, port), timeout=2):
            return True
    except OSError:
        return False


def free_port() -> int:
    """A port nobody uses now on the loopback address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def private_settings(**more: object) -> Iterator[Settings]:
    """Settings of an installation in a temporary folder on free ports; SQLite unless told."""
    with tempfile.TemporaryDirectory(prefix="telecare-bench-") as folder:
        yield Settings.model_validate(
            {
                "data_dir": Path(folder) / "var",
                "http_port": free_port(),
                "mqtt_port": free_port(),
                "mqtts_port": 0,
                "log_level": "WARNING",
                **more,
            }
        )


@contextlib.contextmanager
def running(
    settings: Settings,
    arguments: Sequence[str] = ("up",),
    services: Sequence[str] = ("gateway", "detectors", "responder"),
) -> Iterator[int]:
    """`telecare ARGUMENTS` as a child until the block ends; `services` work when it begins.

    Gives the child's process id.
    Raises `StoreUnavailable` when it does not get ready in 90 s or ends before that.
    """
    child = subprocess.Popen(  # noqa: S603 - our own interpreter, our own arguments
        [sys.executable, "-m", "telecare", *arguments],
        env=os.environ | settings.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(settings, services, child)
        yield child.pid
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(LEAVE_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _wait_until_ready(
    settings: Settings, services: Sequence[str], child: subprocess.Popen[bytes]
) -> None:
    waited = stopwatch()
    while not all(health_of(settings.data_dir, service).working for service in services):
        if child.poll() is not None:
            raise StoreUnavailable(
                f"The installation in {settings.data_dir} did not start; its log above says why."
            )
        if waited() > START_SECONDS:
            raise StoreUnavailable(
                f"The installation in {settings.data_dir} was not ready in {START_SECONDS:.0f} "
                "seconds; ask `telecare doctor`."
            )
        sleep_real(0.1)

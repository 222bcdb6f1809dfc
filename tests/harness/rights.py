"""What a device may say and hear, as one table, and real doors to ask it of."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from telecare.clock import sleep_real, stopwatch
from tests.harness.mqtt import PATIENCE, MqttClient

OWN = "telecare/v1/oak/hub-7/"
SAYINGS = [
    ("own alarm", OWN + "up/alarm", True),
    ("own, downward", OWN + "down/receipt", False),
    ("other device", "telecare/v1/oak/hub-8/up/alarm", False),
    ("other device whose name begins the same", "telecare/v1/oak/hub-70/up/alarm", False),
    ("other organisation", "telecare/v1/elm/hub-7/up/alarm", False),
    ("wildcard of one level", "telecare/v1/oak/+/up/alarm", False),
    ("wildcard of all levels", OWN + "up/#", False),
    ("above its own", "telecare/v1/oak/hub-7", False),
    ("a maker's topic", "zigbee2mqtt/bridge/state", False),
    ("$SYS", "$SYS/telecare/clients", False),
]
"""Cell of the matrix, topic that oak's hub-7 publishes to, whether it arrives."""
HEARINGS = [
    ("own", OWN + "down/#", OWN + "down/command", True),
    ("own, one topic", OWN + "down/receipt", OWN + "down/receipt", True),
    ("own, upward", OWN + "up/#", OWN + "up/alarm", False),
    ("other device", "telecare/v1/oak/hub-8/down/#", "telecare/v1/oak/hub-8/down/command", False),
    ("other organisation", "telecare/v1/elm/hub-7/down/#", "telecare/v1/elm/hub-7/down/x", False),
    ("wildcard device", "telecare/v1/oak/+/down/#", "telecare/v1/oak/hub-8/down/x", False),
    ("wildcard organisation", "telecare/v1/+/hub-7/down/#", "telecare/v1/elm/hub-7/down/x", False),
    ("everything, downward", "#", "telecare/v1/oak/hub-8/down/command", False),
    ("everything, upward", "#", "telecare/v1/oak/hub-8/up/alarm", False),
    ("shared", "$share/all/telecare/v1/oak/+/down/#", "telecare/v1/oak/hub-8/down/x", False),
    ("$SYS", "$SYS/#", "", False),
]
"""Cell, filter that oak's hub-7 asks for, topic somebody publishes to, whether hub-7 hears it."""
MARK = OWN + "down/mark"
WATCHER, WATCHERS_PASSWORD = "watcher", "sees and says everything, in this test only"


def binary() -> str | None:
    """Debian keeps servers where not everybody looks."""
    return shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class Mosquitto:
    """A real one, on a free port of this machine."""

    def __init__(self, folder: Path, settings: str) -> None:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port: int = found.getsockname()[1]
        configuration = folder / "test.conf"
        # It gives up root's rights unless told; the exported files are for one reader only.
        configuration.write_text(
            f"listener {self.port} 127.0.0.1\nuser root\nsys_interval 1\n{settings}"
        )
        command = binary()
        assert command is not None
        self._log = (folder / "mosquitto.log").open("ab")
        self.process = subprocess.Popen(
            [command, "-c", str(configuration)], stdout=self._log, stderr=self._log
        )

    def wait_until_ready(self) -> None:
        """Fails the test if it never listens."""
        waited = stopwatch()
        while True:
            assert self.process.poll() is None, "mosquitto did not start; see mosquitto.log"
            assert waited() < PATIENCE, "mosquitto does not listen"
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                sleep_real(0.05)
            else:
                return

    def stop(self) -> None:
        """Ends it, whatever the test did."""
        self.process.terminate()
        self.process.wait(PATIENCE)
        self._log.close()


@contextmanager
def mosquitto(folder: Path, settings: str) -> Iterator[Mosquitto]:
    broker = Mosquitto(folder, settings)
    try:
        broker.wait_until_ready()
        yield broker
    finally:
        broker.stop()


def arrives(port: int, version: int, password: str, topic: str) -> tuple[bool, int | None]:
    """Whether what hub-7 publishes arrives with a watcher, and what hub-7 was answered."""
    with MqttClient(port, version=version) as watcher, MqttClient(port, version=version) as hub:
        assert watcher.connect(WATCHER, WATCHERS_PASSWORD, client_id=WATCHER) == 0
        for everything in ("#", "$SYS/telecare/#"):
            assert watcher.subscribe(everything) < 0x80
        assert hub.connect("oak.hub-7", password, client_id="hub-7") == 0
        answer = hub.publish(topic, b"{}")
        with MqttClient(port, version=version) as marker:
            assert marker.connect(WATCHER + "-2", WATCHERS_PASSWORD, client_id="marker") == 0
            assert marker.publish(MARK, b"") == 0
        heard = list(iter(lambda: watcher.delivered()[0], MARK))
    return topic in heard, answer


def is_heard(port: int, version: int, password: str, wanted: str, topic: str) -> bool:
    """Whether hub-7, which asks for `wanted`, is given anything but the mark meant for it."""
    with MqttClient(port, version=version) as hub, MqttClient(port, version=version) as watcher:
        assert hub.connect("oak.hub-7", password, client_id="hub-7") == 0
        assert hub.subscribe(MARK) < 0x80
        hub.subscribe(wanted)
        assert watcher.connect(WATCHER, WATCHERS_PASSWORD, client_id=WATCHER) == 0
        if topic:
            # 16: nobody at all had asked for it, which is a success, too.
            assert watcher.publish(topic, b"{}") in (0, 16)
        assert watcher.publish(MARK, b"") == 0
        return list(iter(lambda: hub.delivered()[0], MARK)) != []

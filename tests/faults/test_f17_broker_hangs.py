"""F17, of brokers: the connection stands and nobody is at its other end."""

from __future__ import annotations

import signal
from pathlib import Path

from telecare.clock import HandClock
from telecare.settings import Settings
from tests.harness.door import world_of
from tests.harness.ear import county, ear
from tests.harness.mosquitto import mosquitto
from tests.harness.mqtt import MqttClient
from tests.harness.waiting import until


def test_it_is_noticed_told_and_ends_with_what_was_said_meanwhile(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    settings = sqlite_settings
    with (
        world_of(settings, clock) as world,
        mosquitto(tmp_path / "broker") as broker,
        MqttClient(broker.port) as hub,
        ear(
            settings, clock, county(broker.port, keepalive_seconds=1), now=clock.monotonic
        ) as listening,
    ):  # fmt: skip
        listening.until_listening()
        assert hub.connect("", "", client_id="hub-7") == 0
        broker.send(signal.SIGSTOP)
        listening.until_away()
        clock.forward(seconds=61)
        until(lambda: [each.type for each in world.signals()] == ["broker"])
        broker.send(signal.SIGCONT)
        press = b'{"id": "a-1", "type": "pendant"}'
        assert hub.publish("telecare/v1/oak/hub-7/up/alarm", press) == 0
        until(lambda: "pendant" in {each.type for each in world.signals()})

"""F38: the register neither answers nor fails: who was known comes in, and nothing else waits."""

from __future__ import annotations

import threading

import pytest

from telecare.clock import RealClock
from telecare.register import Register
from telecare.settings import Settings
from tests.harness.door import open_door, until, world_of
from tests.harness.mqtt import MqttClient, connect

PRESS = b'{"id": "p-%d", "type": "pendant"}'


def test_known_hubs_come_in_press_and_are_missed(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, asked, plain = threading.Event(), threading.Event(), Register.version

    def version(register: Register) -> int:
        asked.set()
        answer.wait()
        return plain(register)

    with world_of(sqlite_settings, RealClock()) as world:
        hub = world.hub("hub-7")
        with (
            open_door(sqlite_settings, RealClock()) as door,
            MqttClient(door.port) as first,
            MqttClient(door.port) as silent,
        ):
            assert first.connect(hub.username, hub.password) == 0
            monkeypatch.setattr(Register, "version", version)
            try:
                asked.wait()
                silent.send(connect(hub.username, hub.password, client_id="silent", keepalive=1))
                assert silent.read() is not None
                for number in range(12):
                    with MqttClient(door.port) as client:
                        known = client.connect(hub.username, hub.password, client_id=f"c{number}")
                        assert known == 0
                        up = "telecare/v1/oak/hub-7/up/alarm"
                        assert client.publish(up, PRESS % number) == 0
                assert silent.read() is None, "its silence is noticed all the same"
            finally:
                answer.set()
        until(lambda: len(world.signals()) == 12)

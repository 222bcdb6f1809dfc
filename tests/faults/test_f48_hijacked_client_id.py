"""F48: one device connects with the client id of another."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from telecare.clock import RealClock
from telecare.settings import Settings
from tests.harness.door import open_door, world_of
from tests.harness.mqtt import MqttClient
from tests.harness.waiting import until


def test_of_one_client_only_the_newest_connection_stays_however_often_it_came(
    sqlite_settings: Settings,
) -> None:
    with (
        world_of(sqlite_settings, RealClock()) as world,
        open_door(sqlite_settings, RealClock()) as door,
        ExitStack() as lines,
    ):
        hub = world.hub("hub-7")
        for _ in range(4):
            line = lines.enter_context(MqttClient(door.port, version=5))
            assert line.connect(hub.username, hub.password, client_id="hub-7") == 0
            assert line.ping()
            until(lambda: door.endpoint.connected == 1)


@pytest.mark.parametrize("version", [4, 5])
def test_the_victim_does_not_notice(sqlite_settings: Settings, version: int) -> None:
    with world_of(sqlite_settings, RealClock()) as world:
        victim, thief = world.hub("hub-7"), world.hub("hub-8")
        with (
            open_door(sqlite_settings, RealClock()) as door,
            MqttClient(door.port, version=version) as first,
            MqttClient(door.port, version=version) as second,
        ):
            assert first.connect(victim.username, victim.password, client_id="hub-7") == 0
            assert second.connect(thief.username, thief.password, client_id="hub-7") == 0
            assert first.ping()
            press = b'{"id": "p-1", "type": "pendant"}'
            assert first.publish("telecare/v1/oak/hub-7/up/alarm", press) == 0
            refused = second.publish("telecare/v1/oak/hub-7/up/alarm", press)
            assert refused == {4: None, 5: 135}[version]
        assert [reading.device for reading in world.readings()] == ["hub-7"]

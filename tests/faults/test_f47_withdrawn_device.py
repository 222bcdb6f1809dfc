"""F47: a device's access is withdrawn while it is connected."""

from __future__ import annotations

from telecare.clock import RealClock
from telecare.settings import Settings
from tests.harness.door import open_door, world_of
from tests.harness.mqtt import MqttClient


def test_its_live_session_ends_and_it_does_not_come_in_again(settings: Settings) -> None:
    with world_of(settings, RealClock()) as world:
        hub, other = world.hub("hub-7"), world.hub("hub-8")
        with (
            open_door(settings, RealClock()) as door,
            MqttClient(door.port, version=5) as live,
            MqttClient(door.port, version=5) as neighbour,
        ):
            assert live.connect(hub.username, hub.password) == 0
            assert neighbour.connect(other.username, other.password) == 0
            world.register.devices.revoke("oak", "hub-7")
            assert live.disconnect_reason() == 135
            with MqttClient(door.port, version=5) as again:
                assert again.connect(hub.username, hub.password) == 135
            with MqttClient(door.port) as again:
                assert again.connect(hub.username, hub.password) == 5
            assert neighbour.ping()

"""F11: a device asks that its press be kept, and says it again at every start.

We are no broker: what comes over our own door is said just now, so a press is a press, and its
`id` tells a replay. What a broker of others kept is no alarm: tests/flows/test_broker_source.py.
"""

from __future__ import annotations

from telecare.clock import RealClock
from telecare.settings import Settings
from tests.harness.door import open_door, world_of
from tests.harness.mqtt import MqttClient

PRESS = b'{"id": "p-1", "type": "pendant"}'
UP = "telecare/v1/oak/hub-7/up/"


def test_a_retained_press_is_heard_once_however_often_it_is_replayed(
    sqlite_settings: Settings,
) -> None:
    with world_of(sqlite_settings, RealClock()) as world:
        hub = world.hub("hub-7")
        for _ in range(3):  # the gateway is restarted each time
            with (
                open_door(sqlite_settings, RealClock()) as door,
                MqttClient(door.port) as client,
            ):
                assert client.connect(hub.username, hub.password) == 0
                assert client.publish(UP + "alarm", PRESS, retain=True) == 0
                assert client.publish(UP + "status", b'{"id": "s-1"}', retain=True) == 0
        assert [signal.type for signal in world.signals()] == ["pendant"]
        assert [reading.kind for reading in world.readings()] == ["alarm", "status"]
        assert world.quarantine() == []

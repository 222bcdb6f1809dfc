"""F11: a retained event is replayed, by a device or by a broker behind it."""

from __future__ import annotations

from telecare.clock import RealClock
from telecare.settings import Settings
from telecare.vocabulary import QuarantineReason
from tests.harness.door import open_door, world_of
from tests.harness.mqtt import MqttClient

PRESS = b'{"id": "p-1", "type": "pendant"}'
UP = "telecare/v1/oak/hub-7/up/"


def test_it_is_counted_at_every_replay_and_never_an_alarm(sqlite_settings: Settings) -> None:
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
        assert world.signals() == []
        assert [reading.kind for reading in world.readings()] == ["status"]
        (row,) = world.quarantine()
        assert (row.reason, row.times) == (QuarantineReason.RETAINED_EVENT, 3)

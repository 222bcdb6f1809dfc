"""F01: the gateway is killed between receiving a message and committing it."""

from __future__ import annotations

from telecare.clock import RealClock
from telecare.settings import Settings
from tests.harness.door import gateway_process, world_of
from tests.harness.mqtt import MqttClient

PRESS = b'{"id": "p-1", "type": "pendant"}'
TOPIC = "telecare/v1/oak/hub-7/up/alarm"


def test_the_device_sends_again_and_it_is_one_reading_with_one_receipt(settings: Settings) -> None:
    with world_of(settings, RealClock()) as world:
        hub = world.hub("hub-7")
        with (
            gateway_process(settings, crash_at="before_commit") as dying,
            MqttClient(settings.mqtt_port) as client,
        ):
            assert client.connect(hub.username, hub.password) == 0
            assert client.publish(TOPIC, PRESS) is None, "no PUBACK: the device must not forget"
            assert dying.until_dead() == 9
        assert world.records() == []
        with gateway_process(settings), MqttClient(settings.mqtt_port) as client:
            assert client.connect(hub.username, hub.password) == 0
            assert client.subscribe("telecare/v1/oak/hub-7/down/receipt", qos=0) == 0
            assert client.publish(TOPIC, PRESS) == 0
            _, receipt = client.delivered()
            assert b'"duplicate":false' in receipt
        assert [reading.id for reading in world.readings()] == ["p-1"]
        assert len(world.signals()) == 1

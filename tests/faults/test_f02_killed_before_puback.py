"""F02: the gateway is killed between the commit and the acknowledgement."""

from __future__ import annotations

from telecare.clock import RealClock
from telecare.settings import Settings
from tests.harness.door import gateway_process, world_of
from tests.harness.mqtt import MqttClient

PRESS = b'{"id": "p-1", "type": "pendant"}'
TOPIC = "telecare/v1/oak/hub-7/up/alarm"


def test_the_repeat_is_absorbed_and_the_receipt_sent_again(settings: Settings) -> None:
    with world_of(settings, RealClock()) as world:
        hub = world.hub("hub-7")
        with (
            gateway_process(settings, crash_at="after_commit") as dying,
            MqttClient(settings.mqtt_port) as client,
        ):
            assert client.connect(hub.username, hub.password) == 0
            assert client.publish(TOPIC, PRESS) is None
            assert dying.until_dead() == 9
        assert len(world.signals()) == 1, "safe, although nobody was told"
        with gateway_process(settings), MqttClient(settings.mqtt_port) as client:
            assert client.connect(hub.username, hub.password) == 0
            assert client.subscribe("telecare/v1/oak/hub-7/down/receipt", qos=0) == 0
            assert client.publish(TOPIC, PRESS) == 0
            _, receipt = client.delivered()
            assert b'"duplicate":true' in receipt
        assert [reading.id for reading in world.readings()] == ["p-1"]
        assert len(world.signals()) == 1

"""F03: the broker dies with messages in its queue."""

from __future__ import annotations

from pathlib import Path

import msgspec

from telecare.clock import HandClock
from telecare.settings import Settings
from telecare.vocabulary import SignalKind
from tests.harness.door import world_of
from tests.harness.ear import county, ear
from tests.harness.mosquitto import KEEPS, OPEN, mosquitto
from tests.harness.mqtt import MqttClient
from tests.harness.waiting import until

UP, DOWN = "telecare/v1/oak/hub-7/up/alarm", "telecare/v1/oak/hub-7/down/receipt"


def press(number: int) -> bytes:
    return b'{"id": "a-%d", "type": "pendant"}' % number


def test_what_it_kept_on_disk_is_delivered_and_nothing_twice(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    with (
        world_of(sqlite_settings, clock) as world,
        mosquitto(tmp_path / "broker", OPEN + KEEPS) as broker,
    ):
        world.hub("hub-7")
        with ear(sqlite_settings, clock, county(broker.port)) as listening:
            listening.until_listening()
        with MqttClient(broker.port, version=5) as hub:
            assert hub.connect("", "", client_id="hub-7") == 0
            for number in range(100):
                assert hub.publish(UP, press(number)) == 0
        kept = tmp_path / "broker" / "mosquitto.db"
        until(lambda: kept.exists() and b'"a-99"' in kept.read_bytes())
        broker.kill()
        broker.again()
        with ear(sqlite_settings, clock, county(broker.port)):
            until(lambda: len(world.readings()) == 100)
        assert sorted(each.id for each in world.readings()) == sorted(
            f"a-{number}" for number in range(100)
        )
        assert len(world.signals()) == 100


def test_without_its_disk_the_device_repeats_until_its_receipt_and_people_are_told(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    with world_of(sqlite_settings, clock) as world, mosquitto(tmp_path / "broker") as broker:
        world.hub("hub-7")
        with ear(sqlite_settings, clock, county(broker.port)) as listening:
            listening.until_listening()
            broker.kill()
            listening.until_away()
            broker.again()
            with MqttClient(broker.port) as hub:
                assert hub.connect("", "", client_id="hub-7") == 0
                assert hub.subscribe(DOWN) < 0x80
                listening.until_listening()
                assert hub.publish(UP, press(1)) == 0
                topic, body = hub.delivered()
            assert (topic, msgspec.json.decode(body)["id"]) == (DOWN, "a-1")
            until(lambda: len(world.signals()) == 2)
        told = {each.type: each for each in world.signals()}
        assert told["broker_session_lost"].kind is SignalKind.EQUIPMENT
        assert "lost the session" in told["broker_session_lost"].why
        assert told["pendant"].device == "hub-7"

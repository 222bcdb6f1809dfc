"""F10: two gateways, or a stranger, under one client id."""

from __future__ import annotations

from pathlib import Path

import pytest

from telecare.clock import HandClock
from telecare.settings import Settings
from tests.harness.door import world_of
from tests.harness.ear import county, ear
from tests.harness.mosquitto import OPEN, mosquitto
from tests.harness.mqtt import MqttClient
from tests.harness.waiting import until

UP = "telecare/v1/oak/hub-7/up/alarm"


def test_a_second_gateway_of_the_installation_stands_by_and_takes_over(
    settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    with world_of(settings, clock) as world, mosquitto(tmp_path / "broker", OPEN) as broker:
        world.hub("hub-7")
        asked = county(broker.port)
        with ear(settings, clock, asked) as first:
            first.until_listening()
            with ear(settings, clock, asked, lane="gateway-2") as second:
                until(lambda: second.turns_missed >= 3)
                assert second.source.attempts == 0, "two would throw each other out for ever"
                assert first.source.attempts == 2
                with MqttClient(broker.port) as hub:
                    assert hub.connect("", "", client_id="hub-7") == 0
                    assert hub.publish(UP, b'{"id": "a-1", "type": "pendant"}') == 0
                until(lambda: len(world.readings()) == 1)
                first.leave()
                second.until_listening()


@pytest.mark.parametrize("version", [4, 5], ids=["3.1.1", "5"])
def test_a_stranger_with_our_client_id_is_noticed(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path, version: int
) -> None:
    settings = sqlite_settings
    with (
        world_of(settings, clock) as world,
        mosquitto(tmp_path / "broker", OPEN) as broker,
        ear(settings, clock, county(broker.port, version=version)) as listening,
    ):
        for _ in range(5):
            listening.until_listening()
            with MqttClient(broker.port) as stranger:
                assert stranger.connect("", "", client_id="telecare-county") == 0
                listening.until_away()
        until(lambda: "broker_taken_over" in {each.type for each in world.signals()})

"""F04: the broker is down for half an hour."""

from __future__ import annotations

from pathlib import Path

from telecare.clock import HandClock
from telecare.settings import Settings
from telecare.vocabulary import PLATFORM_HOME, SignalKind
from tests.harness.door import world_of
from tests.harness.ear import county, ear
from tests.harness.mosquitto import KEEPS, OPEN, mosquitto
from tests.harness.mqtt import MqttClient
from tests.harness.waiting import until


def test_people_know_within_two_minutes_and_nothing_is_lost(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    settings = sqlite_settings
    with (
        world_of(settings, clock) as world,
        mosquitto(tmp_path / "broker", OPEN + KEEPS) as broker,
        ear(settings, clock, county(broker.port), now=clock.monotonic) as listening,
    ):
        world.hub("hub-7")
        listening.until_listening()
        broker.stop()
        listening.until_away()
        clock.forward(seconds=59)
        assert world.signals() == []
        clock.forward(seconds=2)
        until(lambda: len(world.signals()) == 1)
        (down,) = world.signals()
        assert (down.kind, down.home) == (SignalKind.SERVICE_DOWN, PLATFORM_HOME)
        assert "county is out of reach" in down.why
        clock.forward(minutes=16)
        until(lambda: len(world.signals()) == 2)
        clock.forward(minutes=13)
        broker.again()
        with MqttClient(broker.port) as hub:
            assert hub.connect("", "", client_id="hub-7") == 0
            press = b'{"id": "a-1", "type": "pendant"}'
            assert hub.publish("telecare/v1/oak/hub-7/up/alarm", press) == 0
        until(lambda: len(world.signals()) == 4)
        assert {each.kind for each in world.signals()[2:]} == {
            SignalKind.SERVICE_BACK, SignalKind.ALARM,
        }  # fmt: skip

"""F07: the broker's queue for us runs over, and it throws the newest away, with a PUBACK."""

from __future__ import annotations

from pathlib import Path

from telecare.clock import HandClock
from telecare.settings import Settings
from telecare.vocabulary import PLATFORM_HOME, SignalKind
from tests.harness.door import until, world_of
from tests.harness.ear import county, ear
from tests.harness.mosquitto import OPEN, ROOM, mosquitto
from tests.harness.mqtt import MqttClient

LIMIT, SENT = 50, 80
MANY = 1200
"""More than Mosquitto keeps unless it is told to."""


def test_the_loss_is_a_job_for_the_technicians(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    settings = sqlite_settings
    limits = f"max_queued_messages {LIMIT}\nmax_inflight_messages 10\n"
    with (
        world_of(settings, clock) as world,
        mosquitto(tmp_path / "broker", OPEN + limits) as broker,
    ):
        asked = county(broker.port, version=4)
        with ear(settings, clock, asked) as listening:
            listening.until_listening()
        with MqttClient(broker.port, version=5) as hub:
            assert hub.connect("", "", client_id="hub-7") == 0
            for number in range(SENT):
                body = b'{"id": "r-%d", "type": "motion"}' % number
                assert hub.publish("telecare/v1/oak/hub-7/up/reading", body) == 0
        with ear(settings, clock, asked):
            until(lambda: bool(world.signals()))
        assert len(world.readings()) < SENT
        (told,) = world.signals()
    assert (told.kind, told.type) == (SignalKind.EQUIPMENT, "broker_dropped")
    assert (told.home, told.org) == (PLATFORM_HOME, "oak")
    assert "threw away" in told.why


def test_with_the_limits_we_advise_nothing_is_thrown_away(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    settings = sqlite_settings
    with (
        world_of(settings, clock) as world,
        mosquitto(tmp_path / "broker", OPEN + ROOM) as broker,
    ):
        with ear(settings, clock, county(broker.port)) as listening:
            listening.until_listening()
        with MqttClient(broker.port, version=5) as hub:
            assert hub.connect("", "", client_id="hub-7") == 0
            for number in range(MANY):
                body = b'{"id": "r-%d", "type": "motion"}' % number
                assert hub.publish("telecare/v1/oak/hub-7/up/reading", body) == 0
        with ear(settings, clock, county(broker.port)) as listening:
            until(lambda: listening.service.figures["stored"] == MANY)
        assert world.signals() == []

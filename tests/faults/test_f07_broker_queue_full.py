"""F07: the broker's queue for us runs over, and it throws the newest away, with a PUBACK."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec

from detectors.device_trouble import GAP_WAITS, DeviceTrouble
from responder.devices.asking_again import AskingAgain
from responder.devices.roll_call import RollCall
from responder.store import Works
from simulators.devices import Hub, Order
from simulators.homes import make_home
from simulators.residents import firing
from telecare.clock import HandClock
from telecare.register.orders import CommandState
from telecare.settings import Settings
from telecare.store.lane import LaneReader, LaneWriter
from telecare.store.migrate import open_database
from telecare.vocabulary import PLATFORM_HOME, SignalKind
from tests.harness.diary import Diary, tell, watched
from tests.harness.door import World, world_of
from tests.harness.ear import county, ear
from tests.harness.mosquitto import OPEN, ROOM, mosquitto
from tests.harness.mqtt import MqttClient
from tests.harness.waiting import until

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


def test_what_was_thrown_away_is_noticed_by_its_numbers_and_asked_for_again(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    settings, home = sqlite_settings, make_home(1, 1)
    limits = f"max_queued_messages {LIMIT}\nmax_inflight_messages 10\n"
    hub = Hub(1, heartbeat_s=None)
    begun = clock.now() - timedelta(seconds=SENT)
    for number in range(SENT):
        hub.happened(firing(home, "motion-kitchen", begun + timedelta(seconds=number)))
    with (
        world_of(settings, clock) as world,
        mosquitto(tmp_path / "broker", OPEN + limits) as broker,
        MqttClient(broker.port) as line,
    ):
        world.hub("hub-7")
        asked = county(broker.port, version=4)
        with ear(settings, clock, asked) as listening:
            listening.until_listening()
        assert line.connect("", "", client_id="hub-7") == 0
        assert line.subscribe("telecare/v1/oak/hub-7/down/command") == 1

        def speak() -> None:
            for message in hub.next_readings(SENT):
                assert (
                    line.publish(f"telecare/v1/oak/hub-7/up/{message.kind}", message.payload) == 0
                )
                hub.acknowledged(message.id)

        speak()
        with ear(settings, clock, asked):
            until(lambda: len(world.readings()) >= LIMIT)  # its queue has room again
            hub.happened(firing(home, "motion-lounge", clock.now()))
            speak()
            # It keeps their order: with the last of them everything it had is here.
            until(lambda: "motion-lounge" in {each.sensor for each in world.readings()})
            assert len(world.readings()) <= SENT, "each had its PUBACK"
            ask_for_what_is_missing(world, clock)
            order = msgspec.json.decode(line.delivered()[1], type=Order)
            hub.told(order, clock.now())
            speak()
            until(lambda: len(world.readings()) == SENT + 2)
        ids = [each.id for each in world.readings()]
        assert len(set(ids)) == SENT + 2, "all of them, each once, and the answer"
        own, gateway = (open_database(settings, each) for each in ("responder", "gateway"))
        RollCall(Works(own), world.register, LaneReader(gateway), clock).step()
        (command,) = world.register.orders.commands("oak", "hub-7")
        assert command.state is CommandState.DONE
        for each in (own, gateway):
            each.close()


def ask_for_what_is_missing(world: World, clock: HandClock) -> None:
    """The detectors notice the gap when it has lasted, and the responder asks, once."""
    profile = Diary("home-hub-7", "hub-7", "oak").profile()
    watching = watched(DeviceTrouble(profile), profile)
    tell(watching, world.readings())
    clock.forward(seconds=GAP_WAITS.total_seconds() + 60)
    (gap,) = watching.tick(clock.now())
    own, detectors = (open_database(world.settings, each) for each in ("responder", "detectors"))
    with detectors.begin() as connection:
        LaneWriter("detectors-1").append(connection, [gap])
    assert [
        AskingAgain(Works(own), world.register, LaneReader(detectors), clock).step()
        for _ in range(2)
    ] == [1, 0]
    for each in (own, detectors):
        each.close()

"""Homes behind somebody else's broker: what they say is safe first and acknowledged second."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from paho.mqtt.client import MQTTMessage

from gateway.brokers import Listen
from gateway.intake import Intake
from gateway.safekeeping import Offered, Settled
from gateway.service import Service
from gateway.sources.mqtt_broker.conversation import Conversation
from gateway.store import GatewayStore
from telecare.authority import own_tls
from telecare.broker_files import hashed
from telecare.clock import HandClock
from telecare.errors import StoreUnavailable
from telecare.register.devices import Device
from telecare.settings import Settings
from telecare.store.inbox import InboxReader, UnknownDevice
from telecare.store.migrate import open_database
from telecare.vocabulary import QuarantineReason, ReadingKind
from tests.harness.door import World, world_of
from tests.harness.ear import OAK, county, ear
from tests.harness.mosquitto import OPEN, ROOM, Mosquitto, mosquitto
from tests.harness.mqtt import MqttClient, publish
from tests.harness.waiting import until

UP = "telecare/v1/oak/hub-7/up/"
PRESS = b'{"id": "a-1", "type": "pendant"}'
KEPT = 6000


@pytest.fixture
def world(sqlite_settings: Settings, clock: HandClock) -> Iterator[World]:
    with world_of(sqlite_settings, clock) as made:
        made.hub("hub-7")
        yield made


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path / "broker", OPEN) as running:
        yield running


def say(port: int, topic: str, payload: bytes, *, retain: bool = False) -> None:
    with MqttClient(port) as device:
        assert device.connect("", "", client_id="device") == 0
        assert device.publish(topic, payload, retain=retain) == 0


def inbox(world: World) -> list[UnknownDevice]:
    database = open_database(world.settings, "gateway")
    try:
        return InboxReader(database).newest("oak")
    finally:
        database.close()


class Wedged:
    """A store whose disk takes nothing, until the process is killed."""

    def __init__(self, store: GatewayStore, reached: threading.Event) -> None:
        self._store = store
        self._reached = reached

    def commit(self, intakes: Sequence[Intake]) -> list[bool]:
        self._reached.set()
        raise StoreUnavailable

    def probe(self) -> None:
        self._store.probe()

    def tidy(self) -> bool:
        return self._store.tidy()


def heard_after_a_death(world: World, broker: Mosquitto) -> int:
    """Readings in the end, when the first gateway dies between a press and its commit."""
    reached = threading.Event()
    with ear(
        world.settings,
        world.clock,
        county(broker.port),
        keeper=lambda store: Wedged(store, reached),
    ) as listening:
        listening.until_listening()
        say(broker.port, UP + "alarm", PRESS)
        assert reached.wait(20)
    with ear(world.settings, world.clock, county(broker.port)) as listening:
        listening.until_listening()
        say(broker.port, UP + "reading", b'{"id": "r-1", "type": "motion"}')
        until(lambda: "r-1" in {each.id for each in world.readings()})
    return len(world.readings())


def test_killed_before_the_commit_it_comes_again_and_is_one_reading(
    world: World, broker: Mosquitto
) -> None:
    assert heard_after_a_death(world, broker) == 2
    assert [each.type for each in world.signals()] == ["pendant"]


def test_acknowledging_before_the_commit_would_be_noticed(
    world: World, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    right: Callable[[Conversation, MQTTMessage], None] = Conversation.heard

    def hasty(talk: Conversation, message: MQTTMessage) -> None:
        right(talk, message)
        talk.connection.acknowledge_soon(message.mid)
        talk.connection._loop.call_soon(talk.connection._write_on)

    monkeypatch.setattr(Conversation, "heard", hasty)
    assert heard_after_a_death(world, broker) == 1


def test_a_late_commit_acknowledges_nothing_over_the_next_connection(
    world: World, broker: Mosquitto
) -> None:
    """The broker counts from one again: the old number would be another message's."""
    late: list[tuple[Conversation, Sequence[Settled]]] = []
    right = Conversation.settled

    class Holding(Service):
        def _tell(self, batch: Sequence[Offered], settled: Sequence[Settled]) -> None:
            if isinstance(batch[0].sender, Conversation):
                late.append((batch[0].sender, settled))

    with ear(world.settings, world.clock, county(broker.port), service_class=Holding) as listening:
        listening.until_listening()
        say(broker.port, UP + "alarm", PRESS)
        until(lambda: bool(late))
        first, settled = late.pop()
        broker.kill()
        listening.until_away()
        broker.again()
        listening.until_listening()
        say(broker.port, UP + "alarm", PRESS.replace(b"a-1", b"a-2"))
        until(lambda: bool(late))
        listening.call(lambda: right(first, settled))
    with ear(world.settings, world.clock, county(broker.port)) as listening:
        until(lambda: listening.service.figures["duplicates"] == 1)


# paho leaves a socket whose handshake failed to the garbage collector, which says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("version", [4, 5], ids=["3.1.1", "5"])
def test_over_tls_with_a_password_and_never_with_another_authority(
    world: World, tmp_path: Path, version: int
) -> None:
    tls, others = own_tls(tmp_path / "ours"), own_tls(tmp_path / "others")
    listener = f"certfile {tls.certificate}\nkeyfile {tls.key}\n"
    (tmp_path / "passwords").write_text("telecare:" + hashed("long").line + "\n")
    (tmp_path / "ours.password").write_text("long\n")
    settings = f"password_file {tmp_path / 'passwords'}\n"
    with mosquitto(tmp_path / "broker", settings, listener=listener) as broker:
        terms = {
            "version": version, "tls": True, "username": "telecare",
            "password_file": tmp_path / "ours.password",
        }  # fmt: skip
        stranger = county(broker.port, ca_file=others.authority, **terms)
        with ear(world.settings, world.clock, stranger) as listening:
            until(lambda: listening.source.attempts >= 2)
            assert not listening.source.is_listening
        known = county(broker.port, ca_file=tls.authority, **terms)
        with ear(world.settings, world.clock, known) as listening:
            listening.until_listening()


def test_what_a_broker_kept_is_how_things_stood_and_never_an_alarm(
    world: World, broker: Mosquitto
) -> None:
    setting = {"bridge": {"dialects": ["zigbee2mqtt"]}}
    world.register.devices.add(
        Device(org="oak", device="bridge-9", home="home-hub-7", settings=setting)
    )
    below = "farm/zigbee2mqtt/"
    listen = Listen(below + "#", "zigbee2mqtt", below, device="bridge-9")
    say(broker.port, below + "hall", b'{"smoke": true}', retain=True)
    say(broker.port, below + "hall/availability", b"online", retain=True)
    say(broker.port, UP + "alarm", PRESS, retain=True)
    with ear(world.settings, world.clock, county(broker.port, OAK, listen)) as listening:
        listening.until_listening()
        say(broker.port, below + "hall", b'{"smoke": true}')
        until(lambda: any(each.explicit for each in world.signals()))
        until(lambda: len(world.quarantine()) == 2)
    assert [each.type for each in world.signals() if each.explicit] == ["smoke"]
    assert {each.reason for each in world.quarantine()} == {QuarantineReason.RETAINED_EVENT}
    assert ReadingKind.STATUS in {each.kind for each in world.readings()}


def test_behind_thousands_of_retained_messages_the_live_press_is_heard_and_no_other(
    world: World, tmp_path: Path
) -> None:
    """Each sensor of a county has its last word kept, and some makers keep presses, too."""
    with mosquitto(tmp_path / "broker", OPEN + ROOM) as broker:
        with MqttClient(broker.port) as device:
            assert device.connect("", "", client_id="device") == 0
            for number in range(KEPT):
                kind = ("alarm", "reading", "status")[number % 3]
                topic = f"telecare/v1/oak/sensor-{number}/up/{kind}"
                body = b'{"id": "old-%d", "type": "pendant"}' % number
                device.send(publish(topic, body, qos=0, retain=True))
            assert device.ping()
        with ear(world.settings, world.clock, county(broker.port)) as listening:
            listening.until_listening()
            say(broker.port, UP + "alarm", PRESS)
            until(lambda: any(each.explicit for each in world.signals()))
        heard = [each.device for each in world.signals() if each.explicit]
        assert heard == ["hub-7"]


def test_strangers_are_shown_and_the_withdrawn_only_when_they_press(
    world: World, broker: Mosquitto
) -> None:
    world.register.devices.revoke("oak", "hub-7")
    with ear(world.settings, world.clock, county(broker.port)) as listening:
        listening.until_listening()
        say(broker.port, UP + "reading", b'{"id": "r-1", "type": "motion"}')
        say(broker.port, UP + "alarm", PRESS)
        say(broker.port, "telecare/v1/oak/hub-99/up/alarm", PRESS)
        until(lambda: len(world.signals()) == 2)
        until(lambda: [each.id for each in inbox(world)] == ["hub-99"])
    withdrawn, stranger = world.signals()
    assert "whose access was withdrawn" in withdrawn.why
    assert (stranger.home, stranger.org) == ("unknown-home", "oak")
    assert len(world.readings()) == 2


def test_too_large_and_not_text_is_set_aside_and_the_rest_goes_on(
    world: World, broker: Mosquitto
) -> None:
    with ear(world.settings, world.clock, county(broker.port)) as listening:
        listening.until_listening()
        say(broker.port, UP + "alarm", b"\xff" * 300_000)
        say(broker.port, UP + "alarm", PRESS)
        until(lambda: bool(world.readings()))
    (kept,) = world.quarantine()
    assert (kept.reason, kept.size) == (QuarantineReason.TOO_LARGE, 300_000)


def test_while_it_is_full_it_reads_no_more_and_loses_nothing(
    world: World, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """QoS 0 knows no acknowledgement: only by not reading on is a flood held back."""
    monkeypatch.setattr("gateway.service.QUEUE_LIMIT", 20)
    with (
        ear(world.settings, world.clock, county(broker.port)) as listening,
        MqttClient(broker.port) as hub,
    ):
        listening.until_listening()
        assert hub.connect("", "", client_id="hub-7") == 0
        flood = [
            publish(UP + "reading", b'{"id": "r-%d", "type": "motion"}' % number, qos=0)
            for number in range(500)
        ]
        hub.send(b"".join(flood))
        until(lambda: listening.service.figures["stored"] == 500)

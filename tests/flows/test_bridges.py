"""Bridges connect to our own endpoint, in their own words and on their own topics."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from gateway.sources.mqtt_endpoint.listener import MqttEndpoint
from gateway.sources.mqtt_endpoint.packets import Reason
from telecare.clock import HandClock
from telecare.register.devices import IssuedCredential
from telecare.settings import Settings
from telecare.store.inbox import InboxReader
from telecare.store.migrate import open_database
from telecare.vocabulary import ReadingKind, SignalKind
from tests.harness.door import Unplugged, World, open_door, world_of
from tests.harness.mqtt import MqttClient, publish
from tests.harness.waiting import until

BRIDGE: dict[str, Any] = {
    "dialects": ["zigbee2mqtt", "home_assistant"],
    "native_topics": True,
    "sensors": {"fridge": {"room": "kitchen", "type": "fridge"}, "button": {"alarm": "pendant"}},
}


@pytest.fixture
def world(sqlite_settings: Settings, clock: HandClock) -> Iterator[World]:
    with world_of(sqlite_settings, clock) as made:
        yield made


def bridge(world: World, setting: dict[str, Any]) -> IssuedCredential:
    credential = world.hub("hub-7")
    world.register.devices.change_settings("oak", "hub-7", lambda _: {"bridge": setting})
    return credential


def say(client: MqttClient, topic: str, payload: object, *, retain: bool = False) -> int | None:
    body = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
    return client.publish(topic, body, retain=retain)


def test_a_zigbee_bridge_on_its_native_topics(settings: Settings, clock: HandClock) -> None:
    with world_of(settings, clock) as world:
        hub = bridge(world, BRIDGE)
        with open_door(settings, clock) as door, MqttClient(door.port) as client:
            assert client.connect(hub.username, hub.password) == 0
            for payload in ({"contact": False, "battery": 90}, {"contact": False, "battery": 89}):
                assert say(client, "zigbee2mqtt/fridge", payload) == 0
            assert say(client, "zigbee2mqtt/hall/smoke", {"smoke": True}, retain=True) == 0
            assert say(client, "zigbee2mqtt/button", {"action": "single"}) == 0
            assert say(client, "telecare/v1/oak/hub-7/up/heartbeat", {"id": "h-1"}) == 0
        told = [(r.kind, r.type, r.room, r.sensor, r.value) for r in world.readings()]
        assert told == [
            (ReadingKind.READING, "fridge", "kitchen", "fridge", True),
            (ReadingKind.STATUS, "fridge", "kitchen", "fridge", True),
            (ReadingKind.ALARM, "smoke", None, "hall/smoke", True),
            (ReadingKind.ALARM, "pendant", None, "button", "single"),
            (ReadingKind.HEARTBEAT, "heartbeat", None, None, None),
        ]
        assert [each.type for each in world.signals()] == ["smoke", "pendant"]


def test_a_bridge_whose_settings_change_is_believed_until_it_comes_in_anew(
    world: World, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The TEC team takes in one of its sensors: nothing was withdrawn, and nothing gets lost."""
    hub, look = bridge(world, BRIDGE), MqttEndpoint.watch
    more = {**BRIDGE, "sensors": {**BRIDGE["sensors"], "hall": {"room": "hall"}}}
    seen = threading.Event()

    async def after_the_bridge_has_spoken(endpoint: MqttEndpoint) -> None:
        if seen.is_set():
            await look(endpoint)

    monkeypatch.setattr(MqttEndpoint, "watch", after_the_bridge_has_spoken)
    with open_door(world.settings, clock) as door, MqttClient(door.port, version=5) as client:
        assert client.connect(hub.username, hub.password) == 0
        admitted = next(iter(door.endpoint._connections)).admitted
        assert admitted is not None
        world.register.devices.change_settings("oak", "hub-7", lambda _: {"bridge": more})
        until(lambda: not door.endpoint._doorkeeper.is_welcome(admitted))
        assert say(client, "zigbee2mqtt/fridge", {"contact": False}) == 0
        assert say(client, "zigbee2mqtt/button", {"action": "single"}) == 0
        seen.set()
        assert client.disconnect_reason() == Reason.ADMINISTRATIVE_ACTION
    assert [each.type for each in world.readings()] == ["fridge", "pendant"]
    (signal,) = world.signals()
    assert "withdrawn" not in signal.why


def test_what_it_offers_goes_to_the_inbox(settings: Settings, clock: HandClock) -> None:
    offered = {"name": "Contact", "dev_cla": "door", "uniq_id": "x1", "dev": {"name": "back_door"}}
    with world_of(settings, clock) as world:
        hub = bridge(world, BRIDGE)
        with open_door(settings, clock) as door, MqttClient(door.port) as client:
            assert client.connect(hub.username, hub.password) == 0
            for _ in range(2):
                topic = "homeassistant/binary_sensor/x1/contact/config"
                assert say(client, topic, offered, retain=True) == 0
        database = open_database(settings, "gateway")
        (row,) = InboxReader(database).newest("oak")
        assert (row.device, row.id, row.name, row.type) == (
            "hub-7",
            "x1",
            "back_door Contact",
            "door",
        )
        assert row.times == 2
        assert InboxReader(database).newest("elm") == []
        database.close()


@pytest.mark.parametrize(
    "topic",
    [
        "owntracks/jane/phone",
        "telecare/v1/oak/hub-8/up/zigbee2mqtt/fridge",
        "telecare/v1/elm/hub-7/up/zigbee2mqtt/fridge",
        "$SYS/zigbee2mqtt/fridge",
    ],
)
@pytest.mark.parametrize("version", [4, 5])
def test_what_its_settings_do_not_name_is_refused(
    world: World, clock: HandClock, topic: str, version: int
) -> None:
    hub = bridge(world, BRIDGE)
    with (
        open_door(world.settings, clock) as door,
        MqttClient(door.port, version=version) as client,
    ):
        assert client.connect(hub.username, hub.password) == 0
        assert say(client, topic, {"contact": False}) == (135 if version == 5 else None)
    assert world.records() == []


def test_an_unreadable_smoke_detector_is_asked_about(world: World, clock: HandClock) -> None:
    hub = bridge(world, BRIDGE)
    with open_door(world.settings, clock) as door, MqttClient(door.port) as client:
        assert client.connect(hub.username, hub.password) == 0
        assert say(client, "zigbee2mqtt/hall", b'{"smoke": tru') == 0
        assert say(client, "zigbee2mqtt/hall", b'{"occupancy": tru') == 0
    assert [each.kind for each in world.signals()] == [
        SignalKind.UNREADABLE_ALARM,
        SignalKind.EQUIPMENT,
    ]
    assert len(world.quarantine()) == 2
    assert {row.kind for row in world.quarantine()} == {"zigbee2mqtt:hall"}


def test_it_may_listen_for_commands_of_its_own_and_hears_none(
    world: World, clock: HandClock
) -> None:
    hub = bridge(world, BRIDGE)
    with open_door(world.settings, clock) as door, MqttClient(door.port, version=5) as client:
        assert client.connect(hub.username, hub.password) == 0
        assert client.subscribe("zigbee2mqtt/#") == 1
        assert client.subscribe("owntracks/+/+/cmd") == 135
        assert client.subscribe("#") == 135
        assert say(client, "zigbee2mqtt/hall", {"contact": False}) == 0
        assert client.ping(), "and nothing came before it"


def test_its_last_will_says_that_it_is_gone(world: World, clock: HandClock) -> None:
    hub = bridge(world, {"dialects": ["tasmota"]})
    topic = "telecare/v1/oak/hub-7/up/tasmota/tele/kettle/LWT"
    with open_door(world.settings, clock) as door:
        with MqttClient(door.port) as client:
            assert client.connect(hub.username, hub.password, will=(topic, b"Offline")) == 0
            assert say(client, topic, b"Online") == 0
        until(lambda: len(world.readings()) == 2)
    there, gone = world.readings()
    assert (there.type, there.value, there.sensor) == ("availability", True, "kettle")
    assert there.is_word
    assert (gone.type, gone.value, gone.data) == ("availability", False, {"will": True})


def test_a_change_is_asked_once_however_often_its_commit_is_tried(
    world: World, clock: HandClock
) -> None:
    hub = bridge(world, BRIDGE)
    stores: list[Unplugged] = []

    def keeper(store: Any) -> Unplugged:
        stores.append(Unplugged(store))
        return stores[0]

    with open_door(world.settings, clock, keeper=keeper) as door, MqttClient(door.port) as client:
        assert client.connect(hub.username, hub.password) == 0
        stores[0].is_unplugged.set()
        body = msgspec.json.encode({"contact": False})
        client.send(publish("zigbee2mqtt/hall", body, 7))
        until(stores[0].tried.is_set)
        stores[0].tried.clear()
        until(stores[0].tried.is_set)
        stores[0].is_unplugged.clear()
        assert client.read() == (0x40, b"\x00\x07")
    (reading,) = world.readings()
    assert (reading.kind, reading.value) == (ReadingKind.READING, True)

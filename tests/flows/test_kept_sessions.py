"""What a client was promised holds over its absence, and over ours."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from telecare.clock import HandClock
from telecare.register.devices import IssuedCredential
from telecare.settings import Settings
from tests.harness.door import World, open_door, world_of
from tests.harness.mqtt import MqttClient, packet, publish
from tests.harness.waiting import until

UP, DOWN = "telecare/v1/oak/hub-7/up/", "telecare/v1/oak/hub-7/down/"
PRESS = b'{"id": "p-1", "type": "pendant"}'
PUBREC, PUBREL, PUBCOMP = 0x50, 0x62, 0x70
RELEASED = packet(PUBREL, b"\x00\x09")
MOVED = msgspec.json.encode({"occupancy": True})
"""A bridge's message: it has no id of its own, so only QoS 2 can tell a repetition."""

BOTH = pytest.mark.parametrize("version", [4, 5], ids=["mqtt-3.1.1", "mqtt-5"])


@pytest.fixture
def world(settings: Settings, clock: HandClock) -> Iterator[World]:
    with world_of(settings, clock) as made:
        yield made


@pytest.fixture
def hub(world: World) -> IssuedCredential:
    credential = world.hub("hub-7")
    setting = {"dialects": ["zigbee2mqtt"], "native_topics": True}
    world.register.devices.change_settings("oak", "hub-7", lambda _: {"bridge": setting})
    return credential


def moved(version: int, *, dup: bool = False) -> bytes:
    return publish("zigbee2mqtt/hall", MOVED, 9, version=version, qos=2, dup=dup)


@BOTH
def test_a_qos_2_message_is_stored_once_whatever_breaks(
    world: World, hub: IssuedCredential, clock: HandClock, version: int
) -> None:
    with open_door(world.settings, clock) as door, MqttClient(door.port, version=version) as bridge:
        assert not bridge.resume(*_of(hub), "c")
        bridge.send(moved(version))
        bridge.expect(PUBREC, 9)
    clock.forward(seconds=60)
    with open_door(world.settings, clock) as door:
        with MqttClient(door.port, version=version) as bridge:
            assert bridge.resume(*_of(hub), "c")
            bridge.send(moved(version, dup=True))
            bridge.expect(PUBREC, 9)
        with MqttClient(door.port, version=version) as bridge:
            assert bridge.resume(*_of(hub), "c")
            bridge.send(RELEASED)
            bridge.expect(PUBCOMP, 9)
            assert len(world.readings()) == 1
            clock.forward(seconds=60)
            bridge.send(moved(version))
            bridge.expect(PUBREC, 9)
    assert len(world.readings()) == 2, "after PUBCOMP the number stands for a new message"


@BOTH
def test_a_session_begun_anew_knows_nothing_of_the_numbers_before(
    world: World, hub: IssuedCredential, clock: HandClock, version: int
) -> None:
    with open_door(world.settings, clock) as door:
        with MqttClient(door.port, version=version) as bridge:
            bridge.resume(*_of(hub), "c")
            bridge.send(moved(version))
            bridge.expect(PUBREC, 9)
        clock.forward(seconds=60)
        with MqttClient(door.port, version=version) as bridge:
            assert bridge.connect(*_of(hub), client_id="c") == 0
            bridge.send(moved(version))
            bridge.expect(PUBREC, 9)
            bridge.send(RELEASED)
            bridge.expect(PUBCOMP, 9)
        with MqttClient(door.port, version=version) as bridge:
            assert not bridge.resume(*_of(hub), "c")
    assert len(world.readings()) == 2


@BOTH
def test_subscriptions_and_an_unread_receipt_survive_our_restart(
    world: World, hub: IssuedCredential, clock: HandClock, version: int
) -> None:
    with open_door(world.settings, clock) as door, MqttClient(door.port, version=version) as client:
        assert not client.resume(*_of(hub), "c")
        assert client.subscribe(DOWN + "#") == 1
        client.send(publish(UP + "alarm", PRESS, 3, version=version))
        client.expect(0x40, 3)
        first = client.read()
        assert first is not None
        assert first[0] == 0x32
    with open_door(world.settings, clock) as door:
        with MqttClient(door.port, version=version) as client:
            assert client.resume(*_of(hub), "c")
            topic, receipt = client.delivered()
            assert topic == DOWN + "receipt"
            assert b'"id":"p-1"' in receipt
            assert client.ping()
        with MqttClient(door.port, version=version) as client:
            assert client.resume(*_of(hub), "c")
            assert client.publish(UP + "alarm", PRESS) == 0
            assert b'"duplicate":true' in client.delivered()[1], "the first one is not owed again"


def test_a_session_is_kept_for_as_long_as_was_agreed(
    world: World, hub: IssuedCredential, clock: HandClock
) -> None:
    with open_door(world.settings, clock) as door:
        for away, kept in ((0, False), (3500, True), (3700, False)):
            clock.forward(seconds=away)
            with MqttClient(door.port, version=5) as client:
                assert client.resume(*_of(hub), "c") is kept
                client.send(b"\xe0\x00")
                assert client.read() is None
            until(lambda: not door.endpoint.connected)
            with MqttClient(door.port, version=5) as other:  # its commit comes after ours
                assert other.connect(*_of(hub), client_id="other") == 0
                assert other.publish(UP + "heartbeat", b'{"id": "h-%d"}' % away) == 0


def _of(hub: IssuedCredential) -> tuple[str, str]:
    return hub.username, hub.password

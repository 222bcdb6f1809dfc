"""F47: a device's access is withdrawn while it is connected, and somebody still presses it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from gateway.sources.mqtt_endpoint.listener import MqttEndpoint
from telecare.clock import RealClock
from telecare.register.devices import IssuedCredential
from telecare.settings import Settings
from tests.harness.door import Door, World, open_door, world_of
from tests.harness.mqtt import MqttClient
from tests.harness.waiting import until

UP = "telecare/v1/oak/hub-7/up/"
PRESS = b'{"id": "p-1", "type": "pendant"}'
WORDS = "Pendant pressed, on a device whose access was withdrawn."


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    with world_of(settings, RealClock()) as made:
        yield made


@pytest.fixture
def door(settings: Settings) -> Iterator[Door]:
    with open_door(settings, RealClock()) as opened:
        yield opened


def test_its_live_session_ends_and_no_other(world: World, door: Door) -> None:
    hub, other = world.hub("hub-7"), world.hub("hub-8")
    with (
        MqttClient(door.port, version=5) as live,
        MqttClient(door.port, version=5) as neighbour,
    ):
        assert live.connect(hub.username, hub.password) == 0
        assert neighbour.connect(other.username, other.password) == 0
        world.register.devices.revoke("oak", "hub-7")
        assert live.disconnect_reason() == 135
        assert neighbour.ping()


def test_pressed_before_it_is_thrown_out_its_press_is_shown_as_such_too(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The door goes round once a second; here it does not come by."""

    async def round_does_not_come(_: MqttEndpoint) -> None:
        return

    monkeypatch.setattr(MqttEndpoint, "watch", round_does_not_come)
    hub = world.hub("hub-7")
    with open_door(settings, RealClock()) as door, MqttClient(door.port) as live:
        assert live.connect(hub.username, hub.password) == 0
        world.register.devices.revoke("oak", "hub-7")
        known = door.endpoint._doorkeeper._remembered
        until(lambda: (known.known or {})["oak.hub-7"].revoked_at is not None)
        assert live.publish(UP + "alarm", PRESS) == 0
    assert [each.why for each in world.signals()] == [WORDS]


@pytest.mark.parametrize("version", [4, 5])
def test_thrown_out_it_tries_again_and_its_press_is_shown_as_such(
    world: World, door: Door, version: int
) -> None:
    hub = world.hub("hub-7")
    with MqttClient(door.port, version=version) as live:
        assert live.connect(hub.username, hub.password) == 0
        world.register.devices.revoke("oak", "hub-7")
        live.disconnect_reason()
    with MqttClient(door.port, version=version) as again:
        assert again.connect(hub.username, hub.password) == 0
        assert again.subscribe("telecare/v1/oak/hub-7/down/#") >= 0x80, "it hears nothing"
        assert again.publish(UP + "alarm", PRESS) == 0
    assert [each.why for each in world.signals()] == [WORDS]


@pytest.mark.parametrize("version", [4, 5])
def test_nothing_else_it_says_is_believed(world: World, door: Door, version: int) -> None:
    hub = world.hub("hub-7")
    world.register.devices.revoke("oak", "hub-7")
    body = b'{"id": "m-1", "type": "motion", "room": "hall"}'
    for kind in ("heartbeat", "reading", "status", "location", "acceleration"):
        with MqttClient(door.port, version=version) as revoked:
            assert revoked.connect(hub.username, hub.password) == 0
            assert revoked.publish(UP + kind, body) == {4: None, 5: 135}[version], kind
    assert world.records() == []
    assert world.quarantine() == []


def test_a_revoked_bridges_button_is_heard_and_its_sensors_are_not(
    world: World, door: Door
) -> None:
    hub = bridge(world)
    world.register.devices.revoke("oak", "hub-7")
    with MqttClient(door.port) as revoked:
        assert revoked.connect(hub.username, hub.password) == 0
        moved, pressed = {"occupancy": True}, {"action": "single"}
        assert revoked.publish("zigbee2mqtt/hall", msgspec.json.encode(moved)) == 0
        assert revoked.publish("zigbee2mqtt/button", msgspec.json.encode(pressed)) == 0
    assert [each.sensor for each in world.readings()] == ["button"]
    assert [each.why for each in world.signals()] == [WORDS]


def test_with_a_guess_for_a_password_even_a_press_is_refused(world: World, door: Door) -> None:
    hub = world.hub("hub-7")
    world.register.devices.revoke("oak", "hub-7")
    with MqttClient(door.port) as stranger:
        assert stranger.connect(hub.username, "guess") == 4


def test_trusted_again_it_must_come_in_again_with_its_new_password(
    world: World, door: Door
) -> None:
    hub = world.hub("hub-7")
    world.register.devices.revoke("oak", "hub-7")
    with MqttClient(door.port, version=5) as revoked:
        assert revoked.connect(hub.username, hub.password) == 0
        fresh = world.register.devices.reissue("oak", "hub-7")
        assert revoked.disconnect_reason() == 135
    with MqttClient(door.port, version=5) as again:
        assert again.connect(fresh.username, fresh.password) == 0
        assert again.publish(UP + "heartbeat", b'{"id": "h-1"}') == 0


def bridge(world: World) -> IssuedCredential:
    credential = world.hub("hub-7")
    setting = {
        "dialects": ["zigbee2mqtt"],
        "native_topics": True,
        "sensors": {"button": {"alarm": "pendant"}},
    }
    world.register.devices.change_settings("oak", "hub-7", lambda _: {"bridge": setting})
    return credential

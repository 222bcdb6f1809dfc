"""A device with a valid credential that means harm: it costs nobody else their press."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator

import pytest

from gateway.sources.mqtt_endpoint.packets import Reason
from telecare.clock import HandClock
from telecare.settings import Settings
from tests.harness.door import World, open_door, world_of
from tests.harness.mqtt import MqttClient, connect

PRESS = b'{"id": "p-1", "type": "pendant"}'


@pytest.fixture
def world(settings: Settings, clock: HandClock) -> Iterator[World]:
    with world_of(settings, clock) as made:
        yield made


def noise(length: int) -> str:
    """What no database can squeeze into less."""
    return "".join(random.Random(7).choices(string.ascii_letters + string.digits, k=length))


def test_a_client_id_of_thousands_of_letters_stops_nobodys_press(
    world: World, clock: HandClock
) -> None:
    """PostgreSQL's index holds no such name: a commit that failed for it would fail for ever."""
    hostile, hub = world.hub("hostile"), world.hub("hub-7")
    with (
        open_door(world.settings, clock, lane="gateway-1") as door,
        MqttClient(door.port, version=5) as bad,
        MqttClient(door.port, version=5) as good,
    ):
        name, word = hostile.username, hostile.password
        bad.send(connect(name, word, version=5, client_id=noise(12_000), expiry=3600))
        answer = bad.read()
        assert answer is not None
        assert answer[1][1] == Reason.CLIENT_ID_NOT_VALID
        assert good.connect(hub.username, hub.password, client_id="c") == 0
        assert good.publish("telecare/v1/oak/hub-7/up/alarm", PRESS) == 0
    assert [each.type for each in world.signals()] == ["pendant"]


def test_the_longest_client_id_we_take_keeps_its_session(world: World, clock: HandClock) -> None:
    hub = world.hub("hub-7")
    with open_door(world.settings, clock, lane="gateway-1") as door:
        for is_known in (False, True):
            with MqttClient(door.port, version=5) as client:
                assert client.resume(hub.username, hub.password, noise(1024)) is is_known


def test_filters_of_sixty_kilobytes_are_neither_kept_nor_written_again_and_again(
    world: World, clock: HandClock
) -> None:
    """A thousand SUBSCRIBE took 900 MB, and held up everybody's press by two seconds."""
    hub = world.hub("hub-7")
    down = "telecare/v1/oak/hub-7/down/"
    with (
        open_door(world.settings, clock) as door,
        MqttClient(door.port, version=5) as client,
    ):
        assert not client.resume(hub.username, hub.password, "c")
        assert client.subscribe(down + "#") == Reason.GRANTED_QOS_1
        assert client.subscribe(down + "a" * 60_000) == Reason.UNSPECIFIED
        assert client.subscribe(down + "a" * (512 - len(down))) == Reason.GRANTED_QOS_1
        assert client.publish("telecare/v1/oak/hub-7/up/alarm", PRESS) == 0
        assert client.delivered()[0] == down + "receipt"

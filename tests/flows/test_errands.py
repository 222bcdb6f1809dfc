"""What waits for a device is carried to it when it is there and listens, once a connection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest

from gateway.errands import Errand, OfOrders
from telecare.clock import RealClock
from telecare.settings import Settings
from tests.harness.door import open_door, world_of
from tests.harness.mqtt import MqttClient

DOWN = "telecare/v1/oak/hub-7/down/"


def errand(number: int, device: str = "hub-7") -> Errand:
    until = RealClock().now() + timedelta(hours=1)
    return Errand("oak", device, f"c-{number}", "command", b'{"n":%d}' % number, until)


@pytest.mark.parametrize("version", [4, 5])
def test_a_command_waits_for_its_device(sqlite_settings: Settings, version: int) -> None:
    waiting = [errand(1), errand(2, "hub-8")]

    def due() -> Sequence[Errand]:
        return list(waiting)

    with (
        world_of(sqlite_settings, RealClock()) as world,
        open_door(sqlite_settings, RealClock(), errands=due) as door,
    ):
        hub = world.hub("hub-7")
        for answered in (False, True):
            with MqttClient(door.port, version=version) as client:
                assert client.connect(hub.username, hub.password) == 0
                assert client.subscribe(DOWN + "#") == 1
                if answered:
                    waiting[0] = errand(3)
                expected = b'{"n":3}' if answered else b'{"n":1}'
                assert client.delivered() == (DOWN + "command", expected)
                waiting.append(errand(4 + answered))
                assert client.delivered()[1] == waiting[-1].payload, "and nothing twice"
                waiting.pop()


def test_a_command_and_a_configuration_from_the_register(sqlite_settings: Settings) -> None:
    with world_of(sqlite_settings, RealClock()) as world:
        hub, orders = world.hub("hub-7"), world.register.orders
        orders.configure("oak", "hub-7", {"volume": 7}, by="tec-1")
        made = orders.command("oak", "hub-7", "restart", {"after": 5}, by="tec-1", seconds=60)
        with (
            open_door(sqlite_settings, RealClock(), errands=OfOrders(orders)) as door,
            MqttClient(door.port) as client,
        ):
            assert client.connect(hub.username, hub.password) == 0
            assert client.subscribe(DOWN + "#") == 1
            said = dict(client.delivered() for _ in range(2))
        assert msgspec.json.decode(said[DOWN + "config"]) == {"version": 1, "config": {"volume": 7}}
        told = msgspec.json.decode(said[DOWN + "command"])
        assert (told["id"], told["name"], told["body"]) == (made.command, "restart", {"after": 5})

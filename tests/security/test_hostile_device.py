"""A device with a valid credential that means harm, or a stranger: it costs nobody their press."""

from __future__ import annotations

import random
import ssl
import string
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack

import pytest
import structlog

from gateway.sources import sip_endpoint
from gateway.sources.lines import HANDSHAKE_SECONDS
from gateway.sources.mqtt_endpoint import listener
from gateway.sources.mqtt_endpoint.packets import Reason
from gateway.sources.mqtt_endpoint.tls import DoorTls
from simulators.scaip import ScaipUnit
from telecare.authority import own_tls
from telecare.clock import HandClock, stopwatch
from telecare.settings import Settings
from tests.harness.careline import SECRET_ONLY, scaip_unit, sip_line, unit_account
from tests.harness.door import World, open_door, world_of
from tests.harness.mqtt import MqttClient, connect
from tests.harness.waiting import until

pytestmark = pytest.mark.anyio
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


def test_strangers_who_hold_every_place_keep_no_hub_out(
    world: World, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "CONNECTION_LIMIT", 5)
    first, second = world.hub("hub-7"), world.hub("hub-8")
    with open_door(world.settings, clock) as door, ExitStack() as leave:

        def client() -> MqttClient:
            return leave.enter_context(MqttClient(door.port))

        hub = client()
        assert hub.connect(first.username, first.password) == 0
        strangers = [client() for _ in range(4)]
        for each in strangers:
            each.send(b"\x10")  # and nothing more of its CONNECT
        late = client()
        assert late.connect(second.username, second.password) == 0
        assert strangers[0].read() is None, "who was here longest gave way"
        for device, each in (("hub-7", hub), ("hub-8", late)):
            assert each.publish(f"telecare/v1/oak/{device}/up/alarm", PRESS) == 0


def test_strangers_who_open_tls_and_say_nothing_keep_no_hub_out(
    world: World, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They counted to no limit, held a file each, and with enough of them nobody came in."""
    monkeypatch.setattr(listener, "CONNECTION_LIMIT", 5)
    first, second = world.hub("hub-7"), world.hub("hub-8")
    own = own_tls(world.settings.data_dir)
    tls = DoorTls(own.certificate, own.key)
    with open_door(world.settings, clock, tls=tls) as door, ExitStack() as leave:

        def client() -> MqttClient:
            return leave.enter_context(MqttClient(door.tls_port))

        hub = client()
        hub.secure()
        assert hub.connect(first.username, first.password) == 0
        seconds = stopwatch()
        strangers = [client() for _ in range(7)]
        for each in strangers[:3]:
            assert each.read() is None, "who was here longest gave way"
        assert seconds() < HANDSHAKE_SECONDS / 2, "and not because its time was over"
        late = client()
        late.secure()
        assert late.connect(second.username, second.password) == 0
        assert door.endpoint.connected == 5
        for device, each in (("hub-7", hub), ("hub-8", late)):
            assert each.publish(f"telecare/v1/oak/{device}/up/alarm", PRESS) == 0


async def test_strangers_who_hold_every_line_keep_no_careline_out(
    world: World, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sip_endpoint, "CONNECTION_LIMIT", 3)
    account = unit_account(world, "unit-1", "10149471")
    with open_door(world.settings, clock, sip=SECRET_ONLY) as door:
        async with AsyncExitStack() as leave:

            async def call(ref: str) -> ScaipUnit:
                way = scaip_unit(door.sip_ports[0], account, transport="TCP")
                unit = await leave.enter_async_context(way)
                safe = await unit.press(ref)
                assert safe is not None
                assert safe.is_safe
                return unit

            unit = await call("1")
            for _ in range(2):
                line = sip_line(door.sip_ports[0], transport="TCP")
                stranger = await leave.enter_async_context(line)
                assert (await stranger.request("OPTIONS")).code == 200
            await call("2")
            again = await unit.press("3")
            assert again is not None, "and who was heard before is not cut off for anybody"


async def test_strangers_who_open_tls_and_say_nothing_keep_no_careline_out(
    world: World, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sip_endpoint, "CONNECTION_LIMIT", 3)
    account = unit_account(world, "unit-1", "10149471")
    tls = ssl.create_default_context(cafile=str(own_tls(world.settings.data_dir).authority))
    tls.check_hostname = False
    with (
        structlog.testing.capture_logs() as said,
        open_door(world.settings, clock, sip=SECRET_ONLY) as door,
        ExitStack() as leave,
    ):
        port = door.sip_ports[1]
        async with scaip_unit(port, account, transport="TLS", tls=tls) as unit:
            assert await unit.press("1") is not None
            seconds = stopwatch()
            strangers = [leave.enter_context(MqttClient(port)) for _ in range(5)]
            for each in strangers[:3]:
                assert each.read() is None, "who was here longest gave way"
            assert seconds() < HANDSHAKE_SECONDS / 2, "and not because its time was over"
            async with scaip_unit(port, account, transport="TLS", tls=tls) as late:
                assert await late.press("2") is not None
            assert await unit.press("3") is not None
        crowded = ("gateway.sip", "too_many_connections")
        until(lambda: crowded in [(each["component"], each["event"]) for each in said])

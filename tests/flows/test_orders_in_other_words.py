"""A device of another make is told something over a broker in its maker's words, and answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.brokers import Listen
from responder.devices.roll_call import RollCall
from responder.store import Reads, Works
from telecare.clock import RealClock
from telecare.register.orders import CommandState
from telecare.settings import Settings
from telecare.store.lane import LaneReader
from telecare.store.migrate import open_database
from tests.harness.door import World, open_door, world_of
from tests.harness.ear import county, ear
from tests.harness.mosquitto import OPEN, mosquitto
from tests.harness.mqtt import MqttClient
from tests.harness.waiting import until

Answer = tuple[str, dict[str, Any]]


class Make(msgspec.Struct, frozen=True):
    """A make of devices, as its documentation has it behave."""

    dialect: str
    listen: Listen
    speaks: str
    """Something it says, on this topic."""
    saying: bytes
    hears: str
    body: dict[str, Any]
    answers: Callable[[str, bytes], Answer]
    ends: CommandState = CommandState.DONE


def shelly(topic: str, told: bytes) -> Answer:
    frame = msgspec.json.decode(told)
    assert (topic, frame["method"]) == ("oak/plug-1/rpc", "Switch.Set")
    assert frame["params"] == {"id": 0, "on": True}
    answer = {"id": frame["id"], "src": "plug-1", "dst": frame["src"], "result": {"was_on": False}}
    return frame["src"] + "/rpc", answer


def shelly_that_refuses(topic: str, told: bytes) -> Answer:
    where, answer = shelly(topic, told)
    del answer["result"]
    return where, answer | {"error": {"code": -103, "message": "Invalid argument 'id'!"}}


def zigbee2mqtt(topic: str, told: bytes) -> Answer:
    asked = msgspec.json.decode(told)
    assert topic == "oak/zigbee2mqtt/bridge/request/permit_join"
    assert asked.pop("transaction").startswith("command-")
    assert asked == {"time": 60}
    back = {"data": asked, "status": "ok", "transaction": msgspec.json.decode(told)["transaction"]}
    return topic.replace("request", "response"), back


def tasmota(topic: str, told: bytes) -> Answer:
    own, back = told.decode().split("; ")
    assert (topic, own) == ("oak/cmnd/kettle/Backlog0", "PowerDelta 20")
    publish, where, said = back.split(" ", 2)
    assert publish == "Publish"
    return where, msgspec.json.decode(said)


def chirpstack(topic: str, told: bytes) -> Answer:
    item = msgspec.json.decode(told)
    assert topic == "oak/application/17/device/0102030405060708/command/down"
    assert (item["devEui"], item["confirmed"], item["fPort"]) == ("0102030405060708", True, 10)
    assert item["data"] == "AQID"
    back = {"queueItemId": item["id"], "acknowledged": True, "fCntDown": 12}
    return topic.replace("command/down", "event/ack"), back


def chirpstack_that_hears_nothing(topic: str, told: bytes) -> Answer:
    where, answer = chirpstack(topic, told)
    return where, {"queueItemId": answer["queueItemId"]}  # false is left out


def things_stack(topic: str, told: bytes) -> Answer:
    assert topic == "v3/app1@county/devices/mat-1/down/push"
    (downlink,) = msgspec.json.decode(told)["downlinks"]
    assert (downlink["f_port"], downlink["frm_payload"]) == (15, "AQ==")
    ids = ["as:downlink:01E", *downlink["correlation_ids"]]
    back = {"correlation_ids": ids, "downlink_ack": downlink | {"correlation_ids": ids}}
    return topic.replace("push", "ack"), back


PLUG = Make(
    "shelly", Listen("oak/#", "shelly", "oak/", "hub-7"), "oak/plug-1/online", b"true",
    "oak/plug-1/rpc", {"method": "Switch.Set", "params": {"id": 0, "on": True}}, shelly,
)  # fmt: skip
LORA = Make(
    "chirpstack", Listen("oak/application/+/device/+/event/+", "chirpstack", "oak/", "hub-7"),
    "oak/application/17/device/0102030405060708/event/status", b'{"margin": 7}',
    "oak/application/17/device/+/command/down", {"f_port": 10, "data": "AQID"}, chirpstack,
    CommandState.TAKEN,
)  # fmt: skip
MAKES = {
    "shelly": PLUG,
    "shelly that refuses": msgspec.structs.replace(
        PLUG, answers=shelly_that_refuses, ends=CommandState.REFUSED
    ),
    "zigbee2mqtt": Make(
        "zigbee2mqtt", Listen("oak/zigbee2mqtt/#", "zigbee2mqtt", "oak/", "hub-7"),
        "oak/zigbee2mqtt/bridge/state", b'{"state": "online"}', "oak/zigbee2mqtt/bridge/request/#",
        {"request": "permit_join", "payload": {"time": 60}}, zigbee2mqtt,
    ),
    "tasmota": Make(
        "tasmota", Listen("oak/#", "tasmota", "oak/", "hub-7"), "oak/tele/kettle/LWT", b"Online",
        "oak/cmnd/kettle/#", {"command": "PowerDelta", "value": 20}, tasmota, CommandState.TAKEN,
    ),
    "chirpstack": LORA,
    "chirpstack, unheard": msgspec.structs.replace(
        LORA, answers=chirpstack_that_hears_nothing, ends=CommandState.REFUSED
    ),
    "things_stack": Make(
        "things_stack", Listen("v3/+/devices/+/#", "things_stack", "", "hub-7"),
        "v3/app1@county/devices/mat-1/up", b'{"uplink_message": {"f_cnt": 1}}',
        "v3/app1@county/devices/mat-1/down/push", {"f_port": 15, "frm_payload": "AQ=="},
        things_stack, CommandState.TAKEN,
    ),
}  # fmt: skip


@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
def test_it_is_told_once_in_its_makers_words_and_its_answer_goes_on_record(
    sqlite_settings: Settings, tmp_path: Path, make: Make
) -> None:
    settings, clock = sqlite_settings, RealClock()
    with world_of(settings, clock) as before:
        before.hub("hub-7")
    with (
        world_of(settings, clock) as world,
        mosquitto(tmp_path / "broker", OPEN) as broker,
        MqttClient(broker.port) as device,
        ear(settings, clock, county(broker.port, make.listen)) as listening,
    ):
        orders = world.register.orders
        listening.until_listening()
        assert device.connect("", "", client_id="theirs") == 0
        assert device.subscribe(make.hears) == 1
        body = {"dialect": make.dialect} | make.body
        orders.command("oak", "hub-7", "theirs", body, by="tec-1", seconds=60)
        assert device.publish(make.speaks, make.saying) == 0
        where, answer = make.answers(*device.delivered())
        assert device.publish(where, msgspec.json.encode(answer)) == 0
        until(lambda: any(each.type == "command" for each in world.readings()))
        own, gateway = (open_database(settings, each) for each in ("responder", "gateway"))
        RollCall(Works(own), world.register, LaneReader(gateway), clock).step()
        (ended,) = orders.commands("oak", "hub-7")
        assert ended.state is make.ends
        assert [each.act for each in Reads(own).entries("oak")] == ["command_ended"]
        for each in (own, gateway):
            each.close()


@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
@pytest.mark.parametrize("is_below", [False, True], ids=["its own topics", "below its base topic"])
def test_who_dials_straight_in_is_told_the_same_way(
    sqlite_settings: Settings, make: Make, *, is_below: bool
) -> None:
    """On its maker's own topics, or below the base topic that its bridge was given."""
    settings, clock = sqlite_settings, RealClock()
    below = f"telecare/v1/oak/hub-7/up/{make.dialect}/" if is_below else ""
    root = "zigbee2mqtt/" if is_below and make.dialect == "zigbee2mqtt" else ""

    def here(topic: str) -> str:
        return below + topic.removeprefix("oak/").removeprefix(root)

    def there(topic: str) -> str:
        return make.listen.root + root + topic.removeprefix(below)

    with world_of(settings, clock) as world:
        hub = world.hub("hub-7")
        allowed = {"dialects": [make.dialect], "native_topics": not is_below}
        world.register.devices.change_settings("oak", "hub-7", lambda _: {"bridge": allowed})
        orders = world.register.orders
        with open_door(settings, clock) as door, MqttClient(door.port) as device:
            assert device.connect(hub.username, hub.password, client_id="theirs") == 0
            assert device.subscribe(here(make.hears)) == 1
            body = {"dialect": make.dialect} | make.body
            orders.command("oak", "hub-7", "theirs", body, by="tec-1", seconds=60)
            assert device.publish(here(make.speaks), make.saying) == 0
            topic, told = device.delivered()
            if is_below:
                told = told.replace(below.encode(), b"oak/")
            where, answer = make.answers(there(topic), told)
            assert device.publish(here(where), msgspec.json.encode(answer)) == 0
            until(lambda: any(each.type == "command" for each in world.readings()))
        own, gateway = (open_database(settings, each) for each in ("responder", "gateway"))
        RollCall(Works(own), world.register, LaneReader(gateway), clock).step()
        (ended,) = orders.commands("oak", "hub-7")
        assert ended.state is make.ends
        for each in (own, gateway):
            each.close()


@contextmanager
def plug_at(world: World, lane: str = "") -> Iterator[Callable[[], MqttClient]]:
    """A door, and a plug that comes to it and speaks."""
    hub = world.hub("hub-7")
    allowed = {"dialects": ["shelly"], "native_topics": True}
    world.register.devices.change_settings("oak", "hub-7", lambda _: {"bridge": allowed})
    with open_door(world.settings, RealClock(), lane=lane) as door, ExitStack() as leave:

        def comes() -> MqttClient:
            device = leave.enter_context(MqttClient(door.port))
            assert device.connect(hub.username, hub.password, client_id="plug-1") == 0
            assert device.subscribe("plug-1/rpc") == 1
            assert device.publish("plug-1/online", b"true") == 0
            return device

        yield comes


def order(world: World, to: str = "plug-1", name: str = "on") -> str:
    body = {"dialect": "shelly", "to": to} | PLUG.body
    told = world.register.orders.command("oak", "hub-7", name, body, by="tec-1", seconds=600)
    return told.command


def told(device: MqttClient) -> str:
    command: str = msgspec.json.decode(device.delivered()[1])["id"]
    return command


def test_a_plug_that_was_away_is_told_when_it_is_back_and_never_again(
    sqlite_settings: Settings,
) -> None:
    with world_of(sqlite_settings, RealClock()) as world, plug_at(world) as comes:
        comes().close()
        first = order(world)
        assert told(comes()) == first
        again = comes()
        second = order(world)
        assert told(again) == second, "nothing twice"


def test_what_another_gateway_may_have_told_is_not_told_again(sqlite_settings: Settings) -> None:
    """Of several on one port each has a memory of its own."""
    with world_of(sqlite_settings, RealClock()) as world, plug_at(world, "gateway-1") as comes:
        order(world)
        plug = comes()
        later = order(world)
        assert told(plug) == later


def test_another_device_is_not_told_though_it_listens_there(sqlite_settings: Settings) -> None:
    with world_of(sqlite_settings, RealClock()) as world:
        world.hub("hub-7")
        other = world.hub("hub-8")
        allowed = {"dialects": ["shelly"], "native_topics": True}
        world.register.devices.change_settings("oak", "hub-8", lambda _: {"bridge": allowed})
        with open_door(world.settings, RealClock()) as door, MqttClient(door.port) as theirs:
            assert theirs.connect(other.username, other.password) == 0
            assert theirs.subscribe("+/rpc") == 1
            assert theirs.publish("plug-1/online", b"true") == 0
            order(world)
            body = {"dialect": "shelly"} | PLUG.body
            own = world.register.orders.command("oak", "hub-8", "on", body, by="tec-1", seconds=600)
            assert told(theirs) == own.command

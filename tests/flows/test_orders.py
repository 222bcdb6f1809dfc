"""What devices are told: a command with an answer and a deadline, a configuration they report."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from responder.devices.roll_call import RollCall
from responder.store import Reads, Works, timed
from responder.store.equipment import EquipmentReads
from telecare.clock import HandClock, RealClock
from telecare.register import Register, open_register
from telecare.register.device import Device
from telecare.register.homes import Home
from telecare.register.orders import CommandState
from telecare.settings import Settings
from telecare.store.lane import LaneReader
from telecare.store.migrate import open_database
from tests.harness.door import Door, World, open_door, world_of
from tests.harness.mqtt import MqttClient
from tests.harness.waiting import until

UP, DOWN = "telecare/v1/oak/hub-7/up/", "telecare/v1/oak/hub-7/down/"


@pytest.fixture
def world(sqlite_settings: Settings) -> Iterator[World]:
    with world_of(sqlite_settings, RealClock()) as made:
        yield made


@pytest.fixture
def door(sqlite_settings: Settings) -> Iterator[Door]:
    with open_door(sqlite_settings, RealClock()) as opened:
        yield opened


def test_a_command_waits_for_its_device_and_its_answer_goes_on_record(
    world: World, door: Door, sqlite_settings: Settings
) -> None:
    hub, orders = world.hub("hub-7"), world.register.orders
    own = open_database(sqlite_settings, "responder")
    gateway = open_database(sqlite_settings, "gateway")
    roll = RollCall(Works(own), world.register, LaneReader(gateway), world.clock)
    made = orders.command("oak", "hub-7", "self-test", {"loud": True}, by="tec-1", seconds=60)
    orders.configure("oak", "hub-7", {"volume": 3}, by="tec-1")
    orders.configure("oak", "hub-7", {"volume": 4}, by="tec-1")
    with MqttClient(door.port, version=5) as client:
        assert client.connect(hub.username, hub.password) == 0
        assert client.subscribe(DOWN + "#") == 1
        told = dict(client.delivered() for _ in range(2))
        command = msgspec.json.decode(told[DOWN + "command"])
        assert (command["id"], command["name"]) == (made.command, "self-test")
        assert command["body"] == {"loud": True}
        config = msgspec.json.decode(told[DOWN + "config"])
        assert config == {"version": 2, "config": {"volume": 4}}
        done = {"id": "s-1", "type": "command", "command": made.command, "value": True}
        runs = {"id": "s-2", "type": "config", "version": 2, "config": {"volume": 4}}
        for said in (done, runs):
            assert client.publish(UP + "status", msgspec.json.encode(said)) == 0
        until(lambda: roll.step() > 0)
        (kept,) = orders.commands("oak", "hub-7")
        assert kept.state is CommandState.DONE
        assert orders.waiting() == []
    said_of_itself = EquipmentReads(own).of("oak", "hub-7")
    assert said_of_itself is not None
    assert (said_of_itself.config_version, said_of_itself.config) == (2, {"volume": 4})
    assert [each.act for each in Reads(own).entries("oak")] == ["command_ended"]
    own.close()
    gateway.close()


@pytest.fixture
def oak(settings: Settings, clock: HandClock) -> Iterator[Register]:
    register = open_register(settings, clock)
    register.organisations.add_organisation("oak", "Oak")
    register.homes.add_home(Home(org="oak", home="home-7", address="", time_zone="Europe/London"))
    for device in ("hub-7", "hub-8"):
        register.devices.add(Device(org="oak", device=device, home="home-7"))
    yield register
    register.close()


def test_without_an_answer_in_time_somebody_is_told_that_it_is_not_known(
    oak: Register, settings: Settings, clock: HandClock
) -> None:
    own, gateway = open_database(settings, "responder"), open_database(settings, "gateway")
    works = Works(own)
    roll = RollCall(works, oak, LaneReader(gateway), clock)
    made = oak.orders.command("oak", "hub-7", "open-door", {}, by="tec-1", seconds=60)
    foreign = oak.orders.answered("oak", "hub-8", made.command, {"value": True})
    assert foreign is None, "another device cannot answer for it"
    clock.forward(seconds=61)
    roll.step()
    assert oak.orders.commands("oak", "hub-7")[0].state is CommandState.UNANSWERED
    with works.begin(clock.now()) as work:
        (concern,) = [s for s in timed.take_concerns(work, 10) if s.type == "command_unanswered"]
    assert concern.why == (
        "The command open-door was not answered by hub-7 in time; whether it was done is not known."
    )
    late = oak.orders.answered("oak", "hub-7", made.command, {"value": True})
    assert late is not None
    assert (late.state, late.answer) == (CommandState.UNANSWERED, {"value": True})
    roll.step()
    assert [each.act for each in Reads(own).entries("oak")] == ["command_ended"]
    own.close()
    gateway.close()

"""A command and a configuration go down over somebody else's broker, and the answer comes up."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from responder.devices.roll_call import RollCall
from responder.store import Reads, Works
from responder.store.equipment import EquipmentReads
from telecare.clock import RealClock
from telecare.register.orders import CommandState
from telecare.settings import Settings
from telecare.store.lane import LaneReader
from telecare.store.migrate import open_database
from tests.harness.door import world_of
from tests.harness.ear import county, ear
from tests.harness.mosquitto import OPEN, mosquitto
from tests.harness.mqtt import MqttClient
from tests.harness.waiting import until

UP, DOWN = "telecare/v1/oak/hub-7/up/", "telecare/v1/oak/hub-7/down/"


@pytest.mark.parametrize("version", [4, 5])
def test_what_a_hub_behind_a_broker_is_told_is_answered_and_on_record(
    sqlite_settings: Settings, tmp_path: Path, version: int
) -> None:
    settings, clock = sqlite_settings, RealClock()
    with world_of(settings, clock) as before:
        before.hub("hub-7")
    with (
        world_of(settings, clock) as world,
        mosquitto(tmp_path / "broker", OPEN) as broker,
        MqttClient(broker.port, version=version) as hub,
        ear(settings, clock, county(broker.port, version=version)) as listening,
    ):
        orders = world.register.orders
        listening.until_listening()
        assert hub.connect("", "", client_id="hub-7") == 0
        assert hub.subscribe(DOWN + "#") == 1
        made = orders.command("oak", "hub-7", "self-test", {"loud": True}, by="tec-1", seconds=60)
        orders.configure("oak", "hub-7", {"volume": 3}, by="tec-1")
        assert hub.publish(UP + "heartbeat", b'{"id": "h-1"}') == 0
        told = dict(hub.delivered() for _ in range(2))
        command = msgspec.json.decode(told[DOWN + "command"])
        assert (command["id"], command["body"]) == (made.command, {"loud": True})
        assert msgspec.json.decode(told[DOWN + "config"])["version"] == 1
        done = {"id": "s-1", "type": "command", "command": made.command, "value": True}
        runs = {"id": "s-2", "type": "config", "version": 1, "config": {"volume": 3}}
        for said in (done, runs):
            assert hub.publish(UP + "status", msgspec.json.encode(said)) == 0
        until(lambda: len(world.readings()) == 3)
        own, gateway = (open_database(settings, each) for each in ("responder", "gateway"))
        RollCall(Works(own), world.register, LaneReader(gateway), clock).step()
        assert [each.state for each in orders.commands("oak", "hub-7")] == [CommandState.DONE]
        reported = EquipmentReads(own).of("oak", "hub-7")
        assert reported is not None
        assert reported.config_version == 1
        assert [each.act for each in Reads(own).entries("oak")] == ["command_ended"]
        for each in (own, gateway):
            each.close()

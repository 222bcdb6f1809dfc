"""Which commands can be told in makers' words, and why others cannot, in a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from telecare.register.secrets import new_id
from telecare.telling.chirpstack import command_of, item_of
from telecare.telling.dialects import TELLING, fault_of
from telecare.telling.said import Order, Place

SOUND: tuple[dict[str, Any], ...] = (
    {"dialect": "shelly", "method": "Switch.Set", "params": {"id": 0, "on": True}, "to": "plug-1"},
    {"dialect": "tasmota", "command": "PowerDelta", "value": 20},
    {"dialect": "zigbee2mqtt", "request": "device/options", "payload": {"id": "fridge"}},
    {"dialect": "chirpstack", "f_port": 10, "data": "AQID"},
    {"dialect": "things_stack", "f_port": 10, "decoded_payload": {"interval": 60}},
)


@pytest.mark.parametrize("body", SOUND, ids=[str(each["dialect"]) for each in SOUND])
def test_what_a_maker_documents_can_be_told(body: dict[str, Any]) -> None:
    assert fault_of(body) == ""


def test_a_command_of_our_own_contract_may_hold_anything() -> None:
    assert fault_of({"anything": [1, 2]}) == ""


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"dialect": "radar"}, "in no other dialect"),
        ({"dialect": 7}, "in no other dialect"),
        ({"dialect": "shelly"}, "needs method"),
        ({"dialect": "shelly", "method": "Switch.Set", "on": True}, "cannot hold this on"),
        ({"dialect": "shelly", "method": "Light.Toggle"}, "After a toggle"),
        ({"dialect": "tasmota", "command": "Power", "value": "TOGGLE"}, "After a toggle"),
        ({"dialect": "tasmota", "command": "Power", "value": "1; Reset 1"}, "One Tasmota command"),
        ({"dialect": "tasmota", "command": "Backlog Reset"}, "One Tasmota command"),
        ({"dialect": "zigbee2mqtt", "request": "../config"}, "is a name like"),
        ({"dialect": "zigbee2mqtt", "request": "restart", "to": "x"}, "goes to the bridge itself"),
        ({"dialect": "chirpstack", "f_port": True, "data": "AQ=="}, "needs f_port"),
        ({"dialect": "chirpstack", "f_port": 224, "data": "AQ=="}, "1 to 223"),
        ({"dialect": "chirpstack", "f_port": 1}, "Give data"),
        ({"dialect": "things_stack", "f_port": 0, "frm_payload": "AQ=="}, "1 to 223"),
        ({"dialect": "things_stack", "f_port": 1}, "Give frm_payload"),
    ],
)
def test_what_cannot_be_told_is_said_in_a_sentence(body: dict[str, Any], why: str) -> None:
    assert why in fault_of(body)


def test_a_queue_item_of_ours_names_its_command_and_no_others_does() -> None:
    command = new_id("command")
    assert command_of(item_of(command).upper()) == command
    assert command_of("b5bb2f8e-31a6-4c4f-9a1d-7e1eca4e0000") is None
    assert command_of("") is None


@pytest.mark.parametrize(
    ("dialect", "topic", "name"),
    [
        ("shelly", "house/plug-1/status/switch:0", "house/plug-1"),
        ("shelly", "plug-1/events/rpc", "plug-1"),
        ("shelly", "plug-1/telecare/rpc", None),
        ("tasmota", "tele/kettle/SENSOR", "kettle"),
        ("tasmota", "cmnd/kettle/POWER", None),
        ("chirpstack", "application/17/device/01/event/up", "application/17/device/01"),
        ("chirpstack", "gateway/1/event/up", None),
        ("things_stack", "v3/app1/devices/mat-1/up", "v3/app1/devices/mat-1"),
        ("zigbee2mqtt", "fridge", ""),
    ],
)
def test_where_it_was_heard_tells_where_it_listens(
    dialect: str, topic: str, name: str | None
) -> None:
    assert TELLING[dialect].place(topic) == name


def test_a_shelly_is_asked_to_answer_below_its_own_prefix() -> None:
    order = Order("command-1", {"dialect": "shelly", "method": "Shelly.GetStatus"})
    words = TELLING["shelly"].say(order, Place("farm/", "plug-1"))
    assert words.topic == "farm/plug-1/rpc"
    assert b'"src":"farm/plug-1/telecare"' in words.payload

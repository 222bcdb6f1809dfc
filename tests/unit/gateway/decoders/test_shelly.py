"""Shelly's notifications, as its API documentation gives them."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.decoders.native import Unreadable
from gateway.decoders.said import Sensor
from tests.harness.dialects import facts, read

RPC = "shellyplus-kettle/events/rpc"


def notify(method: str = "NotifyStatus", /, **params: Any) -> dict[str, Any]:
    stamped = {"ts": 1631186545.04} | params
    return {"src": "shellypro4pm-f008d1d8b8b8", "dst": "*", "method": method, "params": stamped}


def test_only_what_changed_is_said_and_nothing_is_concluded() -> None:
    changed = notify(**{"switch:0": {"id": 0, "output": True, "source": "button"}})
    (said,) = read("shelly", RPC, changed)
    assert (said.kind, said.statement.type, said.statement.value) == ("status", "status", None)
    assert said.statement.sensor == "shellyplus-kettle/switch:0"
    assert said.statement.at is not None
    assert said.statement.at.year == 2021


def test_a_kettle_draws_power() -> None:
    assert facts("shelly", RPC, notify(**{"switch:0": {"id": 0, "apower": 1987.2}})) == [
        ("reading", "power", 1987.2)
    ]


def test_one_notification_of_two_components_is_two_statements() -> None:
    message = notify(**{
        "temperature:0": {"id": 0, "tC": 21.4, "tF": 70.5},
        "devicepower:0": {"id": 0, "battery": {"V": 5.8, "percent": 74}},
    })  # fmt: skip
    said = read("shelly", RPC, message)
    assert [each.statement.type for each in said] == ["temperature", "status"]
    assert {each.statement.battery for each in said} == {74}
    assert len({each.statement.id for each in said}) == 2


def test_a_battery_that_is_not_used_is_none() -> None:
    power = {"id": 0, "battery": {"V": 0.43, "percent": 0}, "external": {"present": True}}
    full = notify("NotifyFullStatus", **{"devicepower:0": power, "temperature:0": {"tC": 19.8}})
    assert {each.statement.battery for each in read("shelly", RPC, full)} == {None}


def test_a_bluetooth_door_is_one_when_the_register_says_so() -> None:
    message = notify(**{
        "bthomesensor:200": {"id": 200, "value": True, "last_updated_ts": 1631186545},
        "bthomedevice:201": {"id": 201, "battery": 12, "rssi": -58},
    })  # fmt: skip
    door, device = read("shelly", RPC, message)
    assert (door.statement.type, door.statement.value) == ("input", True)
    assert (door.statement.battery, device.statement.battery) == (None, 12)
    known = {"shellyplus-kettle/bthomesensor:200": Sensor(type="fridge")}
    assert facts("shelly", RPC, message, known)[0] == ("reading", "fridge", True)


@pytest.mark.parametrize(("name", "alarm"), [("smoke:0", "smoke"), ("flood:0", "flood")])
def test_detectors_raise_alarms(name: str, alarm: str) -> None:
    message = notify(**{name: {"id": 0, "alarm": True, "mute": False}})
    assert facts("shelly", RPC, message) == [("alarm", alarm, True)]
    cleared = notify(**{name: {"id": 0, "alarm": False}})
    assert facts("shelly", RPC, cleared) == [("reading", alarm, False)]
    muted = notify(**{name: {"id": 0, "mute": True}})
    assert facts("shelly", RPC, muted) == [("status", "status", None)]


def test_a_button_is_a_fact_unless_the_register_says_it_calls_for_help() -> None:
    push = {"component": "input:0", "id": 0, "event": "single_push", "ts": 1631266595.44}
    message = notify("NotifyEvent", events=[push, push | {"event": "config_changed"}])
    assert facts("shelly", RPC, message) == [
        ("reading", "button", "single_push"),
        ("status", "event", "config_changed"),
    ]
    sensors = {"shellyplus-kettle/input:0": Sensor(alarm="pull_cord")}
    assert facts("shelly", RPC, message, sensors)[0] == ("alarm", "pull_cord", "single_push")


def test_a_clock_that_was_never_set_is_no_time() -> None:
    message = notify(**{"ts": 12.5, "temperature:0": {"tC": 20}})
    assert read("shelly", RPC, message)[0].statement.at is None


def test_status_and_online() -> None:
    status = {"id": 0, "apower": 8.9, "output": True}
    assert facts("shelly", "plug/status/switch:0", status) == [("reading", "power", 8.9)]
    assert facts("shelly", "plug/online", "true") == [("status", "availability", True)]
    assert facts("shelly", "plug/online", "false") == [("status", "availability", False)]


def test_an_input_is_a_door_only_when_the_register_says_so() -> None:
    sensors = {"uni/input:0": Sensor("front-door", "door")}
    assert facts("shelly", "uni/status/input:0", {"id": 0, "state": True}) == [
        ("reading", "input", True)
    ]
    assert facts("shelly", "uni/status/input:0", {"id": 0, "state": True}, sensors) == [
        ("reading", "door", True)
    ]


@pytest.mark.parametrize("topic", ["plug/rpc", "events/rpc", "plug/command"])
def test_other_topics_are_not_read(topic: str) -> None:
    with pytest.raises(Unreadable):
        read("shelly", topic, notify())


@pytest.mark.parametrize("event", ["long_double_push", "long_triple_push", "hold_press"])
def test_however_a_bluetooth_button_is_pressed_it_calls_for_help(event: str) -> None:
    """She holds on to it, as one holds on to a handrail."""
    push = {"component": "bthomedevice:200", "id": 200, "event": event, "idx": 0,
            "ts": 1710765213.17}  # fmt: skip
    message = notify("NotifyEvent", events=[push])
    sensors = {"shellyplus-kettle/bthomedevice:200": Sensor(alarm="pendant")}
    assert facts("shelly", RPC, message, sensors) == [("alarm", "pendant", event)]

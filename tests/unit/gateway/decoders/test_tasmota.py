"""Tasmota: the examples of its documentation, "MQTT", and of what devices were seen to send."""

from __future__ import annotations

import pytest

from gateway.decoders.native import Unreadable
from gateway.decoders.said import Sensor
from gateway.dialects import DIALECTS
from tests.harness.dialects import Fact, facts, read


def test_a_plugs_energy() -> None:
    payload = {
        "Time": "2019-12-10T19:37:50",
        "ENERGY": {"Total": 0.1, "Yesterday": 0.02, "Today": 0.01, "Power": 1811,
                   "Voltage": 230, "Current": 7.8},
    }  # fmt: skip
    (said,) = read("tasmota", "tele/kettle/SENSOR", payload)
    assert (said.statement.type, said.statement.value, said.statement.unit) == ("power", 1811, "W")
    assert said.statement.at is None, "local time of nobody knows where is no time"


def test_a_thermometer() -> None:
    payload = {"Time": "2017-02-16T10:13:52", "DS18B20": {"Temperature": 20.6}}
    (said,) = read("tasmota", "tele/bath/SENSOR", payload)
    assert (said.statement.type, said.statement.value) == ("temperature", 20.6)
    (said,) = read("tasmota", "tele/bath/SENSOR", payload | {"Time": "2017-02-16T10:13:52Z"})
    assert said.statement.at is not None


def test_answers_to_a_query_hold_the_same_readings() -> None:
    inside = {"Time": "2021-06-13T06:59:49", "DHT11": {"Temperature": 23.0, "Humidity": 37.0,
              "DewPoint": 7.5}, "TempUnit": "C"}  # fmt: skip
    assert facts("tasmota", "stat/hall/STATUS10", {"StatusSNS": inside}) == [
        ("reading", "temperature", 23.0), ("reading", "humidity", 37.0),
    ]  # fmt: skip


@pytest.mark.parametrize(("payload", "online"), [("Online", True), ("Offline", False)])
def test_last_will(payload: str, online: bool) -> None:
    assert facts("tasmota", "tele/kettle/LWT", payload) == [("status", "availability", online)]


def test_a_switch_means_what_the_register_says() -> None:
    sensors = {"reed": Sensor("front-door", "door")}
    assert facts("tasmota", "stat/reed/RESULT", {"Switch1": {"Action": "ON"}}) == [
        ("reading", "switch", True)
    ]
    assert facts("tasmota", "tele/reed/SENSOR", {"Switch1": "OFF"}, sensors) == [
        ("reading", "door", False)
    ]


def test_state_and_power_are_status() -> None:
    state = {"Time": "2018-01-01T00:00:00", "Uptime": "0T01:00:00", "POWER": "ON",
             "Wifi": {"RSSI": 80}}  # fmt: skip
    assert facts("tasmota", "tele/kettle/STATE", state) == [("status", "status", None)]
    assert facts("tasmota", "stat/kettle/POWER", "ON") == [("status", "power", None)]
    assert facts("tasmota", "tele/kettle/POWER_LOW", "ON") == [("status", "power_low", None)]
    assert facts("tasmota", "stat/kettle/RESULT", {"POWER": "OFF"}) == [("status", "status", None)]


@pytest.mark.parametrize("topic", ["cmnd/kettle/POWER", "tele/LWT", "tele"])
def test_other_topics_are_not_read(topic: str) -> None:
    with pytest.raises(Unreadable):
        read("tasmota", topic, "ON")


@pytest.mark.parametrize("topic", ["stat/cord/RESULT", "stat/cord/BUTTON1"])
def test_a_button_is_pressed(topic: str) -> None:
    pressed = {"Button1": {"Action": "SINGLE"}}
    assert facts("tasmota", topic, pressed) == [("reading", "button", "SINGLE")]
    sensors = {"cord": Sensor("bathroom", alarm="pull_cord")}
    assert facts("tasmota", topic, pressed, sensors) == [("alarm", "pull_cord", "SINGLE")]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"0500<00": "010000010000", "ZoneStatusChange": 1, "Fire": 1}, ("alarm", "smoke", True)),
        ({"ZoneStatusChange": 0, "Fire": 0}, ("reading", "smoke", False)),
        ({"CO": 1}, ("alarm", "carbon_monoxide", True)),
        ({"Water": 1}, ("alarm", "flood", True)),
        ({"PersonalAlarm": 1}, ("alarm", "panic", True)),
        ({"ZoneStatusChange": 33, "Contact": 1}, ("reading", "door", True)),
        ({"ZoneStatusChange": 32, "Contact": 0}, ("reading", "door", False)),
        ({"Occupancy": 1}, ("reading", "motion", True)),
        ({"Click": "single"}, ("reading", "button", "single")),
        ({"Humidity": 69.45}, ("reading", "humidity", 69.45)),
        ({"BatteryVoltage": 2.7}, ("status", "status", None)),
    ],
)
def test_what_a_zigbee_bridge_received(said: dict[str, object], expected: Fact) -> None:
    payload = {"ZbReceived": {"0x662E": {"Device": "0x662E", "Endpoint": 1, **said}}}
    assert facts("tasmota", "tele/SonoffZB/SENSOR", payload) == [expected]


def test_a_sensor_behind_a_zigbee_bridge_has_its_name_and_battery() -> None:
    said = {"Device": "0x01F3", "Name": "Gran", "Click": "hold", "BatteryPercentage": 17}
    topic, payload = "tele/SonoffZB/SENSOR", {"ZbReceived": {"0x01F3": said, "0x2": "nonsense"}}
    pendant = {"Gran": Sensor(alarm="pendant")}
    assert facts("tasmota", topic, payload, pendant)[0] == ("alarm", "pendant", "hold")
    first = read("tasmota", topic, payload)[0].statement
    assert (first.sensor, first.battery) == ("Gran", 17)


@pytest.mark.parametrize("word", ["Fire", "CO", "Water", "PersonalAlarm", "Panic"])
def test_what_nobody_can_read_of_a_zigbee_bridge_may_be_a_call(word: str) -> None:
    cut_off = f'{{"ZbReceived":{{"0x662E":{{"{word}":1'.encode()
    assert DIALECTS["tasmota"].may_cry("tele/SonoffZB/SENSOR", cut_off, {})

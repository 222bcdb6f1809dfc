"""LoRaWAN devices through the codecs that their makers publish: a press is heard as one."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.decoders.said import Sensor
from tests.harness.dialects import Fact, facts, read

EUI = "24e124535b316056"
CHIRPSTACK = f"application/a/device/{EUI}/event/up"
THINGS = f"v3/app1@tenant1/devices/{EUI}/up"
PENDANT = {EUI: Sensor(alarm="pendant")}


def of_both(decoded: dict[str, Any], sensors: dict[str, Sensor] | None = None) -> list[Fact]:
    """What it comes to, the same over either network."""
    uplink = {"deduplicationId": "3ac7e3c4", "object": decoded}
    stack = {"uplink_message": {"session_key_id": "AXA5", "decoded_payload": decoded}}
    told = facts("chirpstack", CHIRPSTACK, uplink, sensors)
    assert facts("things_stack", THINGS, stack, sensors) == told
    return told


@pytest.mark.parametrize(
    "decoded",
    [
        {"battery": 16, "button_event": {"status": "short press", "msgid": 517334}},  # WS101 SOS
        {"press": "long", "battery": 100},
        {"button": "double"},
        {"button": 1},
        {"BatV": 3.0, "Alarm": "TRUE", "TempC_SHT41": 21.4},  # PB01
        {"ALARM_status": "TRUE", "MD": 0, "Transport": "STILL"},  # TrackerD
        {"Device": "R312A", "Volt": 3.1, "Alarm": 1},
        {"status": 1, "battery": 3.6, "temperatureBoard": 22},  # TBPB100
    ],
)
def test_a_button_that_calls_for_help_is_heard_whatever_its_maker_calls_a_press(
    decoded: dict[str, Any],
) -> None:
    ((kind, type_, _),) = of_both(decoded, PENDANT)
    assert (kind, type_) == ("alarm", "pendant")


@pytest.mark.parametrize(
    "decoded",
    [
        {"battery": 16},
        {"BatV": 3.0, "Alarm": "FALSE"},
        {"Device": "R312A", "Volt": 3.1, "Alarm": 0},
        {"alarm": "sensor fault"},
        {"button": 0},
        {"status": "Success"},
    ],
)
def test_its_sign_of_life_is_no_press(decoded: dict[str, Any]) -> None:
    assert of_both(decoded, PENDANT) == [("status", "status", None)]


def test_a_button_nobody_registered_says_what_it_says() -> None:
    assert of_both({"press": "short"}) == [("reading", "button", "short")]
    assert of_both({"Device": "R312A", "Alarm": 1}) == [("alarm", "alarm", True)]


@pytest.mark.parametrize(
    ("decoded", "expected"),
    [
        ({"gas_status": "alarm", "valve_status": "on"}, [("alarm", "gas", True)]),
        ({"gas_status": "normal"}, [("reading", "gas", False)]),
        ({"WATER_LEAK_STATUS": 1, "BAT_V": 3.0}, [("alarm", "flood", True)]),
        ({"WATER_LEAK_STATUS": 0}, [("reading", "flood", False)]),
        ({"WaterLeak": "Leak"}, [("alarm", "flood", True)]),
        ({"WaterLeak_1": "NoLeak", "WaterLeak_2": "Leak"}, [("alarm", "flood", True)]),
        ({"WaterLeak_1": "Leak", "WaterLeak_2": "NoLeak"}, [("alarm", "flood", True)]),
        ({"WaterLeak_1": "NoLeak", "WaterLeak_2": "NoLeak"}, [("reading", "flood", False)]),
        ({"FireAlarm": "Alarm", "HighTempAlarm": "No Alarm"},
         [("alarm", "smoke", True), ("reading", "heat", False)]),
        ({"COAlarm": "Alarm"}, [("alarm", "carbon_monoxide", True)]),
        ({"DOOR_OPEN_STATUS": 1}, [("reading", "door", True)]),
        ({"DOOR_OPEN_STATUS": 1, "ALARM": 0}, [("reading", "door", True)]),
        ({"DOOR_OPEN_STATUS": 1, "ALARM": 1},
         [("alarm", "open_too_long", True), ("reading", "door", True)]),
        ({"ALARM": 1, "DOOR_OPEN_STATUS": 0},
         [("alarm", "closed_too_long", True), ("reading", "door", False)]),
        ({"magnet_status": "close", "tamper_status": "installed"}, [("reading", "door", False)]),
        ({"pir": "trigger"}, [("reading", "motion", True)]),
    ],
)  # fmt: skip
def test_detectors_and_doors_by_their_makers_names(
    decoded: dict[str, Any], expected: list[Fact]
) -> None:
    assert of_both(decoded) == expected


@pytest.mark.parametrize(("level", "battery"), [(3.1, None), (3, None), (16, 16), (0, 0)])
def test_volts_are_no_per_cent(level: float, battery: float | None) -> None:
    decoded = {"status": 0, "battery": level}
    (said,) = read("chirpstack", CHIRPSTACK, {"object": decoded})
    assert said.statement.battery == battery
    (said,) = read("things_stack", THINGS, {"uplink_message": {"decoded_payload": decoded}})
    assert said.statement.battery == battery

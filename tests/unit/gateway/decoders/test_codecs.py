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


@pytest.mark.parametrize(
    ("status", "tampered"),
    [("uninstalled", True), (1, True), ("installed", False), (0, False), ("unknown", None)],
)
def test_a_contact_taken_from_its_wall_is_one_for_the_tec_team(
    status: str | int, tampered: bool | None
) -> None:
    """A Milesight WS301, by its codec of 2025, and of 2023 in numbers: nothing watched the door."""
    decoded = {"battery": 92, "magnet_status": "open", "tamper_status": status}
    door = ("reading", "door", True)
    assert of_both(decoded) == [door, *([("status", "tamper", True)] if tampered else [])]
    said = read("chirpstack", CHIRPSTACK, {"object": decoded})[0]
    assert said.statement.data.get("tamper") is tampered, "by which the detectors go"


@pytest.mark.parametrize(("level", "battery"), [(3.1, None), (3, None), (16, 16), (0, 0)])
def test_volts_are_no_per_cent(level: float, battery: float | None) -> None:
    decoded = {"status": 0, "battery": level}
    (said,) = read("chirpstack", CHIRPSTACK, {"object": decoded})
    assert said.statement.battery == battery
    (said,) = read("things_stack", THINGS, {"uplink_message": {"decoded_payload": decoded}})
    assert said.statement.battery == battery


MILESIGHT = {"battery": 100, "temperature": 28.3, "position": "normal", "latitude": 50.7151,
             "longitude": -2.4366, "geofence_status": "inside"}  # fmt: skip
TRACKER_D = {"Location": "50.7151,-2.4366", "Latitude": 50.7151, "Longitud": -2.4366, "BatV": 4.1,
             "ALARM_status": "FALSE", "MD": 0, "LON": "ON", "Transport": "MOVE"}  # fmt: skip
LGT_92 = {"Latitude": 50.7151, "Longitude": -2.4366, "ALARM_status": False, "BatV": 4.1,
          "MD": "Move", "Roll": 1.2, "Pitch": -0.3, "Altitude": 0, "Accuracy": 3}  # fmt: skip


@pytest.mark.parametrize("decoded", [MILESIGHT, TRACKER_D, LGT_92])
def test_a_tracker_says_where_whoever_carries_it_is(decoded: dict[str, Any]) -> None:
    """It is in the pocket of somebody who loses their way: what it says is no mere status."""
    uplink = {"deduplicationId": "3ac7e3c4", "object": decoded}
    place = read("chirpstack", CHIRPSTACK, uplink)[-1]
    assert (place.kind, place.statement.type) == ("location", "location")
    assert (place.statement.data["lat"], place.statement.data["lon"]) == (50.7151, -2.4366)
    assert place.statement.data.get("accuracy_m") == (3 if decoded is LGT_92 else None)
    assert of_both(decoded)[-1][:2] == ("location", "location")


@pytest.mark.parametrize(
    ("lat", "lon"), [(0, 0), (-0.000001, -0.000001), (268.435455, 268.435455), (50.7, None)]
)
def test_a_tracker_without_a_fix_is_nowhere(lat: float, lon: float | None) -> None:
    told = of_both({"Latitude": lat, "Longitud": lon, "ALARM_status": "FALSE"})
    assert told == [("status", "status", None)]


def test_a_press_of_a_tracker_says_where_it_was() -> None:
    told = of_both(TRACKER_D | {"ALARM_status": "TRUE"}, PENDANT)
    assert [each[:2] for each in told] == [("alarm", "pendant"), ("location", "location")]


def test_where_a_tracker_was_long_ago_is_not_where_it_is() -> None:
    """What it kept while nobody heard it comes with its own date, in local words."""
    kept = {"Latitude": 50.7151, "Longitude": -2.4366, "Date": "2022:5:18", "Time": "3:22:37"}
    assert of_both(kept) == [("status", "status", None)]

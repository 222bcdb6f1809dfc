"""Zigbee2MQTT's payloads, as its documentation and its devices' pages give them."""

from __future__ import annotations

import pytest

from gateway.decoders.native import Unreadable
from gateway.decoders.said import Offer, Sensor
from tests.harness.dialects import Fact, facts, offers, read


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"temperature": 27.34, "humidity": 44.72},
         [("reading", "temperature", 27.34), ("reading", "humidity", 44.72)]),
        ({"action": "single"}, [("reading", "button", "single")]),
        ({"action": ""}, [("status", "status", None)]),
        ({"action": "emergency"}, [("alarm", "panic", "emergency")]),
        ({"occupancy": True}, [("reading", "motion", True)]),
        ({"occupancy": False, "illuminance": 5}, [("reading", "motion", False)]),
        ({"contact": True, "battery": 100, "linkquality": 128}, [("reading", "door", False)]),
        ({"contact": False}, [("reading", "door", True)]),
        ({"smoke": True, "battery_low": True},
         [("alarm", "smoke", True), ("status", "battery_low", True)]),
        ({"smoke": False, "tamper": False}, [("reading", "smoke", False)]),
        ({"water_leak": True}, [("alarm", "flood", True)]),
        ({"carbon_monoxide": True}, [("alarm", "carbon_monoxide", True)]),
        ({"gas": True}, [("alarm", "gas", True)]),
        ({"gas": 12}, [("status", "status", None)]),
        ({"state": "ON", "power": 1830.5}, [("reading", "power", 1830.5)]),
        ({"state": "ON", "brightness": 215, "color_temp": 325}, [("status", "status", None)]),
        ({"smoke": "a word nobody knows"}, [("alarm", "smoke", True)]),
        ({"smoke": None, "occupancy": None}, [("reading", "motion", False)]),
    ],
)  # fmt: skip
def test_what_a_device_says(payload: object, expected: object) -> None:
    assert facts("zigbee2mqtt", "kitchen/fridge", payload) == expected


def test_the_name_may_hold_a_slash_and_the_rest_rides_along() -> None:
    (said,) = read("zigbee2mqtt", "kitchen/fridge", {"contact": False, "battery": 88, "voltage": 3})
    assert said.statement.sensor == "kitchen/fridge"
    assert said.statement.battery == 88
    assert said.statement.data["voltage"] == 3


def test_the_register_says_where_it_is_and_what_it_watches() -> None:
    sensors = {"0x00158d0001": Sensor("kitchen", "fridge"), "button": Sensor(alarm="pendant")}
    (said,) = read("zigbee2mqtt", "0x00158d0001", {"contact": False}, sensors)
    assert (said.statement.room, said.statement.type) == ("kitchen", "fridge")
    assert facts("zigbee2mqtt", "button", {"action": "single"}, sensors) == [
        ("alarm", "pendant", "single")
    ]


@pytest.mark.parametrize("payload", ["online", '{"state":"online"}', '"online"'])
def test_availability_in_both_its_forms(payload: str) -> None:
    assert facts("zigbee2mqtt", "hall/availability", payload) == [("status", "availability", True)]
    offline = payload.replace("online", "offline")
    assert facts("zigbee2mqtt", "hall/availability", offline) == [("status", "availability", False)]


@pytest.mark.parametrize(
    ("field", "payload", "expected"),
    [
        ("smoke", "true", ("alarm", "smoke", True)),
        ("smoke", "false", ("reading", "smoke", False)),
        ("action", "emergency", ("alarm", "panic", "emergency")),
        ("action", "", ("status", "status", None)),
        ("contact", "false", ("reading", "door", True)),
        ("temperature", "21.5", ("reading", "temperature", 21.5)),
        ("last_seen", "2026-03-10T02:50:00+00:00", ("status", "status", None)),
    ],
)
def test_a_bridge_that_says_each_field_by_itself_is_heard(
    field: str, payload: str, expected: Fact
) -> None:
    """`advanced.output: attribute`."""
    (said,) = read("zigbee2mqtt", f"hall/{field}", payload)
    assert said.statement.sensor == "hall"
    assert facts("zigbee2mqtt", f"hall/{field}", payload) == [expected]
    pendant = {"hall/button": Sensor(alarm="pendant")}
    pressed = facts("zigbee2mqtt", "hall/button/action", "single", pendant)
    assert pressed == [("alarm", "pendant", "single")]


AQARA = {"angle": 114, "battery": 100, "linkquality": 131, "sensitivity": "high", "strength": 9,
         "vibration": True, "voltage": 3145}  # fmt: skip
"""A DJT11LM in Zigbee2MQTT's words; it says `action` as well, others say `vibration` alone."""


def test_what_shakes_calls_for_help_where_the_register_says_so_and_is_never_a_sign_of_life() -> (
    None
):
    assert facts("zigbee2mqtt", "knock", AQARA) == [("status", "status", None)]
    bed = {"knock": Sensor(type="bed")}
    assert facts("zigbee2mqtt", "knock", AQARA, bed) == [("status", "status", None)]
    call = {"knock": Sensor(alarm="pendant")}
    assert facts("zigbee2mqtt", "knock", AQARA, call) == [("alarm", "pendant", True)]
    still = AQARA | {"vibration": False}
    assert facts("zigbee2mqtt", "knock", still, call) == [("status", "status", None)]
    both = AQARA | {"action": "vibration"}
    assert facts("zigbee2mqtt", "knock", both, call) == [("alarm", "pendant", "vibration")], "once"


@pytest.mark.parametrize("payload", ["true", "garbage", "", b"\xff"])
def test_what_a_device_says_as_a_whole_is_never_one_field(payload: str | bytes) -> None:
    sensors = {"hall/button": Sensor(alarm="pendant")}
    with pytest.raises(Unreadable):
        read("zigbee2mqtt", "hall/button", payload, sensors)
    with pytest.raises(Unreadable):
        read("zigbee2mqtt", "hall", payload)


def test_last_seen_names_the_time() -> None:
    (said,) = read(
        "zigbee2mqtt", "hall", {"occupancy": True, "last_seen": "2026-03-10T02:50:00+00:00"}
    )
    assert said.statement.at is not None
    assert said.statement.at.minute == 50
    (said,) = read("zigbee2mqtt", "hall", {"occupancy": True, "last_seen": 1773111000000})
    assert said.statement.at is not None


def test_the_bridges_list_offers_its_devices() -> None:
    listed = [
        {"ieee_address": "0x00124b00120144ae", "type": "Coordinator", "friendly_name": "C"},
        {"ieee_address": "0x00158d00018255df", "type": "EndDevice", "friendly_name": "my_sensor",
         "definition": {"model": "MCCGQ01LM", "vendor": "Xiaomi",
                        "exposes": [{"property": "battery"}, {"property": "contact"}]}},
        "nonsense",
    ]  # fmt: skip
    expected = Offer("0x00158d00018255df", "my_sensor", "door", "MCCGQ01LM", "Xiaomi")
    assert offers("zigbee2mqtt", "bridge/devices", listed) == [expected]


def test_what_the_bridge_says_of_itself_is_not_kept() -> None:
    assert read("zigbee2mqtt", "bridge/logging", {"level": "info", "message": "..."}) == []


@pytest.mark.parametrize("topic", ["hall/set", "hall/set/state", "kitchen/siren/get"])
def test_a_command_is_not_a_message_from_a_device(topic: str) -> None:
    assert read("zigbee2mqtt", topic, {"warning": {"mode": "emergency"}}) == []
    assert read("zigbee2mqtt", topic, "ON") == []


def test_a_device_nobody_supports_is_offered_all_the_same() -> None:
    listed = [{"ieee_address": "0x00169a00022256da", "type": "Router", "friendly_name": "mine",
               "supported": False, "definition": None}]  # fmt: skip
    assert offers("zigbee2mqtt", "bridge/devices", listed) == [
        Offer("0x00169a00022256da", "mine", "", "", "")
    ]


@pytest.mark.parametrize(
    ("status", "kind"), [("none", "reading"), ("maybe_fall", "alarm"), ("fall", "alarm")]
)
def test_a_radar_that_sees_falls(status: str, kind: str) -> None:
    """Tuya's MIR-HE200-TY: presence goes on being said beside it."""
    said = facts("zigbee2mqtt", "bathroom", {"presence": True, "fall_down_status": status})
    assert said == [(kind, "fall", kind == "alarm"), ("reading", "presence", True)]

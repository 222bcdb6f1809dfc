"""Home Assistant's discovery messages, long and short."""

from __future__ import annotations

import pytest

from gateway.decoders.native import Unreadable
from gateway.decoders.said import Offer
from tests.harness.dialects import facts, offers, read

SHORT = {
    "~": "zigbee2mqtt/back_door", "name": "Contact", "stat_t": "~", "dev_cla": "door",
    "uniq_id": "0x00158d00018255df_contact", "pl_on": False, "pl_off": True, "exp_aft": 7200,
    "dev": {"ids": ["zigbee2mqtt_0x00158d00018255df"], "name": "back_door", "mf": "Xiaomi",
            "mdl": "MiJia door sensor (MCCGQ01LM)"},
}  # fmt: skip
LONG = {
    "name": "Contact", "state_topic": "zigbee2mqtt/back_door", "device_class": "door",
    "unique_id": "0x00158d00018255df_contact",
    "device": {"identifiers": ["x"], "name": "back_door", "manufacturer": "Xiaomi",
               "model": "MiJia door sensor (MCCGQ01LM)"},
}  # fmt: skip
TOPIC = "binary_sensor/0x00158d00018255df/contact/config"


@pytest.mark.parametrize("payload", [SHORT, LONG])
def test_a_device_is_offered_with_a_name_and_a_type(payload: object) -> None:
    assert offers("home_assistant", TOPIC, payload) == [
        Offer("0x00158d00018255df_contact", "back_door Contact", "door",
              "MiJia door sensor (MCCGQ01LM)", "Xiaomi")
    ]  # fmt: skip


def test_the_least_it_may_say() -> None:
    assert offers("home_assistant", "switch/plug/config", {"stat_t": "x"}) == [
        Offer("switch/plug", "plug", "switch")
    ]


DEVICE = {
    "dev": {"ids": "ea334450945afc", "name": "Kitchen", "mf": "Bla electronics", "mdl": "xya",
            "sw": "1.0", "sn": "ea334450945afc", "hw": "1.0rev2"},
    "o": {"name": "bla2mqtt", "sw": "2.1"},
    "cmps": {
        "some_unique_component_id1": {"p": "sensor", "device_class": "temperature",
                                      "unit_of_measurement": "°C", "unique_id": "temp01ae_t"},
        "some_unique_id2": {"p": "binary_sensor", "device_class": "smoke", "name": "Smoke"},
        "gone": {"p": "sensor"},
    },
    "state_topic": "sensorBedroom/state", "qos": 2,
}  # fmt: skip


def test_a_device_with_all_its_entities_in_one_message() -> None:
    assert offers("home_assistant", "device/0AFFD2/config", DEVICE) == [
        Offer("temp01ae_t", "Kitchen", "temperature", "xya", "Bla electronics"),
        Offer("device/0AFFD2/some_unique_id2", "Kitchen Smoke", "smoke", "xya", "Bla electronics"),
    ]


@pytest.mark.parametrize("word", ["migrate_discovery", "migr_discvry"])
def test_an_entity_that_moves_to_its_devices_message_is_no_device(word: str) -> None:
    assert offers("home_assistant", "homeassistant/sensor/x1/config", {word: True}) == []
    assert read("home_assistant", "homeassistant/sensor/x1/config", {word: True}) == []


def test_its_own_birth_is_no_device() -> None:
    assert facts("home_assistant", "status", b"online") == []


def test_withdrawing_a_device_is_only_a_status() -> None:
    assert facts("home_assistant", TOPIC, b"") == [("status", "withdrawn", None)]


@pytest.mark.parametrize("topic", ["binary_sensor/x/state", "config", "a/b/c/d/config"])
def test_other_topics_are_not_read(topic: str) -> None:
    with pytest.raises(Unreadable):
        offers("home_assistant", topic, LONG)

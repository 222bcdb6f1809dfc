"""Home Assistant's discovery messages, long and short."""

from __future__ import annotations

import pytest

from gateway.decoders.native import Unreadable
from gateway.decoders.said import Offer
from tests.harness.dialects import facts, offers

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


def test_withdrawing_a_device_is_only_a_status() -> None:
    assert facts("home_assistant", TOPIC, b"") == [("status", "withdrawn", None)]


@pytest.mark.parametrize("topic", ["binary_sensor/x/state", "config", "a/b/c/d/config"])
def test_other_topics_are_not_read(topic: str) -> None:
    with pytest.raises(Unreadable):
        offers("home_assistant", topic, LONG)

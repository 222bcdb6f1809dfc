"""What a device's settings let it say for others."""

from __future__ import annotations

import pytest

from gateway.bridges import bridge_of
from gateway.topics import Routed

OWN = "telecare/v1/oak/hub-7/up/"


def test_without_the_setting_a_device_speaks_for_itself() -> None:
    assert bridge_of("oak", "hub-7", {}) is None


def test_below_its_own_topics_only_unless_native_ones_are_allowed() -> None:
    narrow = bridge_of("oak", "hub-7", {"bridge": {"dialects": ["zigbee2mqtt"]}})
    wide = bridge_of(
        "oak", "hub-7", {"bridge": {"dialects": ["zigbee2mqtt"], "native_topics": True}}
    )
    assert narrow is not None
    assert wide is not None
    expected = Routed("zigbee2mqtt", "hall/door")
    assert narrow.topics.find(OWN + "zigbee2mqtt/hall/door") == expected
    assert narrow.topics.find("zigbee2mqtt/hall/door") is None
    assert wide.topics.find("zigbee2mqtt/hall/door") == expected
    for bridge in (narrow, wide):
        assert bridge.topics.find("telecare/v1/oak/hub-8/up/zigbee2mqtt/hall/door") is None
        assert bridge.topics.find(OWN + "owntracks/jane/phone") is None


@pytest.mark.parametrize(
    "setting",
    [
        None,
        "zigbee2mqtt",
        {},
        {"dialects": []},
        {"dialects": ["scaip"]},
        {"dialects": ["esperanto"]},
        {"dialects": ["zigbee2mqtt"], "native_topic": True},
        {"dialects": ["zigbee2mqtt"], "sensors": {"x": 3}},
    ],
)
def test_a_setting_nobody_understands_allows_nothing(setting: object) -> None:
    assert bridge_of("oak", "hub-7", {"bridge": setting}) is None

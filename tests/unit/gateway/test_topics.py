"""Which topic speaks which dialect: what nobody names is denied."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.topics import Route, Routed, TopicMap, joined, matches

MAP = TopicMap(
    (
        Route("zigbee2mqtt/#", "zigbee2mqtt", "zigbee2mqtt/"),
        Route("+/events/rpc", "shelly"),
        Route("zigbee2mqtt/+", "tasmota"),
    )
)


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("zigbee2mqtt/kitchen/fridge", Routed("zigbee2mqtt", "kitchen/fridge")),
        ("zigbee2mqtt/x", Routed("zigbee2mqtt", "x")),
        ("plug/events/rpc", Routed("shelly", "plug/events/rpc")),
        ("plug/events", None),
        ("a/plug/events/rpc", None),
        ("zigbee2mqttx/y", None),
        ("$SYS/events/rpc", None),
        ("zigbee2mqtt/#", None),
        ("+/events/rpc", None),
        ("", None),
    ],
)
def test_the_first_route_decides(topic: str, expected: Routed | None) -> None:
    assert MAP.find(topic) == expected


def test_joined_maps_keep_their_order() -> None:
    both = joined([MAP, TopicMap((Route("other/#", "owntracks"),))])
    assert both.find("other/jane/phone") == Routed("owntracks", "other/jane/phone")


@given(st.text("ab/+#$", max_size=12), st.text("ab/+#$", max_size=12))
def test_no_topic_with_a_wildcard_or_of_the_system_is_ever_allowed(
    pattern: str, topic: str
) -> None:
    if matches(pattern, topic.split("/")):
        assert not set(topic) & set("+#")
        assert not topic.startswith("$")

"""The Things Stack's messages, as its data formats page gives them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.decoders.native import Unreadable
from tests.harness.dialects import facts, offers, read

UP = "v3/app1@tenant1/devices/dev1/"
IDS = {
    "device_id": "dev1", "application_ids": {"application_id": "app1"},
    "dev_eui": "0004A30B001C0530", "join_eui": "800000000000000C", "dev_addr": "00BCB929",
}  # fmt: skip


def uplink(**more: Any) -> dict[str, Any]:
    return {
        "end_device_ids": IDS,
        "correlation_ids": ["as:up:01..."],
        "received_at": "2020-02-12T15:15:45.787Z",
        "uplink_message": {"session_key_id": "AXA50tHUG1bOEw==", "frm_payload": "gkHe"} | more,
    }


def test_a_decoded_payload_is_read() -> None:
    message = uplink(f_port=1, f_cnt=12, decoded_payload={"temperature": 1.0, "luminosity": 0.64})
    (said,) = read("things_stack", UP + "up", message)
    assert (said.statement.type, said.statement.value) == ("temperature", 1.0)
    assert said.statement.sensor == "dev1"
    assert said.statement.at == datetime(2020, 2, 12, 15, 15, 45, 787000, tzinfo=UTC)


def test_what_is_left_out_is_zero() -> None:
    (said,) = read("things_stack", UP + "up", uplink())
    assert said.statement.data == {"f_port": 0, "f_cnt": 0, "frm_payload": "gkHe"}
    (flat,) = read("things_stack", UP + "up", uplink(last_battery_percentage={"f_cnt": 3}))
    assert flat.statement.battery == 0


def test_within_a_codecs_object_what_is_left_out_says_nothing() -> None:
    message = uplink(decoded_payload={"temperature": 4.5})
    assert facts("things_stack", UP + "up", message) == [("reading", "temperature", 4.5)]


def test_a_frame_is_named_by_its_counter() -> None:
    first = read("things_stack", UP + "up", uplink(f_cnt=7))[0].statement.id
    assert read("things_stack", UP + "up", uplink(f_cnt=7))[0].statement.id == first
    assert read("things_stack", UP + "up", uplink(f_cnt=8))[0].statement.id != first


def test_on_the_equator_the_latitude_is_left_out() -> None:
    solved = {"received_at": "2020-02-12T15:15:45.787Z",
              "location_solved": {"location": {"longitude": 4.8, "accuracy": 100}}}  # fmt: skip
    (said,) = read("things_stack", UP + "location/solved", solved)
    assert (said.statement.data["lat"], said.statement.data["lon"]) == (0, 4.8)


def test_a_join_offers_the_device() -> None:
    join = {"end_device_ids": IDS, "received_at": "2020-02-12T15:15:45.787Z",
            "join_accept": {"session_key_id": "AXBSH1Pk6Z0G166"}}  # fmt: skip
    (offer,) = offers("things_stack", "v3/app1/devices/dev1/join", join)
    assert (offer.id, offer.name) == ("0004A30B001C0530", "dev1")


@pytest.mark.parametrize("topic", ["v3/app1/devices/dev1/up/else", "v2/a/devices/d/up", "v3"])
def test_other_topics_are_not_read(topic: str) -> None:
    with pytest.raises(Unreadable):
        read("things_stack", topic, uplink())

"""ChirpStack v4: the examples of its documentation, "Event types", cut to what matters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.decoders.native import Unreadable
from tests.harness.dialects import facts, offers, read

UP = "application/17c82e96-be03-4f38-aef3-f83d48582d97/device/0101010101010101/event/"
EVENT: dict[str, Any] = {
    "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
    "time": "2022-07-18T09:34:15.775023242+00:00",
    "deviceInfo": {
        "tenantId": "52f14cd4-c6f1-4fbd-8f87-4025e1d49242", "tenantName": "ChirpStack",
        "applicationId": "17c82e96-be03-4f38-aef3-f83d48582d97",
        "applicationName": "Test application", "deviceProfileName": "Test device-profile",
        "deviceName": "Test device", "devEui": "0101010101010101", "tags": {"key": "value"},
    },
}  # fmt: skip
UPLINK = EVENT | {
    "devAddr": "00189440", "dr": 1, "fPort": 1, "data": "qg==",
    "rxInfo": [{"gatewayId": "0016c001f153a14c", "uplinkId": 4217106255, "rssi": -36,
                "snr": 10.5, "context": "E3OWOQ=="}],
    "txInfo": {"frequency": 867100000},
}  # fmt: skip


def test_without_a_codec_the_bytes_are_kept() -> None:
    (said,) = read("chirpstack", UP + "up", UPLINK)
    assert said.kind == "status"
    assert said.statement.sensor == "0101010101010101"
    assert said.statement.at == datetime(2022, 7, 18, 9, 34, 15, 775023, tzinfo=UTC)
    assert said.statement.data == {"data": "qg==", "fPort": 1, "rssi": -36, "snr": 10.5}


def test_with_a_codec_it_says_what_it_means() -> None:
    uplink = UPLINK | {"object": {"leakage_status": "leak", "temperature": 21.5, "battery": 93}}
    assert facts("chirpstack", UP + "up", uplink) == [
        ("alarm", "flood", True),
        ("reading", "temperature", 21.5),
    ]
    assert read("chirpstack", UP + "up", uplink)[0].statement.battery == 93


def test_the_same_uplink_again_has_the_same_id() -> None:
    first = read("chirpstack", UP + "up", UPLINK)
    assert read("chirpstack", UP + "up", UPLINK | {"extra": 1})[0].statement.id == (
        first[0].statement.id
    )


@pytest.mark.parametrize(
    ("more", "battery"),
    [
        ({"batteryLevel": 88.3}, 88.3),
        ({"batteryLevel": 0, "batteryLevelUnavailable": True}, None),
        ({"batteryLevel": 0, "externalPowerSource": True}, None),
    ],
)
def test_a_battery_of_zero_may_be_no_battery(more: dict[str, Any], battery: float | None) -> None:
    (said,) = read("chirpstack", UP + "status", EVENT | {"margin": 10} | more)
    assert (said.statement.battery, said.statement.type) == (battery, "status")


def test_a_join_offers_the_device() -> None:
    (offer,) = offers("chirpstack", UP + "join", EVENT | {"devAddr": "00189440"})
    assert (offer.id, offer.name, offer.model) == (
        "0101010101010101", "Test device", "Test device-profile",
    )  # fmt: skip


def test_a_location_is_one() -> None:
    where = {"latitude": 37.344214, "longitude": -8.839375, "altitude": 2, "accuracy": 30}
    (said,) = read("chirpstack", UP + "location", EVENT | {"location": where})
    assert said.kind == "location"
    assert said.statement.data["lat"] == 37.344214
    assert said.statement.data["accuracy_m"] == 30


def test_what_the_network_says_of_itself_is_status() -> None:
    sent = {"downlinkId": 3461958127, "time": EVENT["time"], "deviceInfo": EVENT["deviceInfo"],
            "queueItemId": "42cb6459-a640-46ec-9623-bdff39dc4736", "fCntDown": 2}  # fmt: skip
    logged = {"time": EVENT["time"], "deviceInfo": EVENT["deviceInfo"], "level": "ERROR",
              "code": "UPLINK_MIC", "description": "MIC of join-request is invalid"}  # fmt: skip
    assert facts("chirpstack", UP + "txack", sent) == [("status", "txack", None)]
    (said,) = read("chirpstack", UP + "log", logged)
    assert said.statement.data == {"level": "ERROR", "code": "UPLINK_MIC"}


@pytest.mark.parametrize("topic", ["application/1/device/2/command/down", UP + "sneeze", "up"])
def test_other_topics_are_not_read(topic: str) -> None:
    with pytest.raises(Unreadable):
        read("chirpstack", topic, EVENT)

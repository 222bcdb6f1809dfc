"""The Things Stack v3: a confirmed downlink on `v3/APPLICATION@TENANT/devices/DEVICE/down/push`.

By thethingsindustries.com, "MQTT Server" and "Data Formats": a downlink's `correlation_ids` come
back in `down/ack` when the device has confirmed it and in `down/failed` when it cannot be sent.
After `down/nack` the network sends it again by itself. Its server knows QoS 0 alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.json import encode

from telecare.telling.said import Dialect, Order, Place, Words

_OURS = "telecare:"


def command_of(correlations: Iterable[object]) -> str | None:
    """The command among a message's correlation ids, if it was one of ours."""
    ours = (each for each in correlations if isinstance(each, str) and each.startswith(_OURS))
    found = next(ours, None)
    return found.removeprefix(_OURS) if found is not None else None


def _place(topic: str) -> str | None:
    levels = topic.split("/")
    if len(levels) > 4 and (levels[0], levels[2]) == ("v3", "devices"):
        return "/".join(levels[:4])
    return None


def _say(order: Order, place: Place) -> Words:
    downlink = {
        "f_port": order.body["f_port"],
        "priority": "NORMAL",
        "confirmed": True,
        "correlation_ids": [_OURS + order.id],
    }
    downlink |= {
        key: order.body[key] for key in ("frm_payload", "decoded_payload") if key in order.body
    }
    said = {"downlinks": [downlink]}
    return Words(f"{place.base}{place.name}/down/push", encode(said), qos=0)


def _fault(body: Mapping[str, Any]) -> str:
    if not 1 <= body["f_port"] <= 223:
        return "A LoRaWAN port, f_port, is 1 to 223."
    if ("frm_payload" in body) == ("decoded_payload" in body):
        return "Give frm_payload (base64), or decoded_payload for the device's own formatter."
    return ""


DIALECT = Dialect(
    "things_stack",
    {"f_port": int},
    place=_place,
    say=_say,
    fault=_fault,
    optional={"frm_payload": str, "decoded_payload": dict},
)

"""Zigbee2MQTT: requests to the bridge, `bridge/request/NAME`.

By zigbee2mqtt.io, "MQTT Topics and Messages": a request may carry a `transaction`, which comes
back in `bridge/response/NAME` with `status` `ok` or `error`. A device's own `/set` is answered by
nothing but its next state, so it is no command of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.json import encode

from telecare.telling.said import Dialect, Order, Place, Words


def _say(order: Order, place: Place) -> Words:
    asked = dict(order.body.get("payload", {})) | {"transaction": order.id}
    return Words(f"{place.base}bridge/request/{order.body['request']}", encode(asked))


def _fault(body: Mapping[str, Any]) -> str:
    plain = str(body["request"]).replace("/", "").replace("_", "")
    if not plain.isalnum():
        return "A request to Zigbee2MQTT is a name like health_check or device/options."
    if "to" in body:
        return "A request goes to the bridge itself: name its device in the payload."
    return ""


DIALECT = Dialect(
    "zigbee2mqtt",
    {"request": str},
    place=lambda _: "",
    say=_say,
    fault=_fault,
    optional={"payload": dict},
)

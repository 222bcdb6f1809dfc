"""ChirpStack v4: a confirmed downlink on `application/APPLICATION/device/DEV_EUI/command/down`.

By chirpstack.io, "MQTT integration" and "Event types", and by its `integration.proto`: `id` becomes
the queue item's (a UUID), and the `ack` event names it as `queueItemId`, with `acknowledged` if the
device had it. What it made of it only its own uplinks tell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec.json import encode

from telecare.telling.said import Dialect, Order, Place, Words

_OURS = "7e1eca4e00"
_COMMAND = re.compile(r"command-([0-9a-f]{20})")
_ITEM = re.compile(
    rf"([0-9a-f]{{8}})-([0-9a-f]{{4}})-8([0-9a-f]{{3}})-8([0-9a-f]{{3}})-(..){_OURS}"
)


def item_of(command: str) -> str:
    """The id of a queue item, a UUID of version 8 that holds our command's id."""
    found = _COMMAND.fullmatch(command)
    if found is None:
        raise ValueError(f"{command} is no id of a command")
    digits = found[1]
    return f"{digits[:8]}-{digits[8:12]}-8{digits[12:15]}-8{digits[15:18]}-{digits[18:]}{_OURS}"


def command_of(item: str) -> str | None:
    """The command that a queue item was made for; None for somebody else's."""
    found = _ITEM.fullmatch(item.lower())
    command = "command-" + "".join(found.groups()) if found is not None else ""
    return command if _COMMAND.fullmatch(command) else None


def _place(topic: str) -> str | None:
    levels = topic.split("/")
    if len(levels) == 6 and (levels[0], levels[2], levels[4]) == ("application", "device", "event"):
        return "/".join(levels[:4])
    return None


def _say(order: Order, place: Place) -> Words:
    said = {
        "id": item_of(order.id),
        "devEui": place.name.rpartition("/")[2],
        "confirmed": True,
        "fPort": order.body["f_port"],
    }
    said |= {key: order.body[key] for key in ("data", "object") if key in order.body}
    return Words(f"{place.base}{place.name}/command/down", encode(said))


def _fault(body: Mapping[str, Any]) -> str:
    if not 1 <= body["f_port"] <= 223:
        return "A LoRaWAN port, f_port, is 1 to 223."
    if ("data" in body) == ("object" in body):
        return "Give data (base64), or object for the profile's own codec."
    return ""


DIALECT = Dialect(
    "chirpstack",
    {"f_port": int},
    place=_place,
    say=_say,
    fault=_fault,
    optional={"data": str, "object": dict},
)

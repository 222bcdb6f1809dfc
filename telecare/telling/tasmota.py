"""Tasmota: `cmnd/TOPIC/Backlog0` with the command, and with a word of ours behind it.

By tasmota.github.io/docs, "Commands" and "MQTT": the answer on `stat/TOPIC/RESULT` names no
request, so nobody could tell it from one to somebody else. `Backlog0` carries out one command after
the other, and `Publish` is one that says something under a topic: it says our command's id when the
device has come so far. That is all it proves: whether Tasmota knew the command its RESULT tells,
which is kept, too, and may be about something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.json import encode

from telecare.telling.said import Dialect, Order, Place, Words


def _place(topic: str) -> str | None:
    prefix, _, rest = topic.partition("/")
    device, _, _ = rest.rpartition("/")
    return device or None if prefix in ("tele", "stat") else None


def _say(order: Order, place: Place) -> Words:
    device = place.name
    own = f"{order.body['command']} {order.body.get('value', '')}".strip()
    back = f"Publish {place.base}stat/{device}/TELECARE {encode({'command': order.id}).decode()}"
    return Words(f"{place.base}cmnd/{device}/Backlog0", f"{own}; {back}".encode())


def _fault(body: Mapping[str, Any]) -> str:
    command, value = str(body["command"]), str(body.get("value", ""))
    if not command.isalnum() or ";" in value or not value.isprintable():
        return "One Tasmota command at a time: a word like PowerDelta, and a value without ';'."
    if value.strip().casefold() in ("toggle", "2") and command.casefold().startswith("power"):
        return "After a toggle nobody knows how it stands: say ON or OFF."
    return ""


DIALECT = Dialect(
    "tasmota",
    {"command": str},
    place=_place,
    say=_say,
    fault=_fault,
    optional={"value": (str, int, float)},
)

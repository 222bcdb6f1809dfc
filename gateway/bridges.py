"""A bridge: a device that speaks for others in its maker's dialect, as its settings allow.

The setting `bridge` of a device, in the register:

    {"dialects": ["zigbee2mqtt", "home_assistant"], "native_topics": true,
     "sensors": {"fridge": {"room": "kitchen", "type": "fridge"}}}

What is not allowed there is denied. A setting nobody can understand allows nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gateway.decoders.said import Sensor
from gateway.dialects import BRIDGED, DIALECTS
from gateway.topics import Route, TopicMap, joined


class _Setting(msgspec.Struct, forbid_unknown_fields=True):
    dialects: list[str]
    native_topics: bool = False
    sensors: dict[str, Sensor] = {}


class Bridge(msgspec.Struct, frozen=True):
    """What a device may publish beyond our own contract."""

    topics: TopicMap
    sensors: Mapping[str, Sensor] = {}
    commands: tuple[str, ...] = ()
    """Filters of topics on which it listens for commands, as its maker made it."""


def bridge_of(org: str, device: str, settings: Mapping[str, Any]) -> Bridge | None:
    """The bridge that `settings` make of a device; None if they make none, or are wrong."""
    if "bridge" not in settings:
        return None
    try:
        setting = msgspec.convert(settings["bridge"], _Setting)
    except msgspec.ValidationError:
        return None
    allowed = [name for name in setting.dialects if name in BRIDGED]
    maps, commands = [], []
    for name in allowed:
        below = f"telecare/v1/{org}/{device}/up/{name}/"
        maps.append(TopicMap((Route(below + "#", name, below),)))
        commands.append(below + "#")
        if setting.native_topics:
            maps.append(DIALECTS[name].topics)
            commands += DIALECTS[name].commands
    return Bridge(joined(maps), setting.sensors, tuple(commands)) if maps else None

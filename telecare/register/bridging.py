"""What a device's settings hold of a bridge: how it may speak for others, and what its
sensors mean. Desk and command line write it alike; the gateway reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from telecare.errors import InvalidInput
from telecare.vocabulary import AlarmType

Settings = dict[str, Any]


def allowed(settings: Settings, dialects: Sequence[str], *, native_topics: bool) -> Settings:
    """`settings` of a device that may speak these dialects and no more; what its sensors mean
    stays.
    """
    bridge = {**_bridge(settings), "dialects": [*dialects], "native_topics": native_topics}
    return settings | {"bridge": bridge}


def taken_in(settings: Settings, sensor: str, name: str, meaning: dict[str, str]) -> Settings:
    """`settings` of a bridge whose `sensor` of the inbox, `name` in its messages, means this from
    now on. Raises `InvalidInput` for what is no bridge, or would cancel somebody's alarm.
    """
    if meaning.get("alarm") == AlarmType.CANCEL:
        raise InvalidInput("A sensor cancels nobody's alarm; name what its press asks for.")
    bridge = _bridge(settings)
    if "dialects" not in bridge:
        raise InvalidInput(
            "That device is no bridge yet; say what it may speak, with `telecare inbox bridge`."
        )
    sensors = {**bridge.get("sensors", {}), name: meaning}
    adopted = {**settings.get("adopted", {}), sensor: name}
    return settings | {"bridge": bridge | {"sensors": sensors}, "adopted": adopted}


def _bridge(settings: Settings) -> Settings:
    found = settings.get("bridge")
    return found if isinstance(found, dict) else {}

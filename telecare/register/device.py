"""A device as the register knows it, and how long it may be silent."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import RowMapping

from telecare.vocabulary import DeviceKind

LINES = ("analogue", "digital")
"""A telephone line that ends with the switch-over, or IP and mobile networks."""
BEATS_MISSED = 3
"""A hub is silent after this many promised heartbeats; one lost beat is a wireless hiccup."""
LONGEST_SECONDS = 366 * 24 * 3600
"""A longer promise is a slip of the keys; it must not end whoever counts the seconds."""
_SILENT_AFTER = "silent_after_seconds"


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A thing in a home that speaks to the gateway."""

    org: str
    device: str
    home: str
    kind: DeviceKind = DeviceKind.HUB
    model: str = ""
    room: str | None = None
    """Where in the home it stands."""
    serial: str | None = None
    """What its maker calls this one; no two devices of an organisation share it."""
    sim: str | None = None
    """Number of the card in it (ICCID); no two devices of an organisation share it."""
    heartbeat_seconds: int | None = None
    """It promises to speak at least this often; None: silent by design."""
    history_days: int = 7
    """How old a stored reading may be when it is sent late. Older claims count as wrong."""
    settings: dict[str, Any] = {}
    replaces: str | None = None
    """The device it took the place of, whose history is this home's too."""
    line: str | None = None
    """What it calls by: see `LINES`. None: nobody has said."""
    exchange: str | None = None
    """The exchange its telephone line hangs on."""
    network: str | None = None
    """The mast or broker by which it reaches us: devices of one fall silent together."""

    @property
    def silent_after(self) -> float | None:
        """Seconds without a word after which it counts as silent: its own policy
        (`silent_after_seconds` in its settings), else three promised heartbeats; None when it
        promises none.
        """
        if self.heartbeat_seconds is None:
            return None
        beats = BEATS_MISSED * self.heartbeat_seconds
        return self.own_silent_after or float(min(beats, LONGEST_SECONDS))

    @property
    def own_silent_after(self) -> float | None:
        """Its own policy in its settings, if that is a number above zero."""
        own = self.settings.get(_SILENT_AFTER)
        if isinstance(own, int | float) and not isinstance(own, bool) and own > 0:
            return float(min(own, LONGEST_SECONDS))
        return None


def device_of(row: RowMapping) -> Device:
    """The device of its row."""
    values = {name: row[name] for name in Device.__struct_fields__}
    return Device(**values | {"kind": DeviceKind(values["kind"])})


def sensors_of(device: Device) -> dict[str, dict[str, Any]]:
    """What is on file of the sensors behind it, by the name it gives them.

    Of a bridge's that is the meaning of each in its setting `bridge`; of any hub's, what its
    setting `sensors` says. What nobody can understand is nothing.
    """
    bridge = device.settings.get("bridge")
    found: dict[str, dict[str, Any]] = {}
    for told in (
        bridge.get("sensors") if isinstance(bridge, dict) else None,
        device.settings.get("sensors"),
    ):
        for name, words in told.items() if isinstance(told, dict) else ():
            if isinstance(words, dict):
                found[name] = {**found.get(name, {}), **words}
    return found

"""What the register knows of a home, as the detectors may know it."""

from __future__ import annotations

from typing import Any

from detectors.base import HomeProfile
from detectors.store import HomeKey
from telecare.register.devices import Device
from telecare.register.homes import Home
from telecare.register.register import Register

BEATS_MISSED = 3
"""A hub is silent after this many promised heartbeats; one lost beat is a wireless hiccup."""
_SILENT_AFTER = "silent_after_seconds"


def profiles(register: Register) -> dict[HomeKey, HomeProfile]:
    """Every home of every organisation."""
    hubs: dict[HomeKey, dict[str, float]] = {}
    for device in register.devices.devices():
        if device.heartbeat_seconds is not None:
            hubs.setdefault((device.org, device.home), {})[device.device] = silent_after(device)
    return {
        (home.org, home.home): _profile(home, hubs.get((home.org, home.home), {}))
        for home in register.homes.homes()
    }


def silent_after(device: Device) -> float:
    """Seconds without a word after which `device` counts as silent: its own policy
    (`silent_after_seconds` in its settings), else three promised heartbeats.
    """
    own = device.settings.get(_SILENT_AFTER)
    if isinstance(own, int | float) and not isinstance(own, bool) and own > 0:
        return float(own)
    return float(BEATS_MISSED * (device.heartbeat_seconds or 0))


def _profile(home: Home, hubs: dict[str, float]) -> HomeProfile:
    settings: dict[str, dict[str, Any]] = {
        name: value for name, value in home.settings.items() if isinstance(value, dict)
    }
    position = None
    if home.latitude is not None and home.longitude is not None:
        position = (home.latitude, home.longitude)
    return HomeProfile(
        org=home.org,
        home=home.home,
        timezone=home.time_zone,
        position=position,
        rooms=tuple(home.rooms),
        hubs=hubs,
        settings=settings,
    )

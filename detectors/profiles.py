"""What the register knows of a home, as the detectors may know it."""

from __future__ import annotations

from typing import Any

from detectors.base import HomeProfile
from detectors.store import HomeKey
from telecare.register.homes import Home
from telecare.register.register import Register

_PAUSES = "pauses"


def profiles(register: Register) -> dict[HomeKey, HomeProfile]:
    """Every home of every organisation."""
    hubs: dict[HomeKey, dict[str, float]] = {}
    for device in register.devices.devices():
        if device.silent_after is not None:
            hubs.setdefault((device.org, device.home), {})[device.device] = device.silent_after
    return {
        (home.org, home.home): _profile(home, hubs.get((home.org, home.home), {}))
        for home in register.homes.homes()
    }


def _profile(home: Home, hubs: dict[str, float]) -> HomeProfile:
    settings: dict[str, dict[str, Any]] = {
        name: value for name, value in home.settings.items() if isinstance(value, dict)
    }
    pauses = home.settings.get(_PAUSES)
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
        pauses=tuple(pauses) if isinstance(pauses, list) else (),
    )

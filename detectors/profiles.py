"""What the register knows of a home, as the detectors may know it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from detectors.base import HomeProfile
from detectors.store import HomeKey
from telecare.register.classes import BATTERY_LOW, DeviceClass, policy_of, sensor_policies
from telecare.register.devices import Device, Service
from telecare.register.homes import Home
from telecare.register.register import Register
from telecare.vocabulary import DeviceKind

_PAUSES = "pauses"


def profiles(register: Register) -> dict[HomeKey, HomeProfile]:
    """Every home of every organisation.

    What was withdrawn is not waited for: its words are not taken. Only a hub is, until another
    speaks in its place, for until then nobody sees the home, and that is to be said.
    """
    classes = register.classes.known()
    promises: dict[HomeKey, _Promises] = {}
    for org in register.organisations.organisations():
        for service in register.devices.services(org.org):
            home = (service.device.org, service.device.home)
            _add(promises.setdefault(home, _Promises()), service, classes)
    none = _Promises()
    return {
        (home.org, home.home): _profile(home, promises.get((home.org, home.home), none))
        for home in register.homes.homes()
    }


def _add(
    theirs: _Promises, service: Service, classes: Mapping[tuple[str, str], DeviceClass]
) -> None:
    """What one device promises, to what its home has promised so far."""
    device, is_here = service.device, service.withdrawn_at is None
    policy = policy_of(device, classes)
    if policy.battery_low != BATTERY_LOW:
        theirs.battery_low[device.device] = policy.battery_low
    if is_here:
        theirs.sensors |= _sensors(device, classes)
        if device.kind is DeviceKind.SENSOR:
            theirs.alone.add(device.device)
    if policy.silent_after is None:
        if is_here and device.kind is DeviceKind.HUB:
            theirs.quiet.add(device.device)
        return
    if device.kind is DeviceKind.HUB:
        hubs = theirs.hubs if is_here else theirs.gone
        hubs[device.device] = policy.silent_after
    elif is_here:
        theirs.checking_in[device.device] = policy.silent_after


def _sensors(device: Device, classes: Mapping[tuple[str, str], DeviceClass]) -> dict[str, float]:
    """`DEVICE/SENSOR` -> after how long it is silent."""
    return {
        f"{device.device}/{name}": policy.silent_after
        for name, policy in sensor_policies(device, classes).items()
        if policy.silent_after is not None
    }


class _Promises(msgspec.Struct):
    """Device -> its limit."""

    hubs: dict[str, float] = {}
    gone: dict[str, float] = {}
    """Hubs that were withdrawn."""
    quiet: set[str] = set()
    """Hubs that promise nothing."""
    alone: set[str] = set()
    checking_in: dict[str, float] = {}
    battery_low: dict[str, int] = {}
    sensors: dict[str, float] = {}


def _profile(home: Home, promises: _Promises) -> HomeProfile:
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
        hubs=promises.hubs | promises.checking_in,
        gone=promises.gone,
        quiet=frozenset(promises.quiet),
        alone=frozenset(promises.alone),
        sensors=promises.sensors,
        checking_in=frozenset(promises.checking_in),
        battery_low=promises.battery_low,
        settings=settings,
        pauses=tuple(pauses) if isinstance(pauses, list) else (),
    )

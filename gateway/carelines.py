"""Which device is a careline unit's number? The register knows, and nobody else.

The setting `careline` of a device, written by `telecare careline add`:

    {"controller": "10149471", "unit": "7", "secret": "<sealed>"}

`unit` is given for a dwelling of a grouped scheme, or a device behind a controller that
stands in another home; the controller itself has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from hashlib import blake2b
from typing import Any

import msgspec

from gateway.admission import identity_of
from gateway.decoders.scaip import plain_number
from gateway.identity import Identity
from telecare.errors import SettingsError, StoreUnavailable
from telecare.register import Register
from telecare.register.devices import Device, username_of
from telecare.register.register import Remembered

STRAY_HOME = "unknown-home"
"""The home of a call from a controller nobody registered."""


class _Setting(msgspec.Struct):
    controller: str
    unit: str = ""
    secret: str = ""


class Careline(msgspec.Struct, frozen=True):
    """A registered device that speaks SIP."""

    username: str
    identity: Identity
    controller: str
    unit: str
    sealed: bytes
    withdrawn: bool


class Known(msgspec.Struct):
    """The register's carelines, as of the last look."""

    by_username: dict[str, Careline]
    by_number: dict[tuple[str, str], list[Careline]]
    call_targets: dict[str, str]
    """By organisation: whom its devices call for voice."""


class Carelines:
    """A copy of the register that notices changes. `refresh` reads: call it from a thread."""

    def __init__(self, register: Register, call_target: str | None = None) -> None:
        self._register = register
        self._call_target = call_target
        self._remembered = Remembered(register, lambda: _known(register))
        self._known = Known({}, {}, {})

    def refresh(self) -> None:
        """Read again if the register changed; raises `StoreUnavailable` only at first."""
        try:
            self._known = self._remembered.get()
        except StoreUnavailable:
            if not self._known.by_username:
                raise

    def secret_of(self, username: str) -> str | None:
        """The SIP secret of a device, withdrawn ones too; None if it has none."""
        found = self._known.by_username.get(username)
        if found is None or not found.sealed:
            return None
        try:
            return self._register.key.unseal(found.sealed)
        except SettingsError:
            return None

    def of_username(self, username: str) -> Careline | None:
        """The device whose credential this is."""
        return self._known.by_username.get(username)

    def find(self, controller: str, unit: str, org: str | None = None) -> Careline | None:
        """The dwelling's device, else its controller; None if nobody or several are meant. Of a
        number that stood in another home before, the device that has it now.
        """
        for key in ((controller, unit), (controller, "")):
            found = [
                each
                for each in self._known.by_number.get(key, [])
                if org is None or each.identity.org == org
            ]
            found = [each for each in found if not each.withdrawn] or found
            if len(found) > 1:
                return None
            if found:
                return found[0]
        return None

    def call_target(self, org: str, home: str) -> str | None:  # noqa: ARG002 - plans come by home
        """Whom a device of `home` should call for voice: a SIP or tel URI, or None."""
        return self._known.call_targets.get(org) or self._call_target


def numbers_of(register: Register) -> list[tuple[Device, tuple[str, str]]]:
    """Each device that has a number and is not withdrawn, with controller and unit as we compare
    them.
    """
    return [
        (each, (plain_number(setting.controller), plain_number(setting.unit)))
        for each, setting, withdrawn in _units(register)
        if not withdrawn
    ]


def stray(org: str, controller: str) -> Identity:
    """Who calls when nobody registered its number: an unknown home of `org`."""
    name = "".join(each for each in controller if each.isascii() and each.isalnum())[:16]
    if name != controller:  # what was left out must not make two of them one
        name = f"{name}-{blake2b(controller.encode(errors='replace'), digest_size=4).hexdigest()}"
    return Identity(org, STRAY_HOME, f"stray-{name}", timedelta(days=7))


def _known(register: Register) -> Known:
    known = Known({}, {}, {})
    for device, setting, withdrawn in _units(register):
        line = Careline(
            username_of(device.org, device.device),
            identity_of(device),
            plain_number(setting.controller),
            plain_number(setting.unit),
            setting.secret.encode(),
            withdrawn,
        )
        known.by_username[line.username] = line
        known.by_number.setdefault((line.controller, line.unit), []).append(line)
    for organisation in register.organisations.organisations():
        target = organisation.settings.get("call_target")
        if isinstance(target, str):
            known.call_targets[organisation.org] = target
    return known


def _units(register: Register) -> Iterator[tuple[Device, _Setting, bool]]:
    """Each device that has a number, and whether it is withdrawn."""
    withdrawn = register.devices.withdrawn()
    for each in register.devices.devices():
        setting = _setting_of(each.settings)
        if setting is not None:
            yield each, setting, (each.org, each.device) in withdrawn


def _setting_of(settings: dict[str, Any]) -> _Setting | None:
    if "careline" not in settings:
        return None
    try:
        return msgspec.convert(settings["careline"], _Setting)
    except msgspec.ValidationError:
        return None

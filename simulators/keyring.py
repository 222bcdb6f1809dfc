"""Credentials of simulated devices, kept beside the installation for its owner alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from simulators.connection import Identity
from telecare.errors import InvalidInput
from telecare.register import Register
from telecare.register.devices import Device
from telecare.register.homes import Home


class Keyring:
    """Puts homes and devices into the register if they are missing, and keeps the secrets.

    The register shows a device's password once, so the file (mode 0600) is the only place
    to find it again; if it is lost, a new one is issued.
    """

    def __init__(self, register: Register, path: Path) -> None:
        self._register = register
        self._path = path
        self._known: dict[str, Identity] = {}
        if path.exists():
            try:
                self._known = msgspec.json.decode(path.read_bytes(), type=dict[str, Identity])
            except msgspec.DecodeError:
                raise InvalidInput(
                    f"{path} is damaged; delete it, and new credentials are issued."
                ) from None

    def organisation(self, org: str, name: str, time_zone: str = "Europe/London") -> bool:
        """See that there is an organisation `org`; true if it was added now."""
        if org in {known.org for known in self._register.organisations.organisations()}:
            return False
        self._register.organisations.add_organisation(org, name, time_zone=time_zone)
        return True

    def homes(self, homes: list[Home], keysafes: Mapping[str, str] | None = None) -> None:
        """See that these homes exist, with `keysafes` codes by home."""
        known = {(home.org, home.home) for home in self._register.homes.homes()}
        for home in homes:
            if (home.org, home.home) not in known:
                self._register.homes.add_home(home, keysafe=(keysafes or {}).get(home.home))

    def devices(self, devices: list[Device]) -> dict[str, Identity]:
        """Credentials of these devices by device id; missing ones are added and issued."""
        known = {(device.org, device.device) for device in self._register.devices.devices()}
        for device in devices:
            if (device.org, device.device) not in known:
                issued = self._register.devices.add(device)
            elif self._key(device) not in self._known:
                issued = self._register.devices.reissue(device.org, device.device)
            else:
                continue
            self._known[self._key(device)] = Identity(
                org=device.org,
                device=device.device,
                username=issued.username,
                password=issued.password,
            )
        write_private(self._path, msgspec.json.encode(self._known))
        return {device.device: self._known[self._key(device)] for device in devices}

    @staticmethod
    def _key(device: Device) -> str:
        return f"{device.org}/{device.device}"


def write_private(path: Path, content: bytes) -> None:
    """Write a file only its owner can read, at once or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(path.suffix + ".tmp")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    temporary.replace(path)

"""Devices: what stands in which home, and since when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, exists, insert, select, update

from telecare.errors import InvalidInput, NotFound
from telecare.register import tables
from telecare.register.credentials import (
    Admission,
    Credentials,
    IssuedCredential,
    issue,
    username_of,
)
from telecare.register.device import BEATS_MISSED, LINES, Device, device_of
from telecare.register.ground import COMMAND_LINE, changed, locked
from telecare.register.homes import Home, home_values
from telecare.register.names import plain_id
from telecare.vocabulary import DeviceKind

__all__ = [
    "BEATS_MISSED", "LINES", "Admission", "Device", "Devices", "IssuedCredential", "Service",
    "username_of",
]  # fmt: skip


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """How long a device has been with us."""

    device: Device
    added_at: datetime
    began_at: datetime | None
    """It was first given access then, by its claim or when it was added; None: it waits for its
    claim.
    """
    withdrawn_at: datetime | None
    """Its credential was revoked then; None while it is trusted."""


class Devices(Credentials):
    """Devices of all organisations; every question names the organisation."""

    def add(
        self, device: Device, *, act: str | None = None, by: str = COMMAND_LINE
    ) -> IssuedCredential:
        """Register `device` and issue its first credential; on record as `act`, if it is one.

        Raises `AlreadyExists`, `NotFound` for the home, `InvalidInput` for the id.
        """
        self._check(device)
        issued = issue(device)
        with self._ground.change(_already(device)) as connection:
            self._insert(connection, [device], [issued])
            if act is not None:
                self._ground.deed(
                    connection, device.org, by, act, device=device.device, home=device.home
                )
        return issued

    def expect(self, device: Device, *, by: str = COMMAND_LINE) -> None:
        """Register `device` without a credential, on record: it comes by its claim. Raises as
        `add`.
        """
        self._check(device)
        told = {"home": device.home, "device": device.device}
        act = "device_expected"
        if device.replaces is not None:
            act, told = "device_replaced", {"device": device.replaces, "by": device.device}
        with self._ground.change(_already(device)) as connection:
            self._insert(connection, [device], [])
            self._ground.deed(connection, device.org, by, act, **told)

    def _check(self, device: Device) -> None:
        plain_id(device.device, "A device's id")
        if device.line not in (None, *LINES):
            raise InvalidInput(f"A line is one of {', '.join(LINES)}.")
        with self._ground.read() as connection:
            known = connection.execute(
                select(tables.home.c.home).where(
                    tables.home.c.org == device.org, tables.home.c.home == device.home
                )
            ).first()
        if known is None:
            raise NotFound(
                f"There is no home {device.home} in {device.org}; add it with "
                f"`telecare home add --org {device.org} {device.home}`."
            )

    def add_all(
        self,
        devices: Sequence[Device],
        homes: Sequence[Home],
        keep: Callable[[Sequence[IssuedCredential]], None],
        *,
        by: str = COMMAND_LINE,
    ) -> None:
        """Register all of `homes` and `devices`, each on record, or none of them.

        `keep` is given their credentials before the commit: what it raises undoes the import,
        so that no password is in force that nobody has. Raises `AlreadyExists` if somebody
        else added one of them, or took away their home, in the meantime.
        """
        issued = [issue(device) for device in devices]
        already = "Somebody changed the register meanwhile, so nothing was imported; run it again."
        with self._ground.change(already) as connection:
            if homes:
                connection.execute(insert(tables.home), [home_values(home) for home in homes])
            added = [(each.org, {"home": each.home}) for each in homes]
            self._ground.deeds(connection, by, "home_added", added)
            self._insert(connection, devices, issued)
            registered = [
                (each.org, {"device": each.device, "home": each.home}) for each in devices
            ]
            self._ground.deeds(connection, by, "device_added", registered)
            keep(issued)

    def _insert(
        self, connection: Connection, devices: Sequence[Device], issued: Sequence[IssuedCredential]
    ) -> None:
        now = self._ground.clock.now()
        rows = [
            msgspec.structs.asdict(device) | {"kind": device.kind.value, "added_at": now}
            for device in devices
        ]
        credentials = [
            {
                "username": each.username,
                "org": device.org,
                "device": device.device,
                "digest": self._ground.key.digest(each.password),
                "issued_at": now,
                "given_at": now,
            }
            for device, each in zip(devices, issued, strict=bool(issued))
        ]
        connection.execute(insert(tables.device), rows)
        if credentials:
            connection.execute(insert(tables.credential), credentials)

    def change(self, org: str, device: str, **said: Any) -> None:
        """What is `said` of its model, room, serial number or promised heartbeat is on file from
        now on, and nothing else is touched. What is another now goes on record, by name alone.
        Raises `NotFound`, or `AlreadyExists` for a serial number of another device.
        """
        mine = (tables.device.c.org == org) & (tables.device.c.device == device)
        missing = f"There is no device {device} in {org}."
        taken = f"Another device has the serial number {said.get('serial')}."
        with self._ground.change(taken) as connection:
            before = device_of(locked(connection, select(tables.device).where(mine), missing))
            if said:
                connection.execute(update(tables.device).where(mine).values(said))
            self._ground.deed(
                connection, org, COMMAND_LINE, "device_changed", device=device, home=before.home,
                what=changed(before, msgspec.structs.replace(before, **said)),
            )  # fmt: skip

    def change_settings(
        self,
        org: str,
        device: str,
        change: Callable[[dict[str, Any]], dict[str, Any]],
        *,
        act: str | None = None,
        by: str = COMMAND_LINE,
    ) -> None:
        """Its settings are from now on what `change` makes of them, and of nothing that somebody
        else changed meanwhile; on record as `act`, if it is one. Raises `NotFound`.
        """
        mine = (tables.device.c.org == org) & (tables.device.c.device == device)
        query = select(tables.device.c.settings, tables.device.c.home).where(mine)
        with self._ground.change("") as connection:
            row = locked(connection, query, f"There is no device {device} in {org}.")
            settings = change(dict(row["settings"]))
            connection.execute(update(tables.device).where(mine).values(settings=settings))
            if act is not None:
                self._ground.deed(connection, org, by, act, device=device, home=row["home"])

    def device(self, org: str, device: str) -> Device:
        """Raises `NotFound`."""
        query = select(tables.device).where(
            tables.device.c.org == org, tables.device.c.device == device
        )
        with self._ground.read() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise NotFound(f"There is no device {device} in {org}.")
        return device_of(row)

    def devices(self, org: str | None = None, home: str | None = None) -> list[Device]:
        """Devices of one home, one organisation or, for the platform's services, all."""
        query = select(tables.device).order_by(tables.device.c.org, tables.device.c.device)
        if org is not None:
            query = query.where(tables.device.c.org == org)
        if home is not None:
            query = query.where(tables.device.c.home == home)
        with self._ground.read() as connection:
            return [device_of(row) for row in connection.execute(query).mappings()]

    def networks(self, org: str) -> dict[str, str]:
        """By home: the mast or broker by which it reaches us, where that is on file; its hub's
        before any sensor's.
        """
        found = tables.device.c
        query = (
            select(found.home, found.network)
            .where(found.org == org, found.network.is_not(None), found.network != "")
            .order_by(found.kind == DeviceKind.HUB.value, found.device)
        )
        with self._ground.read() as connection:
            return {row.home: row.network for row in connection.execute(query)}

    def services(self, org: str, device: str | None = None) -> list[Service]:
        """Every device the organisation ever had on file, or this one, with beginning and end."""
        credential, on_file, claim = tables.credential, tables.device, tables.claim
        its_own = (claim.c.org == on_file.c.org) & (claim.c.device == on_file.c.device)
        waits = credential.c.given_at.is_(None) & exists().where(its_own)
        given = credential.c.given_at, credential.c.revoked_at
        query = (
            select(on_file, *given, waits.label("waits"))
            .join_from(
                on_file,
                credential,
                (credential.c.org == on_file.c.org) & (credential.c.device == on_file.c.device),
                isouter=True,
            )
            .where(on_file.c.org == org)
            .order_by(on_file.c.device)
        )
        if device is not None:
            query = query.where(on_file.c.device == device)
        with self._ground.read() as connection:
            rows = connection.execute(query).mappings().all()
        return [
            Service(
                withdrawn_at=row["revoked_at"],
                added_at=row["added_at"],
                device=device_of(row),
                began_at=None if row["waits"] else row["given_at"] or row["added_at"],
            )
            for row in rows
        ]


def _already(device: Device) -> str:
    return f"There already is a device {device.device}, or one of its serial number or SIM."

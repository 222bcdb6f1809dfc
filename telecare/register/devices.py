"""Devices, and the credentials that say which device is speaking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select, update

from telecare.errors import NotFound
from telecare.register import tables
from telecare.register.ground import Ground
from telecare.register.homes import Home, home_values
from telecare.register.names import plain_id
from telecare.register.secrets import new_secret
from telecare.vocabulary import DeviceKind

BEATS_MISSED = 3
"""A hub is silent after this many promised heartbeats; one lost beat is a wireless hiccup."""
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

    @property
    def silent_after(self) -> float | None:
        """Seconds without a word after which it counts as silent: its own policy
        (`silent_after_seconds` in its settings), else three promised heartbeats; None when it
        promises none.
        """
        if self.heartbeat_seconds is None:
            return None
        own = self.settings.get(_SILENT_AFTER)
        if isinstance(own, int | float) and not isinstance(own, bool) and own > 0:
            return float(own)
        return float(BEATS_MISSED * self.heartbeat_seconds)


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """How long a device has been with us."""

    device: Device
    added_at: datetime
    withdrawn_at: datetime | None
    """Its credential was revoked then; None while it is trusted."""


class IssuedCredential(msgspec.Struct, frozen=True, kw_only=True):
    """What is given to a device once; the password is not kept and cannot be shown again."""

    username: str
    password: str


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """A username's device, as the gateway needs it."""

    username: str
    digest: bytes
    revoked_at: datetime | None
    device: Device


class Devices:
    """Devices of all organisations; every question names the organisation."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def add(self, device: Device) -> IssuedCredential:
        """Register `device` and issue its first credential.

        Raises `AlreadyExists`, `NotFound` for the home, `InvalidInput` for the id.
        """
        plain_id(device.device, "A device's id")
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
        issued = _issue(device)
        already = f"There already is a device {device.device}, or one of its serial number or SIM."
        with self._ground.change(already) as connection:
            self._insert(connection, [device], [issued])
        return issued

    def add_all(
        self,
        devices: Sequence[Device],
        homes: Sequence[Home],
        keep: Callable[[Sequence[IssuedCredential]], None],
    ) -> None:
        """Register all of `homes` and `devices`, or none of them.

        `keep` is given their credentials before the commit: what it raises undoes the import,
        so that no password is in force that nobody has. Raises `AlreadyExists` if somebody
        else added one of them, or took away their home, in the meantime.
        """
        issued = [_issue(device) for device in devices]
        already = "Somebody changed the register meanwhile, so nothing was imported; run it again."
        with self._ground.change(already) as connection:
            if homes:
                connection.execute(insert(tables.home), [home_values(home) for home in homes])
            self._insert(connection, devices, issued)
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
            }
            for device, each in zip(devices, issued, strict=True)
        ]
        connection.execute(insert(tables.device), rows)
        connection.execute(insert(tables.credential), credentials)

    def reissue(self, org: str, device: str) -> IssuedCredential:
        """A new password for a known device; the old one stops at once. Raises `NotFound`."""
        password = new_secret()
        with self._ground.change("") as connection:
            changed = connection.execute(
                update(tables.credential)
                .where(tables.credential.c.org == org, tables.credential.c.device == device)
                .values(
                    digest=self._ground.key.digest(password),
                    issued_at=self._ground.clock.now(),
                    revoked_at=None,
                )
            )
            if not changed.rowcount:
                raise NotFound(f"There is no device {device} in {org}.")
        return IssuedCredential(username=username_of(org, device), password=password)

    def change_settings(self, org: str, device: str, settings: dict[str, Any]) -> None:
        """Replace the device's settings. Raises `NotFound`."""
        with self._ground.change("") as connection:
            changed = connection.execute(
                update(tables.device)
                .where(tables.device.c.org == org, tables.device.c.device == device)
                .values(settings=settings)
            )
            if not changed.rowcount:
                raise NotFound(f"There is no device {device} in {org}.")

    def revoke(self, org: str, device: str) -> None:
        """Stop trusting the device: live sessions end too. Raises `NotFound`."""
        with self._ground.change("") as connection:
            changed = connection.execute(
                update(tables.credential)
                .where(tables.credential.c.org == org, tables.credential.c.device == device)
                .values(revoked_at=self._ground.clock.now())
            )
            if not changed.rowcount:
                raise NotFound(f"There is no device {device} in {org}.")

    def devices(self, org: str | None = None, home: str | None = None) -> list[Device]:
        """Devices of one home, one organisation or, for the platform's services, all."""
        query = select(tables.device).order_by(tables.device.c.org, tables.device.c.device)
        if org is not None:
            query = query.where(tables.device.c.org == org)
        if home is not None:
            query = query.where(tables.device.c.home == home)
        with self._ground.read() as connection:
            return [_device(dict(row)) for row in connection.execute(query).mappings()]

    def services(self, org: str) -> list[Service]:
        """Every device the organisation ever had on file, with its beginning and end."""
        credential, device = tables.credential, tables.device
        query = (
            select(device, credential.c.revoked_at)
            .join_from(
                device,
                credential,
                (credential.c.org == device.c.org) & (credential.c.device == device.c.device),
                isouter=True,
            )
            .where(device.c.org == org)
            .order_by(device.c.device)
        )
        with self._ground.read() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        return [
            Service(
                withdrawn_at=row.pop("revoked_at"), added_at=row["added_at"], device=_device(row)
            )
            for row in rows
        ]

    def admissions(self, username: str | None = None, *, org: str | None = None) -> list[Admission]:
        """Every credential with its device: of one username, of one organisation, or, for the
        platform's services, all; by username.
        """
        query = select(
            tables.credential.c.username,
            tables.credential.c.digest,
            tables.credential.c.revoked_at,
            tables.device,
        ).join_from(
            tables.credential,
            tables.device,
            (tables.credential.c.org == tables.device.c.org)
            & (tables.credential.c.device == tables.device.c.device),
        )
        query = query.order_by(tables.credential.c.username)
        if username is not None:
            query = query.where(tables.credential.c.username == username)
        if org is not None:
            query = query.where(tables.credential.c.org == org)
        with self._ground.read() as connection:
            return [_admission(dict(row)) for row in connection.execute(query).mappings()]


def username_of(org: str, device: str) -> str:
    """What a device signs in with: ids hold no dot, so it tells both apart."""
    return f"{org}.{device}"


def _issue(device: Device) -> IssuedCredential:
    return IssuedCredential(username=username_of(device.org, device.device), password=new_secret())


def _admission(values: dict[str, Any]) -> Admission:
    return Admission(
        username=values.pop("username"),
        digest=values.pop("digest"),
        revoked_at=values.pop("revoked_at"),
        device=_device(values),
    )


def _device(values: dict[str, Any]) -> Device:
    del values["added_at"]
    return Device(**values | {"kind": DeviceKind(values["kind"])})

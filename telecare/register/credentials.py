"""What devices prove themselves by: a password or a certificate, and for a time its successor.

A successor holds beside the one before until the device was seen to use it: only then the old
one ends. So a rotation that goes wrong half-way leaves a device that can still call for help.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, func, insert, literal, select, update

from telecare.errors import NotFound
from telecare.register import tables
from telecare.register.device import Device, device_of
from telecare.register.ground import COMMAND_LINE, Ground
from telecare.register.secrets import new_secret
from telecare.tenancy import PLATFORM
from telecare.vocabulary import CredentialKind

_NOTHING = b""
"""The digest of no password and no certificate."""
_NO_SUCCESSOR = {
    "next_digest": None,
    "next_kind": None,
    "next_issued_at": None,
    "next_expires_at": None,
}


class IssuedCredential(msgspec.Struct, frozen=True, kw_only=True):
    """What is given to a device once; the password is not kept and cannot be shown again."""

    username: str
    password: str


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """What a device shows, as we keep it."""

    digest: bytes
    """Keyed digest of a password, or SHA-256 of a certificate."""
    kind: CredentialKind = CredentialKind.PASSWORD
    issued_at: datetime
    expires_at: datetime | None = None

    @property
    def mark(self) -> str:
        """Names it in the open, without helping anybody to guess it."""
        return sha256(self.digest).hexdigest()[:12]


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """A username's device, as the gateway needs it."""

    username: str
    digest: bytes
    revoked_at: datetime | None
    device: Device
    credential: Credential
    successor: Credential | None = None
    """Issued and not yet seen at work; until it is, both hold."""

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """Those that hold."""
        return (self.credential,) if self.successor is None else (self.credential, self.successor)


class Credentials:
    """Credentials of all devices; every change names the organisation."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def reissue(self, org: str, device: str) -> IssuedCredential:
        """A new password for a known device, on record; the old one stops at once. Raises
        `NotFound`.
        """
        password = new_secret()
        fresh = Credential(digest=self._ground.key.digest(password), issued_at=self._now())
        with self._ground.change("") as connection:
            place(connection, org, device, fresh, at_once=True)
            self._ground.deed(connection, org, COMMAND_LINE, "device_rotated", device=device)
        return IssuedCredential(username=username_of(org, device), password=password)

    def rotate(self, org: str, device: str, *, by: str = COMMAND_LINE) -> IssuedCredential:
        """A new password beside what the device shows now, which holds until the new one was
        seen at work; on record. Raises `NotFound`.
        """
        password = new_secret()
        fresh = Credential(digest=self._ground.key.digest(password), issued_at=self._now())
        self._succeed(org, device, fresh, by)
        return IssuedCredential(username=username_of(org, device), password=password)

    def certify(
        self, org: str, device: str, digest: bytes, expires_at: datetime, *, by: str = COMMAND_LINE
    ) -> None:
        """The same with a certificate, by its SHA-256. Raises `NotFound`."""
        fresh = Credential(
            digest=digest, kind=CredentialKind.CERTIFICATE, issued_at=self._now(),
            expires_at=expires_at,
        )  # fmt: skip
        self._succeed(org, device, fresh, by)

    def _succeed(self, org: str, device: str, fresh: Credential, by: str) -> None:
        with self._ground.change("") as connection:
            place(connection, org, device, fresh)
            self._ground.deed(connection, org, by, "device_rotated", device=device)

    def promote(self, org: str, device: str, mark: str) -> bool:
        """The device was seen with its successor of this `mark`: the one before ends now, on
        record.

        False, and nothing changes, when there is no such successor (any more).
        """
        (found,) = self.admissions(username_of(org, device), org=org) or (None,)
        if found is None or found.successor is None or found.successor.mark != mark:
            return False
        new = found.successor
        with self._ground.change("") as connection:
            changed = connection.execute(
                update(tables.credential)
                .where(
                    tables.credential.c.org == org,
                    tables.credential.c.device == device,
                    tables.credential.c.next_digest == new.digest,
                )
                .values(_columns(new) | _NO_SUCCESSOR)
            )
            if changed.rowcount:
                home = found.device.home
                self._ground.deed(
                    connection, org, PLATFORM, "credential_proved", home=home, device=device
                )
        return bool(changed.rowcount)

    def _now(self) -> datetime:
        return self._ground.clock.now()

    def revoke(self, org: str, device: str, *, by: str = COMMAND_LINE) -> None:
        """Stop trusting the device, on record: live sessions end too, and its claims. Raises
        `NotFound`.
        """
        with self._ground.change("") as connection:
            if not end_access(connection, org, tables.device.c.device == device, self._now()):
                raise NotFound(f"There is no device {device} in {org}.")
            self._ground.deed(connection, org, by, "device_revoked", device=device)

    def withdraw(self, org: str, device: str) -> None:
        """As `revoke`, for the platform itself, whose record says why."""
        with self._ground.change("") as connection:
            end_access(connection, org, tables.device.c.device == device, self._now())

    def withdrawn(self) -> set[tuple[str, str]]:
        """For the gateway: organisation and id of every device that is trusted no more."""
        query = select(tables.credential.c.org, tables.credential.c.device).where(
            tables.credential.c.revoked_at.is_not(None)
        )
        with self._ground.read() as connection:
            return {(row.org, row.device) for row in connection.execute(query)}

    def admissions(self, username: str | None = None, *, org: str | None = None) -> list[Admission]:
        """Every credential with its device: of one username, of one organisation, or, for the
        platform's services, all; by username.
        """
        query = select(
            tables.device, *(column.label(f"_{column.name}") for column in tables.credential.c)
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
            return [_admission(row) for row in connection.execute(query).mappings()]


def end_access(connection: Connection, org: str, which: ColumnElement[bool], now: datetime) -> int:
    """Trust those of `which` no more, nor their claims; how many. One that never had a credential,
    because it comes by telephone or by somebody else's broker, has one from here on that nothing
    can show.
    """
    devices = select(tables.device.c.device).where(tables.device.c.org == org, which)
    # Claims first: a device that enrols meanwhile locks in the same order.
    end_claims(connection, org, tables.claim.c.device.in_(devices), now)
    credential, moment = tables.credential.c, literal(now, tables.credential.c.issued_at.type)
    named = literal(f"{org}.") + tables.device.c.device, tables.device.c.org, tables.device.c.device
    without = select(*named, literal(_NOTHING), moment).where(
        tables.device.c.org == org, which, tables.device.c.device.not_in(
            select(credential.device).where(credential.org == org)
        ),
    )  # fmt: skip
    columns = ("username", "org", "device", "digest", "issued_at")
    connection.execute(insert(tables.credential).from_select(columns, without))
    ended = update(tables.credential).where(credential.org == org, credential.device.in_(devices))
    since = func.coalesce(credential.revoked_at, moment)
    return connection.execute(ended.values(revoked_at=since)).rowcount


def end_claims(connection: Connection, org: str, which: ColumnElement[bool], now: datetime) -> int:
    """Take back those of `which` that were not used, how many; who used one may not ask again."""
    claim = tables.claim.c
    every = update(tables.claim).where(claim.org == org, which)
    connection.execute(every.values(proof=None))
    is_open = claim.used_at.is_(None) & claim.revoked_at.is_(None)
    return connection.execute(every.where(is_open).values(revoked_at=now)).rowcount


def username_of(org: str, device: str) -> str:
    """What a device signs in with: ids hold no dot, so it tells both apart."""
    return f"{org}.{device}"


def place(
    connection: Connection, org: str, device: str, fresh: Credential, *, at_once: bool = False
) -> None:
    """Put `fresh` into force: `at_once` or where nothing else holds in the place of what was there,
    else beside it.

    Raises `NotFound` for a device nobody registered.
    """
    mine = (tables.credential.c.org == org) & (tables.credential.c.device == device)
    row = connection.execute(
        select(tables.credential.c.revoked_at).where(mine).with_for_update()
    ).first()
    if row is None:
        if (
            connection.execute(
                select(tables.device.c.device).where(
                    tables.device.c.org == org, tables.device.c.device == device
                )
            ).first()
            is None
        ):
            raise NotFound(f"There is no device {device} in {org}.")
        named = {"username": username_of(org, device), "org": org, "device": device}
        given = {"given_at": fresh.issued_at}
        connection.execute(insert(tables.credential).values(named | given | _columns(fresh)))
    elif at_once or row.revoked_at is not None:
        given_at = tables.credential.c.given_at
        first = func.coalesce(given_at, literal(fresh.issued_at, given_at.type))
        values = _columns(fresh) | _NO_SUCCESSOR | {"revoked_at": None, "given_at": first}
        connection.execute(update(tables.credential).where(mine).values(values))
    else:
        values = {f"next_{name}": value for name, value in _columns(fresh).items()}
        connection.execute(update(tables.credential).where(mine).values(values))


def _columns(credential: Credential) -> dict[str, Any]:
    return {
        "digest": credential.digest,
        "kind": credential.kind.value,
        "issued_at": credential.issued_at,
        "expires_at": credential.expires_at,
    }


def issue(device: Device) -> IssuedCredential:
    """A fresh password for `device`, not in force yet."""
    return IssuedCredential(username=username_of(device.org, device.device), password=new_secret())


def _admission(values: RowMapping) -> Admission:
    successor = None
    if values["_next_digest"] is not None:
        successor = Credential(
            digest=values["_next_digest"],
            kind=CredentialKind(values["_next_kind"]),
            issued_at=values["_next_issued_at"],
            expires_at=values["_next_expires_at"],
        )
    return Admission(
        username=values["_username"],
        digest=values["_digest"],
        revoked_at=values["_revoked_at"],
        device=device_of(values),
        credential=Credential(
            digest=values["_digest"],
            kind=CredentialKind(values["_kind"]),
            issued_at=values["_issued_at"],
            expires_at=values["_expires_at"],
        ),
        successor=successor,
    )

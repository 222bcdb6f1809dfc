"""Claims: the code on a sheet with which a device asks, once, for its credential.

A claim can do one thing. It belongs to one registered device and asks for that device's serial
number, so the register is the list of serials allowed; it lasts a few weeks, is taken back
singly or by the batch, and does not work again, but for the one device that was answered and asks
once more because it did not hear the answer. A claim has done its work only when a test
press went all the way round: stored, on the desk, and its receipt back at the device.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, func, insert, literal, select, update

from telecare.errors import InvalidInput, NotFound
from telecare.register import tables
from telecare.register.credentials import Credential, end_claims, place
from telecare.register.ground import Ground
from telecare.register.secrets import new_id
from telecare.tenancy import PLATFORM

VALID_DAYS = 30
LONGEST_DAYS = 366
WRONG_SERIALS = 5
"""After so many refused tries a code is taken back: it is in the wrong hands or on the wrong
device, and a sheet is soon printed anew."""
AGAIN_SECONDS = 24 * 3600
"""So long a device that did not hear our answer may ask again, with the same proof."""
PRESSES_KEPT = 20
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: none is read for another
_MEANT = str.maketrans("OIL", "011")


class ClaimState(StrEnum):
    """How far a device has come."""

    OPEN = "open"
    """Its code can be used."""
    ISSUED = "issued"
    """It has its credential; no test press has gone all the way round yet."""
    COMPLETE = "complete"
    """A test press went all the way round."""
    EXPIRED = "expired"
    REVOKED = "revoked"


class Refusal(StrEnum):
    """Why a claim was refused."""

    UNKNOWN = "unknown"
    USED = "used"
    """Somebody shows a code that has done its work: a copied sheet, or a device set back."""
    EXPIRED = "expired"
    REVOKED = "revoked"
    WRONG_SERIAL = "wrong_serial"


class Press(msgspec.Struct, frozen=True):
    """An alarm of the device since it has its credential."""

    id: str
    at: datetime
    """When it was received."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A code that was given out, and what came of it."""

    org: str
    claim: str
    device: str
    batch: str = ""
    made_at: datetime
    made_by: str
    expires_at: datetime
    revoked_at: datetime | None = None
    used_at: datetime | None = None
    refused: int = 0
    presses: tuple[Press, ...] = ()
    """The newest last."""
    receipt_at: datetime | None = None
    receipt_by: str | None = None
    """`device`, or the person who stood beside it and saw it."""
    completed_at: datetime | None = None

    def state(self, now: datetime) -> ClaimState:
        """Where it stands."""
        if self.completed_at is not None:
            return ClaimState.COMPLETE
        if self.used_at is not None:
            return ClaimState.ISSUED
        if self.revoked_at is not None:
            return ClaimState.REVOKED
        return ClaimState.OPEN if now < self.expires_at else ClaimState.EXPIRED


class IssuedClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim with its code, which is shown once: we keep its digest."""

    claim: Claim
    serial: str
    code: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a device's asking."""

    claim: Claim | None
    refusal: Refusal | None = None


def judge(
    claim: Claim, serial_on_file: str | None, serial: str, now: datetime, *, is_same: bool = False
) -> Refusal | None:
    """Whether `serial` may use this claim now; None means it may. `is_same`: it has proved that it
    is who used it before.
    """
    if claim.used_at is not None:
        is_soon = (now - claim.used_at).total_seconds() < AGAIN_SECONDS
        if not (is_same and is_soon and claim.completed_at is None):
            return Refusal.USED
    if claim.revoked_at is not None:
        return Refusal.REVOKED
    if now >= claim.expires_at:
        return Refusal.EXPIRED
    same = hmac.compare_digest((serial_on_file or "").encode(), serial.encode())
    return None if serial_on_file and same else Refusal.WRONG_SERIAL


def new_code() -> str:
    """100 random bits as people copy them: `7K3QD-XW9PM-4T0HA-B2NEC`."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


def plain_code(written: str) -> str:
    """A code as it was meant, however it was typed."""
    letters = "".join(each for each in written.upper() if each.isascii() and each.isalnum())
    letters = letters.translate(_MEANT)
    return "-".join(letters[at : at + 5] for at in range(0, len(letters), 5))


class Claims:
    """Claims of all organisations; every question but a device's own names the organisation."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def make(
        self,
        org: str,
        devices: Sequence[str],
        *,
        by: str,
        batch: str = "",
        days: int = VALID_DAYS,
    ) -> list[IssuedClaim]:
        """A fresh code for each of `devices`, on record; earlier ones not used yet stop.

        Raises `NotFound` for a device, and `InvalidInput` for one without a serial number.
        """
        if not 1 <= days <= LONGEST_DAYS:
            raise InvalidInput(f"A claim lasts 1 to {LONGEST_DAYS} days.")
        now = self._ground.clock.now()
        issued = []
        with self._ground.note() as connection:
            for device in devices:
                serial, _ = _serial(connection, org, device)
                end_claims(connection, org, tables.claim.c.device == device, now)
                code = new_code()
                claim = Claim(
                    org=org, claim=new_id("claim"), device=device, batch=batch, made_at=now,
                    made_by=by, expires_at=now + timedelta(days=days),
                )  # fmt: skip
                values = msgspec.structs.asdict(claim) | {"digest": self._digest(code)}
                connection.execute(insert(tables.claim).values(values))
                issued.append(IssuedClaim(claim=claim, serial=serial, code=code))
            for each in issued:  # last: whoever uses a code meanwhile locks in the same order
                self._ground.deed(
                    connection, org, by, "claim_made", device=each.claim.device,
                    claim=each.claim.claim,
                )  # fmt: skip
        return issued

    def ask(self, code: str, serial: str, fresh: Credential, proof: str | None = None) -> Asked:
        """Put `fresh` into force for the device whose claim this is, on record; or refuse and
        count it.

        One transaction: of two that show the same code, one is refused as `USED`. `proof` is what
        only this device has: with it it may ask again, as long as its code is not taken back.
        """
        shown = None if proof is None else self._ground.key.digest(f"proof {proof}")
        now = self._ground.clock.now()
        mine = tables.claim.c.digest == self._digest(plain_code(code))
        with self._ground.change("") as connection:
            row = connection.execute(select(tables.claim).where(mine).with_for_update())
            found = row.mappings().first()
            if found is None:
                return Asked(claim=None, refusal=Refusal.UNKNOWN)
            claim = _claim(found)
            on_file, home = _serial(connection, claim.org, claim.device)
            is_same = shown is not None and shown == found["proof"]
            refusal = judge(claim, on_file, serial.strip(), now, is_same=is_same)
            if refusal is None:
                place(connection, claim.org, claim.device, fresh)
                self._ground.deed(
                    connection, claim.org, PLATFORM, "claim_used", home=home,
                    device=claim.device, claim=claim.claim, kind=fresh.kind.value,
                )  # fmt: skip
                after = msgspec.structs.replace(claim, used_at=claim.used_at or now)
                connection.execute(update(tables.claim).where(mine).values(proof=shown))
            else:
                burnt = refusal is Refusal.WRONG_SERIAL and claim.refused + 1 >= WRONG_SERIALS
                after = msgspec.structs.replace(
                    claim, refused=claim.refused + 1,
                    revoked_at=now if burnt else claim.revoked_at,
                )  # fmt: skip
            connection.execute(update(tables.claim).where(mine).values(_kept(after)))
        return Asked(claim=after, refusal=refusal)

    def find(self, code: str) -> Claim | None:
        """The claim with this code; None if there is none."""
        query = select(tables.claim).where(tables.claim.c.digest == self._digest(plain_code(code)))
        with self._ground.read() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _claim(row)

    def revoke(
        self, org: str, *, by: str, device: str | None = None, batch: str | None = None
    ) -> int:
        """Take back the codes of a device or of a batch that were not used yet, on record; how
        many.
        """
        which = tables.claim.c.device == device if batch is None else tables.claim.c.batch == batch
        with self._ground.note() as connection:
            ended = end_claims(connection, org, which, self._ground.clock.now())
            if ended:
                self._ground.deed(
                    connection, org, by, "claim_revoked", device=device, batch=batch, codes=ended
                )
        return ended

    def claims(self, org: str, device: str | None = None) -> list[Claim]:
        """The organisation's claims, or a device's, the newest first."""
        query = select(tables.claim).where(tables.claim.c.org == org)
        if device is not None:
            query = query.where(tables.claim.c.device == device)
        query = query.order_by(tables.claim.c.made_at.desc(), tables.claim.c.claim)
        return self._all(query)

    def under_way(self) -> list[Claim]:
        """For the platform itself: claims of all organisations that wait for a test press."""
        return self._all(
            select(tables.claim).where(
                tables.claim.c.used_at.is_not(None), tables.claim.c.completed_at.is_(None)
            )
        )

    def keep(self, claim: Claim) -> None:
        """Write down how far a claim's test press has come. What a person has confirmed meanwhile
        stays.
        """
        values = _kept(claim)
        for name in ("receipt_at", "receipt_by", "completed_at"):
            column = tables.claim.c[name]
            values[name] = func.coalesce(column, literal(values[name], column.type))
        with self._ground.note() as connection:
            connection.execute(update(tables.claim).where(_this(claim)).values(values))

    def confirm(self, claim: Claim, *, by: str) -> None:
        """Somebody beside the device says that it has its receipt; on record, once."""
        values = {"receipt_at": self._ground.clock.now(), "receipt_by": by}
        open_ = tables.claim.c.receipt_at.is_(None)
        with self._ground.note() as connection:
            statement = update(tables.claim).where(_this(claim), open_).values(values)
            if connection.execute(statement).rowcount:
                self._ground.deed(
                    connection, claim.org, by, "receipt_confirmed", device=claim.device,
                    claim=claim.claim,
                )  # fmt: skip

    def _all(self, query: object) -> list[Claim]:
        with self._ground.read() as connection:
            return [_claim(row) for row in connection.execute(query).mappings()]  # type: ignore[call-overload]

    def _digest(self, code: str) -> bytes:
        return self._ground.key.digest(f"claim {code}")


def _serial(connection: Connection, org: str, device: str) -> tuple[str, str]:
    """The number on its label, and its home."""
    query = select(tables.device.c.serial, tables.device.c.home).where(
        tables.device.c.org == org, tables.device.c.device == device
    )
    row = connection.execute(query).first()
    if row is None:
        raise NotFound(f"There is no device {device} in {org}.")
    if not row.serial:
        raise InvalidInput(
            f"Device {device} has no serial number on file, and a claim is checked against it; "
            f"give it with `telecare device change {device} --org {org} --serial NUMBER`."
        )
    return str(row.serial), str(row.home)


def _this(claim: Claim) -> ColumnElement[bool]:
    return (tables.claim.c.org == claim.org) & (tables.claim.c.claim == claim.claim)


def _kept(claim: Claim) -> dict[str, object]:
    names = (
        "revoked_at", "used_at", "refused", "presses", "receipt_at", "receipt_by", "completed_at",
    )  # fmt: skip
    return {name: getattr(claim, name) for name in names}


def _claim(row: RowMapping) -> Claim:
    values = {name: row[name] for name in Claim.__struct_fields__}
    presses = msgspec.convert(row["presses"], tuple[Press, ...])
    return Claim(**values | {"presses": presses})

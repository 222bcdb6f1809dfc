"""A second factor: six digits from somebody's authenticator (RFC 6238), or a recovery code.

Codes follow real time whatever the installation's clock says, because the authenticator is
in somebody's pocket. A code holds once: its step is kept, and an older one is refused too.
"""

from __future__ import annotations

import secrets
from datetime import datetime

import pyotp
from sqlalchemy import delete, insert, select, update

from telecare.clock import Clock
from telecare.errors import Conflict, InvalidInput, NotFound
from telecare.register import tables
from telecare.register.ground import COMMAND_LINE, Ground
from telecare.register.people import Person

STEP_SECONDS = 30
STEPS_EITHER_WAY = 1
"""An authenticator's clock may be half a minute wrong."""
RECOVERY_CODES = 8
ISSUER = "Telecare"


class SecondFactors:
    """Authenticators of all people. Thread-safe."""

    def __init__(self, ground: Ground, machine: Clock) -> None:
        self._ground = ground
        self._machine = machine

    def since(self, org: str, person: str) -> datetime | None:
        """When the person's authenticator was proved; None while there is none."""
        kept = tables.second_factor
        query = select(kept.c.since).where(kept.c.org == org, kept.c.person == person)
        with self._ground.read() as connection:
            found: datetime | None = connection.execute(query).scalar()
        return found

    def enrol(self, person: Person) -> str:
        """A fresh key as an `otpauth:` address, for the authenticator to scan. It counts from
        `confirm` on; enrolling anew before that replaces it. Raises `Conflict` afterwards.
        """
        key, kept = pyotp.random_base32(), tables.second_factor
        mine = (kept.c.org == person.org) & (kept.c.person == person.person)
        with self._ground.change("") as connection:
            row = connection.execute(select(kept.c.since).where(mine)).first()
            if row is not None and row.since is not None:
                raise Conflict(
                    "You have a second factor; ask who runs this service to take it away first."
                )
            connection.execute(delete(kept).where(mine))
            connection.execute(
                insert(kept).values(
                    org=person.org, person=person.person, last_step=0,
                    sealed=self._ground.key.seal(key),
                )
            )  # fmt: skip
        return _address(key, person)

    def pending(self, person: Person) -> str | None:
        """The address that was enrolled and waits for its first code; None when none does."""
        kept = tables.second_factor
        query = select(kept.c.sealed).where(
            kept.c.org == person.org, kept.c.person == person.person, kept.c.since.is_(None)
        )
        with self._ground.read() as connection:
            sealed = connection.execute(query).scalar()
        return None if sealed is None else _address(self._ground.key.unseal(sealed), person)

    def confirm(self, org: str, person: str, code: str) -> list[str]:
        """The first code proves the authenticator; the recovery codes, shown once.

        Raises `InvalidInput` for a wrong code, `NotFound` when nothing was enrolled.
        """
        kept = tables.second_factor
        mine = (kept.c.org == org) & (kept.c.person == person)
        codes = [f"{secrets.token_hex(3)}-{secrets.token_hex(3)}" for _ in range(RECOVERY_CODES)]
        with self._ground.change("") as connection:
            row = connection.execute(select(kept).where(mine).with_for_update()).first()
            if row is None:
                raise NotFound("Scan the code first, then type the six digits.")
            if row.since is not None:
                raise Conflict("This second factor is in use already.")
            step = self._step(self._ground.key.unseal(row.sealed), code, row.last_step)
            if step is None:
                raise InvalidInput("These are not the six digits of now; check the phone's time.")
            now = self._ground.clock.now()
            connection.execute(update(kept).where(mine).values(since=now, last_step=step))
            digest = self._ground.key.digest
            connection.execute(
                insert(tables.recovery_code),
                [{"org": org, "person": person, "digest": digest(each)} for each in codes],
            )
        return codes

    def takes(self, org: str, person: str, code: str) -> bool:
        """Whether the code is right now; what was taken is never taken again."""
        kept, spare, code = tables.second_factor, tables.recovery_code, code.strip().lower()
        mine = (kept.c.org == org) & (kept.c.person == person) & kept.c.since.is_not(None)
        with self._ground.database.begin() as connection:
            row = connection.execute(select(kept).where(mine).with_for_update()).first()
            if row is None:
                return False
            step = self._step(self._ground.key.unseal(row.sealed), code, row.last_step)
            if step is not None:
                connection.execute(update(kept).where(mine).values(last_step=step))
                return True
            used = connection.execute(
                delete(spare).where(
                    spare.c.org == org, spare.c.person == person,
                    spare.c.digest == self._ground.key.digest(code),
                )
            )  # fmt: skip
            return used.rowcount == 1

    def forget(self, org: str, person: str, by: str = COMMAND_LINE) -> None:
        """The phone is lost: they sign in by password and enrol anew. Their sessions end."""
        with self._ground.change("") as connection:
            for table in (tables.recovery_code, tables.second_factor, tables.session):
                mine = (table.c.org == org) & (table.c.person == person)
                connection.execute(delete(table).where(mine))
            self._ground.deed(connection, org, by, "second_factor_forgotten", person=person)

    def _step(self, key: str, code: str, last: int) -> int | None:
        """The step whose code this is, if it is near now and later than `last`."""
        code, totp = code.replace(" ", ""), pyotp.TOTP(key, interval=STEP_SECONDS)
        now = int(self._machine.now().timestamp()) // STEP_SECONDS
        for step in range(now - STEPS_EITHER_WAY, now + STEPS_EITHER_WAY + 1):
            if step > last and secrets.compare_digest(
                totp.generate_otp(step).encode(), code.encode()
            ):
                return step
        return None


def _address(key: str, person: Person) -> str:
    return pyotp.TOTP(key).provisioning_uri(name=person.username, issuer_name=ISSUER)

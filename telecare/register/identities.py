"""Who somebody known to an identity provider is here. Linked by hand, never by a likeness:
an e-mail address that looks the same opens nothing.
"""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from telecare.errors import NotFound
from telecare.register import tables
from telecare.register.ground import COMMAND_LINE, Ground
from telecare.register.people import Person, person_of


class Identities:
    """Links of all organisations between a provider's subjects and our people."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def link(
        self, org: str, person: str, issuer: str, subject: str, by: str = COMMAND_LINE
    ) -> None:
        """From now on this subject signs in as this person.

        Raises `NotFound` for the person, `AlreadyExists` when the subject is somebody else's.
        """
        known = select(tables.person.c.person).where(
            tables.person.c.org == org, tables.person.c.person == person
        )
        taken = f"{subject} of {issuer} is linked already; unlink it first."
        with self._ground.change(taken) as connection:
            if connection.execute(known).first() is None:
                raise NotFound(f"There is nobody {person} in {org}.")
            connection.execute(
                insert(tables.identity).values(
                    issuer=issuer, subject=subject, org=org, person=person,
                    linked_at=self._ground.clock.now(),
                )
            )  # fmt: skip
            self._ground.deed(connection, org, by, "identity_linked", person=person)

    def unlink(self, org: str, person: str, by: str = COMMAND_LINE) -> None:
        """No identity elsewhere opens this account any more."""
        mine = (tables.identity.c.org == org) & (tables.identity.c.person == person)
        with self._ground.change("") as connection:
            if connection.execute(delete(tables.identity).where(mine)).rowcount:
                self._ground.deed(connection, org, by, "identity_unlinked", person=person)

    def person(self, issuer: str, subject: str) -> Person | None:
        """Who this subject is, if they are linked and work here still."""
        query = (
            select(tables.person)
            .join_from(
                tables.identity,
                tables.person,
                (tables.identity.c.org == tables.person.c.org)
                & (tables.identity.c.person == tables.person.c.person),
            )
            .where(
                tables.identity.c.issuer == issuer,
                tables.identity.c.subject == subject,
                tables.person.c.left_at.is_(None),
            )
        )
        with self._ground.read() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else person_of(row)

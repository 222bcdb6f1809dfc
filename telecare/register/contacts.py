"""Family, neighbours and keyholders: who is asked to come."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import RowMapping, insert, select, update

from telecare.errors import NotFound
from telecare.register import reach, tables
from telecare.register.ground import COMMAND_LINE, Ground, changed, locked
from telecare.register.homes import Homes
from telecare.register.names import plain_id


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Family or a keyholder, in the order they want to be tried."""

    org: str
    contact: str
    home: str
    name: str
    relation: str
    phone: str | None = None
    email: str | None = None
    rank: int = 1
    keyholder: bool = False
    minutes_away: int | None = None
    language: str = "en"
    """What we write and speak to them in: `en` or `cy`."""
    may_know_who: bool = True
    """Whether the resident allows that messages to them say who it is about."""
    quiet_from: str | None = None
    """HH:MM where the home is; with `quiet_until`, when only a call for help may disturb."""
    quiet_until: str | None = None
    postal_address: str | None = None
    """Lines of it, the postcode last."""
    elsewhere: str | None = None
    """https address of a system, or an address apprise knows. Holds a secret: stored sealed."""


class Contacts:
    """Contacts of all homes; every question names the organisation."""

    def __init__(self, ground: Ground, homes: Homes) -> None:
        self._ground = ground
        self._homes = homes

    def add_contact(self, contact: Contact) -> Contact:
        """Raises `AlreadyExists`, `NotFound` for the home, `InvalidInput` for the id, or
        for what nobody can be reached by.
        """
        plain_id(contact.contact, "A contact's id")
        self._homes.home(contact.org, contact.home)
        values = self._contact_values(contact)
        with self._ground.change(f"There already is a contact {contact.contact}.") as connection:
            connection.execute(insert(tables.contact).values(values))
            self._ground.deed(
                connection, contact.org, COMMAND_LINE, "contact_added", home=contact.home,
                contact=contact.contact,
            )  # fmt: skip
        return contact

    def change_contact(self, org: str, contact: str, **said: Any) -> None:
        """What is `said` of how they are reached is on file from now on, and nothing else is
        touched; what is another now goes on record, by name alone. Raises `NotFound`, or
        `InvalidInput` for what nobody can be reached by.
        """
        who = (tables.contact.c.org == org) & (tables.contact.c.contact == contact)
        missing = f"There is no contact {contact} in {org}."
        with self._ground.change("") as connection:
            before = self._contact(locked(connection, select(tables.contact).where(who), missing))
            after = msgspec.structs.replace(before, **said)
            values = self._contact_values(after)
            if said:
                spoken = {name: values[name] for name in said}
                connection.execute(update(tables.contact).where(who).values(spoken))
            self._ground.deed(
                connection, org, COMMAND_LINE, "contact_changed", home=before.home,
                contact=contact, what=changed(before, after),
            )  # fmt: skip

    def contacts(self, org: str, home: str | None = None) -> list[Contact]:
        """In the order they are tried; without a home, of all of the organisation's."""
        query = (
            select(tables.contact)
            .where(tables.contact.c.org == org)
            .order_by(tables.contact.c.rank, tables.contact.c.contact)
        )
        if home is not None:
            query = query.where(tables.contact.c.home == home)
        with self._ground.read() as connection:
            return [self._contact(row) for row in connection.execute(query).mappings()]

    def contact(self, org: str, contact: str) -> Contact:
        """Raises `NotFound`."""
        query = select(tables.contact).where(
            tables.contact.c.org == org, tables.contact.c.contact == contact
        )
        with self._ground.read() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise NotFound(f"There is no contact {contact} in {org}.")
        return self._contact(row)

    def _contact(self, row: RowMapping) -> Contact:
        values: dict[str, Any] = dict(row)
        sealed = values.pop("elsewhere")
        elsewhere = None if sealed is None else self._ground.key.unseal(sealed)
        return Contact(**values, elsewhere=elsewhere)

    def _contact_values(self, contact: Contact) -> dict[str, Any]:
        reach.telephone(contact.phone)
        reach.mail(contact.email)
        reach.language(contact.language)
        reach.elsewhere(contact.elsewhere)
        reach.quiet_hours(contact.quiet_from, contact.quiet_until)
        values = msgspec.structs.asdict(contact)
        sealed = self._ground.key.seal(contact.elsewhere) if contact.elsewhere else None
        return values | {"elsewhere": sealed}

"""Taking people off the register for good.

A home whose last resident leaves keeps its id and its devices, with their access withdrawn:
should one of them still be pressed, the desk sees it.
"""

from __future__ import annotations

from sqlalchemy import Connection, Table, delete, select, update

from telecare.errors import NotFound
from telecare.register import tables
from telecare.register.credentials import end_access
from telecare.register.ground import Ground


class Leaving:
    """Erases people and what is on file about them. Doing it again changes nothing."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def home_of_resident(self, org: str, resident: str) -> str:
        """Raises `NotFound`."""
        return self._home(tables.resident, org, resident)

    def home_of_contact(self, org: str, contact: str) -> str:
        """Raises `NotFound`."""
        return self._home(tables.contact, org, contact)

    def _home(self, table: Table, org: str, ident: str) -> str:
        query = select(table.c.home).where(table.c.org == org, table.c[table.name] == ident)
        with self._ground.read() as connection:
            home: str | None = connection.execute(query).scalar()
        if home is None:
            raise NotFound(f"There is no {table.name} {ident} in {org}.")
        return home

    def resident(self, org: str, resident: str) -> None:
        """This resident is on file no more; the home and all others of it are."""
        with self._ground.change("") as connection:
            connection.execute(
                delete(tables.resident).where(
                    tables.resident.c.org == org, tables.resident.c.resident == resident
                )
            )

    def contact(self, org: str, contact: str) -> None:
        """This contact is on file no more, nor their browsers and what they might be told."""
        with self._ground.change("") as connection:
            _contacts(connection, org, [contact])

    def home(self, org: str, home: str) -> None:
        """Nobody who lived there or was a contact is on file, nor its address, keysafe code,
        settings and plans; its devices' access is withdrawn.
        """
        people = select(tables.contact.c.contact).where(
            tables.contact.c.org == org, tables.contact.c.home == home
        )
        with self._ground.change("") as connection:
            _contacts(connection, org, list(connection.execute(people).scalars()))
            for table in (tables.resident, tables.plan):
                connection.execute(delete(table).where(table.c.org == org, table.c.home == home))
            connection.execute(
                update(tables.home)
                .where(tables.home.c.org == org, tables.home.c.home == home)
                .values(
                    address="", access="", hazards=[], keysafe=None, rooms=[], settings={},
                    latitude=None, longitude=None, scheme=None,
                )
            )  # fmt: skip
            end_access(connection, org, tables.device.c.home == home, self._ground.clock.now())


def _contacts(connection: Connection, org: str, contacts: list[str]) -> None:
    of_contacts = (tables.consent, tables.push_subscription, tables.contact_account)
    for table in (*of_contacts, tables.contact):
        connection.execute(delete(table).where(table.c.org == org, table.c.contact.in_(contacts)))

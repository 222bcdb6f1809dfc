"""Homes, the residents who live there, and the contacts who can come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, insert, select, update

from telecare.errors import NotFound
from telecare.register import tables
from telecare.register.ground import Ground
from telecare.register.names import plain_id


class Organisation(msgspec.Struct, frozen=True, kw_only=True):
    """A council, provider or scheme: the wall between tenants."""

    org: str
    name: str
    time_zone: str
    settings: dict[str, Any] = {}


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """A dwelling. Its keysafe code is not part of it: that is revealed singly, on record."""

    org: str
    home: str
    address: str
    time_zone: str
    access: str = ""
    """How to get in, without any code."""
    hazards: list[str] = []
    has_keysafe: bool = False
    rooms: list[str] = []
    settings: dict[str, Any] = {}
    """Per-detector settings and such, by name."""
    latitude: float | None = None
    longitude: float | None = None


class Resident(msgspec.Struct, frozen=True, kw_only=True):
    """A person we watch over."""

    org: str
    resident: str
    home: str
    name: str
    born: int | None = None
    """Year."""
    speak: str = ""
    """How to speak with them: hearing, language."""
    health: str = ""
    """What whoever comes must know."""


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


class Homes:
    """Homes of all organisations; every question names the organisation."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def add_organisation(
        self, org: str, name: str, *, time_zone: str = "Europe/London"
    ) -> Organisation:
        """Raises `AlreadyExists`, or `InvalidInput` for an id that is not plain."""
        plain_id(org, "An organisation's id")
        with self._ground.change(f"There already is an organisation {org}.") as connection:
            connection.execute(
                insert(tables.organisation).values(
                    org=org,
                    name=name,
                    time_zone=time_zone,
                    settings={},
                    created_at=self._ground.clock.now(),
                )
            )
        return Organisation(org=org, name=name, time_zone=time_zone)

    def organisation(self, org: str) -> Organisation:
        """Raises `NotFound`."""
        with self._ground.read() as connection:
            row = connection.execute(
                select(tables.organisation).where(tables.organisation.c.org == org)
            ).first()
        if row is None:
            raise NotFound(f"There is no organisation {org}; add it with `telecare org add {org}`.")
        return Organisation(
            org=row.org, name=row.name, time_zone=row.time_zone, settings=row.settings
        )

    def organisations(self) -> list[Organisation]:
        """All of them, by id."""
        with self._ground.read() as connection:
            rows = connection.execute(
                select(tables.organisation).order_by(tables.organisation.c.org)
            )
            return [
                Organisation(org=r.org, name=r.name, time_zone=r.time_zone, settings=r.settings)
                for r in rows
            ]

    def add_home(self, home: Home, *, keysafe: str | None = None) -> Home:
        """Raises `AlreadyExists`, `NotFound` for the organisation, `InvalidInput` for the id."""
        plain_id(home.home, "A home's id")
        self.organisation(home.org)
        values = msgspec.structs.asdict(home)
        del values["has_keysafe"]
        values["keysafe"] = self._ground.key.seal(keysafe) if keysafe else None
        with self._ground.change(f"There already is a home {home.home}.") as connection:
            connection.execute(insert(tables.home).values(values))
        return msgspec.structs.replace(home, has_keysafe=keysafe is not None)

    def home(self, org: str, home: str) -> Home:
        """Raises `NotFound`."""
        query = select(tables.home).where(tables.home.c.org == org, tables.home.c.home == home)
        with self._ground.read() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise NotFound(f"There is no home {home} in {org}.")
        return _home(row)

    def homes(self, org: str | None = None) -> list[Home]:
        """All homes of one organisation; of all, for the platform's own services."""
        query = select(tables.home).order_by(tables.home.c.org, tables.home.c.home)
        if org is not None:
            query = query.where(tables.home.c.org == org)
        with self._ground.read() as connection:
            return [_home(row) for row in connection.execute(query).mappings()]

    def change_settings(self, org: str, home: str, settings: dict[str, Any]) -> None:
        """Replace the home's settings. Raises `NotFound`."""
        with self._ground.change("") as connection:
            _one(
                connection,
                update(tables.home)
                .where(tables.home.c.org == org, tables.home.c.home == home)
                .values(settings=settings),
                f"There is no home {home} in {org}.",
            )

    def tune(self, org: str, home: str, detector: str, values: Mapping[str, Any]) -> None:
        """Set some of one detector's settings in this home and leave all others as they are,
        whoever changes them at the same time. Raises `NotFound`.
        """
        here = (tables.home.c.org == org) & (tables.home.c.home == home)
        with self._ground.change("") as connection:
            row = connection.execute(
                select(tables.home.c.settings).where(here).with_for_update()
            ).first()
            if row is None:
                raise NotFound(f"There is no home {home} in {org}.")
            own = row.settings.get(detector)
            own = dict(own) if isinstance(own, dict) else {}
            settings = {**row.settings, detector: own | dict(values)}
            connection.execute(update(tables.home).where(here).values(settings=settings))

    def keysafe(self, org: str, home: str) -> str | None:
        """The code in clear. Whoever calls this writes it in the record first."""
        query = select(tables.home.c.keysafe).where(
            tables.home.c.org == org, tables.home.c.home == home
        )
        with self._ground.read() as connection:
            sealed = connection.execute(query).scalar()
        return None if sealed is None else self._ground.key.unseal(sealed)

    def add_resident(self, resident: Resident) -> Resident:
        """Raises `AlreadyExists`, `NotFound` for the home, `InvalidInput` for the id."""
        plain_id(resident.resident, "A resident's id")
        self.home(resident.org, resident.home)
        with self._ground.change(f"There already is a resident {resident.resident}.") as connection:
            connection.execute(insert(tables.resident).values(msgspec.structs.asdict(resident)))
        return resident

    def residents(self, org: str, home: str) -> list[Resident]:
        """Who lives there."""
        query = (
            select(tables.resident)
            .where(tables.resident.c.org == org, tables.resident.c.home == home)
            .order_by(tables.resident.c.resident)
        )
        with self._ground.read() as connection:
            return [Resident(**row) for row in connection.execute(query).mappings()]

    def add_contact(self, contact: Contact) -> Contact:
        """Raises `AlreadyExists`, `NotFound` for the home, `InvalidInput` for the id."""
        plain_id(contact.contact, "A contact's id")
        self.home(contact.org, contact.home)
        with self._ground.change(f"There already is a contact {contact.contact}.") as connection:
            connection.execute(insert(tables.contact).values(msgspec.structs.asdict(contact)))
        return contact

    def contacts(self, org: str, home: str) -> list[Contact]:
        """In the order they are tried."""
        query = (
            select(tables.contact)
            .where(tables.contact.c.org == org, tables.contact.c.home == home)
            .order_by(tables.contact.c.rank, tables.contact.c.contact)
        )
        with self._ground.read() as connection:
            return [Contact(**row) for row in connection.execute(query).mappings()]


def _home(row: RowMapping) -> Home:
    values: dict[str, Any] = dict(row)
    sealed = values.pop("keysafe")
    return Home(**values, has_keysafe=sealed is not None)


def _one(connection: Connection, statement: Any, missing: str) -> None:
    if connection.execute(statement).rowcount != 1:
        raise NotFound(missing)

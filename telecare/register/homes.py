"""Homes, the residents who live there, and the contacts who can come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, insert, select, update

from telecare.errors import InvalidInput, NotFound
from telecare.register import tables
from telecare.register.ground import Ground
from telecare.register.names import civil_zone, plain_id

SHARING = "sharing"
"""Setting of a home: which residents let other systems read what is known of them."""


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
    scheme: str | None = None
    """The extra-care scheme it belongs to, whose staff are asked first."""


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
    phone: str | None = None
    """Their own, for calls and the list of calls."""
    language: str = "en"
    """What the platform speaks to them in: `en` or `cy`."""


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


class Homes:
    """Homes of all organisations; every question names the organisation."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def add_organisation(
        self, org: str, name: str, *, time_zone: str = "Europe/London"
    ) -> Organisation:
        """Raises `AlreadyExists`, or `InvalidInput` for an id that is not plain or for the zone."""
        plain_id(org, "An organisation's id")
        civil_zone(time_zone)
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

    def change_organisation(self, org: str, settings: dict[str, Any]) -> None:
        """Replace the organisation's settings. Raises `NotFound`."""
        with self._ground.change("") as connection:
            query = update(tables.organisation).where(tables.organisation.c.org == org)
            _one(connection, query.values(settings=settings), f"There is no organisation {org}.")

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
        """Raises `AlreadyExists`, `NotFound` for the organisation, `InvalidInput` for the id or
        the time zone.
        """
        plain_id(home.home, "A home's id")
        civil_zone(home.time_zone)
        self.organisation(home.org)
        self._scheme(home.org, home.scheme)
        values = home_values(home, self._ground.key.seal(keysafe) if keysafe else None)
        with self._ground.change(f"There already is a home {home.home}.") as connection:
            connection.execute(insert(tables.home).values(values))
        return msgspec.structs.replace(home, has_keysafe=keysafe is not None)

    def join_scheme(self, org: str, home: str, scheme: str | None) -> None:
        """The home belongs to this scheme from now on, or to none. Raises `NotFound`."""
        self._scheme(org, scheme)
        with self._ground.change("") as connection:
            _one(
                connection,
                update(tables.home)
                .where(tables.home.c.org == org, tables.home.c.home == home)
                .values(scheme=scheme),
                f"There is no home {home} in {org}.",
            )

    def _scheme(self, org: str, scheme: str | None) -> None:
        if scheme is None:
            return
        query = select(tables.scheme.c.scheme).where(
            tables.scheme.c.org == org, tables.scheme.c.scheme == scheme
        )
        with self._ground.read() as connection:
            if connection.execute(query).first() is None:
                raise NotFound(f"There is no scheme {scheme} in {org}.")

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

    def place(self, org: str, home: str, latitude: float, longitude: float) -> None:
        """Say where on the map it stands. Raises `NotFound`, or `InvalidInput` off the map."""
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # false for NaN
            raise InvalidInput(
                "A latitude lies between -90 and 90, a longitude between -180 and 180."
            )
        with self._ground.change("") as connection:
            _one(
                connection,
                update(tables.home)
                .where(tables.home.c.org == org, tables.home.c.home == home)
                .values(latitude=latitude, longitude=longitude),
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

    def share(self, org: str, resident: str, *, agreed: bool, by: str) -> None:
        """Write down whether this resident lets other systems read what is known of them.

        Raises `NotFound`.
        """
        here = (tables.resident.c.org == org) & (tables.resident.c.resident == resident)
        with self._ground.change("") as connection:
            home = connection.execute(select(tables.resident.c.home).where(here)).scalar()
            if home is None:
                raise NotFound(f"There is no resident {resident} in {org}.")
            place = (tables.home.c.org == org) & (tables.home.c.home == home)
            row = connection.execute(
                select(tables.home.c.settings).where(place).with_for_update()
            ).one()
            sharing = {**row.settings.get(SHARING, {}), resident: agreed}
            settings = {**row.settings, SHARING: sharing}
            connection.execute(update(tables.home).where(place).values(settings=settings))
            act = "sharing_agreed" if agreed else "sharing_withdrawn"
            self._ground.deed(connection, org, by, act, home=home, person=resident)

    def sharing(self, org: str, home: str) -> dict[str, bool]:
        """By resident: whether they agreed. Who was never asked is not in it."""
        return dict(self.home(org, home).settings.get(SHARING, {}))

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

    def residents(self, org: str, home: str | None = None) -> list[Resident]:
        """Who lives there; without a home, in any of the organisation's."""
        query = (
            select(tables.resident)
            .where(tables.resident.c.org == org)
            .order_by(tables.resident.c.resident)
        )
        if home is not None:
            query = query.where(tables.resident.c.home == home)
        with self._ground.read() as connection:
            return [Resident(**row) for row in connection.execute(query).mappings()]

    def reach_resident(
        self, org: str, resident: str, phone: str | None, language: str, *, by: str
    ) -> None:
        """By which telephone, and in which language, they are rung. Raises `NotFound`."""
        here = (tables.resident.c.org == org) & (tables.resident.c.resident == resident)
        with self._ground.change("") as connection:
            home = connection.execute(select(tables.resident.c.home).where(here)).scalar()
            statement = update(tables.resident).where(here).values(phone=phone, language=language)
            _one(connection, statement, f"There is no resident {resident} in {org}.")
            self._ground.deed(connection, org, by, "telephone_changed", home=home, person=resident)

    def add_contact(self, contact: Contact) -> Contact:
        """Raises `AlreadyExists`, `NotFound` for the home, `InvalidInput` for the id or hours."""
        plain_id(contact.contact, "A contact's id")
        self.home(contact.org, contact.home)
        values = self._contact_values(contact)
        with self._ground.change(f"There already is a contact {contact.contact}.") as connection:
            connection.execute(insert(tables.contact).values(values))
        return contact

    def change_contact(self, contact: Contact) -> Contact:
        """Replace what is on file. Raises `NotFound`, or `InvalidInput` for the hours."""
        values = self._contact_values(contact)
        with self._ground.change("") as connection:
            _one(
                connection,
                update(tables.contact)
                .where(
                    tables.contact.c.org == contact.org,
                    tables.contact.c.contact == contact.contact,
                )
                .values(values),
                f"There is no contact {contact.contact} in {contact.org}.",
            )
        return contact

    def contacts(self, org: str, home: str) -> list[Contact]:
        """In the order they are tried."""
        query = (
            select(tables.contact)
            .where(tables.contact.c.org == org, tables.contact.c.home == home)
            .order_by(tables.contact.c.rank, tables.contact.c.contact)
        )
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
        if (contact.quiet_from is None) != (contact.quiet_until is None):
            raise InvalidInput("Quiet hours need a beginning and an end, as 22:00 and 07:00.")
        for written in (contact.quiet_from, contact.quiet_until):
            _civil_time(written)
        values = msgspec.structs.asdict(contact)
        sealed = self._ground.key.seal(contact.elsewhere) if contact.elsewhere else None
        return values | {"elsewhere": sealed}


def home_values(home: Home, keysafe: bytes | None = None) -> dict[str, Any]:
    """Its row; `keysafe` is sealed."""
    values = msgspec.structs.asdict(home)
    del values["has_keysafe"]
    return values | {"keysafe": keysafe}


def _civil_time(written: str | None) -> None:
    try:
        time.fromisoformat(written or "00:00")
    except ValueError:
        raise InvalidInput(f"{written} is no time of day; write it as 22:00.") from None


def _home(row: RowMapping) -> Home:
    values: dict[str, Any] = dict(row)
    sealed = values.pop("keysafe")
    return Home(**values, has_keysafe=sealed is not None)


def _one(connection: Connection, statement: Any, missing: str) -> None:
    if connection.execute(statement).rowcount != 1:
        raise NotFound(missing)

"""Who lives in the homes, how they are rung, and what they agreed to."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import insert, select, update

from telecare.errors import NotFound
from telecare.register import reach, tables
from telecare.register.ground import COMMAND_LINE, Ground, change_one, changed, locked
from telecare.register.homes import Homes
from telecare.register.names import plain_id

SHARING = "sharing"
"""Setting of a home: which residents let other systems read what is known of them."""


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


class Residents:
    """Residents of all organisations; every question names the organisation."""

    def __init__(self, ground: Ground, homes: Homes) -> None:
        self._ground = ground
        self._homes = homes

    def add_resident(self, resident: Resident) -> Resident:
        """Raises `AlreadyExists`, `NotFound` for the home, `InvalidInput` for the id, or for what
        they cannot be reached by.
        """
        plain_id(resident.resident, "A resident's id")
        reach.telephone(resident.phone)
        reach.language(resident.language)
        self._homes.home(resident.org, resident.home)
        with self._ground.change(f"There already is a resident {resident.resident}.") as connection:
            connection.execute(insert(tables.resident).values(msgspec.structs.asdict(resident)))
            self._ground.deed(
                connection, resident.org, COMMAND_LINE, "resident_added", home=resident.home,
                person=resident.resident,
            )  # fmt: skip
        return resident

    def change_resident(self, org: str, resident: str, *, by: str, **said: Any) -> None:
        """What is `said` of them is on file from now on, and nothing else is touched; what is
        another now goes on record, by name alone. Raises `NotFound`, or `InvalidInput` for what
        they cannot be reached by.
        """
        reach.telephone(said.get("phone"))
        reach.language(said.get("language", "en"))
        if "home" in said:
            self._homes.home(org, said["home"])
        who = (tables.resident.c.org == org) & (tables.resident.c.resident == resident)
        missing = f"There is no resident {resident} in {org}."
        with self._ground.change("") as connection:
            before = Resident(**locked(connection, select(tables.resident).where(who), missing))
            if said:
                connection.execute(update(tables.resident).where(who).values(said))
            after = msgspec.structs.replace(before, **said)
            self._ground.deed(
                connection, org, by, "resident_changed", home=after.home, person=resident,
                what=changed(before, after),
            )  # fmt: skip

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
            change_one(connection, statement, f"There is no resident {resident} in {org}.")
            self._ground.deed(connection, org, by, "telephone_changed", home=home, person=resident)

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
            query = select(tables.home.c.settings).where(place)
            known = locked(connection, query, f"There is no home {home} in {org}.")["settings"]
            settings = known | {SHARING: known.get(SHARING, {}) | {resident: agreed}}
            connection.execute(update(tables.home).where(place).values(settings=settings))
            act = "sharing_agreed" if agreed else "sharing_withdrawn"
            self._ground.deed(connection, org, by, act, home=home, person=resident)

    def sharing(self, org: str, home: str) -> dict[str, bool]:
        """By resident: whether they agreed. Who was never asked is not in it."""
        return dict(self._homes.home(org, home).settings.get(SHARING, {}))

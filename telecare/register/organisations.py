"""Organisations: the walls between tenants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import insert, select, update

from telecare.errors import NotFound
from telecare.register import tables
from telecare.register.ground import COMMAND_LINE, Ground, locked
from telecare.register.names import civil_zone, plain_id

TELEPHONE = "telephone"


class Organisation(msgspec.Struct, frozen=True, kw_only=True):
    """A council, provider or scheme: the wall between tenants."""

    org: str
    name: str
    time_zone: str
    settings: dict[str, Any] = {}

    @property
    def telephone(self) -> str:
        """By which its monitoring centre is rung, as somebody wrote it; empty while nobody has."""
        return str(self.settings.get(TELEPHONE, ""))


class Organisations:
    """Everybody on this installation."""

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

    def change_settings(
        self, org: str, change: Callable[[dict[str, Any]], dict[str, Any]], *, what: str = ""
    ) -> None:
        """The organisation's settings are from now on what `change` makes of them, and of nothing
        that somebody else changed meanwhile; on record if `what` names it. Raises `NotFound`.
        """
        mine = tables.organisation.c.org == org
        query = select(tables.organisation.c.settings).where(mine)
        with self._ground.change("") as connection:
            row = locked(connection, query, f"There is no organisation {org}.")
            settings = change(dict(row["settings"]))
            connection.execute(update(tables.organisation).where(mine).values(settings=settings))
            if what:
                self._ground.deed(connection, org, COMMAND_LINE, "organisation_changed", what=what)

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

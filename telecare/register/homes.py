"""Homes: where they stand, how one gets in, and what is set for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import RowMapping, insert, select, update

from telecare.errors import InvalidInput, NotFound
from telecare.register import tables
from telecare.register.ground import COMMAND_LINE, Ground, change_one, changed, locked
from telecare.register.names import civil_zone, plain_id
from telecare.register.organisations import Organisations


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

    @property
    def label(self) -> str:
        """What people call it: its address, and its id until one is on file."""
        return self.address or self.home


class Standing(NamedTuple):
    """Where a home stands: what is asked of every home of a county at once."""

    home: str
    time_zone: str
    latitude: float | None
    longitude: float | None
    scheme: str | None

    @property
    def place(self) -> tuple[float, float] | None:
        """Latitude and longitude, where both are on file."""
        if self.latitude is None or self.longitude is None:
            return None
        return self.latitude, self.longitude


class Homes:
    """Homes of all organisations; every question names the organisation."""

    def __init__(self, ground: Ground, organisations: Organisations) -> None:
        self._ground = ground
        self._organisations = organisations

    def add_home(self, home: Home, *, keysafe: str | None = None) -> Home:
        """Raises `AlreadyExists`, `NotFound` for the organisation, `InvalidInput` for the id or
        the time zone.
        """
        plain_id(home.home, "A home's id")
        civil_zone(home.time_zone)
        self._organisations.organisation(home.org)
        self._scheme(home.org, home.scheme)
        values = home_values(home, self._ground.key.seal(keysafe) if keysafe else None)
        with self._ground.change(f"There already is a home {home.home}.") as connection:
            connection.execute(insert(tables.home).values(values))
            self._ground.deed(connection, home.org, COMMAND_LINE, "home_added", home=home.home)
        return msgspec.structs.replace(home, has_keysafe=keysafe is not None)

    def change_home(
        self, org: str, home: str, *, by: str, keysafe: str | None = None, **said: Any
    ) -> None:
        """What is `said` of its address, access or hazards is on file from now on, and nothing
        else is touched; a `keysafe` that is given replaces the code, an empty one takes it away.
        What is another now goes on record, by name alone. Raises `NotFound`.
        """
        here = (tables.home.c.org == org) & (tables.home.c.home == home)
        missing = f"There is no home {home} in {org}."
        with self._ground.change("") as connection:
            before = _home(locked(connection, select(tables.home).where(here), missing))
            what, values = changed(before, msgspec.structs.replace(before, **said)), said
            if keysafe is not None:
                sealed = self._ground.key.seal(keysafe) if keysafe else None
                what, values = f"{what} keysafe".strip(), said | {"keysafe": sealed}
            if values:
                connection.execute(update(tables.home).where(here).values(values))
            self._ground.deed(connection, org, by, "home_changed", home=home, what=what)

    def join_scheme(self, org: str, home: str, scheme: str | None) -> None:
        """The home belongs to this scheme from now on, or to none. Raises `NotFound`."""
        self._scheme(org, scheme)
        with self._ground.change("") as connection:
            change_one(
                connection,
                update(tables.home)
                .where(tables.home.c.org == org, tables.home.c.home == home)
                .values(scheme=scheme),
                f"There is no home {home} in {org}.",
            )
            self._ground.deed(
                connection, org, COMMAND_LINE, "home_changed", home=home, what="scheme",
                scheme=scheme,
            )  # fmt: skip

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

    def standing(self, org: str, home: str | None = None) -> list[Standing]:
        """Where all homes of an organisation stand, by id, or this one; none that is not there."""
        columns = [tables.home.c[name] for name in Standing._fields]
        query = select(*columns).where(tables.home.c.org == org).order_by(tables.home.c.home)
        if home is not None:
            query = query.where(tables.home.c.home == home)
        with self._ground.read() as connection:
            return [Standing(*row) for row in connection.execute(query)]

    def change_settings(
        self, org: str, home: str, change: Callable[[dict[str, Any]], dict[str, Any]],
        *, what: str = "", by: str = COMMAND_LINE,
    ) -> None:  # fmt: skip
        """The home's settings are from now on what `change` makes of them, and of nothing that
        somebody else changed meanwhile; on record if `what` names it. Raises `NotFound`.
        """
        here = (tables.home.c.org == org) & (tables.home.c.home == home)
        query = select(tables.home.c.settings).where(here)
        with self._ground.change("") as connection:
            row = locked(connection, query, f"There is no home {home} in {org}.")
            settings = change(dict(row["settings"]))
            connection.execute(update(tables.home).where(here).values(settings=settings))
            if what:
                self._ground.deed(connection, org, by, "home_changed", home=home, what=what)

    def place(self, org: str, home: str, latitude: float, longitude: float) -> None:
        """Say where on the map it stands. Raises `NotFound`, or `InvalidInput` off the map."""
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # false for NaN
            raise InvalidInput(
                "A latitude lies between -90 and 90, a longitude between -180 and 180."
            )
        with self._ground.change("") as connection:
            change_one(
                connection,
                update(tables.home)
                .where(tables.home.c.org == org, tables.home.c.home == home)
                .values(latitude=latitude, longitude=longitude),
                f"There is no home {home} in {org}.",
            )
            self._ground.deed(
                connection, org, COMMAND_LINE, "home_changed", home=home, what="place"
            )

    def tune(self, org: str, home: str, detector: str, values: Mapping[str, Any]) -> None:
        """Set some of one detector's settings in this home and leave all others as they are.
        Raises `NotFound`.
        """

        def tuned(settings: dict[str, Any]) -> dict[str, Any]:
            own = settings.get(detector)
            return settings | {detector: (own if isinstance(own, dict) else {}) | dict(values)}

        self.change_settings(org, home, tuned)

    def keysafe(self, org: str, home: str) -> str | None:
        """The code in clear. Whoever calls this writes it in the record first."""
        query = select(tables.home.c.keysafe).where(
            tables.home.c.org == org, tables.home.c.home == home
        )
        with self._ground.read() as connection:
            sealed = connection.execute(query).scalar()
        return None if sealed is None else self._ground.key.unseal(sealed)

    def _scheme(self, org: str, scheme: str | None) -> None:
        if scheme is None:
            return
        query = select(tables.scheme.c.scheme).where(
            tables.scheme.c.org == org, tables.scheme.c.scheme == scheme
        )
        with self._ground.read() as connection:
            if connection.execute(query).first() is None:
                raise NotFound(f"There is no scheme {scheme} in {org}.")


def home_values(home: Home, keysafe: bytes | None = None) -> dict[str, Any]:
    """Its row; `keysafe` is sealed."""
    values = msgspec.structs.asdict(home)
    del values["has_keysafe"]
    return values | {"keysafe": keysafe}


def _home(row: RowMapping) -> Home:
    values: dict[str, Any] = dict(row)
    sealed = values.pop("keysafe")
    return Home(**values, has_keysafe=sealed is not None)

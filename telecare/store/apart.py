"""Does PostgreSQL itself keep this installation's organisations apart?"""

from __future__ import annotations

import msgspec

from telecare.settings import Settings
from telecare.store import wall
from telecare.store.migrate import metadata_of, open_database
from telecare.store.session import OWNERS


class Apart(msgspec.Struct, frozen=True):
    """How the second wall stands, as the role of these settings meets it."""

    bare: list[str]
    """Tables with an organisation and without a policy."""
    past: bool
    """The role goes past every policy: it owns the tables, or is a superuser."""
    organisations: int
    """With one there is nobody to keep apart."""


def look(settings: Settings) -> Apart:
    """Raises `NotMigrated` or `StoreUnavailable`."""
    bare: list[str] = []
    past, organisations = False, 0
    for owner in OWNERS:
        database = open_database(settings, owner)
        with database.read() as connection:
            missing = wall.missing(connection, metadata_of(owner), owner)
            bare += [f"{owner}.{table}" for table in missing]
            past = past or wall.goes_past(connection, owner)
            if owner == "register":
                counted = "SELECT count(*) FROM organisation"
                organisations = connection.exec_driver_sql(counted).scalar_one()
        database.close()
    return Apart(bare, past, organisations)

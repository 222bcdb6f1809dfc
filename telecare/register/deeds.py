"""What people did to the register and the record has to tell."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import select

from telecare.register import tables
from telecare.register.ground import Ground


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """One act on the register, as it was committed with its change."""

    version: int
    """The register's version it made; grows from deed to deed."""
    org: str
    at: datetime
    by: str
    act: str
    detail: dict[str, str | int | None]
    """References and numbers only."""


class Deeds:
    """Reads what was done, in order."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def after(self, version: int, limit: int) -> list[Deed]:
        """At most `limit` deeds after this version, of all organisations."""
        query = (
            select(tables.deed)
            .where(tables.deed.c.version > version)
            .order_by(tables.deed.c.version)
            .limit(limit)
        )
        with self._ground.read() as connection:
            return [Deed(**row) for row in connection.execute(query).mappings()]

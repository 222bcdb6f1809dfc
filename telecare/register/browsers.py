"""Browsers of contacts that asked for push messages."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import delete, insert, select

from telecare.errors import NotFound
from telecare.register import tables
from telecare.register.ground import Ground

MOST = 5
"""Browsers of one contact; the oldest makes room."""


class Browser(msgspec.Struct, frozen=True):
    """A subscription as the browser gave it to us."""

    endpoint: str
    p256dh: str
    auth: str


class Browsers:
    """Subscriptions of all organisations; every question names the organisation."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def add(self, org: str, contact: str, browser: Browser) -> None:
        """Remember it; the same one again changes its owner. Raises `NotFound` for the contact."""
        digest = self._ground.key.digest(browser.endpoint)
        kept = tables.push_subscription
        known = select(tables.contact.c.contact).where(
            tables.contact.c.org == org, tables.contact.c.contact == contact
        )
        with self._ground.change("") as connection:
            if connection.execute(known).first() is None:
                raise NotFound(f"There is no contact {contact} in {org}.")
            connection.execute(delete(kept).where(kept.c.org == org, kept.c.digest == digest))
            older = connection.execute(
                select(kept.c.digest)
                .where(kept.c.org == org, kept.c.contact == contact)
                .order_by(kept.c.added_at.desc())
                .offset(MOST - 1)
            ).scalars()
            for each in older.all():
                connection.execute(delete(kept).where(kept.c.org == org, kept.c.digest == each))
            connection.execute(
                insert(kept).values(
                    org=org, digest=digest, contact=contact, added_at=self._ground.clock.now(),
                    sealed=self._ground.key.seal(msgspec.json.encode(browser).decode()),
                )
            )  # fmt: skip

    def of(self, org: str, contacts: Sequence[str] | None = None) -> dict[str, list[Browser]]:
        """By contact, of these or of all who have any: their browsers, the newest first."""
        kept = tables.push_subscription
        query = (
            select(kept.c.contact, kept.c.sealed)
            .where(kept.c.org == org)
            .order_by(kept.c.added_at.desc())
        )
        if contacts is not None:
            query = query.where(kept.c.contact.in_(contacts))
        with self._ground.read() as connection:
            rows = connection.execute(query).all()
        found: dict[str, list[Browser]] = {}
        for row in rows:
            opened = self._ground.key.unseal(row.sealed)
            browser = msgspec.json.decode(opened, type=Browser)
            found.setdefault(row.contact, []).append(browser)
        return found

    def forget(self, org: str, endpoint: str) -> None:
        """The push service says that it is no more; forgetting again changes nothing."""
        kept = tables.push_subscription
        digest = self._ground.key.digest(endpoint)
        with self._ground.change("") as connection:
            connection.execute(delete(kept).where(kept.c.org == org, kept.c.digest == digest))

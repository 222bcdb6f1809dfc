"""Browsers that somebody has signed in with before. Guessing at their password from elsewhere
slows others down, never these.
"""

from __future__ import annotations

from sqlalchemy import delete, insert, select, update

from telecare.register import tables
from telecare.register.ground import Ground
from telecare.register.people import Person
from telecare.register.secrets import new_secret

KEPT = 10
"""Of one person; the one not seen for longest is forgotten."""


class KnownBrowsers:
    """Known by a secret in a cookie, of which only the digest is kept."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def knows(self, username: str, secret: str) -> bool:
        """Whether whoever has this username has signed in with this browser."""
        if not secret:
            return False
        known, person = tables.known_browser, tables.person
        query = (
            select(known.c.org)
            .join_from(
                known, person, (known.c.org == person.c.org) & (known.c.person == person.c.person)
            )
            .where(
                person.c.username == username,
                person.c.left_at.is_(None),
                known.c.digest == self._ground.key.digest(secret),
            )
        )
        with self._ground.read() as connection:
            return connection.execute(query).first() is not None

    def remember(self, person: Person, secret: str = "") -> str:
        """They signed in with this browser; its secret, a new one for a browser without."""
        secret = secret or new_secret()
        known, digest = tables.known_browser, self._ground.key.digest(secret)
        mine = (known.c.org == person.org) & (known.c.person == person.person)
        now = self._ground.clock.now()
        with self._ground.note() as connection:
            seen = connection.execute(
                update(known).where(mine, known.c.digest == digest).values(seen_at=now)
            )
            if not seen.rowcount:
                connection.execute(
                    insert(known).values(
                        org=person.org, person=person.person, digest=digest, seen_at=now
                    )
                )
                kept = select(known.c.digest).where(mine).order_by(known.c.seen_at.desc())
                newest = connection.execute(kept.limit(KEPT)).scalars().all()
                connection.execute(delete(known).where(mine, known.c.digest.not_in(newest)))
        return secret

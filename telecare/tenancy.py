"""On whose behalf is this done? Every command and query is given an `Actor`."""

from __future__ import annotations

import msgspec

from telecare.errors import Forbidden
from telecare.vocabulary import Role

PLATFORM = "platform"
"""The actor on record of what happens by itself."""


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who acts within exactly one organisation.

    There is no actor above organisations: a shared monitoring centre acts as one actor in
    each organisation it serves.
    """

    org: str
    id: str
    """Opaque; goes into the record."""
    role: Role | None = None
    """None for the platform itself, for holders of a single-purpose link, and for whoever must
    set up a second factor before anything else."""
    name: str = ""
    """Shown to colleagues on the desk; never logged."""
    scopes: tuple[str, ...] = ()
    """What an integration's token may do; nobody else has any."""

    def require(self, *roles: Role) -> None:
        """Raise `Forbidden` unless this actor has one of `roles`."""
        if self.role not in roles:
            wanted = " or ".join(role.value for role in roles)
            raise Forbidden(f"This needs the role {wanted}; you are signed in as {self.role}.")


def platform(org: str) -> Actor:
    """The platform acting by itself in `org`: escalation, intake, expiry."""
    return Actor(org=org, id=PLATFORM, name="the platform")

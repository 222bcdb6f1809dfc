"""Which role may do what. The one table: routes name a permission, tokens a scope of it.

Deny is the default: who is not named here may not. Behind a route the duty asks again.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from telecare.errors import Forbidden, InvalidInput, SettingsError
from telecare.tenancy import Actor
from telecare.vocabulary import Role


class Permission(StrEnum):
    """What a route is about."""

    OWN = "own"
    """One's own session and second factor."""
    ALERTS = "alerts"
    """Work alerts and windows; the TEC team those of equipment, and without names."""
    RESIDENTS = "residents"
    """See residents, homes and the live desk, and arrange what is expected."""
    KEYSAFES = "keysafes"
    """Reveal a keysafe's code, on record. Never a program's."""
    PLANS = "plans"
    """Change response plans."""
    FIGURES = "figures"
    """Read figures without any resident's data."""
    TUNINGS = "tunings"
    """Decide how a home is judged."""
    RECORD = "record"
    """Read the audit record."""
    DEVICES = "devices"
    """Onboard and look after devices, without the name of anybody who lives with them."""
    JOBS = "jobs"
    """Work one's own job as a responder. Never a program's."""
    FAMILY = "family"
    """See how it stands in the homes one is tied to, and answer. Never a program's."""
    SHARED = "shared"
    """Read, as another system does, what residents agreed to share."""
    QUALITY = "quality"
    """Listen to calls that were drawn, and score them. Never a program's."""
    BROKERS = "brokers"
    """Ask, as a broker does, what a device may say."""


class Right(msgspec.Struct, frozen=True):
    """Who holds a permission."""

    roles: tuple[Role, ...]
    lent: Role | None = None
    """The role in which an integration with the scope acts there; None: it has no scope."""


_DESK = (Role.OPERATOR, Role.SUPERVISOR)
RIGHTS: Mapping[Permission, Right] = {
    Permission.OWN: Right(tuple(Role)),
    Permission.ALERTS: Right((*_DESK, Role.TEC), Role.OPERATOR),
    Permission.RESIDENTS: Right(_DESK, Role.OPERATOR),
    Permission.KEYSAFES: Right(_DESK),
    Permission.PLANS: Right((Role.SUPERVISOR,), Role.SUPERVISOR),
    Permission.FIGURES: Right((Role.SUPERVISOR, Role.TEC, Role.MANAGER), Role.MANAGER),
    Permission.TUNINGS: Right((Role.SUPERVISOR, Role.TEC), Role.SUPERVISOR),
    Permission.RECORD: Right((Role.AUDITOR, Role.SUPERVISOR), Role.AUDITOR),
    Permission.DEVICES: Right((Role.TEC, Role.SUPERVISOR), Role.TEC),
    Permission.JOBS: Right((Role.RESPONDER,)),
    Permission.FAMILY: Right((Role.FAMILY,)),
    Permission.SHARED: Right((Role.MANAGER,), Role.MANAGER),
    Permission.QUALITY: Right((Role.SUPERVISOR,)),
    Permission.BROKERS: Right((Role.TEC,), Role.TEC),
}
SCOPES = tuple(
    f"{permission}:{way}"
    for permission, right in RIGHTS.items()
    if right.lent is not None
    for way in ("read", "write")
)
"""What a token of an integration may be given: `read` is GET, `write` is everything else."""
_LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})


def scope_of(permission: Permission, method: str) -> str:
    """The scope that an integration needs for `method` on a route of `permission`."""
    return f"{permission}:{'read' if method in _LOOKING else 'write'}"


def permitted(actor: Actor, permission: Permission, method: str) -> Actor:
    """The actor as they act on a route of `permission`: an integration in the role its scope
    lends it there, everybody else as themselves. Raises `Forbidden`.
    """
    right = RIGHTS[permission]
    if actor.role is None and permission is not Permission.OWN:
        raise Forbidden("Your role needs a second factor; set it up at /second-factor first.")
    if actor.role is Role.INTEGRATION and permission is not Permission.OWN:
        scope = scope_of(permission, method)
        if right.lent is None or scope not in actor.scopes:
            raise Forbidden(f"This token has not the scope {scope}.")
        return msgspec.structs.replace(actor, role=right.lent, scopes=())
    if actor.role is not None:
        actor.require(*right.roles)
    return actor


def scopes_named(named: list[str]) -> list[str]:
    """The scopes of these names. Raises `InvalidInput` with those there are."""
    unknown = [each for each in named if each not in SCOPES]
    if unknown:
        raise InvalidInput(f"There is no scope {unknown[0]}; there are: {', '.join(SCOPES)}.")
    return named


def roles_named(named: str) -> frozenset[Role]:
    """The roles of these names, apart by spaces or commas. Raises `SettingsError`."""
    try:
        return frozenset(Role(each) for each in named.replace(",", " ").split())
    except ValueError:
        roles = ", ".join(Role)
        raise SettingsError(
            f"TELECARE_SECOND_FACTOR_ROLES names roles that are none; there are: {roles}."
        ) from None

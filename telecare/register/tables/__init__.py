"""The one description of the register's tables, by subject.

Every table begins with `org`, and every reference carries it, so that one organisation's
row cannot point at another's.
"""

from __future__ import annotations

from telecare.register.tables.devices import (
    claim,
    command,
    credential,
    device,
    device_class,
    device_config,
)
from telecare.register.tables.ground import deed, organisation, version
from telecare.register.tables.homes import consent, contact, home, plan, push_subscription, resident
from telecare.register.tables.metadata import metadata
from telecare.register.tables.people import (
    contact_account,
    identity,
    known_browser,
    member_account,
    person,
    pin,
    recovery_code,
    second_factor,
    session,
    token,
)
from telecare.register.tables.teams import area, cover, member, scheme, shift, team, vehicle

__all__ = [
    "area",
    "claim",
    "command",
    "consent",
    "contact",
    "contact_account",
    "cover",
    "credential",
    "deed",
    "device",
    "device_class",
    "device_config",
    "home",
    "identity",
    "known_browser",
    "member",
    "member_account",
    "metadata",
    "organisation",
    "person",
    "pin",
    "plan",
    "push_subscription",
    "recovery_code",
    "resident",
    "scheme",
    "second_factor",
    "session",
    "shift",
    "team",
    "token",
    "vehicle",
    "version",
]

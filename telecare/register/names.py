"""Which ids may be given: they stand in topics, URLs and logs, so they are plain."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from telecare.errors import InvalidInput

_PLAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


def plain_id(value: str, what: str) -> str:
    """`value` itself; raises `InvalidInput` unless it is 1-40 of a-z, 0-9 and inner hyphens."""
    if not _PLAIN.fullmatch(value):
        raise InvalidInput(
            f"{what} must be 1 to 40 characters of a-z, 0-9 and hyphens (not at its ends); "
            f"it stands in topics and links, so keep names of people out of it."
        )
    return value


def civil_zone(name: str) -> str:
    """`name` itself; raises `InvalidInput` unless it is a time zone this machine knows."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InvalidInput(f"{name!r} is no time zone; write it like Europe/London.") from None
    return name

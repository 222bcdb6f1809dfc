"""By which references the telephone calls of an alert are found again.

Pure: read from the record, so that it needs no table of its own. What an operator typed stands
beside the record and can be erased; what a unit or a provider named is a number of theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from responder.kept.record import Act, Entry
from telecare.errors import InvalidInput

_TYPED = re.compile(r"[\w][\w .:/#@+-]{0,79}")
ACTS = (Act.CALL_NOTED, Act.DELIVERED, Act.OPENED, Act.JOINED)
"""What may hold a reference."""


class CallWay(StrEnum):
    """Who called whom, by which telephone."""

    MADE = "made"
    """An operator rang somebody by the centre's own telephony."""
    TAKEN = "taken"
    """Somebody rang the centre, and an operator took it."""
    UNIT = "unit"
    """The unit in the home called with its alarm, to be spoken through."""
    PROVIDER = "provider"
    """The platform had a contact rung by the telephone provider."""


class CallReference(msgspec.Struct, frozen=True, kw_only=True):
    """One call about an alert."""

    at: datetime
    way: CallWay
    reference: str
    """How the telephony that has the call names it."""
    by: str
    """Id of the operator; `platform` for what happened by itself."""
    contact: str | None = None


def checked(reference: str) -> str:
    """As it is kept; raises `InvalidInput` for what is no reference."""
    reference = reference.strip()
    if not _TYPED.fullmatch(reference):
        raise InvalidInput(
            "Write the call's reference as your telephony shows it: letters, digits and "
            ". : / # @ + -, at most 80."
        )
    return reference


def calls_of(entries: Iterable[Entry], wordings: Mapping[str, str]) -> list[CallReference]:
    """The calls among these entries, oldest first."""
    found = []
    for entry in entries:
        detail = entry.detail
        if entry.act == Act.CALL_NOTED:
            way = CallWay(str(detail["way"]))
            reference = wordings.get(str(detail["text"]), "[erased]")
        elif detail.get("call"):
            way = CallWay.PROVIDER if entry.act == Act.DELIVERED else CallWay.UNIT
            reference = str(detail["call"])
        else:
            continue
        contact = detail.get("contact")
        found.append(
            CallReference(
                at=entry.at, way=way, reference=reference, by=entry.actor,
                contact=None if contact is None else str(contact),
            )
        )  # fmt: skip
    return found

"""What it takes to erase somebody's data, and what stands against it. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

REPEATED = timedelta(days=30)
"""So long an erasure is done again every night: a backup restored meanwhile brings nothing back."""
REVIEW = timedelta(days=365)
"""A legal hold is looked at again after a year: nothing is held for ever by forgetfulness."""


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's data are to be erased: a resident's with all of their home, or a contact's."""

    org: str
    id: str
    home: str
    person: str
    """The resident's or contact's id."""
    is_contact: bool = False
    whole_home: bool = False
    """Nobody else lives there: readings, alerts, notes and contacts go too."""
    asked_at: datetime
    """What comes later is somebody else's."""
    asked_by: str
    done_at: datetime | None = None
    next_due_at: datetime | None = None

    def done(self, now: datetime) -> Erasure:
        """It is done at `now`, and done again tomorrow until it has been for a month."""
        first = self.done_at or now
        again = now + timedelta(days=1)
        return msgspec.structs.replace(
            self, done_at=first, next_due_at=again if again <= first + REPEATED else None
        )


class LegalHold(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing about a home may be erased or forgotten, by law or in a dispute."""

    org: str
    id: str
    home: str
    reference: str
    """Where the reason is on file; no personal data."""
    by: str
    begun_at: datetime
    next_due_at: datetime | None
    """When it is to be reviewed; None: lifted."""

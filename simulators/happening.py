"""What happens in a home, before any device has said a word about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from telecare.vocabulary import ReadingKind


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One sensor's firing at one true moment; the same world gives the same happenings."""

    at: datetime
    """True time, aware UTC; what the hub's own clock claims is the hub's affair."""
    sensor: str
    type: str
    """The payload's `type`: motion, door, power, an alarm's type, ..."""
    kind: ReadingKind = ReadingKind.READING
    room: str | None = None
    value: float | bool | str | None = None
    unit: str | None = None
    again: int = 0
    """Counts firings of one sensor within one moment, where a recording has several."""
    data: dict[str, Any] = {}
    """Further fields of the native payload, such as `hz` and `xyz_mg`."""

    @property
    def id(self) -> str:
        """The message id: from sensor and moment, so that living a day again repeats it."""
        milliseconds = round(self.at.astimezone(UTC).timestamp() * 1000)
        ordinal = f"-{self.again}" if self.again else ""
        return f"{self.sensor}-{milliseconds}{ordinal}"[-64:]

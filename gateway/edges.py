"""Did it change, or is the sensor only repeating itself?

Many sensors report their whole state whenever anything in it changes: a falling battery
repeats that the door is closed. A door that is said to be closed once more is no hand on the
door, and must not count as a sign of life. So for what is an event at both its edges, a
repeated value becomes a status. An alarm never does: as long as a sensor says smoke, it is
smoke.
"""

from __future__ import annotations

from collections import OrderedDict

import msgspec

from gateway.decoders.said import Said
from telecare.vocabulary import ReadingKind

LIMIT = 100_000
"""Sensors remembered; the one heard longest ago is forgotten first."""
_EDGED = frozenset({"door", "bed", "chair", "fridge", "cupboard", "smoke", "gas", "flood",
                    "carbon_monoxide", "heat", "fall"})  # fmt: skip


class Edges:
    """Remembers the last value of each sensor. Belongs to one thread.

    After a start nothing is remembered: then "open" counts as a change, for a person may have
    left while we were away, and "closed" does not.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._last: OrderedDict[tuple[str, str, str | None, str], object] = OrderedDict()
        self._limit = limit

    def sort(self, org: str, device: str, said: Said) -> Said:
        """`said`, or the same as a status if it only repeats what was known."""
        statement = said.statement
        type_ = statement.type or ""
        if said.kind not in (ReadingKind.READING, ReadingKind.ALARM) or type_ not in _EDGED:
            return said
        key = (org, device, statement.sensor, type_)
        before = self._last.get(key, False)
        self._last[key] = statement.value
        self._last.move_to_end(key)
        if len(self._last) > self._limit:
            self._last.popitem(last=False)
        if said.kind is ReadingKind.ALARM or before != statement.value:
            return said
        data = statement.data | {"unchanged": True}
        return Said(ReadingKind.STATUS, msgspec.structs.replace(statement, data=data))

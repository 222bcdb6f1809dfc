"""Where a device's own devices were heard, so that they can be told something there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from telecare.telling.dialects import TELLING
from telecare.telling.said import Place

LIMIT = 1000
"""Of one dialect; a bridge that speaks for more is told nothing of the rest."""
_NONE: Mapping[str, Place] = {}


class Places:
    """What one device speaks for, by dialect and name."""

    def __init__(self) -> None:
        self._named: dict[str, dict[str, Place]] = {}

    def heard(self, dialect: str, topic: str, base: str) -> None:
        """Something was heard on `topic`, which stood below `base`."""
        telling = TELLING.get(dialect)
        name = telling.place(topic) if telling is not None else None
        if name is None:
            return
        named = self._named.setdefault(dialect, {})
        if name in named or len(named) < LIMIT:
            named[name] = Place(base, name)

    def of(self, dialect: str) -> Mapping[str, Place]:
        """Those that speak `dialect`, by name."""
        return self._named.get(dialect, _NONE)


def all_of(places: Iterable[Places], dialect: str) -> dict[str, Place]:
    """Those that speak `dialect`, by name, whichever of `places` knows them."""
    return {name: place for each in places for name, place in each.of(dialect).items()}

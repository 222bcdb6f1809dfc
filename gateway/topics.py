"""Which topic speaks which dialect? A list of filters; what none of them names is denied.

Pure, and the same for every source: our own endpoint makes a map from the settings of the
device that connected, a broker that is taken as a source has one for its whole tree.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Route(msgspec.Struct, frozen=True):
    """Topics matching `filter` are of `dialect`, which counts its levels from after `root`."""

    filter: str
    """As in MQTT: `+` stands for one level, a final `#` for all that follow."""
    dialect: str
    root: str = ""


class Routed(msgspec.Struct, frozen=True):
    """Where a message goes."""

    dialect: str
    topic: str
    """The levels its decoder reads."""


class TopicMap(msgspec.Struct, frozen=True):
    """Routes, the first that matches decides."""

    routes: tuple[Route, ...] = ()

    def find(self, topic: str) -> Routed | None:
        """The dialect of `topic`; None means nobody allowed it."""
        levels = topic.split("/")
        for route in self.routes:
            if matches(route.filter, levels):
                return Routed(route.dialect, topic.removeprefix(route.root))
        return None


def matches(pattern: str, levels: list[str]) -> bool:
    """Whether a filter names a topic; neither `$...` topics nor wildcards in a topic match."""
    if levels[0].startswith("$") or any("#" in level or "+" in level for level in levels):
        return False
    wanted = pattern.split("/")
    for position, level in enumerate(wanted):
        if level == "#":
            return position == len(wanted) - 1
        if position >= len(levels) or level not in ("+", levels[position]):
            return False
    return len(wanted) == len(levels)


def joined(maps: Iterable[TopicMap]) -> TopicMap:
    """All routes of `maps`, in their order."""
    return TopicMap(tuple(route for each in maps for route in each.routes))

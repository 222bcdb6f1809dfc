"""What a scene changes about a home's ordinary days. Pure: streams in, streams out."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from simulators.happening import Happening


class Span(msgspec.Struct, frozen=True):
    """From `begins` up to but not including `ends`; without an end it goes on for ever."""

    begins: datetime
    ends: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Whether `moment` lies within."""
        return self.begins <= moment and (self.ends is None or moment < self.ends)


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """Departures from an ordinary life in one home."""

    still: tuple[Span, ...] = ()
    """Nothing of the ordinary day happens: the person is out, or lies somewhere."""
    power_cuts: tuple[Span, ...] = ()
    """The hub is dark: it neither beats nor speaks. What sensors see meanwhile is lost."""
    adds: tuple[Happening, ...] = ()
    """What happens beside the ordinary day, in order of time."""

    def joined(self, other: Story) -> Story:
        """Both stories in one home."""
        return Story(
            still=self.still + other.still,
            power_cuts=self.power_cuts + other.power_cuts,
            adds=tuple(sorted(self.adds + other.adds, key=_when)),
        )

    def hub_is_dark(self, moment: datetime) -> bool:
        """Whether the hub has no power at `moment`."""
        return any(cut.holds(moment) for cut in self.power_cuts)


ORDINARY = Story()
"""Nothing departs from the usual."""


def told(story: Story, ordinary: Iterable[Happening]) -> Iterator[Happening]:
    """The ordinary happenings as the story changes them, still in order of time.

    What the story adds before the first ordinary happening is kept, too.
    """
    left = (h for h in ordinary if not any(span.holds(h.at) for span in story.still))
    both = heapq.merge(left, story.adds, key=_when)
    return (h for h in both if not story.hub_is_dark(h.at))


def _when(happening: Happening) -> tuple[datetime, str]:
    return (happening.at, happening.sensor)

"""Did we see enough to judge? Asked before every judgement about absence or habit."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol, runtime_checkable


class Refused(StrEnum):
    """Why a judgement that was due was not made. Each member says what is missing."""

    LEARNING = "learning"
    """Fewer of one's own days are known than the comparison needs."""
    HUB_SILENT = "hub_silent"
    """The hub that promises heartbeats was not heard for part of the time in question."""
    SENSOR_SILENT = "sensor_silent"
    """A sensor that speaks nearly every day said nothing while its neighbours went on."""
    RETURNS_UNSEEN = "returns_unseen"
    """Here nothing sees people come back from this room, so a stay there has no end to miss."""
    BLACKOUT = "blackout"
    """Nobody in the whole installation was heard: it is us or the network, not a person."""
    HARDLY_SEEN = "hardly_seen"
    """Movement in under half of the usual hours: out, away, or sensors that failed."""
    PAUSED = "paused"
    """People said that the resident is away, in hospital, or has visitors."""


class Hubs:
    """The hubs a home is seen through. Hub -> seconds without a word after which it is silent."""

    def __init__(
        self, here: Mapping[str, float], gone: Mapping[str, float], alone: frozenset[str]
    ) -> None:
        self.here = here
        self.gone = gone
        """Those that were withdrawn."""
        self._alone = alone
        """Those of `here` that are sensors: only one that sees somebody takes a hub's place."""
        self.promises = {**gone, **here}
        """Of all of them: until it was withdrawn, the word of one that is gone counted."""

    @property
    def is_promised(self) -> bool:
        """Whether one of them promised anything, so that its silence would be known."""
        return any(map(math.isfinite, self.promises.values()))

    def waited_for(self, heard: Mapping[str, Any]) -> Mapping[str, float]:
        """Those whose silence leaves the home unseen. `heard`: hub -> its last word.

        One that is gone is followed by the first that is here and speaks; until then nobody
        sees what it saw.
        """
        last = max((hub for hub in self.gone if hub in heard), key=heard.__getitem__, default=None)
        if last is None or not heard.keys().isdisjoint(self.here):
            return self.here
        return {**self.here, last: self.gone[last]}

    def silent_since(self, heard: Mapping[str, float], moment: float) -> float | None:
        """The last word of the one that has been silent longest, so that too little of the home is
        seen; None while each keeps its promise.
        """
        promised = self.waited_for(heard)
        return min(
            (last for hub, last in heard.items() if moment - last >= promised.get(hub, math.inf)),
            default=None,
        )

    def are_dark(self, heard: Mapping[str, float], moment: float) -> bool:
        """Whether one of them is silent."""
        return self.silent_since(heard, moment) is not None

    def is_hub(self, device: str) -> bool:
        """Whether it is one of them, or was, and no sensor in its place."""
        return device in self.promises and device not in self._alone

    def takes_a_place(self, device: str, room: str) -> bool:
        """Whether a word of `device`, of movement in `room` if it names one, is one of theirs."""
        return device in self.here and (bool(room) or device not in self._alone)

    def hear(self, heard: dict[str, float], hub: str, moment: float, room: str) -> bool:
        """Note in `heard` that `hub` spoke, if it is one of them, of movement in `room` if it
        names one; whether that ended a silence: its own, or that of one whose place it takes.
        """
        if hub not in self.promises or (hub in self._alone and not room):
            return False
        before = heard.get(hub)
        if before is None:
            was_dark = self.are_dark(heard, moment)
            heard[hub] = moment
            if hub in self.here:
                for gone in self.gone:
                    heard.pop(gone, None)
            return was_dark and not self.are_dark(heard, moment)
        if moment < before:
            return False
        heard[hub] = moment
        return moment - before > self.promises[hub]


@runtime_checkable
class Refusing(Protocol):
    """A detector that counts the judgements it refused."""

    name: ClassVar[str]
    refusals: Counter[Refused]
    """Since the home last gathered and cleared them; not part of the snapshot."""


@runtime_checkable
class Blindable(Protocol):
    """A detector to which silence means something, so that it must know whose silence."""

    def blind(self, since: datetime, until: datetime) -> None:
        """Nothing from anybody could be heard between these moments. Told again, or told
        with a later `until`, it changes nothing but the end.
        """

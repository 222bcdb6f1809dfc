"""Did we see enough to judge? Asked before every judgement about absence or habit."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol, runtime_checkable


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

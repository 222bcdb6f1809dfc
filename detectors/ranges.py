"""How far each kind of setting may be turned. Beyond it none makes sense, whoever wrote it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

Hour = Annotated[int, Meta(ge=0, le=24)]
"""Of the day."""
Hours = Annotated[float, Meta(ge=0, le=168)]
Minutes = Annotated[float, Meta(ge=0, le=1440)]
Seconds = Annotated[float, Meta(ge=0, le=3600)]
Days = Annotated[float, Meta(ge=0, le=366)]
Metres = Annotated[float, Meta(ge=1, le=100_000)]
Share = Annotated[float, Meta(ge=0, le=1)]
Times = Annotated[float, Meta(ge=0, le=100)]
"""Spreads, turns, and shares that may pass the whole."""
PerCent = Annotated[float, Meta(ge=0, le=100)]
Count = Annotated[int, Meta(ge=0, le=1440)]
"""Of days, nights, rooms, fixes, or whole minutes."""


class Nightly(Struct, frozen=True):
    """Settings with a night, from one hour until before another, over midnight if need be; from 0
    until 24 it is always night. Raises `ValueError` where it ends as it begins: one would read
    always, another never.
    """

    night_from_hour: Hour
    night_until_hour: Hour

    def __post_init__(self) -> None:
        if self.night_until_hour - self.night_from_hour in (0, -24):
            raise ValueError(
                "the night ends at the hour at which it begins; write night_from_hour 0 and "
                "night_until_hour 24 where it is always night"
            )

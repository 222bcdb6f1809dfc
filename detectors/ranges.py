"""How far each kind of setting may be turned. Beyond it none makes sense, whoever wrote it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

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

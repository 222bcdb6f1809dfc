"""What is said of somebody who has gone out at night, and of their return."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from detectors.base import HomeProfile, at
from detectors.late_exits import Exit, WanderingSettings
from detectors.local_time import LocalTime
from detectors.movement import spoken
from detectors.spell import spell
from telecare.messages import Evidence, EvidenceSeries, Reading, Signal
from telecare.vocabulary import SignalKind

NAME = "wandering"


class Habit(msgspec.Struct, frozen=True):
    """What is known of the home's nights."""

    exits: Sequence[int]
    """Civil minutes of late exits into silence."""
    nights_alike: int
    is_learning: bool
    """Too new a home to say what is usual in it."""


def left(
    profile: HomeProfile, chosen: WanderingSettings, local: LocalTime, identity: str, exit_: Exit,
    habit: Habit, silent_since: float | None, now: datetime,
) -> Signal:  # fmt: skip
    """The door opened, and nobody has been seen to move indoors since; perhaps because a hub has
    been silent.
    """
    still = (now.timestamp() - exit_.still_since) / 60
    unseen = ""
    if silent_since is not None:
        clock = local.clock_since(silent_since, now.timestamp())
        unseen = f"; a hub of this home has been silent since {clock}"
    since = f", since {local.clock(exit_.watched)} when we could see again" if exit_.watched else ""
    tonight = (local.seconds(exit_.first) // 3600 - _first_hour(chosen)) % 24
    usual = "in the night" if habit.is_learning else "when it is usually shut"
    return Signal(
        id=identity,
        org=profile.org,
        home=profile.home,
        kind=SignalKind.WANDERING,
        occurred_at=now,
        raised_at=now,
        why=f"The {spoken(exit_.room)} opened at {local.clock(exit_.first)}, {usual}, "
        f"and nobody has moved indoors for {spell(still * 60)}{since}{unseen}.",
        source=NAME,
        type="night_exit",
        reading=exit_.reading,
        room=exit_.room,
        evidence=Evidence(
            around=at(exit_.first),
            facts={
                "door_at": at(exit_.first).isoformat(),
                "still_minutes": round(still, 1),
                "similar_nights": habit.nights_alike,
                "nights_looked_at": chosen.window_days,
            },
            series=[_nights(chosen, habit.exits)],
            marks={"tonight": float(tonight)},
        ),
    )


def returned(
    profile: HomeProfile, identity: str, reading: Reading, where: str, ended: str, door: str,
    away_s: float,
) -> Signal:  # fmt: skip
    """Somebody moves in `where`, so long after `door` opened; the signal `ended` is over."""
    return Signal(
        id=identity,
        org=profile.org,
        home=profile.home,
        kind=SignalKind.RETURNED,
        occurred_at=reading.occurred_at,
        raised_at=reading.received_at,
        why=f"Somebody is moving indoors again ({spoken(where)}), {spell(away_s)} "
        f"after the {spoken(door)} opened.",
        source=NAME,
        reading=reading.id,
        room=where,
        evidence=Evidence(
            around=reading.occurred_at,
            facts={"ends": ended, "away_minutes": round(away_s / 60)},
        ),
    )


def _nights(chosen: WanderingSettings, exits: Sequence[int]) -> EvidenceSeries:
    """How often somebody went into silence in each hour of the remembered nights."""
    first, last = _first_hour(chosen), chosen.night_until_hour
    if last < chosen.night_from_hour:
        last += 24
    hours = [(first + i) % 24 for i in range(min(last - first + 1, 24))]
    counts = dict.fromkeys(hours, 0)
    for minute in exits:
        hour = minute // 60 % 24
        if hour in counts:
            counts[hour] += 1
    return EvidenceSeries(
        name=f"Left late, last {chosen.evening_window_days} nights",
        x=[float(i) for i in range(len(hours))],
        y=[float(counts[hour]) for hour in hours],
        labels=[f"{hour:02d}:00" for hour in hours],
        unit="exits",
    )


def _first_hour(chosen: WanderingSettings) -> int:
    """Of the hours drawn."""
    return chosen.night_from_hour - chosen.evening_hours

"""Somebody moves again: what ends a stillness, whichever detector had told of it."""

from __future__ import annotations

from collections.abc import Sequence

from detectors.base import HomeProfile, signal_id
from detectors.movement import place, spoken
from detectors.spell import spell
from telecare.messages import Evidence, EvidenceSeries, Reading, Signal
from telecare.vocabulary import SignalKind


def resumed(
    profile: HomeProfile, source: str, reading: Reading, ended: str, still_s: float,
    series: Sequence[EvidenceSeries] = (),
) -> Signal:  # fmt: skip
    """The signal `ended` is over: `reading` is movement, the first after `still_s`."""
    where = place(reading.room, reading.sensor)
    return Signal(
        id=signal_id(profile, source, "resumed", ended),
        org=profile.org,
        home=profile.home,
        kind=SignalKind.ACTIVITY_RESUMED,
        occurred_at=reading.occurred_at,
        raised_at=reading.received_at,
        why=f"Somebody is moving again ({spoken(where)}) after {spell(still_s)}.",
        source=source,
        reading=reading.id,
        room=where,
        evidence=Evidence(
            around=reading.occurred_at,
            facts={"ends": ended, "still_minutes": round(still_s / 60)},
            series=list(series),
        ),
    )

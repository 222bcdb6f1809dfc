"""Signals as homes and detectors send them, at a fixed evening."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from telecare.messages import Signal
from telecare.vocabulary import SignalKind

EVENING = datetime(2026, 3, 28, 21, 0, tzinfo=UTC)


def press(
    name: str = "p1",
    *,
    minute: float = 0,
    home: str = "home-7",
    alarm: str = "pendant",
    org: str = "north",
) -> Signal:
    """An explicit alarm, `minute` minutes after the evening began."""
    at = EVENING + timedelta(minutes=minute)
    return Signal(
        id=name, org=org, home=home, kind=SignalKind.ALARM, type=alarm, occurred_at=at,
        raised_at=at, why=f"The {alarm} went off.", source="gateway", explicit=True,
        device="hub-7",
    )  # fmt: skip


def judged(
    kind: SignalKind, *, minute: float = 0, home: str = "home-7", org: str = "north"
) -> Signal:
    """A detector's signal, `minute` minutes after the evening began."""
    at = EVENING + timedelta(minutes=minute)
    return Signal(
        id=f"{kind.value}-{home}-{minute}", org=org, home=home, kind=kind, occurred_at=at,
        raised_at=at, why=f"A detector noticed: {kind.value}.", source=kind.value,
    )  # fmt: skip

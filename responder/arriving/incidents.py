"""Do many homes fall silent together, and is that one thing to see to?

Pure. An incident is an alert of its own, for the area; its members stay open alerts, each
visible and to be taken singly. Only silence is grouped. A press, smoke or a fall from the
same area is nobody's member: it comes through by itself and first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from telecare.messages import Signal
from telecare.vocabulary import SignalKind

TOGETHER = timedelta(minutes=10)
"""Homes silent within this time of one another may have one cause: heartbeats are minutes apart."""
MANY = 8
"""So many homes of one area are no coincidence (judgement; to be measured in a pilot)."""

NETWORK = "net-"
"""A mast or broker stands as an area of its own: who falls silent with it need not be near."""
MAINS_FAILURE = "mains_failure"
_AREA = "_area-"


class Silent(msgspec.Struct, frozen=True):
    """An open alert about a silent home."""

    alert: str
    area: str
    since: datetime


def is_groupable(signal: Signal) -> bool:
    """Whether a signal may be one of many with the same cause."""
    lost_mains = signal.kind is SignalKind.EQUIPMENT and signal.type == MAINS_FAILURE
    return (signal.kind is SignalKind.HUB_SILENT or lost_mains) and not signal.explicit


def may_be_member(kinds: Sequence[str]) -> bool:
    """Whether an alert with these kinds began with what many may have together."""
    return kinds[0] in ("hub_silent", f"equipment.{MAINS_FAILURE}")


def place_of(area: str) -> str:
    """What stands for a home in an incident's alert."""
    return f"{_AREA}{area}"


def gathered(silent: Iterable[Silent], now: datetime) -> dict[str, list[Silent]]:
    """By area: those that together are many, each silent within `TOGETHER` of now."""
    areas: dict[str, list[Silent]] = {}
    for each in silent:
        if now - each.since <= TOGETHER:
            areas.setdefault(each.area, []).append(each)
    return {area: found for area, found in areas.items() if len(found) >= MANY}


def signal_of(
    alert: str, org: str, area: str, name: str, members: Sequence[Silent], now: datetime
) -> Signal:
    """The own signal of an incident with this alert: one that was closed may begin again."""
    first = min(each.since for each in members)
    return Signal(
        id=f"incident-{alert}", org=org, home=place_of(area), kind=SignalKind.INCIDENT,
        occurred_at=first, raised_at=now, source="responder", why=sentence(name, len(members)),
    )  # fmt: skip


def sentence(name: str, members: int) -> str:
    """What an incident's alert says."""
    return f"{members} homes of {name} have fallen silent together: a power cut, or a network."

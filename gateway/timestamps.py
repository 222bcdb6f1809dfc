"""When did it happen? What we think of the time a device states.

A device's clock is a claim. Duties always count from the time of receipt; the claim only
says when the thing happened, and only while it can be true.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from telecare.vocabulary import ClaimOfTime

TOLERANCE = timedelta(minutes=2)
"""Clocks of hubs kept by NTP over a mobile link stay well inside this."""
WIRE_SECONDS = 2.0
"""Real seconds a message may be under way. On a fast clock they are multiplied by its speed."""
HISTORY = timedelta(days=7)
"""How old a stored message may be unless the register says otherwise for its device."""


class Judged(msgspec.Struct, frozen=True, gc=False):
    """When we believe it happened, and why we believe it."""

    occurred_at: datetime
    claim: ClaimOfTime


def tolerance(speed: float) -> timedelta:
    """How far a claim may lie from its receipt, on a clock of `speed`, and be trusted."""
    return max(TOLERANCE, timedelta(seconds=WIRE_SECONDS * speed))


def judge(
    claimed: datetime | None,
    received_at: datetime,
    allowed: timedelta = TOLERANCE,
    history: timedelta = HISTORY,
) -> Judged:
    """Judge a claim against the time of receipt; both are aware UTC times.

    Within `allowed`: trusted. Older, up to `history`: late, and believed. Else (in the
    future, or implausibly old) it is wrong, and the time of receipt stands in.
    """
    if claimed is None:
        return Judged(received_at, ClaimOfTime.ABSENT)
    age = received_at - claimed
    if age > allowed:
        if age <= history:
            return Judged(claimed, ClaimOfTime.LATE)
        return Judged(received_at, ClaimOfTime.WRONG)
    if age < -allowed:
        return Judged(received_at, ClaimOfTime.WRONG)
    return Judged(claimed, ClaimOfTime.TRUSTED)

"""When did it happen? What we think of the time a device states.

A device's clock is a claim. Duties always count from the time of receipt; the claim only
says when the thing happened, and only while it can be true.

What was stored and comes later ages differently from message to message. Whose every message is as
old as its last was not storing: its clock and ours differ, whichever is wrong, and what it says is
of now.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from telecare.vocabulary import ClaimOfTime

TOLERANCE = timedelta(minutes=2)
"""Clocks of hubs kept by NTP over a mobile link stay well inside this."""
WIRE_SECONDS = 2.0
"""Real seconds a message may be under way. On a fast clock they are multiplied by its speed."""
STEADY_WIRES = 15
"""Of `WIRE_SECONDS`: for how long every message must be equally old."""
HISTORY = timedelta(days=7)
"""How old a stored message may be unless the register says otherwise for its device."""
LIMIT = 100_000
"""Clocks remembered that are not as ours; when there are more, all are learnt anew."""


class Judged(msgspec.Struct, frozen=True, gc=False):
    """When we believe it happened, and why we believe it."""

    occurred_at: datetime
    claim: ClaimOfTime


class _Behind(msgspec.Struct, gc=False):
    """Since when all that a clock said was so old, as of the last."""

    since: datetime
    age: timedelta


class Tolerance:
    """How far a claim may lie from its receipt and be trusted; remembers whose steadily do not."""

    __slots__ = ("_learns", "_wire", "allowed", "behind")

    def __init__(self, speed: float = 1.0) -> None:
        """`speed` of our own clock."""
        self._wire = timedelta(seconds=WIRE_SECONDS * speed)
        self._learns = STEADY_WIRES * self._wire <= TOLERANCE
        """On a fast clock whoever falls behind by a breath is late for hours."""
        self.allowed = max(TOLERANCE, self._wire)
        self.behind: dict[object, _Behind] = {}
        """Clocks of which the last claim was late; nearly always none."""

    def follow(
        self, whose: object, claimed: datetime | None, received_at: datetime, judged: Judged
    ) -> Judged:
        """`judged`, unless this clock is known to be behind ours all the while: then wrong, and the
        time of receipt stands in. What it said on time shows that it is not.
        """
        if judged.claim is ClaimOfTime.TRUSTED:
            self.behind.pop(whose, None)
        if judged.claim is not ClaimOfTime.LATE or claimed is None or not self._learns:
            return judged
        age, known = received_at - claimed, self.behind.get(whose)
        if known is None or abs(age - known.age) > self._wire:
            if len(self.behind) >= LIMIT:
                self.behind.clear()
            self.behind[whose] = _Behind(received_at, age)
            return judged
        known.age = age
        if received_at - known.since < STEADY_WIRES * self._wire:
            return judged
        return Judged(received_at, ClaimOfTime.WRONG)


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

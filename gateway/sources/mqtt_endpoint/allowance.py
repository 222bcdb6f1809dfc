"""How much one device may ask of us, so that one gone wild does not starve the others.

What is over the allowance is not refused at once: it waits, without its acknowledgement,
until the device may go on. A call for help never waits.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from gateway.dialects import DIALECTS
from gateway.identity import Identity
from gateway.intake import is_alarm
from gateway.sources.mqtt_endpoint.actions import Take

MESSAGES_PER_SECOND = 100.0
BURST_SECONDS = 200.0
"""A hub that comes back after weeks brings what it kept, some hundred readings a day: so much
is taken at once, and is no babbling."""
CONNECTS_PER_SECOND = 1.0
CONNECTS_AT_ONCE = 30.0
TELL_SECONDS = 3600.0
"""The TEC team is told of one device once in so long."""
HELD = 512
"""Messages of one connection that may wait. When more come, what waited longest is neither stored
nor acknowledged: the client has it still."""
HELD_BYTES = 2 * 1024 * 1024
"""Of those together. What comes beyond is itself what is not taken: one that brings 256 KiB would
else make room by pushing out one that brought ten bytes, again and again."""


class Allowance:
    """So many a second, and so many at once after a rest. Pure: the caller tells the time."""

    __slots__ = ("_at", "_burst", "_left", "_rate", "_told_at")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._left = burst
        self._at = self._told_at = float("-inf")

    def is_news(self, now: float) -> bool:
        """Whether somebody should be told that it is used up; true once in an hour."""
        if now - self._told_at < TELL_SECONDS:
            return False
        self._told_at = now
        return True

    def take(self, wanted: float, now: float) -> bool:
        """Whether all of `wanted` may go at `now`, monotonic seconds; if not, nothing is taken."""
        if now > self._at:
            self._left = min(self._burst, self._left + (now - self._at) * self._rate)
            self._at = now
        if wanted > self._left:
            return False
        self._left -= wanted
        return True

    def passes(self, messages: Sequence[Take], now: float) -> bool:
        """Whether all these messages may go. Each counts once, and once more for each KiB: to
        read, store and keep a long one costs like many. A single one that is more than ever fits
        in goes after a rest.
        """
        wanted = 0.0
        for each in messages:
            wanted += 1 + (len(each.payload) >> 10)
        return self.take(wanted if len(messages) > 1 else min(wanted, self._burst), now)


class Queue(deque[Take]):
    """The messages of one connection that wait for their device's allowance."""

    def __init__(self) -> None:
        super().__init__()
        self._bytes = 0

    def add(self, take: Take) -> Take | None:
        """Let `take` wait; returns what gives way, if too many or too long ones wait already."""
        if self._bytes + len(take.payload) > HELD_BYTES:
            return take
        self.append(take)
        self._bytes += len(take.payload)
        return self.next() if len(self) > HELD else None

    def next(self) -> Take:
        """The one that waited longest."""
        take = self.popleft()
        self._bytes -= len(take.payload)
        return take


def may_call(take: Take, identity: Identity) -> bool:
    """Whether this message of `identity` may be a call for help."""
    if not take.dialect:
        return is_alarm(take.kind)
    dialect = DIALECTS[take.dialect]
    return dialect.may_cry(take.kind, take.payload, identity.sensors, identity.press)

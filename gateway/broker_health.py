"""Can we rely on what a broker tells us? Its session, its losses, its absence, and rivals.

Pure: what was seen and when in, a sentence for people out. A broker that keeps no session,
or throws messages away, looks healthy from both its sides; only here is it noticed.
"""

from __future__ import annotations

from collections import deque
from enum import StrEnum

import msgspec

AWAY_SECONDS = 60.0
"""Out of reach for this long, people are told: within two minutes, as for our own door."""
SAY_AGAIN_SECONDS = 900.0
"""While it stays away they are told again, should somebody have closed the alert."""
FIRST_WAIT, LONGEST_WAIT = 1.0, 15.0
"""Seconds before we knock again: soon after one failure, never a siege."""
LIVED_LONG = 30.0
"""Seconds; a connection that ended earlier does not count as a success."""
RIVAL_TIMES, RIVAL_SECONDS = 3, 600.0
"""So many take-overs in so many seconds are another client with our id, not a mishap."""
SHORT_TIMES, SHORT_SECONDS = 5, 10.0
"""MQTT 3.1.1 has no word for a take-over: there connections just end, soon after they begin."""


class Session(StrEnum):
    """What a broker's welcome says of the session we asked it to keep."""

    KEPT = "kept"
    """It was there: nothing sent meanwhile was lost for want of it."""
    NEW = "new"
    """There was none and none was to be expected: it must yet show that it keeps one."""
    LOST = "lost"
    """It had promised to keep one and has none: what was sent meanwhile is gone."""
    NEVER_KEPT = "never_kept"
    """It says so itself, or a session just made was gone a moment later."""


def session_of(
    *, present: bool, promised: bool, granted_seconds: int | None, just_made: bool = False
) -> Session:
    """What a welcome means. `granted_seconds`: how long it keeps it, where it says (MQTT 5)."""
    if granted_seconds == 0:
        return Session.NEVER_KEPT
    if present:
        return Session.KEPT
    if just_made:
        return Session.NEVER_KEPT
    return Session.LOST if promised else Session.NEW


def refusal(session: Session, broker: str) -> str:
    """Why we do not start with such a session, and what to do; empty if we may."""
    if session is Session.LOST:
        return (
            f"The broker {broker} no longer has the session it kept for us, so what was sent "
            "while we were away may be lost: ask those who depend on it, see docs/brokers.md for "
            "what makes it keep one, then go on with "
            f"`telecare brokers accept-new-session {broker}`."
        )
    if session is Session.NEVER_KEPT:
        return (
            f"The broker {broker} keeps no session for us, so what is sent while we are away "
            "would be lost: let it keep one, as docs/brokers.md says."
        )
    return ""


class Rise(msgspec.Struct, frozen=True):
    """A broker threw messages away."""

    count: int
    total: int
    """As it counts since its own start."""


def risen(before: int | None, now: int) -> Rise | None:
    """What a counter says beside its last value, which may be None or of an earlier start."""
    if before is None:
        return None
    count = now - before if now >= before else now
    return Rise(count, now) if count > 0 else None


class Absence:
    """Since when a broker is out of reach, and what people have been told of it."""

    def __init__(self, now: float) -> None:
        """Out of reach from the start, until it is reached."""
        self._since = now
        self._told_at: float | None = None

    def began(self, now: float) -> None:
        """The connection to it ended."""
        self._since, self._told_at = now, None

    def must_be_told(self, now: float) -> bool:
        """It is still out of reach; whether people must be told so now."""
        last = self._told_at
        if now - self._since < AWAY_SECONDS or (
            last is not None and now - last < SAY_AGAIN_SECONDS
        ):
            return False
        self._told_at = now
        return True

    @property
    def was_told(self) -> bool:
        """Whether people have been told of this absence, and wait for its end."""
        return self._told_at is not None


class Rivals:
    """Notices that somebody else uses our client id: two that take turns, for ever."""

    def __init__(self) -> None:
        self._taken: deque[float] = deque(maxlen=RIVAL_TIMES)
        self._short: deque[float] = deque(maxlen=SHORT_TIMES)
        self._told_at: float | None = None

    def ended(self, now: float, lived: float, *, taken_over: bool) -> bool:
        """A connection ended; whether people must be told."""
        if taken_over:
            self._taken.append(now)
        elif lived < SHORT_SECONDS:
            self._short.append(now)
        if not (_within(self._taken, now) or _within(self._short, now)):
            return False
        if self._told_at is not None and now - self._told_at < SAY_AGAIN_SECONDS:
            return False
        self._told_at = now
        return True


class Knocking:
    """How long to wait before the next attempt to connect."""

    def __init__(self, first: float = FIRST_WAIT, longest: float = LONGEST_WAIT) -> None:
        self._first, self._longest = first, longest
        self._failures = 0

    def wait(self, chance: float) -> float:
        """Seconds, between half and all of a ceiling that doubles. `chance`: from 0 to 1."""
        ceiling = min(self._longest, self._first * float(1 << min(self._failures, 30)))
        self._failures += 1
        return ceiling * (0.5 + chance / 2)

    def ended(self, lived: float) -> None:
        """A connection stood for `lived` seconds."""
        if lived >= LIVED_LONG:
            self._failures = 0


def _within(times: deque[float], now: float) -> bool:
    return len(times) == times.maxlen and now - times[0] <= RIVAL_SECONDS

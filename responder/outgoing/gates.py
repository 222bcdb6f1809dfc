"""Channels that are left alone for a while: they asked for it, or they are out.

While one is closed nothing is tried on it, so that a provider's outage costs no time of the
others and the most urgent message is the first when it opens again.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from responder.whom.people import Channel

FAILURES = 3
"""In a row, after which a provider counts as out."""
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(seconds=30)


class Gates:
    """One per process; thread-safe. Forgotten at a restart, which costs a few tries."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed_until: dict[Channel, datetime] = {}
        self._failures: dict[Channel, int] = {}

    def is_open(self, channel: Channel, now: datetime) -> bool:
        """Whether something may be tried on it."""
        with self._lock:
            until = self._closed_until.get(channel)
            return until is None or now >= until

    def worked(self, channel: Channel) -> None:
        """The provider took or refused something: it is there."""
        with self._lock:
            self._failures.pop(channel, None)
            self._closed_until.pop(channel, None)

    def busy(self, channel: Channel, now: datetime, seconds: float) -> None:
        """The provider asks to be left alone for so long."""
        with self._lock:
            self._closed_until[channel] = now + timedelta(seconds=seconds)

    def failed(self, channel: Channel, now: datetime) -> None:
        """The provider did not answer; after several in a row it is asked ever less often."""
        with self._lock:
            failures = self._failures[channel] = self._failures.get(channel, 0) + 1
            if failures >= FAILURES:
                pause = min(FIRST_PAUSE * 2 ** min(failures - FAILURES, 10), LONGEST_PAUSE)
                self._closed_until[channel] = now + pause

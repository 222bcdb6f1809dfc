"""Notices when a stretch of time was lost, or the clock was days ahead.

While steps are taken, the time is noted once a minute in the duty's own database. Whoever finds
an old note there, and did not look a little while ago themselves, knows that nobody took steps
since. What was found is noted too, so that every process tells the same.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from responder.clockwork.lost_time import LostTime
from responder.clockwork.set_back import bring_back, was_ahead
from responder.store import Works, time_kept
from responder.store.time_kept import TimeKept
from telecare.clock import Clock

NOTE_EVERY = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=5)
"""A restart is over by then, and nothing was lost."""


class Timekeeping:
    """Keeps the note. One for each process; thread-safe."""

    def __init__(self, works: Works, clock: Clock) -> None:
        self._works = works
        self._clock = clock
        # A virtual clock may run fast, and the work still takes real time.
        speed = max(1.0, clock.speed)
        self._note_every = NOTE_EVERY * speed
        self._longest_pause = LONGEST_PAUSE * speed
        self._lock = threading.Lock()
        self._noted: datetime | None = None
        self._looked = float("-inf")
        self._lost: LostTime | None = None

    def look(self, now: datetime) -> LostTime | None:
        """The last stretch that was lost, if any ever was; notes the time if it is time."""
        with self._lock:
            if self._noted is None or abs(now - self._noted) >= self._note_every:
                self._lost = self._note(now)
                self._noted = now
            self._looked = self._clock.monotonic()
            return self._lost

    def _note(self, now: datetime) -> LostTime | None:
        with self._works.begin(now) as work:
            found = time_kept.noted(work) or TimeKept(now)
            kept = TimeKept(now, found.lost_since, found.lost_until)
            if now - found.noted_at > self._longest_pause and not self._was_here(found):
                kept = TimeKept(now, found.noted_at, now)
            if was_ahead(found.noted_at, now):
                # A note may be that old: nothing is to come late by it, so all comes as much early.
                bring_back(work, found.noted_at - now + self._note_every)
                kept = TimeKept(now)  # what was lost by that clock was not
            time_kept.note(work, kept)
        if kept.lost_since is None or kept.lost_until is None:
            return None
        return LostTime(kept.lost_since, kept.lost_until)

    def _was_here(self, found: TimeKept) -> bool:
        """We took steps since that note, or wrote it: it is old because the clock was set."""
        away = self._clock.monotonic() - self._looked
        return found.noted_at == self._noted or away <= self._longest_pause.total_seconds()

"""Notices when a stretch of time was lost.

While steps are taken, the time is noted once a minute in the duty's own database. Whoever finds
an old note there that is not their own knows that nobody took steps since. What was found is
noted too, so that every process tells the same.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from responder.clockwork.lost_time import LostTime
from responder.store import Works
from telecare.clock import Clock

NOTE_EVERY = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=5)
"""A restart is over by then, and nothing was lost."""
_NOTED, _SINCE, _UNTIL = "time", "time:lost-since", "time:lost-until"
"""Under these names stand our places in time, in seconds, beside those in the lanes."""


class Timekeeping:
    """Keeps the note. One thread's own."""

    def __init__(self, works: Works, clock: Clock) -> None:
        self._works = works
        # A virtual clock may run fast, and the work still takes real time.
        speed = max(1.0, clock.speed)
        self._note_every = NOTE_EVERY.total_seconds() * speed
        self._longest_pause = LONGEST_PAUSE.total_seconds() * speed
        self._noted = 0
        self._lost: LostTime | None = None

    def look(self, now: datetime) -> LostTime | None:
        """The last stretch that was lost, if any ever was; notes the time if it is time."""
        moment = round(now.timestamp())
        if abs(moment - self._noted) >= self._note_every:
            self._lost = self._note(now, moment)
            self._noted = moment
        return self._lost

    def _note(self, now: datetime, moment: int) -> LostTime | None:
        with self._works.begin(now) as work:
            found = work.position(_NOTED)
            # Our own old note means that the clock was set: then nothing was lost.
            if found not in (0, self._noted) and moment - found > self._longest_pause:
                work.move(_SINCE, found)
                work.move(_UNTIL, moment)
            work.move(_NOTED, moment)
            since, until = work.position(_SINCE), work.position(_UNTIL)
        return LostTime(_at(since), _at(until)) if until else None


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

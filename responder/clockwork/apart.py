"""Rows that a part takes one by one: what it fails at is told, passed by, and tried again later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from responder.clockwork.stumbling import AGAIN, put_off, tried
from responder.store import Works, timed
from telecare.clock import Clock


class Apart:
    """Of one part, in one thread. A restart forgets what was passed by: all is tried at once."""

    def __init__(self, part: str, works: Works, clock: Clock, again: timedelta = AGAIN) -> None:
        """`again`: how long a row is left alone after we failed at it."""
        self._part, self._works, self._clock = part, works, clock
        self._again = again.total_seconds()
        self._until: dict[tuple[str, str, str], float] = {}

    def take(self, what: str, org: str, ident: str, act: Callable[[], int]) -> int | None:
        """What `act` did with this row; None if we stumbled over it, now or not long ago. The desk
        of `org` reads of it once a day.
        """
        row, now = (what, org, ident), self._clock.monotonic()
        if self._until.get(row, now) > now:
            return None
        done = tried(self._part, act, org=org, what=what, row=ident)
        if done is None:
            self._until = {each: until for each, until in self._until.items() if until > now}
            self._until[row] = now + self._again
            tried(self._part, partial(self._tell, *row), org=org)
        return done

    def _tell(self, what: str, org: str, ident: str) -> None:
        with self._works.begin(self._clock.now()) as work:
            timed.concern(work, put_off(org, what, ident, work.now))

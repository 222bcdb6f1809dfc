"""Rows that a part takes one by one: what it fails at, or our process dies of, is told, passed
by, and tried again later. A record of a lane that it follows is left behind instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from responder.clockwork.in_hand import InHand
from responder.clockwork.stumbling import AGAIN, put_off, tried
from responder.store import Work, Works, timed
from telecare.clock import Clock
from telecare.observe import log

DEADLY = 5
"""A row that so many processes running died with is taken for what they died of: more than an
alert or a signal needs to be found out, so that none is blamed for what one of those does.
"""
ASIDE = timedelta(minutes=2)
"""How long it waits then. One more death, and it waits again."""

Key = tuple[str, str]
"""Organisation and id of a row."""
Later = Callable[[Work, str, str, datetime], None]
"""Makes the row (org, id) due again at a moment, for everybody."""


class Apart:
    """Of one part, in one thread. A restart forgets what was passed by, but for what is due
    `later`: all is tried at once.
    """

    def __init__(
        self,
        part: str,
        works: Works,
        clock: Clock,
        again: timedelta = AGAIN,
        in_hand: InHand | None = None,
    ) -> None:
        """`again`: how long a row is left alone after we failed at it."""
        self._part, self._works, self._clock = part, works, clock
        self._again = again
        self._in_hand = in_hand or InHand()
        self._until: dict[tuple[str, str, str], float] = {}

    def take(
        self, what: str, org: str, ident: str, act: Callable[[], int], later: Later | None = None
    ) -> int | None:
        """What `act` did with this row; None if we stumbled over it, or died of it, now or not long
        ago, and 1 if by that it is due `later`. The desk of `org` reads of it once a day.
        """
        row, now = (what, org, ident), self._clock.monotonic()
        if self._until.get(row, now) > now:
            return None
        done, again, name = None, self._again, self._name(*row)
        with self._in_hand.holding(name) as deaths:
            if deaths < DEADLY:
                done = tried(self._part, act, org=org, what=what, row=ident)
        if deaths >= DEADLY:
            again = ASIDE
            self._in_hand.remember(name, DEADLY - 1)
            log(self._part).error("our process dies of it", org=org, what=what, row=ident)
        if done is not None:
            return done
        if later is not None:
            self._put_off(row, again, later)
            return 1
        self._until = {each: until for each, until in self._until.items() if until > now}
        self._until[row] = now + again.total_seconds()
        tried(self._part, partial(self._put_off, row, again, None), org=org)
        return None

    def take_all(
        self, what: str, keys: Sequence[Key], act: Callable[[Sequence[Key]], int], later: Later
    ) -> int:
        """What `act` did with these rows in one go; if we fail at one of them, or died with them in
        hand, with each by its own, and so always with one that somebody died with.
        """
        alone = [key for key in keys if self._in_hand.is_noted(self._name(what, *key))]
        together = [key for key in keys if key not in alone]
        with self._in_hand.holding(f"{self._part}-{what}") as deaths:
            done = None if deaths else tried(self._part, partial(act, together))
            if done is None:
                alone, done = [*keys], 0
            return done + sum(self.take(what, *k, partial(act, [k]), later) or 0 for k in alone)

    def follow(
        self, lane: str, take: Callable[[int], int], batch: int, pass_over: Callable[[], int]
    ) -> int:
        """One batch of a lane, in one act; if we fail at it, or died with it in hand, record by
        record up to the one we fail at or die of, which `pass_over` leaves behind and tells of. How
        many were left behind or taken.
        """
        with self._in_hand.holding(self._name("lane", lane)) as deaths:
            done = None if deaths else tried(self._part, partial(take, batch), lane=lane)
            if done is not None:
                return done
            for taken in range(batch):
                one = self._take_next(lane, take)
                if one is None:
                    return taken + pass_over()
                if not one:
                    return taken
            return batch

    def _take_next(self, lane: str, take: Callable[[int], int]) -> int | None:
        """None if we fail at the lane's next record, or so many died with it that it is deadly."""
        with self._in_hand.holding(self._name("next", lane)) as deaths:
            if deaths < DEADLY:
                return tried(self._part, partial(take, 1), lane=lane)
        log(self._part).error("our process dies of it", lane=lane)
        return None

    def _name(self, *row: str) -> str:
        return "-".join((self._part, *row))

    def _put_off(self, row: tuple[str, str, str], again: timedelta, later: Later | None) -> None:
        what, org, ident = row
        with self._works.begin(self._clock.now()) as work:
            if later is not None:
                later(work, org, ident, work.now + again)
            timed.concern(work, put_off(org, what, ident, work.now))

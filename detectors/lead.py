"""A home's own time goes on where a gateway's clock is set back a little.

Were it to follow, the home would be deaf for as long as the step, and everything that is waited
for would wait so much longer. Its time stays ahead of the clock instead, and gives a little of
that back every minute.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

SLOWER = 1 / 288
"""How much slower a home's time passes while it is ahead: five minutes take a day, and no wait
of half an hour grows by more than seven seconds."""
_NONE = timedelta()
_ROUNDED = 2 * timedelta.resolution


class Lead(msgspec.Struct, frozen=True, array_like=True):
    """How far a home's time is ahead of its gateway's clock, from the moment it was set back."""

    since: datetime
    """By the clock that was set back."""
    by: timedelta
    """At `since`, above 0."""

    def at(self, wall: datetime) -> timedelta:
        """What is left of it when the clock shows `wall`."""
        return max(self.by - max(wall - self.since, _NONE) * SLOWER, _NONE)

    def home_time(self, wall: datetime) -> datetime:
        """What the home's time is when the clock shows `wall`."""
        return wall + self.at(wall)

    def wall(self, home_time: datetime) -> datetime:
        """What the clock shows when the home's time has come to `home_time`; never earlier."""
        passed = (home_time - self.since - self.by) / (1 - SLOWER)
        if passed < _NONE:
            return home_time - self.by
        return self.since + passed + _ROUNDED if passed * SLOWER < self.by else home_time

"""When must somebody be left alone? Never when help is needed: then these are not asked.

Pure. Hours are civil time where the home is, and may span midnight.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec


class QuietHours(msgspec.Struct, frozen=True):
    """From `begin` to `end` by the clocks of `zone`; equal means never."""

    begin: time
    end: time
    zone: str

    def until(self, now: datetime) -> datetime | None:
        """When they end, if `now` lies in them; None when it does not.

        On the nights the clocks change: an end in the hour that is skipped comes an hour later
        by the clock, one in the hour that is repeated comes the first time it is still ahead.
        """
        if self.begin == self.end:
            return None
        local = now.astimezone(ZoneInfo(self.zone))
        clock = local.time()
        overnight = self.begin > self.end
        if overnight:
            inside = clock >= self.begin or clock < self.end
        else:
            inside = self.begin <= clock < self.end
        if not inside:
            return None
        day = local.date()
        if overnight and clock >= self.begin:
            day += timedelta(days=1)
        end = datetime.combine(day, self.end, ZoneInfo(self.zone)).astimezone(UTC)
        if end > now:
            return end
        again = datetime.combine(day, self.end, ZoneInfo(self.zone)).replace(fold=1)
        return again.astimezone(UTC)

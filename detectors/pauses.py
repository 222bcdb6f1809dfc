"""How long pauses have become, by hour of the day and by day: the memory of `inactivity`."""

from __future__ import annotations

import msgspec

from detectors.local_time import DAY_S

DAYS = 28
UNIT_S = 300
"""A byte holds a pause of up to 21 hours in steps of five minutes."""


class PauseTable(msgspec.Struct, array_like=True):
    """For each of the last `DAYS` civil days and each hour: the longest the running pause
    became in that hour, 0 if the home was not watched or always moving.

    All times are civil seconds since 1970 (`LocalTime.seconds`), so that habits stay put
    when the clocks change.
    """

    days: list[int] = []
    """Civil days with movement, oldest first."""
    hours: list[bytearray] = []
    """24 bytes a day, in the order of `days`."""

    def learn(self, began: int, ended: int) -> bool:
        """A watched pause from `began` to `ended`. One that ended before the last known day,
        or lasted over a day, teaches nothing.

        Returns whether `usual` may now answer differently.
        """
        day = ended // DAY_S
        news = False
        if not self.days or day > self.days[-1]:
            self._open(day)
            news = True
        elif day < self.days[-1]:
            return False
        if not 0 <= ended - began <= DAY_S:
            return news
        hour_start = began - began % 3600
        while hour_start <= ended:
            hour_day = hour_start // DAY_S
            row = self._row(hour_day)
            if row is not None:
                hour = hour_start % DAY_S // 3600
                steps = min(-((began - min(ended, hour_start + 3600)) // UNIT_S), 255)
                if steps > row[hour]:
                    row[hour] = steps
                    news = news or hour_day != self.days[-1]
            hour_start += 3600
        return news

    def days_known(self) -> int:
        """Days with movement before the present one."""
        return max(len(self.days) - 1, 0)

    def usual(self, hour: int, quantile: float) -> float:
        """The `quantile` of how long pauses had become in this hour or the ones beside it,
        in seconds. The neighbours let a late breakfast be no news.
        """
        values = sorted(max(self._around(row, hour)) for row in self.hours[:-1])
        if not values:
            return 0.0
        position = quantile * (len(values) - 1)
        low = int(position)
        high = min(low + 1, len(values) - 1)
        return (values[low] + (values[high] - values[low]) * (position - low)) * UNIT_S

    @staticmethod
    def _around(row: bytearray, hour: int) -> tuple[int, int, int]:
        return row[hour - 1], row[hour], row[(hour + 1) % 24]

    def _open(self, day: int) -> None:
        self.days.append(day)
        self.hours.append(bytearray(24))
        if len(self.days) > DAYS + 1:
            del self.days[0], self.hours[0]

    def _row(self, day: int) -> bytearray | None:
        for i in (-1, -2):
            if len(self.days) >= -i and self.days[i] == day:
                return self.hours[i]
        return None

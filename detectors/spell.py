"""How long something lasted, in the words of a signal."""

from __future__ import annotations

from detectors.local_time import DAY_S


def spell(seconds: float) -> str:
    """`1 minute` at least, `45 minutes`, `5 h 10 min` or `11 days`."""
    if seconds >= 2 * DAY_S:
        return f"{seconds / DAY_S:.0f} days"
    minutes = max(round(seconds / 60), 1)
    if minutes == 1:
        return "1 minute"
    return f"{minutes} minutes" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def roughly(seconds: float) -> str:
    """`90 seconds`, `12 minutes`, `30 hours` or `5 days`: of equipment, where no minute matters."""
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    if seconds < 7200:
        return f"{seconds / 60:.0f} minutes"
    if seconds < 2 * DAY_S:
        return f"{seconds / 3600:.0f} hours"
    return f"{seconds / DAY_S:.0f} days"

"""How long an alert has waited, in words for the desk."""

from __future__ import annotations

from datetime import datetime

from responder.life.alert import Alert


def unclaimed(alert: Alert, now: datetime) -> str:
    """The sentence that says that nobody has claimed it, and for how long."""
    return f"Nobody has claimed it for {waited(alert, now)}: {alert.priority.value}."


def waited(alert: Alert, now: datetime) -> str:
    """How long, since it was first to be answered."""
    return words((now - alert.answer_from).total_seconds())


def words(seconds: float) -> str:
    """`80 seconds`, `5 minutes`, `3 hours`, `2 days`: the largest unit of which there are two."""
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{round(seconds / size)} {unit}"
    return f"{round(seconds)} seconds"

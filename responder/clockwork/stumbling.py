"""What we fail at holds up nothing else, and somebody is told.

A row that cannot be worked on (an arrangement nobody foresaw, a fault of ours) must not end
the duty for every organisation, again at every start. It is tried apart from the others; what
still fails waits, and the desk reads of it. A database that does not answer or is not ours any
more is no row's fault: that goes to whoever asked.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from responder.whom.people import OFFICE
from telecare.errors import NotMigrated, StoreUnavailable
from telecare.messages import Signal
from telecare.observe import log
from telecare.vocabulary import SignalKind

T = TypeVar("T")
AGAIN = timedelta(hours=1)
"""When a row we failed at is looked at again."""


def tried(part: str, take: Callable[[], T], **about: str) -> T | None:
    """What `take` did; None when it stumbled, which is in the log with the ids it is `about`."""
    try:
        return take()
    except (StoreUnavailable, NotMigrated):
        raise
    except Exception:  # noqa: BLE001 - the row's own fault; its caller says what becomes of it
        log(part).exception("stumbled", **about)
        return None


def untaken(signal: Signal, now: datetime) -> Signal:
    """What stands in the queue for a signal that could not be taken in: an alarm is as urgent
    as one that nobody could read.
    """
    return Signal(
        id=f"untaken-{signal.id}", org=signal.org, home=OFFICE,
        kind=SignalKind.UNREADABLE_ALARM if signal.explicit else SignalKind.DUTY,
        type="" if signal.explicit else "stuck", explicit=signal.explicit,
        occurred_at=signal.occurred_at, raised_at=now, source="responder",
        why=f"We failed at a signal ({signal.kind.value}) of the home {signal.home}: see to it by "
        "hand, and call the engineer.",
    )  # fmt: skip


def put_off(org: str, what: str, ident: str, now: datetime) -> Signal:
    """What the supervisors read of a row that is tried again later; once a day for each."""
    return Signal(
        id=f"put-off-{ident}-{now:%Y%m%d}", org=org, home=OFFICE, kind=SignalKind.DUTY,
        type="stuck", occurred_at=now, raised_at=now, source="responder",
        why=f"We fail at something that was due ({what} {ident}): call the engineer.",
    )  # fmt: skip


def deadly(org: str, home: str, alert: str, now: datetime) -> Signal:
    """What the desk reads of an alert that ends our process whenever its step is taken; hourly
    while it does.
    """
    return Signal(
        id=f"deadly-{alert}-{now:%Y%m%d%H}", org=org, home=OFFICE, kind=SignalKind.DUTY,
        type="stuck", occurred_at=now, raised_at=now, source="responder",
        why=f"We break down over the alert of the home {home}, and nothing happens there by "
        "itself: see to it by hand, and call the engineer.",
    )  # fmt: skip


def limping(org: str, part: str, now: datetime) -> Signal:
    """What the supervisors read of a part of ours that fails as a whole; hourly while it does."""
    return Signal(
        id=f"limping-{part}-{now:%Y%m%d%H}", org=org, home=OFFICE, kind=SignalKind.DUTY,
        type="stuck", occurred_at=now, raised_at=now, source="responder",
        why=f"A part of the responder fails again and again ({part}): call the engineer.",
    )  # fmt: skip

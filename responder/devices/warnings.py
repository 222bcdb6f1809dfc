"""What the TEC team is told before it is too late: credentials that end, presses that are due.

Pure. Each warning has an id of its own stage, so telling it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from responder.devices.inventory import WARN_DAYS, Enrolment, Row
from responder.whom.people import OFFICE
from telecare.messages import Signal
from telecare.vocabulary import SignalKind

SOURCE = "equipment"


def warnings(org: str, rows: Iterable[Row], now: datetime) -> list[Signal]:
    """Everything the organisation's TEC team should know of now."""
    in_use = [row for row in rows if row.enrolment is not Enrolment.WITHDRAWN]
    return [*_ending(in_use, now), *_tests_due(org, in_use, now)]


def _ending(rows: Iterable[Row], now: datetime) -> Iterator[Signal]:
    for row in rows:
        ends_at, device = row.credential_ends_at, row.device
        if ends_at is None or now < ends_at - timedelta(days=WARN_DAYS[0]):
            continue
        stage = min(days for days in WARN_DAYS if now >= ends_at - timedelta(days=days))
        says = f"ends in {(ends_at - now).days + 1} days" if stage else "has ended"
        after = "issue a new one" if stage else "it is still heard; issue a new one now"
        yield Signal(
            id=f"credential-{device.device}-{ends_at:%Y%m%d}-{stage}", org=device.org,
            home=device.home, kind=SignalKind.EQUIPMENT, type="credential_ending",
            occurred_at=now, raised_at=now, source=SOURCE, device=device.device,
            why=f"The certificate of {device.device} {says} ({ends_at:%Y-%m-%d}): {after}.",
        )  # fmt: skip


def _tests_due(org: str, rows: Iterable[Row], now: datetime) -> Iterator[Signal]:
    """Once a week, all together: thousands of reminders would remind nobody."""
    due = sum(row.test_due for row in rows)
    if not due:
        return
    year, week, _ = now.isocalendar()
    devices = "1 device has" if due == 1 else f"{due} devices have"
    yield Signal(
        id=f"tests-due-{year}-{week:02}", org=org, home=OFFICE, kind=SignalKind.EQUIPMENT,
        type="test_call_due", occurred_at=now, raised_at=now, source=SOURCE,
        why=f"{devices} not been pressed for longer than agreed: ask for test calls. They are "
        "under Devices, Test due.",
    )  # fmt: skip

"""The clock was days ahead and was set right: what was put off until then comes back to work.

Up to a day `telecare.clock.SteadyClock` goes on from where it was, so that nothing is put off.
More is no time to go on from: a step of an alert, a message or a promise that was planned by it
would wait for years.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from msgspec import Struct, structs

from responder.arranged.expectations import scheduled
from responder.clockwork.stumbling import tried
from responder.kept.erasure import REVIEW
from responder.life.due import planned
from responder.life.waiting import words
from responder.store import Work, ahead, dispatches, timed
from responder.whom.people import OFFICE
from telecare.messages import Signal
from telecare.vocabulary import SignalKind

AHEAD = timedelta(days=1)
"""A note of our own that lies further ahead was written by a clock that was wrong."""
EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
"""A clock that says less is wrong itself, as after a start without a battery: it moves nothing."""

T = TypeVar("T")


def was_ahead(noted_at: datetime, now: datetime) -> bool:
    """Whether our own note was written by a clock that was wrong, and `now` may be right. Pure."""
    return noted_at - now > AHEAD and now >= EARLIEST


def earlier(thing: T, now: datetime, by: timedelta) -> T:
    """With every time in it that is still to come that much earlier. Pure.

    What was to come anyway comes too early by this: it is looked at, and nobody waits.
    """
    moved: Any = thing
    if isinstance(thing, datetime) and thing > now:
        moved = thing - by
    elif isinstance(thing, tuple):
        moved = tuple(earlier(each, now, by) for each in thing)
    elif isinstance(thing, Struct):
        fields = {name: earlier(value, now, by) for name, value in structs.asdict(thing).items()}
        moved = structs.replace(thing, **fields)
    kept: T = moved
    return kept


def bring_back(work: Work, by: timedelta) -> None:
    """Whatever waits for a time that the clock had `by` too early is due as if it had been right,
    and every organisation is told.
    """
    _under_way(work, by)
    _arranged(work, by)
    for org in ahead.organisations(work):
        timed.concern(work, _told(org, work.now, by))


def _under_way(work: Work, by: timedelta) -> None:
    now = work.now
    for alert in _each(ahead.alerts(work), lambda each: planned(earlier(each, now, by))):
        work.put(alert)
    for dispatch in ahead.dispatches(work):
        dispatches.put(work, earlier(dispatch, now, by))
    for message in ahead.messages(work):
        ahead.keep_message(work, earlier(message, now, by))


def _arranged(work: Work, by: timedelta) -> None:
    now = work.now
    for window in timed.windows.due_after(work, now):
        if window.begun and window.begins_at > now:  # begun by that clock
            timed.windows.put(work, earlier(window, now, by))
    for expected in _each(timed.expectations.due_after(work, now), lambda e: scheduled(e, now)):
        timed.expectations.put(work, expected)
    for night in timed.rounds.due_after(work, now):
        timed.rounds.put(work, structs.replace(night, next_due_at=now))
    for wanted in timed.erasures.due_after(work, now + AHEAD):
        timed.erasures.put(work, earlier(wanted, now, by))
    for held in timed.legal_holds.due_after(work, now + REVIEW):
        timed.legal_holds.put(work, earlier(held, now, by))


def _each(rows: Iterable[T], becomes: Callable[[T], T]) -> Iterator[T]:
    """What becomes of these; one we fail at is left as it is and holds up no other."""
    for row in rows:
        after = tried("set_back", partial(becomes, row))
        if after is not None:
            yield after


def _told(org: str, now: datetime, by: timedelta) -> Signal:
    return Signal(
        id=f"set-back-{int(now.timestamp())}", org=org, home=OFFICE, kind=SignalKind.DUTY,
        type="clock", occurred_at=now, raised_at=now, source="responder",
        why=f"The clock was {words(by.total_seconds())} ahead until it was set right. What waited "
        "for a time by it is due again. Look through windows, packages and calls arranged "
        "meanwhile, and call the engineer.",
    )  # fmt: skip

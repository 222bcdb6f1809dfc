"""What should have happened by now, and did not?

Pure. An expectation is a stretch of civil time in which something is to be noticed: the
resident is up, the carer has come, the tablets were taken, the daily check was answered. It
is judged once, at the end of the stretch, from what the home's devices told and what people
confirmed; then the next stretch begins. So an event that did not happen needs no message to
be noticed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from responder.arranged import prompts
from responder.arranged.prompts import Prompt
from responder.whom.rota import may_mean
from telecare.messages import Reading, Signal
from telecare.vocabulary import ReadingKind, SignalKind


class What(StrEnum):
    """What is expected."""

    NOT_UP = "not_up"
    """Up and about: anything moves in the home."""
    CARER_VISIT = "carer_visit"
    """The carer's visit: their tag, code or the door, as agreed."""
    MEDICATION = "medication"
    """The prompt for tablets is answered, or the box is opened."""
    IM_OK = "im_ok"
    """The resident says that they are well."""
    CALL = "call"
    """An operator rings them."""
    VISIT = "visit"
    """A visit by video."""
    REVIEW = "review"
    """Somebody asks whether a package still serves them."""
    PACKAGE_END = "package_end"
    """Somebody decides what follows a package."""


CALLS = frozenset({What.CALL, What.VISIT, What.REVIEW, What.PACKAGE_END})
"""Always seen to by an operator, on the list of calls."""
ABOUT: dict[What, str] = {
    What.CALL: "Ring them and ask how they are.",
    What.VISIT: "A visit by video.",
    What.IM_OK: "They have not said yet that they are well.",
    What.MEDICATION: "Time for their tablets.",
}
"""What a call is about, where nobody wrote it down."""


PROMPTED = frozenset({What.MEDICATION, What.IM_OK})
"""What the platform itself can ring a resident about."""


class CallOutcome(StrEnum):
    """What came of a call."""

    WELL = "well"
    """They were reached, and all is well."""
    FOLLOW_UP = "follow_up"
    """They were reached, and somebody must see to them: an alert is opened."""
    NO_ANSWER = "no_answer"
    """They were not reached; it stays on the list."""
    NOT_WANTED = "not_wanted"
    """They do not want to be rung today."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call."""

    at: datetime
    by: str
    outcome: CallOutcome
    text: str = ""


_NOTICED: dict[What, frozenset[str]] = {
    What.NOT_UP: frozenset({"motion", "door", "power", "bed"}),
    What.CARER_VISIT: frozenset({"carer", "visit"}),
    What.MEDICATION: frozenset({"medication"}),
    What.IM_OK: frozenset({"im_ok"}),
    **dict.fromkeys(CALLS, frozenset[str]()),
}
"""Types of readings that satisfy it where nothing else was agreed."""

_STILL = (False, 0, "off", "closed", "clear", "vacant", "missed")

_MISSED: dict[What, str] = {
    What.NOT_UP: "Nothing has moved in the home by {time}.",
    What.CARER_VISIT: "The carer's visit has not begun by {time}.",
    What.MEDICATION: "The prompt for tablets was not answered by {time}.",
    What.IM_OK: "The daily check was not answered by {time}.",
    What.CALL: "A call that was promised was not made by {time}.",
    What.VISIT: "The visit by video did not take place by {time}.",
    What.REVIEW: "A package was to be reviewed by {time}, and nobody did.",
    What.PACKAGE_END: "A package ends today, and by {time} nobody decided what follows.",
}


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is to happen between two times on agreed weekdays."""

    org: str
    id: str
    home: str
    what: What
    begins: str
    """HH:MM on the home's wall: what happens earlier does not count."""
    by: str
    """HH:MM; the same or an earlier time than `begins` means the next day."""
    time_zone: str
    days: tuple[int, ...] = tuple(range(7))
    """Weekdays it begins on, Monday is 0."""
    noticed_by: tuple[str, ...] = ()
    """Types of readings that satisfy it; empty: the usual ones."""
    room: str | None = None
    """Only readings of this room."""
    last_day: date | None = None
    text: str = ""
    """What it is about, or what is to be said: "Time for your tablets."."""
    by_call: bool = False
    """An operator sees to it: it stands on the list of calls until it has happened."""
    calls: tuple[Call, ...] = ()
    """The last calls about it."""
    prompt: Prompt | None = None
    """How the platform itself rings about it; None: it does not."""
    confirmed_at: datetime | None = None
    """When somebody last said that it happened."""
    opens_at: datetime | None = None
    next_due_at: datetime | None = None
    """The end of the stretch that is judged next; None: it is expected no more."""

    @property
    def ring_at(self) -> datetime | None:
        """When the platform rings, or decides what follows."""
        return self.prompt.next_at if self.prompt else None

    @property
    def is_confirmed(self) -> bool:
        """Somebody has said that it happened in this stretch."""
        said, opens = self.confirmed_at, self.opens_at
        return said is not None and opens is not None and said >= opens


def confirmed(expectation: Expectation, now: datetime) -> Expectation:
    """Somebody says that it happened: nobody is rung about it any more."""
    prompt, opens = expectation.prompt, expectation.opens_at
    if prompt is not None and opens is not None and opens <= now:
        prompt = prompts.done(prompt)
    return msgspec.structs.replace(expectation, confirmed_at=now, prompt=prompt)


class Missed(msgspec.Struct, frozen=True):
    """It did not happen."""

    sentence: str


def scheduled(expectation: Expectation, after: datetime) -> Expectation:
    """With the first stretch that ends after `after`; without any when the last day is past.

    A stretch begins at the earlier and ends at the later instant its words may mean.
    """
    zone = ZoneInfo(expectation.time_zone)
    begins = datetime.strptime(expectation.begins, "%H:%M").time()  # noqa: DTZ007 - on the wall
    by = datetime.strptime(expectation.by, "%H:%M").time()  # noqa: DTZ007
    day = after.astimezone(zone).date() - timedelta(days=1)
    for _ in range(9):
        is_over = expectation.last_day is not None and day > expectation.last_day
        until = day if by > begins else day + timedelta(days=1)
        due = max(may_mean(until, by, zone))
        if day.weekday() in expectation.days and due > after and not is_over:
            return _in_stretch(expectation, min(may_mean(day, begins, zone)), due)
        day += timedelta(days=1)
    return ended(expectation)


def ended(expectation: Expectation) -> Expectation:
    """Expected no more: nothing is judged, and nobody is rung."""
    return _in_stretch(expectation, None, None)


def _in_stretch(
    expectation: Expectation, opens: datetime | None, due: datetime | None
) -> Expectation:
    prompt = expectation.prompt and prompts.ahead(expectation.prompt, opens)
    return msgspec.structs.replace(expectation, opens_at=opens, next_due_at=due, prompt=prompt)


def satisfies(expectation: Expectation, reading: Reading) -> bool:
    """Whether a reading shows that it happened, in the stretch that is judged next."""
    wanted = frozenset(expectation.noticed_by) or _NOTICED[expectation.what]
    opens, due = expectation.opens_at, expectation.next_due_at
    return (
        opens is not None
        and due is not None
        and reading.kind is not ReadingKind.HEARTBEAT
        and reading.type in wanted
        and reading.value not in _STILL
        and expectation.room in (None, reading.room)
        and opens <= reading.occurred_at <= due
    )


def judge(expectation: Expectation, readings: Iterable[Reading]) -> Missed | None:
    """None when it happened, by a reading or by somebody's word."""
    if expectation.is_confirmed:
        return None
    if any(satisfies(expectation, each) for each in readings):
        return None
    return Missed(_MISSED[expectation.what].format(time=expectation.by))


def signal_of(expectation: Expectation, missed: Missed, now: datetime) -> Signal:
    """The signal that it did not happen; the same stretch gives the same id."""
    due = expectation.next_due_at or now
    return Signal(
        id=f"{expectation.id}-{int(due.timestamp())}", org=expectation.org, home=expectation.home,
        kind=SignalKind.EXPECTATION, type=expectation.what.value, occurred_at=due, raised_at=now,
        why=missed.sentence, source="responder",
    )  # fmt: skip

"""When may a signal open nothing for a while, and what happens when that while ends?

Pure. A window is time-boxed and named; it is shown on the home's card and in the queue. What
may be held back is a short list, and everything else is not: whatever somebody or something
asks help for itself, and whatever may mean that life is at risk, always opens an alert.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from responder.arriving.triage import label_of
from responder.life.alert import Alert
from telecare.errors import InvalidInput
from telecare.messages import Signal
from telecare.vocabulary import AlertState, Role, SignalKind


class Cause(StrEnum):
    """Why a home's signals mean less for a while."""

    HOLIDAY = "holiday"
    """The resident is away."""
    HOSPITAL = "hospital"
    """The resident is in hospital."""
    MAINTENANCE = "maintenance"
    """Somebody works on the equipment."""
    TEST = "test"
    """Equipment is being tried out or explained: presses are shown, and shown as such."""


_OUT = frozenset(
    {
        "inactivity", "routine", "wandering", "expectation.not_up", "expectation.carer_visit",
        "expectation.medication", "expectation.im_ok",
    }
)  # fmt: skip
"""What an empty home explains. Not what people decide about it: somebody we rang who must be
seen to, a package that ends, a review."""

HELD_BACK: dict[Cause, frozenset[str]] = {
    Cause.HOLIDAY: _OUT,
    Cause.HOSPITAL: _OUT,
    Cause.MAINTENANCE: frozenset({"hub_silent", "routine"}),
    Cause.TEST: frozenset({"hub_silent"}),
}
"""The whole list, by kind or by kind and type: what does not stand here is never held back."""

LONGEST: dict[Cause, timedelta] = {
    Cause.HOLIDAY: timedelta(days=28),
    Cause.HOSPITAL: timedelta(days=28),
    Cause.MAINTENANCE: timedelta(hours=12),
    Cause.TEST: timedelta(hours=2),
}
"""Nothing is silent for ever: who needs longer says so again."""

ENDS_WITH: dict[SignalKind, SignalKind] = {
    SignalKind.INACTIVITY: SignalKind.ACTIVITY_RESUMED,
    SignalKind.WANDERING: SignalKind.RETURNED,
    SignalKind.HUB_SILENT: SignalKind.HUB_BACK,
}
"""Conditions that last until their good news; the others were about one day and are past."""

_WORDS = {
    Cause.HOLIDAY: "Away",
    Cause.HOSPITAL: "In hospital",
    Cause.MAINTENANCE: "Equipment being worked on",
    Cause.TEST: "Equipment being tested",
}


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time in which some of a home's signals are kept and open nothing."""

    org: str
    id: str
    home: str
    cause: Cause
    begins_at: datetime
    ends_at: datetime
    by: str
    begun: bool = False
    """What waited in the home at its beginning was set aside."""
    ended_at: datetime | None = None
    """Set when it is over, at its time or before."""

    @property
    def next_due_at(self) -> datetime | None:
        """When it begins, then when somebody must look at what it held back; None after that."""
        if self.ended_at:
            return None
        return self.ends_at if self.begun else self.begins_at

    def is_active(self, at: datetime) -> bool:
        """Whether it holds at `at`."""
        return self.begins_at <= at < self.ends_at and self.ended_at is None

    @property
    def sentence(self) -> str:
        """As cards and queues show it; its end is shown beside it in local time."""
        return f"{_WORDS[self.cause]} until {self.ends_at:%a %-d %B %H:%M} UTC"


def checked(window: Window, now: datetime) -> Window:
    """The window itself; raises `InvalidInput` when it has no end soon enough."""
    if window.ends_at <= max(window.begins_at, now):
        raise InvalidInput("It must end after it begins, and in the future.")
    if window.ends_at - window.begins_at > LONGEST[window.cause]:
        days = LONGEST[window.cause]
        longest = f"{days.days} days" if days.days else f"{days.seconds // 3600} hours"
        raise InvalidInput(f"At most {longest} at a time: say it again when they are over.")
    return window


def may_say(cause: Cause) -> tuple[Role, ...]:
    """Who may begin such a window, see it and end it: the TEC team those of equipment only."""
    equipment = cause in (Cause.MAINTENANCE, Cause.TEST)
    return (Role.OPERATOR, Role.SUPERVISOR, *((Role.TEC,) if equipment else ()))


def may_be_held_back(signal: Signal, cause: Cause) -> bool:
    """Whether a window of this cause may keep the signal from opening an alert."""
    return not signal.explicit and explains(cause, label_of(signal))


def explains(cause: Cause, label: str) -> bool:
    """Whether this cause explains a signal of this label, so that it means nothing now."""
    return not HELD_BACK[cause].isdisjoint({label, label.partition(".")[0]})


def holding(windows: Iterable[Window], signal: Signal, now: datetime) -> Window | None:
    """The window that holds the signal back now, if one does."""
    return next(
        (w for w in windows if w.is_active(now) and may_be_held_back(signal, w.cause)), None
    )


def covers(window: Window, alert: Alert, signals: Sequence[Signal]) -> bool:
    """Whether an alert that waits already is set aside: nobody has it, nobody is on the way,
    and every one of its signals could have been held back.
    """
    good_news = {kind.value for kind in ENDS_WITH.values()}
    return (
        alert.state is AlertState.WAITING
        and all(
            kind.partition(".")[0] in good_news or explains(window.cause, kind)
            for kind in alert.kinds
        )
        and not any(signal.explicit for signal in signals)
    )


def still_true(held: Sequence[Signal], later: Sequence[Signal]) -> list[Signal]:
    """Of what a window held back: the conditions no good news has ended, the newest of each."""
    found: dict[tuple[str, str | None], Signal] = {}
    for signal in sorted(held, key=lambda each: each.occurred_at):
        if signal.kind not in ENDS_WITH:
            continue
        condition = label_of(signal), _silent(signal)
        if any(_ends(each, signal) for each in later):
            found.pop(condition, None)
        else:
            found[condition] = signal
    return list(found.values())


def _ends(news: Signal, signal: Signal) -> bool:
    """Whether it is over by this; that one device speaks again says nothing of another."""
    same = None in (_silent(signal), news.device) or news.device == signal.device
    return news.kind is ENDS_WITH[signal.kind] and news.occurred_at >= signal.occurred_at and same


def _silent(signal: Signal) -> str | None:
    return signal.device if signal.kind is SignalKind.HUB_SILENT else None


def again(signal: Signal, window: Window, now: datetime) -> Signal:
    """The signal, raised anew at the window's end."""
    ended = {Cause.HOLIDAY: "holiday", Cause.HOSPITAL: "hospital stay",
             Cause.MAINTENANCE: "maintenance", Cause.TEST: "test"}[window.cause]  # fmt: skip
    return msgspec.structs.replace(
        signal,
        id=f"{signal.id}@{window.id}",
        raised_at=now,
        why=f"Still so at the end of the {ended}: {signal.why}",
        late=False,
    )

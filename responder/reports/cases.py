"""What the record alone says of one alert, from its first entry to its last.

Pure, and blind to every other table: whoever holds a copy of the record comes to the same.
Names and texts are not in the record, so none can get into a figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec

from responder.kept.record import Act, Entry
from responder.life.alert import BURNING, PRESSING
from responder.whom.people import is_member
from telecare.vocabulary import AlarmType, FalseAlarmCause, Outcome, Priority, SignalKind

_ACCEPTED = frozenset({"going", "arrived"})


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """A signal that opened the alert or joined it."""

    id: str
    kind: str
    """As shown: `alarm.pendant`, `hub_silent`."""
    source: str
    """The gateway or the detector's name; empty in entries of before it was written down."""
    device: str
    raised_at: datetime
    delay: int | None
    """Seconds from when it happened until it reached us, as far as the device's clock is
    believed; None where it was not written down.
    """

    @property
    def is_alarm(self) -> bool:
        """A person or a device asked for help itself."""
        kind, _, type_ = self.kind.partition(".")
        return kind == SignalKind.ALARM and type_ != AlarmType.CANCEL


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody was asked and said that they go."""

    contact: str
    asked_at: datetime
    """The decision to send somebody, whoever went in the end; of family and keyholders, when
    they were first asked.
    """
    going_at: datetime
    arrived_at: datetime | None = None
    inside_at: datetime | None = None
    proved: bool = False
    """A press on the resident's unit or the home's code showed that they were there."""

    @property
    def by_team(self) -> bool:
        """A responder or on-site staff, as opposed to family and keyholders."""
        return is_member(self.contact)


class Case(msgspec.Struct, kw_only=True):
    """One alert's life on record."""

    alert: str
    home: str = ""
    opened_at: datetime
    """When the signal that opened it was raised, however late we came to it."""
    kind: str = ""
    priority: Priority | None = None
    """At its opening."""
    heard: list[Heard] = []
    waited_from: datetime | None = None
    """The clocks of 60 s and 180 s run from here; None: it was never pressing and unanswered."""
    answered_at: datetime | None = None
    """Somebody claimed it, or said that they go."""
    owned: bool = False
    """Somebody of the desk has it in hand: what is pressed now is theirs at once."""
    set_aside: bool = False
    """A window put it aside before anybody answered: its clocks do not count."""
    decided_at: datetime | None = None
    """It was decided to send a responder, and nobody has left again since."""
    sent: int = 0
    """How often it was decided to send a responder."""
    unmanned: int = 0
    """How often none could go."""
    asked: dict[str, datetime] = {}
    journeys: dict[str, Journey] = {}
    outcome: Outcome | None = None
    cause: FalseAlarmCause | None = None
    resolved_at: datetime | None = None


def case_of(entries: Iterable[Entry]) -> Case:
    """The case these entries of one alert tell, in the order of the record; at least one."""
    found: Case | None = None
    for entry in entries:
        found = found or Case(alert=entry.alert or "", opened_at=entry.at)
        step = _STEPS.get(entry.act)
        if step is not None:
            step(found, entry)
    assert found is not None, "an alert has at least the entry of its opening"
    return found


def heard_of(entry: Entry) -> Heard:
    """The signal an entry speaks of."""
    said: dict[str, Any] = entry.detail
    return Heard(
        id=said.get("signal", ""), kind=said.get("kind", ""), source=said.get("source") or "",
        device=said.get("device") or "", delay=said.get("delay"),
        raised_at=datetime.fromisoformat(said["raised_at"]) if "raised_at" in said else entry.at,
    )  # fmt: skip


def _opened(case: Case, entry: Entry) -> None:
    heard = heard_of(entry)
    case.home, case.kind = str(entry.detail.get("home") or ""), heard.kind
    case.opened_at = min(heard.raised_at, entry.at)
    case.priority = Priority(str(entry.detail["priority"]))
    case.heard.append(heard)
    if case.priority in PRESSING:
        case.waited_from = case.opened_at


def _joined(case: Case, entry: Entry) -> None:
    case.heard.append(heard_of(entry))


def _raised(case: Case, entry: Entry) -> None:
    if Priority(str(entry.detail["after"])) not in PRESSING or case.waited_from is not None:
        return
    if case.owned or any(each.arrived_at for each in case.journeys.values()):
        return
    case.waited_from, case.answered_at = _began(case, entry), None


def _taken_over(case: Case, entry: Entry) -> None:
    # Where it burns the desk was called at once, and its clocks never stood still.
    if case.answered_at is None and case.waited_from is not None and case.kind not in BURNING:
        case.waited_from = _began(case, entry)


def _began(case: Case, entry: Entry) -> datetime:
    """When this came about: where a signal is the cause, when that was raised."""
    by = (each.raised_at for each in case.heard if each.id == entry.detail.get("signal"))
    return min([entry.at, *by])


def _set_aside(case: Case, _entry: Entry) -> None:
    case.set_aside = case.set_aside or case.answered_at is None


def _claimed(case: Case, entry: Entry) -> None:
    case.answered_at, case.owned = case.answered_at or entry.at, True


def _let_go(case: Case, _entry: Entry) -> None:
    case.owned = False


def _rung(case: Case, entry: Entry) -> None:
    case.asked.setdefault(str(entry.detail["contact"]), entry.at)


def _answered(case: Case, entry: Entry) -> None:
    contact, answer = str(entry.detail["contact"]), entry.detail["answer"]
    if answer == "cannot":
        case.journeys.pop(contact, None)  # whoever turned back was not late
    if answer not in _ACCEPTED:
        return
    case.answered_at = case.answered_at or entry.at
    asked_at = case.asked.get(contact, entry.at)
    if case.decided_at is not None and is_member(contact):
        asked_at = case.decided_at
    journey = case.journeys.get(contact) or Journey(
        contact=contact, asked_at=asked_at, going_at=entry.at
    )
    if answer == "arrived" and journey.arrived_at is None:
        journey = msgspec.structs.replace(journey, arrived_at=_said_at(entry))
    case.journeys[contact] = journey


def _said_at(entry: Entry) -> datetime:
    """When it was, for what waited for a signal in somebody's telephone."""
    said = entry.detail.get("said_at")
    return datetime.fromisoformat(str(said)) if said else entry.at


def _dispatched(case: Case, entry: Entry) -> None:
    case.decided_at, case.sent = entry.at, case.sent + 1


def _unmanned(case: Case, _entry: Entry) -> None:
    case.decided_at, case.unmanned = None, case.unmanned + 1


def _called_off(case: Case, _entry: Entry) -> None:
    # Whoever was called off on the way was not late.
    gone = [each.contact for each in case.journeys.values() if each.arrived_at is None]
    if case.decided_at is not None:
        for contact in gone:
            if is_member(contact):
                case.journeys.pop(contact)
    case.decided_at = None


def _journey(case: Case, entry: Entry, **changes: Any) -> None:
    found = case.journeys.get(str(entry.detail["contact"]))
    if found is not None:
        case.journeys[found.contact] = msgspec.structs.replace(found, **changes)


def _not_there(case: Case, entry: Entry) -> None:
    _journey(case, entry, arrived_at=None, proved=False)


def _proved(case: Case, entry: Entry) -> None:
    _journey(case, entry, proved=True)


def _entered(case: Case, entry: Entry) -> None:
    _journey(case, entry, inside_at=_said_at(entry))


def _resolved(case: Case, entry: Entry) -> None:
    case.resolved_at = entry.at
    case.outcome = Outcome(str(entry.detail["outcome"]))
    cause = entry.detail.get("cause")
    case.cause = FalseAlarmCause(str(cause)) if cause else None


_STEPS: dict[str, Callable[[Case, Entry], None]] = {
    Act.OPENED: _opened,
    Act.JOINED: _joined,
    Act.RAISED: _raised,
    Act.TAKEN_OVER: _taken_over,
    Act.SET_ASIDE: _set_aside,
    Act.CLAIMED: _claimed,
    Act.HANDED_OVER: _claimed,
    Act.RELEASED: _let_go,
    Act.FREED: _let_go,
    Act.WATCHED: _let_go,
    Act.DISPATCHED: _dispatched,
    Act.UNMANNED: _unmanned,
    Act.CALLED_OFF: _called_off,
    Act.NOT_THERE: _not_there,
    Act.ARRIVAL_PROVED: _proved,
    Act.ENTERED: _entered,
    Act.RUNG: _rung,
    Act.ANSWERED: _answered,
    Act.RESOLVED: _resolved,
}

TELLING = tuple(act.value for act in Act if act in _STEPS)
"""The acts that change what a case says: looks, notes and messages do not."""

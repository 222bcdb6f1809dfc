"""What an alert is, and the field's times it is held against.

Times and counts are the field's: 97.5 % claimed in 60 s, 99 % in 180 s, nine of ten
responders there in 45 minutes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from responder.arriving.triage import Judgement, Track
from telecare.vocabulary import (
    AlarmType,
    AlertState,
    CallState,
    FalseAlarmCause,
    Outcome,
    Priority,
)

ANSWER = timedelta(seconds=60)
"""97.5 % of alerts are to be claimed within this; then it rises and is announced."""
BREACH = timedelta(seconds=180)
"""99 % within this; then the contacts are asked without waiting for an operator."""
CALL_AGAIN = timedelta(minutes=5)
"""How often it is called out that nobody was reached, in the first hour."""
CALL_AGAIN_AT_MOST = timedelta(hours=6)
"""And how often at least, however long it is left."""
ARRIVAL = timedelta(minutes=45)
"""Nine of ten responders arrive within this; then somebody must ask."""
ASK_AGAIN = timedelta(minutes=15)

PRESSING = frozenset({Priority.EMERGENCY, Priority.URGENT})
"""Those answered against the clocks of 60 s and 180 s."""

AGES: dict[Priority, tuple[timedelta, Priority]] = {
    Priority.URGENT: (timedelta(minutes=10), Priority.EMERGENCY),
    Priority.SOON: (timedelta(hours=1), Priority.URGENT),
    Priority.ROUTINE: (timedelta(hours=8), Priority.SOON),
    Priority.TECHNICAL: (timedelta(hours=4), Priority.SOON),
}
"""How long an alert nobody takes may keep its priority, and what it becomes."""

UNTOUCHED: dict[Priority, timedelta] = {
    Priority.EMERGENCY: timedelta(minutes=10),
    Priority.URGENT: timedelta(minutes=10),
    Priority.SOON: timedelta(minutes=30),
    Priority.ROUTINE: timedelta(hours=8),
    Priority.TECHNICAL: timedelta(hours=24),
}
"""How long its owner may leave an alert untouched before a reminder."""
WITH_INCIDENT = timedelta(hours=24)
"""How often a member of an incident is looked at while the incident is open."""
BURNING = frozenset(
    f"alarm.{each.value}"
    for each in (AlarmType.SMOKE, AlarmType.HEAT, AlarmType.CARBON_MONOXIDE, AlarmType.GAS)
)
"""Kinds for which the desk never waits for the staff on site."""
COMING = frozenset({CallState.ON_THE_WAY, CallState.ARRIVED})

REMINDERS = 2
"""After so many unheeded reminders an alert waits in the queue again."""


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """Where we stand with one contact on this alert."""

    contact: str
    state: CallState
    since: datetime
    deadline: datetime | None = None
    """While set: the time by which an answer is awaited."""
    attempts: int = 0
    """How often they were asked; numbers the messages to them."""


class Ladder(msgspec.Struct, frozen=True, kw_only=True):
    """How far the plan has come by itself."""

    started: bool = False
    cycle: int = 0
    group: int = 0
    """Which group of the course's stages, from 0."""
    asked: tuple[str, ...] = ()
    """People asked in this group and cycle, and `#n` for a stage n without people."""
    resume_at: datetime | None = None
    """While set: the desk was called, and the next group waits until then."""
    exhausted: bool = False
    """Everybody was asked in every cycle, or there is nobody to ask."""
    plan: str = ""
    """Which plan in which version it follows; empty before the first step."""


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """The staff on site have it first; the desk's clocks begin when they do not accept."""

    seconds: int
    asked: tuple[str, ...] = ()
    until: datetime | None = None
    """Set when they were asked."""
    together: bool = False
    """The desk is called at the same time: nobody waits for an answer while it burns."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """An operator checked a step of the plan off."""

    plan: str
    version: int
    number: int
    by: str
    at: datetime


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """What people work on. `(org, home, track)` has at most one that is not resolved."""

    id: str
    org: str
    home: str
    track: Track
    state: AlertState
    priority: Priority
    rank: int
    reason: str
    sentence: str
    kinds: tuple[str, ...]
    signal_count: int
    late: bool
    opened_at: datetime
    answer_from: datetime
    """The clocks of 60 s and 180 s run from here: opened, became pressing, or given back."""
    priority_since: datetime
    overdue: bool = False
    owner_id: str | None = None
    owner_name: str | None = None
    claimed_at: datetime | None = None
    first_claimed_at: datetime | None = None
    touched_at: datetime | None = None
    """When its owner last did something about it."""
    cried_at: datetime | None = None
    """While set: help was asked for again then, and its owner has done nothing since."""
    reminders: int = 0
    remind_at: datetime | None = None
    """While claimed: when its owner is reminded, or at last loses it."""
    watch_until: datetime | None = None
    attending: str | None = None
    """Contact id, or what the operator called them."""
    ask_at: datetime | None = None
    """While attending: when somebody must ask whether they arrived."""
    rungs: tuple[Rung, ...] = ()
    leading: str = ""
    """Label of the signal it is about: its plan is the plan for this kind."""
    start_seconds: int = 180
    """How long the desk has before the plan asks people by itself."""
    asks_always: bool = False
    """A plan was saved for exactly this kind: it is followed whatever the priority."""
    hold: Hold | None = None
    checks: tuple[Check, ...] = ()
    suppressed_by: str | None = None
    """The window that put it aside; it comes back when the window ends."""
    incident: str | None = None
    """The alert of the incident it belongs to."""
    members: int = 0
    """Of an incident's own alert: how many alerts belong to it."""
    ladder: Ladder = Ladder()
    call_again_at: datetime | None = None
    """When it is called out again that nobody was reached."""
    announcement: str | None = None
    announced_at: datetime | None = None
    next_step: str = ""
    next_due_at: datetime | None = None
    outcome: Outcome | None = None
    false_alarm_cause: FalseAlarmCause | None = None
    resolved_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Not yet resolved."""
        return self.state is not AlertState.RESOLVED

    @property
    def judgement(self) -> Judgement:
        """Priority, rank and reason together."""
        return Judgement(self.priority, self.rank, self.reason)

    def rung(self, contact: str) -> Rung | None:
        """Where we stand with this contact; None when they were never asked."""
        return next((r for r in self.rungs if r.contact == contact), None)


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What an alert must know of its plan from the beginning."""

    start_seconds: int = 180
    asks_always: bool = False
    on_site_seconds: int | None = None
    """The home belongs to a scheme whose staff have so long to accept."""


DEFAULT_TERMS = Terms()

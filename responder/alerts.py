"""An alert's life: what each act makes of it.

Pure. An `Alert` is frozen; every function takes one and the time and returns the next,
with `next_due_at` and `next_step` set anew, so that an open alert always has a time at
which something happens by itself. Time's own part in it is `responder.escalation`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from responder.triage import Joined, Judgement, Track, label_of
from telecare.messages import Signal
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
CONTACT_ANSWERS = timedelta(minutes=3)
"""How long one contact has to say: I am going, or I cannot."""
CYCLES = 2
"""How often the whole ladder is asked."""
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
    """How far the asking of contacts by itself has come."""

    started: bool = False
    cycle: int = 0
    asked: tuple[str, ...] = ()
    """Contacts asked in this cycle."""
    current: str | None = None
    """Whose answer it waits for."""
    exhausted: bool = False
    """Everybody was asked in every cycle, or there is nobody to ask."""


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
    reminders: int = 0
    remind_at: datetime | None = None
    """While claimed: when its owner is reminded, or at last loses it."""
    watch_until: datetime | None = None
    attending: str | None = None
    """Contact id, or what the operator called them."""
    ask_at: datetime | None = None
    """While attending: when somebody must ask whether they arrived."""
    rungs: tuple[Rung, ...] = ()
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


def opened(alert: str, signal: Signal, joined: Joined, track: Track, now: datetime) -> Alert:
    """A new alert. Its clocks run from when the signal was raised, however late it got here."""
    since = min(signal.raised_at, now)
    return planned(
        Alert(
            id=alert, org=signal.org, home=signal.home, track=track, state=AlertState.WAITING,
            priority=joined.judgement.priority, rank=joined.judgement.rank,
            reason=joined.judgement.reason, sentence=signal.why, kinds=(label_of(signal),),
            signal_count=1, late=signal.late, opened_at=since, answer_from=since,
            priority_since=since,
        )
    )  # fmt: skip


def joined(alert: Alert, signal: Signal, by: Joined, now: datetime) -> Alert:
    """With one more signal. A raise calls for a new answer from whoever has it."""
    label = label_of(signal)
    after = replace(
        alert,
        signal_count=alert.signal_count + 1,
        kinds=alert.kinds if label in alert.kinds else (*alert.kinds, label),
    )
    if by.leads:
        after = replace(after, sentence=signal.why, late=signal.late)
    after = with_judgement(after, by.judgement, now)
    if alert.state is AlertState.WATCHING and insists(signal):
        return requeued(after, now)  # a cry for help never sleeps behind a timer
    return planned(after)


def insists(signal: Signal) -> bool:
    """Whether a person or a device asks for help by it, as opposed to taking it back."""
    return signal.explicit and signal.type != AlarmType.CANCEL


def with_judgement(alert: Alert, judgement: Judgement, now: datetime) -> Alert:
    """With another priority, rank or reason; the clocks begin when it becomes pressing."""
    after = replace(alert, rank=judgement.rank, reason=judgement.reason)
    if judgement.priority is alert.priority:
        return after
    became_pressing = judgement.priority in PRESSING and alert.priority not in PRESSING
    remind_at = alert.remind_at and min(alert.remind_at, now + UNTOUCHED[judgement.priority])
    return replace(
        after,
        remind_at=remind_at,
        priority=judgement.priority,
        priority_since=now,
        answer_from=now if became_pressing else alert.answer_from,
        overdue=alert.overdue and not became_pressing,
    )


def claimed(alert: Alert, owner: str, name: str, now: datetime) -> Alert:
    """Somebody has it. What is under way (attending, watching) goes on."""
    state = AlertState.CLAIMED if alert.state is AlertState.WAITING else alert.state
    after = replace(
        alert, state=state, owner_id=owner, owner_name=name, claimed_at=now,
        first_claimed_at=alert.first_claimed_at or now, overdue=False, call_again_at=None,
    )  # fmt: skip
    return touched(after, now)


def touched(alert: Alert, now: datetime) -> Alert:
    """Its owner did something: reminders begin anew."""
    if alert.owner_id is None or not alert.is_open:
        return alert
    remind_at = now + UNTOUCHED[alert.priority]
    return planned(replace(alert, touched_at=now, reminders=0, remind_at=remind_at))


def requeued(alert: Alert, now: datetime) -> Alert:
    """Nobody has it, its clocks run anew, and the ladder may start from its beginning."""
    return planned(
        replace(
            alert, state=AlertState.WAITING, owner_id=None, owner_name=None, claimed_at=None,
            touched_at=None, reminders=0, remind_at=None, overdue=False, answer_from=now,
            priority_since=now,
            watch_until=None, attending=None, ask_at=None, ladder=Ladder(), call_again_at=None,
        )
    )  # fmt: skip


def given_back(alert: Alert, now: datetime) -> Alert:
    """The owner lets go; whoever is on the way stays on the way."""
    if alert.state is AlertState.ATTENDING:
        return planned(
            replace(
                alert, owner_id=None, owner_name=None, claimed_at=None, touched_at=None,
                reminders=0, remind_at=None, answer_from=now,
            )
        )  # fmt: skip
    return requeued(alert, now)


def rung(alert: Alert, contact: str, now: datetime) -> Alert:
    """A contact is being asked."""
    before = alert.rung(contact)
    asked = Rung(
        contact=contact, state=CallState.RINGING, since=now, deadline=now + CONTACT_ANSWERS,
        attempts=(before.attempts if before else 0) + 1,
    )  # fmt: skip
    return planned(_with_rung(alert, asked))


def stood(alert: Alert, contact: str, state: CallState, now: datetime) -> Alert:
    """A contact's state is now `state`; only a picked-up call still awaits its answer."""
    before = alert.rung(contact) or Rung(contact=contact, state=state, since=now)
    deadline = before.deadline if state is CallState.ANSWERED else None
    return planned(_with_rung(alert, replace(before, state=state, since=now, deadline=deadline)))


def unawaited(alert: Alert, contact: str) -> Alert:
    """A contact's time has ended without a change of what they said."""
    before = alert.rung(contact)
    return alert if before is None else planned(_with_rung(alert, replace(before, deadline=None)))


def going(alert: Alert, contact: str, now: datetime, *, arrived: bool = False) -> Alert:
    """A contact goes: the ladder stops. On a resolved alert it is only written down."""
    after = stood(alert, contact, CallState.ARRIVED if arrived else CallState.ON_THE_WAY, now)
    if not alert.is_open or (alert.state is AlertState.ATTENDING and not arrived):
        return after
    return attended(after, contact, now)


def attended(alert: Alert, who: str, now: datetime) -> Alert:
    """Somebody is on the way or there; in time somebody must ask whether they arrived."""
    return planned(
        replace(
            alert, state=AlertState.ATTENDING, attending=who, ask_at=now + ARRIVAL,
            watch_until=None, overdue=False, ladder=Ladder(), call_again_at=None,
        )
    )  # fmt: skip


def refused(alert: Alert, contact: str, now: datetime) -> Alert:
    """A contact cannot go. If they were the only one on the way, nobody is any more."""
    after = stood(alert, contact, CallState.DECLINED, now)
    if alert.state is not AlertState.ATTENDING or alert.attending != contact:
        return after
    others = [r.contact for r in after.rungs if r.state in COMING]
    if others:
        return replace(after, attending=others[0])
    if alert.owner_id is None:
        return requeued(after, now)
    claimed_again = replace(after, state=AlertState.CLAIMED, attending=None, ask_at=None)
    return planned(replace(claimed_again, reminders=0, remind_at=now + ANSWER))


def watched(alert: Alert, until: datetime, now: datetime) -> Alert:
    """A timer runs; the owner keeps it until then."""
    after = replace(
        alert, state=AlertState.WATCHING, watch_until=until, attending=None, ask_at=None
    )
    return touched(after, now)


def resolved(alert: Alert, outcome: Outcome, cause: FalseAlarmCause | None, now: datetime) -> Alert:
    """Closed. Nothing happens by itself any more."""
    return planned(
        replace(
            alert, state=AlertState.RESOLVED, outcome=outcome, false_alarm_cause=cause,
            resolved_at=now, overdue=False, watch_until=None, ask_at=None, ladder=Ladder(),
            call_again_at=None, rungs=tuple(replace(r, deadline=None) for r in alert.rungs),
        )
    )  # fmt: skip


def announced(alert: Alert, sentence: str, now: datetime) -> Alert:
    """Called out on the desk."""
    return replace(alert, announcement=sentence, announced_at=now)


def planned(alert: Alert) -> Alert:
    """With `next_due_at` and `next_step` as they follow from everything else."""
    if not alert.is_open:
        return replace(alert, next_due_at=None, next_step="")
    due, words = min(_steps(alert), key=lambda step: step[0])
    return replace(alert, next_due_at=due, next_step=words)


def _steps(alert: Alert) -> list[tuple[datetime, str]]:
    """Everything that will happen by itself. Never empty for an open alert."""
    steps = [(r.deadline, "a contact's time to answer ends") for r in alert.rungs if r.deadline]
    if alert.state is AlertState.WATCHING:
        assert alert.watch_until is not None
        steps.append((alert.watch_until, "check again"))
    elif alert.state is AlertState.ATTENDING:
        assert alert.ask_at is not None
        steps.append((alert.ask_at, "ask whether they arrived"))
    elif alert.state is AlertState.CLAIMED:
        assert alert.remind_at is not None
        freed = alert.reminders >= REMINDERS
        steps.append((alert.remind_at, "back to the queue" if freed else "remind its owner"))
    else:
        steps += _waiting_steps(alert)
    return steps


def _waiting_steps(alert: Alert) -> list[tuple[datetime, str]]:
    steps = []
    if alert.priority in PRESSING:
        ladder = alert.ladder
        if not alert.overdue:
            steps.append((alert.answer_from + ANSWER, "call it out on the desk"))
        if not ladder.started:
            steps.append((alert.answer_from + BREACH, "ask the contacts"))
        elif alert.call_again_at is not None:
            steps.append((alert.call_again_at, "call out again that nobody was reached"))
        elif not _awaits(alert, ladder.current):
            steps.append((alert.answer_from, "ask the next contact"))
    if alert.priority in AGES:
        after, becomes = AGES[alert.priority]
        steps.append((alert.priority_since + after, f"rises to {becomes.value}"))
    return steps


def _awaits(alert: Alert, contact: str | None) -> bool:
    rung = alert.rung(contact) if contact else None
    return rung is not None and rung.deadline is not None


def _with_rung(alert: Alert, rung: Rung) -> Alert:
    others = tuple(r for r in alert.rungs if r.contact != rung.contact)
    return replace(alert, rungs=(*others, rung))

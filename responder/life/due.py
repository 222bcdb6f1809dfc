"""What happens to an alert by itself, and when is the next time?

Pure. Every act on an alert ends in `planned`, so that its row always says when somebody
or something looks at it again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from responder.arriving.triage import Track
from responder.life.alert import (
    AGES,
    ANSWER,
    PRESSING,
    REMINDERS,
    WITH_INCIDENT,
    Alert,
)
from telecare.vocabulary import AlertState, Priority


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
        freed = alert.reminders >= (REMINDERS if alert.cried_at is None else 1)
        steps.append((alert.remind_at, "back to the queue" if freed else "remind its owner"))
    else:
        steps = [*_waiting_steps(alert), *steps]
    return steps


def asks(alert: Alert) -> bool:
    """Whether its plan asks people by itself: it presses, or a plan was saved for its kind."""
    return alert.priority in PRESSING or alert.asks_always


def ages(alert: Alert) -> tuple[timedelta, Priority] | None:
    """How long it keeps its priority untaken, and what it becomes; None: it rises no more.

    A member of an incident does not rise beyond `soon` by itself: the incident's own alert
    rises for all of them.
    """
    step = AGES.get(alert.priority)
    if step is None or (alert.incident and step[1] in PRESSING):
        return None
    return step


def _waiting_steps(alert: Alert) -> list[tuple[datetime, str]]:
    steps: list[tuple[datetime, str]] = []
    hold = alert.hold
    if hold is not None:
        if hold.until is None:
            steps.append((alert.answer_from, "ask the staff on site"))
        elif any(awaits(alert, each) for each in hold.asked):
            steps.append((hold.until, "the monitoring centre takes over"))
        else:
            steps.append((alert.answer_from, "the monitoring centre takes over"))
    if hold is None or hold.together:
        steps += _desk_steps(alert)
    aging = ages(alert)
    if aging is not None:
        after, becomes = aging
        steps.append((alert.priority_since + after, f"rises to {becomes.value}"))
    elif alert.incident:
        steps.append((alert.priority_since + WITH_INCIDENT, "seen with its incident"))
    return steps


def _desk_steps(alert: Alert) -> list[tuple[datetime, str]]:
    steps = []
    if alert.priority in PRESSING and not alert.overdue:
        steps.append((alert.answer_from + ANSWER, "call it out on the desk"))
    if not asks(alert):
        return steps
    ladder = alert.ladder
    if not ladder.started:
        words = "ask the contacts" if alert.track is Track.CARE else "follow its plan"
        steps.append((alert.answer_from + timedelta(seconds=alert.start_seconds), words))
    elif alert.call_again_at is not None:
        steps.append((alert.call_again_at, "call out again that nobody was reached"))
    elif ladder.resume_at is not None:
        steps.append((ladder.resume_at, "go on with the plan"))
    elif not any(awaits(alert, each) for each in ladder.asked):
        steps.append((alert.answer_from, "ask the next contact"))
    return steps


def awaits(alert: Alert, contact: str) -> bool:
    """Whether somebody was asked and may still answer in time."""
    rung = alert.rung(contact)
    return rung is not None and rung.deadline is not None

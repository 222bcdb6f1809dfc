"""What happens by itself when nobody acts?

Pure: `decide(alert, now, course)` is asked when `next_due_at` has come; the course is the
alert's plan as it stands now (`responder.whom.plans`). It answers with a named reason, the
effects to carry out and the alert as it is then. However late it is asked (after an outage
of twenty minutes, say), it does what is right now, once: overdue steps are not replayed one
by one, and no contact is asked in a burst.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from responder.arriving.triage import Judgement
from responder.clockwork.lost_time import LostTime, because
from responder.life import alerts, due, ladder
from responder.life.alert import (
    ANSWER,
    ASK_AGAIN,
    BREACH,
    CALL_AGAIN,
    PRESSING,
    REMINDERS,
    UNTOUCHED,
    Alert,
    Ladder,
)
from responder.life.decision import Announce, Decision, Effect, NoAnswer, Raised, Reason, Ring
from responder.life.waiting import unclaimed, words
from responder.whom.plans import Course
from telecare.vocabulary import AlertState, CallState, Priority


def decide(alert: Alert, now: datetime, course: Course, lost: LostTime | None = None) -> Decision:
    """The step that is due at `now`, by the alert's plan as it stands. What was due in a stretch
    of time that was `lost` is called out with a sentence about it.

    After it, `next_due_at` lies after `now` for every open alert.
    """
    if alert.next_due_at is None or now < alert.next_due_at:
        return Decision(Reason.NOT_DUE, (), alert)
    was_due = alert.next_due_at
    alert, silent = _silence(alert, now)
    alert = replace(alert, next_due_at=was_due)
    by_state = {
        AlertState.WAITING: _waiting,
        AlertState.CLAIMED: _claimed,
        AlertState.ATTENDING: _attending,
        AlertState.WATCHING: _watching,
    }[alert.state]
    decision = by_state(alert, now, course)
    after = due.planned(decision.alert)
    late = because(lost, was_due, now)
    effects = tuple(_with(each, late) for each in (*silent, *_once_announced(decision.effects)))
    for effect in effects:
        if isinstance(effect, Announce):
            after = alerts.announced(after, effect.sentence, now)
    reason = decision.reason
    if reason is Reason.NOT_DUE and silent:
        reason = Reason.NO_ANSWER
    return Decision(reason, effects, after)


def _once_announced(effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """One call a step, the last: several steps due at once are not a burst of calls."""
    calls = [effect for effect in effects if isinstance(effect, Announce)]
    return tuple(e for e in effects if not isinstance(e, Announce) or e is calls[-1])


def _with(effect: Effect, late: str) -> Effect:
    return Announce(f"{effect.sentence}{late}") if isinstance(effect, Announce) else effect


def _silence(alert: Alert, now: datetime) -> tuple[Alert, tuple[Effect, ...]]:
    """Contacts whose time to answer has ended. One who picked up keeps that on the card."""
    effects: list[Effect] = []
    for rung in alert.rungs:
        if rung.deadline is None or rung.deadline > now:
            continue
        if rung.state is CallState.RINGING:
            alert = alerts.stood(alert, rung.contact, CallState.NO_ANSWER, now)
            effects.append(NoAnswer(rung.contact))
        else:
            alert = alerts.unawaited(alert, rung.contact)
    return alert, tuple(effects)


def _waiting(alert: Alert, now: datetime, course: Course) -> Decision:
    effects: tuple[Effect, ...] = ()
    reason = Reason.NOT_DUE
    was_due = alert.next_due_at
    aging = due.ages(alert)
    if aging is not None and now >= alert.priority_since + aging[0]:
        reason, effects, alert = _aged(alert, aging[1], now)
    elif aging is None and alert.incident and was_due is not None:
        reason, alert = Reason.IN_INCIDENT, replace(alert, priority_since=now)
    if alert.hold is not None:
        held = _on_site(alert, now, course)
        alert, effects = held.alert, (*effects, *held.effects)
        reason = held.reason if held.reason is not Reason.NOT_DUE else reason
        if alert.hold is not None and not alert.hold.together:
            return Decision(reason, effects, alert)
    if alert.priority in PRESSING and not alert.overdue and now >= alert.answer_from + ANSWER:
        alert = replace(alert, overdue=True)
        effects = (*effects, Announce(unclaimed(alert, now)))
        reason = Reason.UNCLAIMED
    starts = alert.answer_from + timedelta(seconds=alert.start_seconds)
    if due.asks(alert) and not alert.ladder.started and now >= starts:
        alert = replace(alert, ladder=Ladder(started=True, cycle=1))
    if due.asks(alert) and alert.ladder.started:
        asked = ladder.ask(alert, now, course)
        alert, effects = asked.alert, (*effects, *asked.effects)
        interrupted = was_due is not None and now - was_due > CALL_AGAIN
        if interrupted and not any(isinstance(each, Announce) for each in effects):
            # We were away (an outage, a restored backup): the desk must know what waits.
            effects = (*effects, Announce(unclaimed(alert, now)))
        reason = reason if asked.reason is Reason.NOT_DUE else asked.reason
    return Decision(reason, effects, alert)


def _on_site(alert: Alert, now: datetime, course: Course) -> Decision:
    """The staff on site are asked, or have not accepted: then the desk has it at once."""
    hold = alert.hold
    assert hold is not None
    if hold.until is None:
        if not course.on_site:
            sentence = "Nobody is on duty on site: the monitoring centre has it."
            return Decision(Reason.TAKEN_OVER, (Announce(sentence),), alerts.taken_over(alert, now))
        until = now + timedelta(seconds=hold.seconds)
        asked = replace(hold, asked=course.on_site, until=until)
        alert = replace(alert, hold=asked)
        for person in course.on_site:
            alert = alerts.rung(alert, person, now, until - now)
        rings = tuple(Ring(person, 0, on_site=True) for person in course.on_site)
        return Decision(Reason.ON_SITE_ASKED, rings, alert)
    if any(due.awaits(alert, person) for person in hold.asked):
        return Decision(Reason.NOT_DUE, (), alert)
    sentence = "The staff on site have not accepted it: the monitoring centre takes over."
    return Decision(Reason.TAKEN_OVER, (Announce(sentence),), alerts.taken_over(alert, now))


def _aged(
    alert: Alert, becomes: Priority, now: datetime
) -> tuple[Reason, tuple[Effect, ...], Alert]:
    before = alert.priority
    waited = words((now - alert.priority_since).total_seconds())
    reason = f"{alert.reason}; nobody has taken it for {waited}"
    raised = alerts.with_judgement(alert, Judgement(becomes, alert.rank, reason), now)
    if alert.incident:  # the incident speaks for its members
        return Reason.AGED, (Raised(before, becomes),), raised
    sentence = f"Rises from {before.value} to {becomes.value}: nobody has taken it for {waited}."
    return Reason.AGED, (Raised(before, becomes), Announce(sentence)), raised


def _claimed(alert: Alert, now: datetime, course: Course) -> Decision:
    assert alert.remind_at is not None
    assert alert.touched_at is not None
    if now < alert.remind_at:
        return Decision(Reason.NOT_DUE, (), alert)
    if alert.cried_at is not None:
        return _unheard(alert, alert.cried_at, now, course)
    idle = words((now - alert.touched_at).total_seconds())
    if alert.reminders >= REMINDERS:
        sentence = f"Back in the queue: its owner has done nothing for {idle}."
        return Decision(Reason.ABANDONED, (Announce(sentence),), alerts.requeued(alert, now))
    remind_at = now + UNTOUCHED[alert.priority]
    after = replace(alert, reminders=alert.reminders + 1, remind_at=remind_at)
    sentence = f"Claimed, and nothing done for {idle}."
    return Decision(Reason.UNTOUCHED, (Announce(sentence),), after)


def _unheard(alert: Alert, cried_at: datetime, now: datetime, course: Course) -> Decision:
    """Help was asked for again, and the owner does nothing: one reminder after a minute; after
    three the queue has it as if nobody had ever had it, and the contacts are asked.
    """
    waited = words((now - cried_at).total_seconds())
    if not alert.reminders and now < cried_at + BREACH:
        after = replace(alert, reminders=1, remind_at=cried_at + BREACH)
        sentence = f"Help was asked for again {waited} ago, and its owner has done nothing."
        return Decision(Reason.UNTOUCHED, (Announce(sentence),), after)
    back = replace(alerts.requeued(alert, now), answer_from=cried_at, next_due_at=now)
    sentence = f"Back in the queue: help was asked for again {waited} ago, and nobody answered."
    goes_on = _waiting(back, now, course)
    return Decision(Reason.ABANDONED, (Announce(sentence), *goes_on.effects), goes_on.alert)


def _attending(alert: Alert, now: datetime, course: Course) -> Decision:  # noqa: ARG001
    assert alert.ask_at is not None
    if now < alert.ask_at:
        return Decision(Reason.NOT_DUE, (), alert)
    sentence = "Somebody went, and nobody has said that they arrived."
    if any(rung.state is CallState.ARRIVED for rung in alert.rungs):
        sentence = "Somebody is there, and nobody has said how it ended."
    if alert.owner_id is None or alert.reminders >= REMINDERS:
        called = (Announce(f"{sentence} It is back in the queue."),)
        return Decision(Reason.ABANDONED, called, alerts.requeued(alert, now))
    after = replace(alert, reminders=alert.reminders + 1, ask_at=now + ASK_AGAIN)
    return Decision(Reason.NO_ARRIVAL, (Announce(f"{sentence} Please ask."),), after)


def _watching(alert: Alert, now: datetime, course: Course) -> Decision:  # noqa: ARG001
    assert alert.watch_until is not None
    if now < alert.watch_until:
        return Decision(Reason.NOT_DUE, (), alert)
    sentence = "Time to check again."
    if alert.suppressed_by is not None:
        sentence = "The window that had set it aside has ended, and it is still open."
    return Decision(Reason.WATCH_ENDED, (Announce(sentence),), alerts.requeued(alert, now))

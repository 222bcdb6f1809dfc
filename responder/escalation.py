"""What happens by itself when nobody acts?

Pure: `decide(alert, now, course)` is asked when `next_due_at` has come; the course is the
alert's plan as it stands now (`responder.plans`). It answers with a named reason, the
effects to carry out and the alert as it is then. However late it is asked (after an outage
of twenty minutes, say), it does what is right now, once: overdue steps are not replayed one
by one, and no contact is asked in a burst.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from responder import alerts, due
from responder.alert import (
    ANSWER,
    ASK_AGAIN,
    BREACH,
    CALL_AGAIN,
    CALL_AGAIN_AT_MOST,
    PRESSING,
    REMINDERS,
    UNTOUCHED,
    Alert,
    Ladder,
)
from responder.dispatch import LONGEST_SEARCH
from responder.plans import Course, Stage
from responder.triage import Judgement
from telecare.vocabulary import AlertState, CallState, Priority


class Reason(StrEnum):
    """Why a decision was taken; goes to the record, the figures and the tests alike."""

    NOT_DUE = "not_due"
    """Asked before its time, or it is resolved: nothing is to be done."""
    UNCLAIMED = "unclaimed"
    """Nobody claimed it within 60 s."""
    LADDER_STARTED = "ladder_started"
    """Nobody claimed it within 180 s: contacts are asked."""
    NEXT_CONTACT = "next_contact"
    """The one before declined, did not answer in time or could not be reached."""
    NOBODY_REACHED = "nobody_reached"
    """The ladder is at its end; from now on the desk is called until somebody claims it."""
    ON_SITE_ASKED = "on_site_asked"
    """The staff on duty in the home's scheme have it first."""
    TAKEN_OVER = "taken_over"
    """The staff on site did not accept, or nobody is there: the desk has it now."""
    DISPATCHED = "dispatched"
    """The plan's next step sends a responder."""
    DESK_CALLED = "desk_called"
    """The plan's next step is the desk."""
    IN_INCIDENT = "in_incident"
    """A member of an open incident: seen to with it."""
    AGED = "aged"
    """It waited so long that its priority rises."""
    NO_ANSWER = "no_answer"
    """A contact's time to answer ended, and somebody else already sees to the alert."""
    UNTOUCHED = "untouched"
    """Its owner has done nothing for a while."""
    ABANDONED = "abandoned"
    """Its owner did nothing in spite of reminders: the queue has it again."""
    WATCH_ENDED = "watch_ended"
    """The timer ran out: the queue has it again."""
    NO_ARRIVAL = "no_arrival"
    """Somebody went, and nobody has said that they arrived."""


class Announce(msgspec.Struct, frozen=True, tag="announce"):
    """Call it out on every operator's desk."""

    sentence: str


class Ring(msgspec.Struct, frozen=True, tag="ring"):
    """Ask somebody: I am going, or I cannot?"""

    contact: str
    cycle: int
    on_site: bool = False


class Send(msgspec.Struct, frozen=True, tag="send"):
    """A responder is to be sent; the plan waits until one goes or none can."""

    team: str
    answers: timedelta


class NoTarget(msgspec.Struct, frozen=True, tag="no_target"):
    """A step of the plan had nobody to ask, and the next one was taken at once."""

    number: int
    missing: str


class NoAnswer(msgspec.Struct, frozen=True, tag="no_answer"):
    """A contact did not answer in time."""

    contact: str


class Raised(msgspec.Struct, frozen=True, tag="raised"):
    """Its priority rose with its age."""

    before: Priority
    after: Priority


Effect = Announce | Ring | Send | NoAnswer | NoTarget | Raised


class Decision(msgspec.Struct, frozen=True):
    """What happens now and what the alert is then."""

    reason: Reason
    effects: tuple[Effect, ...]
    alert: Alert

    @property
    def next_due_at(self) -> datetime | None:
        """When `decide` must be asked again; None only for a resolved alert."""
        return self.alert.next_due_at


def decide(alert: Alert, now: datetime, course: Course) -> Decision:
    """The step that is due at `now`, by the alert's plan as it stands.

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
    effects = (*silent, *_once_announced(decision.effects))
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
        effects = (*effects, Announce(_unclaimed(alert, now)))
        reason = Reason.UNCLAIMED
    starts = alert.answer_from + timedelta(seconds=alert.start_seconds)
    if due.asks(alert) and not alert.ladder.started and now >= starts:
        alert = replace(alert, ladder=Ladder(started=True, cycle=1))
    if due.asks(alert) and alert.ladder.started:
        asked = _ask(alert, now, course)
        alert, effects = asked.alert, (*effects, *asked.effects)
        interrupted = was_due is not None and now - was_due > CALL_AGAIN
        if interrupted and not any(isinstance(each, Announce) for each in effects):
            # We were away (an outage, a restored backup): the desk must know what waits.
            effects = (*effects, Announce(_unclaimed(alert, now)))
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
    waited = _words((now - alert.priority_since).total_seconds())
    reason = f"{alert.reason}; nobody has taken it for {waited}"
    raised = alerts.with_judgement(alert, Judgement(becomes, alert.rank, reason), now)
    if alert.incident:  # the incident speaks for its members
        return Reason.AGED, (Raised(before, becomes),), raised
    sentence = f"Rises from {before.value} to {becomes.value}: nobody has taken it for {waited}."
    return Reason.AGED, (Raised(before, becomes), Announce(sentence)), raised


def _ask(alert: Alert, now: datetime, course: Course) -> Decision:
    """The plan's next moves, if it is not waiting for somebody's answer."""
    ladder = alert.ladder
    if ladder.exhausted:
        if alert.call_again_at is not None and now < alert.call_again_at:
            return Decision(Reason.NOT_DUE, (), alert)
        return _nobody_reached(alert, now)
    if ladder.resume_at is not None:
        if now < ladder.resume_at:
            return Decision(Reason.NOT_DUE, (), alert)
        ladder = replace(ladder, resume_at=None, group=ladder.group + 1, asked=())
    first = ladder == Ladder(started=True, cycle=1)
    effects: tuple[Effect, ...] = ()
    alert = replace(alert, ladder=ladder)
    while not alert.ladder.exhausted:
        ladder = alert.ladder
        group = course.group(ladder.group)
        if not group:
            is_over = ladder.cycle >= course.cycles or not _asks_anybody(course)
            turned = replace(ladder, cycle=ladder.cycle + 1, group=0, asked=())
            alert = replace(alert, ladder=replace(ladder, exhausted=True) if is_over else turned)
            continue
        for stage in group:
            alert, more = _stage(alert, stage, now)
            effects = (*effects, *more)
        ladder = alert.ladder
        if ladder.resume_at is not None or _waits(alert, group):
            return _told(alert, now, effects, first=first)
        alert = replace(alert, ladder=replace(ladder, group=ladder.group + 1, asked=()))
    nobody = _nobody_reached(alert, now)
    return Decision(nobody.reason, (*effects, *nobody.effects), nobody.alert)


def _asks_anybody(course: Course) -> bool:
    return any(stage.people or stage.desk or stage.send for stage in course.stages)


def _waits(alert: Alert, group: tuple[Stage, ...]) -> bool:
    asked = alert.ladder.asked
    return any(
        person in asked and due.awaits(alert, person) for stage in group for person in stage.people
    )


def _stage(alert: Alert, stage: Stage, now: datetime) -> tuple[Alert, tuple[Effect, ...]]:
    """What one stage does now: asks whom it has not asked, in turn or at once."""
    ladder = alert.ladder
    mark = f"#{stage.number}"
    if stage.send and mark not in ladder.asked:
        until = max(ladder.resume_at or now, now + LONGEST_SEARCH)
        sent = replace(ladder, asked=(*ladder.asked, mark), resume_at=until)
        return replace(alert, ladder=sent), (Send(stage.team, stage.answers),)
    if not stage.people:
        if mark in ladder.asked:
            return alert, ()
        resume_at = now + stage.answers if stage.desk and stage.answers else ladder.resume_at
        done = replace(ladder, asked=(*ladder.asked, mark), resume_at=resume_at)
        told: Effect = Announce(stage.desk) if stage.desk else NoTarget(stage.number, stage.missing)
        return replace(alert, ladder=done), (told,)
    fresh = [person for person in stage.people if person not in ladder.asked]
    if not stage.at_once:
        asked = [person for person in stage.people if person in ladder.asked]
        fresh = [] if any(due.awaits(alert, person) for person in asked) else fresh[:1]
    alert = replace(alert, ladder=replace(ladder, asked=(*ladder.asked, *fresh)))
    for person in fresh:
        alert = alerts.rung(alert, person, now, stage.answers)
    return alert, tuple(Ring(person, ladder.cycle) for person in fresh)


def _told(alert: Alert, now: datetime, effects: tuple[Effect, ...], *, first: bool) -> Decision:
    rings = any(isinstance(each, Ring) for each in effects)
    if not effects:
        return Decision(Reason.NOT_DUE, (), alert)
    if any(isinstance(each, Send) for each in effects):
        sentence = f"{_unclaimed(alert, now)} A responder is being sent."
        return Decision(Reason.DISPATCHED, (Announce(sentence), *effects), alert)
    if not rings:
        return Decision(Reason.DESK_CALLED, effects, alert)
    if not first:
        return Decision(Reason.NEXT_CONTACT, effects, alert)
    sentence = f"{_unclaimed(alert, now)} The contacts are being asked."
    return Decision(Reason.LADDER_STARTED, (Announce(sentence), *effects), alert)


def _nobody_reached(alert: Alert, now: datetime) -> Decision:
    ladder = replace(alert.ladder, exhausted=True)
    after = replace(alert, ladder=ladder, call_again_at=now + _pause(alert, now))
    sentence = (
        "Nobody has been reached and nobody has claimed it: "
        f"{alert.priority.value}, waiting for {_waited(alert, now)}."
    )
    return Decision(Reason.NOBODY_REACHED, (Announce(sentence),), after)


def _pause(alert: Alert, now: datetime) -> timedelta:
    """Until the desk is called again: five minutes in the first hour, then ever longer.

    The desk's own sound goes on until somebody claims; these calls are for the record, and
    an alert left for weeks must not fill it.
    """
    return min(max(CALL_AGAIN, (now - alert.answer_from) / 12), CALL_AGAIN_AT_MOST)


def _claimed(alert: Alert, now: datetime, course: Course) -> Decision:
    assert alert.remind_at is not None
    assert alert.touched_at is not None
    if now < alert.remind_at:
        return Decision(Reason.NOT_DUE, (), alert)
    if alert.cried_at is not None:
        return _unheard(alert, alert.cried_at, now, course)
    idle = _words((now - alert.touched_at).total_seconds())
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
    waited = _words((now - cried_at).total_seconds())
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


def _unclaimed(alert: Alert, now: datetime) -> str:
    return f"Nobody has claimed it for {_waited(alert, now)}: {alert.priority.value}."


def _waited(alert: Alert, now: datetime) -> str:
    return _words((now - alert.answer_from).total_seconds())


def _words(seconds: float) -> str:
    """`80 seconds`, `5 minutes`, `3 hours`, `2 days`: the largest unit of which there are two."""
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{round(seconds / size)} {unit}"
    return f"{round(seconds)} seconds"

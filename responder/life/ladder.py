"""Whom does the plan ask next, and what if it has asked everybody?

Pure. Stages go one after another; one that waits for an answer holds the next ones back.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from responder.callout.dispatch import LONGEST_SEARCH
from responder.life import alerts, due
from responder.life.alert import CALL_AGAIN, CALL_AGAIN_AT_MOST, Alert, Ladder
from responder.life.decision import Announce, Decision, Effect, NoTarget, Reason, Ring, Send
from responder.life.waiting import unclaimed, waited
from responder.whom.plans import Course, Stage


def ask(alert: Alert, now: datetime, course: Course) -> Decision:
    """The plan's next moves, if it is not waiting for somebody's answer."""
    ladder = alert.ladder
    first = ladder == Ladder(started=True, cycle=1)
    if ladder.plan not in ("", course.plan):
        # Saved anew, or the alert is about something else by now: nobody of it was asked yet.
        awaited = tuple(each.contact for each in alert.rungs if each.deadline)
        ladder = Ladder(started=True, cycle=1, asked=awaited)
        alert = replace(alert, call_again_at=None)
    ladder = replace(ladder, plan=course.plan)
    alert = replace(alert, ladder=ladder)
    if ladder.exhausted:
        if alert.call_again_at is not None and now < alert.call_again_at:
            return Decision(Reason.NOT_DUE, (), alert)
        return _nobody_reached(alert, now)
    if ladder.resume_at is not None:
        if now < ladder.resume_at:
            return Decision(Reason.NOT_DUE, (), alert)
        ladder = replace(ladder, resume_at=None, group=ladder.group + 1, asked=())
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
        sentence = f"{unclaimed(alert, now)} A responder is being sent."
        return Decision(Reason.DISPATCHED, (Announce(sentence), *effects), alert)
    if not rings:
        return Decision(Reason.DESK_CALLED, effects, alert)
    if not first:
        return Decision(Reason.NEXT_CONTACT, effects, alert)
    sentence = f"{unclaimed(alert, now)} The contacts are being asked."
    return Decision(Reason.LADDER_STARTED, (Announce(sentence), *effects), alert)


def _nobody_reached(alert: Alert, now: datetime) -> Decision:
    ladder = replace(alert.ladder, exhausted=True)
    after = replace(alert, ladder=ladder, call_again_at=now + _pause(alert, now))
    sentence = (
        "Nobody has been reached and nobody has claimed it: "
        f"{alert.priority.value}, waiting for {waited(alert, now)}."
    )
    return Decision(Reason.NOBODY_REACHED, (Announce(sentence),), after)


def _pause(alert: Alert, now: datetime) -> timedelta:
    """Until the desk is called again: five minutes in the first hour, then ever longer.

    The desk's own sound goes on until somebody claims; these calls are for the record, and
    an alert left for weeks must not fill it.
    """
    return min(max(CALL_AGAIN, (now - alert.answer_from) / 12), CALL_AGAIN_AT_MOST)

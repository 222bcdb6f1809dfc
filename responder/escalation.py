"""What happens by itself when nobody acts?

Pure: `decide(alert, now, contacts)` is asked when `next_due_at` has come. It answers with
a named reason, the effects to carry out and the alert as it is then. However late it is
asked (after an outage of twenty minutes, say), it does what is right now, once: overdue
steps are not replayed one by one, and no contact is asked in a burst.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from responder import alerts
from responder.alerts import (
    AGES,
    ANSWER,
    BREACH,
    CALL_AGAIN,
    CALL_AGAIN_AT_MOST,
    CYCLES,
    PRESSING,
    Alert,
    Ladder,
)
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
    """Ask a contact: I am going, or I cannot?"""

    contact: str
    cycle: int


class NoAnswer(msgspec.Struct, frozen=True, tag="no_answer"):
    """A contact did not answer in time."""

    contact: str


class Raised(msgspec.Struct, frozen=True, tag="raised"):
    """Its priority rose with its age."""

    before: Priority
    after: Priority


Effect = Announce | Ring | NoAnswer | Raised


class Decision(msgspec.Struct, frozen=True):
    """What happens now and what the alert is then."""

    reason: Reason
    effects: tuple[Effect, ...]
    alert: Alert

    @property
    def next_due_at(self) -> datetime | None:
        """When `decide` must be asked again; None only for a resolved alert."""
        return self.alert.next_due_at


def decide(alert: Alert, now: datetime, contacts: Sequence[str]) -> Decision:
    """The step that is due at `now`. `contacts`: ids the platform can reach, in order.

    After it, `next_due_at` lies after `now` for every open alert.
    """
    if alert.next_due_at is None or now < alert.next_due_at:
        return Decision(Reason.NOT_DUE, (), alert)
    due = alert.next_due_at
    alert, silent = _silence(alert, now)
    alert = replace(alert, next_due_at=due)
    by_state = {
        AlertState.WAITING: _waiting,
        AlertState.CLAIMED: _claimed,
        AlertState.ATTENDING: _attending,
        AlertState.WATCHING: _watching,
    }[alert.state]
    decision = by_state(alert, now, contacts)
    after = alerts.planned(decision.alert)
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


def _waiting(alert: Alert, now: datetime, contacts: Sequence[str]) -> Decision:
    effects: tuple[Effect, ...] = ()
    reason = Reason.NOT_DUE
    due = alert.next_due_at
    after, becomes = AGES.get(alert.priority, (None, alert.priority))
    if after is not None and now >= alert.priority_since + after:
        reason, effects, alert = _aged(alert, becomes, now)
    if alert.priority not in PRESSING:
        return Decision(reason, effects, alert)
    if not alert.overdue and now >= alert.answer_from + ANSWER:
        alert = replace(alert, overdue=True)
        effects = (*effects, Announce(_unclaimed(alert, now)))
        reason = Reason.UNCLAIMED
    if not alert.ladder.started and now >= alert.answer_from + BREACH:
        alert = replace(alert, ladder=Ladder(started=True, cycle=1))
    if alert.ladder.started:
        asked = _ask(alert, now, contacts)
        alert, effects = asked.alert, (*effects, *asked.effects)
        interrupted = due is not None and now - due > CALL_AGAIN
        if interrupted and not any(isinstance(each, Announce) for each in effects):
            # We were away (an outage, a restored backup): the desk must know what waits.
            effects = (*effects, Announce(_unclaimed(alert, now)))
        reason = reason if asked.reason is Reason.NOT_DUE else asked.reason
    return Decision(reason, effects, alert)


def _aged(
    alert: Alert, becomes: Priority, now: datetime
) -> tuple[Reason, tuple[Effect, ...], Alert]:
    before = alert.priority
    waited = _words((now - alert.priority_since).total_seconds())
    reason = f"{alert.reason}; nobody has taken it for {waited}"
    raised = alerts.with_judgement(alert, Judgement(becomes, alert.rank, reason), now)
    sentence = f"Rises from {before.value} to {becomes.value}: nobody has taken it for {waited}."
    return Reason.AGED, (Raised(before, becomes), Announce(sentence)), raised


def _ask(alert: Alert, now: datetime, contacts: Sequence[str]) -> Decision:
    """The ladder's next move, if it is not waiting for somebody's answer."""
    ladder = alert.ladder
    if ladder.exhausted:
        if alert.call_again_at is not None and now < alert.call_again_at:
            return Decision(Reason.NOT_DUE, (), alert)
        return _nobody_reached(alert, now)
    current = alert.rung(ladder.current) if ladder.current else None
    if current is not None and current.deadline is not None:
        return Decision(Reason.NOT_DUE, (), alert)
    first = not ladder.asked and ladder.cycle == 1
    contact = _next(ladder, contacts)
    if contact is None and ladder.cycle < CYCLES:
        ladder = replace(ladder, cycle=ladder.cycle + 1, asked=())
        contact = _next(ladder, contacts)
    if contact is None:
        return _nobody_reached(replace(alert, ladder=replace(ladder, exhausted=True)), now)
    ladder = replace(ladder, current=contact, asked=(*ladder.asked, contact))
    rung = alerts.rung(replace(alert, ladder=ladder), contact, now)
    effects: tuple[Effect, ...] = (Ring(contact, ladder.cycle),)
    if not first:
        return Decision(Reason.NEXT_CONTACT, effects, rung)
    sentence = f"{_unclaimed(alert, now)} The contacts are being asked."
    return Decision(Reason.LADDER_STARTED, (Announce(sentence), *effects), rung)


def _next(ladder: Ladder, contacts: Sequence[str]) -> str | None:
    return next((c for c in contacts if c not in ladder.asked), None)


def _nobody_reached(alert: Alert, now: datetime) -> Decision:
    ladder = replace(alert.ladder, exhausted=True, current=None)
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


def _claimed(alert: Alert, now: datetime, contacts: Sequence[str]) -> Decision:  # noqa: ARG001
    assert alert.remind_at is not None
    assert alert.touched_at is not None
    if now < alert.remind_at:
        return Decision(Reason.NOT_DUE, (), alert)
    idle = _words((now - alert.touched_at).total_seconds())
    if alert.reminders >= alerts.REMINDERS:
        sentence = f"Back in the queue: its owner has done nothing for {idle}."
        return Decision(Reason.ABANDONED, (Announce(sentence),), alerts.requeued(alert, now))
    remind_at = now + alerts.UNTOUCHED[alert.priority]
    after = replace(alert, reminders=alert.reminders + 1, remind_at=remind_at)
    sentence = f"Claimed, and nothing done for {idle}."
    return Decision(Reason.UNTOUCHED, (Announce(sentence),), after)


def _attending(alert: Alert, now: datetime, contacts: Sequence[str]) -> Decision:  # noqa: ARG001
    assert alert.ask_at is not None
    if now < alert.ask_at:
        return Decision(Reason.NOT_DUE, (), alert)
    sentence = "Somebody went, and nobody has said that they arrived. Please ask."
    after = replace(alert, ask_at=now + alerts.ASK_AGAIN)
    return Decision(Reason.NO_ARRIVAL, (Announce(sentence),), after)


def _watching(alert: Alert, now: datetime, contacts: Sequence[str]) -> Decision:  # noqa: ARG001
    assert alert.watch_until is not None
    if now < alert.watch_until:
        return Decision(Reason.NOT_DUE, (), alert)
    sentence = "Time to check again."
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

"""An alert's life: what each act makes of it.

Pure. An `Alert` is frozen; every function takes one and the time and returns the next,
with `next_due_at` and `next_step` set anew, so that an open alert always has a time at
which something happens by itself. Time's own part in it is `responder.life.escalation`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from responder.arriving.triage import Joined, Judgement, Track, judge, label_of, opens
from responder.life.alert import (
    AGES,
    ANSWER,
    ARRIVAL,
    ASK_AGAIN,
    BREACH,
    BURNING,
    CALL_AGAIN,
    CALL_AGAIN_AT_MOST,
    COMING,
    DEFAULT_TERMS,
    PRESSING,
    REMINDERS,
    UNTOUCHED,
    Alert,
    Check,
    Hold,
    Ladder,
    Rung,
    Terms,
)
from responder.life.due import planned
from responder.whom.plans import CONTACT_ANSWERS
from telecare.messages import Signal
from telecare.vocabulary import (
    AlarmType,
    AlertState,
    CallState,
    FalseAlarmCause,
    Outcome,
    SignalKind,
)

__all__ = [
    "AGES",
    "ANSWER",
    "ARRIVAL",
    "ASK_AGAIN",
    "BREACH",
    "BURNING",
    "CALL_AGAIN",
    "CALL_AGAIN_AT_MOST",
    "COMING",
    "DEFAULT_TERMS",
    "PRESSING",
    "REMINDERS",
    "UNTOUCHED",
    "Alert",
    "Check",
    "Hold",
    "Ladder",
    "Rung",
    "Terms",
    "planned",
]


def opened(
    alert: str,
    signal: Signal,
    joined: Joined,
    track: Track,
    now: datetime,
    terms: Terms = DEFAULT_TERMS,
) -> Alert:
    """A new alert. Its clocks run from when the signal was raised, however late it got here."""
    since = min(signal.raised_at, now)
    hold = None
    if terms.on_site_seconds is not None and joined.judgement.priority in PRESSING:
        hold = Hold(seconds=terms.on_site_seconds, together=label_of(signal) in BURNING)
    return planned(
        Alert(
            id=alert, org=signal.org, home=signal.home, track=track, state=AlertState.WAITING,
            priority=joined.judgement.priority, rank=joined.judgement.rank,
            reason=joined.judgement.reason, sentence=signal.why, kinds=(label_of(signal),),
            signal_count=1, late=signal.late, opened_at=since, answer_from=since,
            priority_since=since, leading=label_of(signal), start_seconds=terms.start_seconds,
            asks_always=terms.asks_always, hold=hold,
        )
    )  # fmt: skip


def joined(
    alert: Alert, signal: Signal, by: Joined, now: datetime, terms: Terms | None = None
) -> Alert:
    """With one more signal. A cry for help or a raise calls for a new answer from whoever has
    it, however long ago they took it or went; `terms` are those of the signal's kind, for when
    it leads.
    """
    label = label_of(signal)
    after = replace(
        alert,
        signal_count=alert.signal_count + 1,
        kinds=alert.kinds if label in alert.kinds else (*alert.kinds, label),
    )
    if by.leads:
        after = replace(after, sentence=signal.why, late=signal.late, leading=label)
        if terms is not None:
            after = replace(after, start_seconds=terms.start_seconds, asks_always=terms.asks_always)
    if insists(signal) and after.hold is not None:
        after = taken_over(after, now)  # insisting never waits behind the staff on site
    after = with_judgement(after, by.judgement, now)
    pressing = judge(signal).priority in PRESSING
    news = pressing and (label not in alert.kinds or signal.kind is SignalKind.FALL)
    if by.raised or news:  # called out anew; who was not reached for the lesser is asked again
        after = replace(after, overdue=after.overdue and insists(signal))
        if after.ladder.exhausted:
            after = replace(after, ladder=Ladder(), call_again_at=None)
    news = news or (pressing and alert.track is Track.DUTY)  # each is another fault of ours
    aside = alert.suppressed_by is not None and opens(signal)
    cries = insists(signal) or by.raised
    if alert.state is AlertState.WATCHING and (cries or aside or news):
        return requeued(after, now)  # a cry for help never sleeps behind a timer or a window
    if alert.state is AlertState.ATTENDING and cries and not _is_there(alert, now):
        return _cried_while_attended(after, now)  # nor behind somebody who may never come
    if alert.state is AlertState.CLAIMED and cries and alert.cried_at is None:
        return planned(replace(after, cried_at=now, reminders=0, remind_at=now + ANSWER))
    return planned(after)


def _is_there(alert: Alert, now: datetime) -> bool:
    """Somebody came a short while ago: a press is theirs, or answered on the spot."""
    return any(r.state is CallState.ARRIVED and now - r.since < ASK_AGAIN for r in alert.rungs)


def _cried_while_attended(alert: Alert, now: datetime) -> Alert:
    """Nobody has it: it waits again. Else its owner has three minutes to do something."""
    if alert.owner_id is None or alert.ask_at is None:
        return requeued(alert, now)
    ask_at = min(alert.ask_at, now + BREACH)
    return planned(replace(alert, reminders=REMINDERS, ask_at=ask_at))


def taken_over(alert: Alert, now: datetime) -> Alert:
    """The desk has it: its clocks run from now, or go on where they ran from the beginning."""
    if alert.hold is None:
        return alert
    since = alert.answer_from if alert.hold.together else now
    return replace(alert, hold=None, answer_from=since, priority_since=since)


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
    """Somebody has it. What is under way (attending, watching) goes on; what a window had set
    aside is theirs now.
    """
    aside = alert.suppressed_by is not None
    if aside:
        alert = replace(alert, suppressed_by=None, watch_until=None)
    state = AlertState.CLAIMED if aside or alert.state is AlertState.WAITING else alert.state
    after = replace(
        alert, state=state, owner_id=owner, owner_name=name, claimed_at=now,
        first_claimed_at=alert.first_claimed_at or now, overdue=False, call_again_at=None,
        hold=None,
    )  # fmt: skip
    return touched(after, now)


def handed(alert: Alert, owner: str, name: str, now: datetime) -> Alert:
    """Somebody else has it, who has done nothing yet: a cry for help nobody answered goes on."""
    after = claimed(alert, owner, name, now)
    if after.state is not AlertState.CLAIMED or alert.cried_at is None:
        return after
    return planned(replace(after, cried_at=alert.cried_at, remind_at=now + ANSWER))


def touched(alert: Alert, now: datetime) -> Alert:
    """Its owner did something: reminders begin anew."""
    if alert.owner_id is None or not alert.is_open:
        return alert
    remind_at = now + UNTOUCHED[alert.priority]
    return planned(replace(alert, touched_at=now, cried_at=None, reminders=0, remind_at=remind_at))


def requeued(alert: Alert, now: datetime) -> Alert:
    """Nobody has it, its clocks run anew, and the ladder may start from its beginning."""
    return planned(
        replace(
            alert, state=AlertState.WAITING, owner_id=None, owner_name=None, claimed_at=None,
            touched_at=None, cried_at=None, reminders=0, remind_at=None, overdue=False,
            answer_from=now, priority_since=now, watch_until=None, attending=None, ask_at=None,
            ladder=Ladder(), call_again_at=None, hold=None, suppressed_by=None,
        )
    )  # fmt: skip


def set_aside(alert: Alert, window: str, until: datetime) -> Alert:
    """A window covers it: nobody is asked until the window ends; then it waits again."""
    rungs = tuple(replace(r, deadline=None) for r in alert.rungs)
    return planned(
        replace(
            alert, state=AlertState.WATCHING, watch_until=until, suppressed_by=window,
            ladder=Ladder(), rungs=rungs, call_again_at=None, overdue=False, hold=None,
        )
    )  # fmt: skip


def checked(alert: Alert, check: Check, now: datetime) -> Alert:
    """With a step of the plan checked off."""
    return touched(replace(alert, checks=(*alert.checks, check)), now)


def unchecked(alert: Alert, plan: str, version: int, number: int, now: datetime) -> Alert:
    """With the check of one step taken back."""
    key = (plan, version, number)
    kept = tuple(c for c in alert.checks if (c.plan, c.version, c.number) != key)
    return touched(replace(alert, checks=kept), now)


def given_back(alert: Alert, now: datetime) -> Alert:
    """The owner lets go; whoever is on the way stays on the way."""
    if alert.state is AlertState.ATTENDING:
        return planned(
            replace(
                alert, owner_id=None, owner_name=None, claimed_at=None, touched_at=None,
                cried_at=None, reminders=0, remind_at=None, answer_from=now,
            )
        )  # fmt: skip
    return requeued(alert, now)


def rung(alert: Alert, contact: str, now: datetime, answers: timedelta = CONTACT_ANSWERS) -> Alert:
    """Somebody is being asked and has `answers` to say so."""
    before = alert.rung(contact)
    asked = Rung(
        contact=contact, state=CallState.RINGING, since=now, deadline=now + answers,
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
            watch_until=None, overdue=False, ladder=Ladder(), call_again_at=None, hold=None,
            suppressed_by=None, cried_at=None, reminders=0,
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
            call_again_at=None, hold=None,
            rungs=tuple(replace(r, deadline=None) for r in alert.rungs),
        )
    )  # fmt: skip


def announced(alert: Alert, sentence: str, now: datetime) -> Alert:
    """Called out on the desk."""
    return replace(alert, announcement=sentence, announced_at=now)


def _with_rung(alert: Alert, rung: Rung) -> Alert:
    others = tuple(r for r in alert.rungs if r.contact != rung.contact)
    return replace(alert, rungs=(*others, rung))

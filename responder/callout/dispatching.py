"""Responders are sent: due steps taken, answers followed, all of it on record.

The alert is always locked before its dispatch. Who could go and how far they are is asked
before a transaction begins, because a routing server may answer slowly; that nobody gets two
jobs is the database's own promise.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial

from msgspec.structs import replace

from responder.callout import dispatch, dispatch_decision, lone_worker
from responder.callout.crews import Crew, crews, responder_teams
from responder.callout.dispatch import Dispatch, DispatchState, Proof
from responder.callout.dispatch_decision import (
    Announce,
    AskSafe,
    CallDesk,
    Effect,
    Offered,
    Silent,
    Unmanned,
)
from responder.callout.lone_worker import Need, Terms
from responder.callout.routing import Road
from responder.clockwork.apart import Apart
from responder.clockwork.in_hand import InHand
from responder.clockwork.lost_time import because
from responder.clockwork.timekeeping import Timekeeping
from responder.kept.record import Act
from responder.life import alerts
from responder.life.alerts import Alert
from responder.life.due import planned
from responder.outgoing.links import Links
from responder.outgoing.outbox import JOB, Kind, Message, urgency
from responder.outgoing.ringing import LINK_HOLDS, ring
from responder.store import Work, Works, dispatches
from responder.store.messages import Posted, of_alert
from responder.store.timed import concern
from responder.whom.people import Channel, Contact
from responder.whom.planning import Book
from responder.whom.ways import reachable
from telecare.clock import Clock
from telecare.crash import crash_at
from telecare.errors import Conflict
from telecare.messages import Signal
from telecare.register.secrets import new_id
from telecare.tenancy import PLATFORM
from telecare.vocabulary import AlarmType, CallState, SignalKind

BATCH = 20
LOOK = 1000
"""So many that are due are looked at, in case some of them are passed by for a while."""
AGAIN = timedelta(seconds=30)
"""How soon one that we failed at is tried again: somebody may be alone in there."""
_BY_HAND = frozenset({AlarmType.PENDANT, AlarmType.PULL_CORD})


def begin(
    work: Work, alert: Alert, by: str, *, team: str = "", answers: timedelta = dispatch.ANSWERS
) -> Dispatch | None:
    """Decide to send a responder; None when one is being sent to this alert already."""
    before = dispatches.latest(work, alert.org, alert.id)
    if before is not None and not before.is_over:
        return None
    made = dispatch.begun(
        new_id("dispatch"), alert.org, alert.id, alert.home, by, work.now, team=team,
        answers=answers,
    )  # fmt: skip
    dispatches.put(work, made)
    _write(work, Act.DISPATCHED, made, by, team=team or None)
    return made


class Dispatches:
    """Takes what is due of all dispatches. Several processes may."""

    def __init__(
        self,
        works: Works,
        book: Book,
        links: Links,
        channels: Collection[Channel],
        clock: Clock,
        road: Road,
        terms: Terms,
        timekeeping: Timekeeping,
        in_hand: InHand | None = None,
    ) -> None:
        self._works = works
        self._book = book
        self._links = links
        self._channels = channels
        self._clock = clock
        self._road = road
        self._terms = terms
        self._timekeeping = timekeeping
        self._apart = Apart("dispatching", works, clock, AGAIN, in_hand)

    def step(self) -> int:
        """Take at most one batch; how many steps were taken."""
        taken = 0
        for org, ident in dispatches.due(self._works.database, self._clock.now(), LOOK):
            act = partial(self.take_one, org, ident)
            taken += self._apart.take("dispatch", org, ident, act) or 0
            if taken == BATCH:
                break
        return taken

    def take_one(self, org: str, ident: str) -> int:
        """Take the step of this one if it is due; 1 if it was taken."""
        try:
            return self._take(dispatches.find(self._works.database, org, ident))
        except Conflict:
            return 0  # its crew was given another job a moment ago; it is still due

    def _take(self, found: Dispatch) -> int:
        crash_at(f"dispatch_of_{found.home}")
        now = self._clock.now()
        lost = self._timekeeping.look(now)
        could_go = self._crews(found)
        with self._works.begin(now) as work:
            alert = work.alert(found.org, found.alert)
            held = replace(dispatches.get(work, found.org, found.id), terms=self._terms)
            decision = dispatch_decision.decide(held, now, could_go)
            if decision.reason is dispatch_decision.Reason.NOT_DUE:
                return 0
            late = because(lost, held.next_due_at or now, now)
            # The row first: it is what refuses to give somebody a second job.
            dispatches.put(work, decision.dispatch)
            for effect in decision.effects:
                alert = self._apply(work, alert, decision.dispatch, effect, late)
            work.put(alert)
            crash_at("before_dispatch_commit")
        crash_at("after_dispatch_commit")
        return 1

    def _crews(self, found: Dispatch) -> list[Crew]:
        if found.accepted_at is not None:
            return []
        now, org = self._clock.now(), found.org
        arranged = self._book.arrangements(org)
        out = dispatches.out(self._works.database, org, besides=found.id)
        teams = responder_teams(arranged, found.home)
        on_duty = {
            each.team: [
                person.id
                for person in self._book.on_duty(org, each.team, now)
                if reachable(person.channels, self._channels)
            ]
            for each in teams
        }
        return crews(
            arranged, found.home, on_duty, self._road, first=found.team,
            out=out.keys(), cars_out=out.values(),
        )  # fmt: skip

    def _apply(self, work: Work, alert: Alert, after: Dispatch, effect: Effect, late: str) -> Alert:
        if isinstance(effect, Offered):
            return self._offer(work, alert, after, effect)
        if isinstance(effect, Silent):
            return _silent(work, alert, effect.member)
        if isinstance(effect, Unmanned):
            return _unmanned(work, alert, after, effect, late)
        if isinstance(effect, Announce):
            _write(work, Act.DISPATCH_LATE, after, PLATFORM, minutes=effect.minutes)
            return announce(work, alert, f"{effect.sentence}{late}")
        if isinstance(effect, AskSafe):
            self._ask_safe(work, alert, after, effect)
        elif isinstance(effect, CallDesk):
            _write(work, Act.SAFETY_SILENT, after, PLATFORM, contact=after.holder)
            call_desk(work, after, after.holder, Need.SILENT, late=late)
        return alert

    def _offer(self, work: Work, alert: Alert, after: Dispatch, effect: Offered) -> Alert:
        crew = effect.offer.crew
        alert = alerts.rung(alert, crew.member, work.now, after.answers)
        minutes = None if crew.minutes is None else round(crew.minutes)
        _write(
            work, Act.OFFERED, after, PLATFORM, contact=crew.member, team=crew.team,
            vehicle=crew.vehicle, minutes=minutes,
        )  # fmt: skip
        ring(
            work, self._links, self._channels, alert, self._person(after, crew.member),
            step=f"{JOB}{len(after.offers)}", actor=PLATFORM,
        )  # fmt: skip
        return alert

    def _ask_safe(self, work: Work, alert: Alert, after: Dispatch, effect: AskSafe) -> None:
        people = self._book.everyone(after.org, after.home)
        # Somebody who was taken off their team meanwhile is in that home all the same.
        channels = next((each.channels for each in people if each.id == after.holder), ())
        for channel in reachable(channels, self._channels):
            if channel is Channel.TWILIO_VOICE:
                continue  # a call asks to go and see; the desk rings them itself
            message = Message(
                org=after.org, alert=alert.id, step=f"safe-{after.id}", recipient=after.holder,
                channel=channel.value, attempt=effect.number, urgency=urgency(Kind.CHECK, 0, 0),
                created_at=work.now, expires_at=work.now + self._terms.answers, kind=Kind.CHECK,
            )  # fmt: skip
            work.send(message, self._links.digest_of(message), work.now + LINK_HOLDS)
        _write(work, Act.SAFETY_ASKED, after, PLATFORM, contact=after.holder)

    def _person(self, after: Dispatch, member: str) -> Contact:
        people = self._book.everyone(after.org, after.home)
        return next(each for each in people if each.id == member)


def follow(work: Work, alert: Alert, contact: str, answer: str, at: datetime) -> bool:
    """A contact answered at `at`: what it means for the dispatch they were offered, if any.

    False when they take a job that somebody else has, or that is over: then nothing changes.
    """
    history = dispatches.of_alert(work, alert.org, alert.id)
    sent = of_alert(work.connection, alert.org, alert.id) if history else []
    if asked_in_vain(history, sent, alert, contact):
        return answer == "cannot"
    found = dispatch.standing(history, contact)
    if found is None or contact not in {each.crew.member for each in found.offers}:
        return True
    if answer != "cannot" and not alert.is_open and found.state is DispatchState.UNMANNED:
        return False  # nobody is sent to what was closed meanwhile, and no job would end there
    after = found
    try:
        if answer in ("going", "arrived"):
            after = dispatch.accepted(found, contact, at)
        if answer == "arrived":
            after = dispatch.arrived(after, at)
    except Conflict:
        return False
    if answer == "cannot":
        after = dispatch.declined(found, contact, at)
    if after != found:
        dispatches.put(work, after)
        if after.proof and not found.proof:
            _write(work, Act.ARRIVAL_PROVED, after, contact, contact=contact, proof=after.proof)
    return True


def asked_in_vain(
    history: Sequence[Dispatch], sent: Sequence[Posted], alert: Alert, contact: str
) -> bool:
    """Whether what asked them last, of all messages `sent` about the alert, was a search for a
    responder that is over: they need not go, and nobody would watch over them there.
    """
    rung = alert.rung(contact)
    theirs = [each.message for each in sent if each.message.recipient == contact]
    asked = [each for each in theirs if each.kind is Kind.ASK]
    last = max(asked, key=lambda each: each.attempt, default=None)
    return (
        dispatch.is_past(history, contact)
        and rung is not None
        and last is not None
        and last.attempt == rung.attempts
        and last.step.startswith(JOB)
    )


def heard(work: Work, signals: Sequence[Signal]) -> None:
    """Presses came in: they prove the arrivals that were said, or will be."""
    homes = {
        (each.org, each.home): each
        for each in signals
        if each.kind is SignalKind.ALARM and each.type in _BY_HAND
    }
    for found in dispatches.of_homes(work, sorted(homes)) if homes else ():
        after = dispatch.pressed(found, work.now)
        if after == found:
            continue
        dispatches.put(work, after)
        if after.proof is Proof.UNIT and found.proof is None:
            _write(
                work, Act.ARRIVAL_PROVED, after, PLATFORM, contact=after.holder,
                proof=Proof.UNIT.value,
            )  # fmt: skip


def end_with_alert(work: Work, alert: Alert, by: str) -> Dispatch | None:
    """The alert is closed, or nobody needs to go: whoever is on the way is called off. Answers
    the dispatch as it was, if there was somebody to be told.
    """
    found = dispatches.latest(work, alert.org, alert.id)
    if found is None:
        return None
    after = dispatch.called_off(found)
    if after == found:
        return None
    dispatches.put(work, after)
    _write(work, Act.CALLED_OFF, after, by)
    return found


def call_desk(work: Work, found: Dispatch, member: str, need: Need, *, late: str = "") -> None:
    """An alert of its own for a responder who needs somebody; `late`: why only now."""
    concern(
        work,
        lone_worker.signal_of(
            org=found.org, member=member, dispatch=found.id, alert=found.alert,
            now=work.now, need=need, late=late,
        ),
    )  # fmt: skip


def announce(work: Work, alert: Alert, sentence: str) -> Alert:
    """The alert, called out on the desk; a closed one is left as it is."""
    if not alert.is_open:
        return alert
    work.write(
        Act.ANNOUNCED, org=alert.org, actor=PLATFORM, alert=alert.id, reason="dispatch",
        sentence=sentence,
    )  # fmt: skip
    return alerts.announced(alert, sentence, work.now)


def _silent(work: Work, alert: Alert, member: str) -> Alert:
    rung = alert.rung(member)
    if rung is None or rung.state is not CallState.RINGING:
        return alert  # the alert's own step came first
    work.write(Act.NO_ANSWER, org=alert.org, actor=PLATFORM, alert=alert.id, contact=member)
    return alerts.stood(alert, member, CallState.NO_ANSWER, work.now)


def _unmanned(work: Work, alert: Alert, after: Dispatch, effect: Unmanned, late: str) -> Alert:
    """The desk must find another way, and a plan that waited for the dispatch goes on."""
    _write(work, Act.UNMANNED, after, PLATFORM, asked=effect.asked)
    sentence = "No responder is free on duty to go."
    if effect.asked:
        sentence = f"No responder can go: {effect.asked} asked, nobody took it."
    alert = announce(work, alert, f"{sentence} Find another way.{late}")
    if alert.is_open and alert.ladder.resume_at is not None:
        alert = planned(replace(alert, ladder=replace(alert.ladder, resume_at=work.now)))
    return alert


def _write(work: Work, act: Act, found: Dispatch, actor: str, **detail: str | int | None) -> None:
    work.write(
        act, org=found.org, actor=actor, alert=found.alert, dispatch=found.id, home=found.home,
        **detail,
    )  # fmt: skip

"""The operators' desk: every act on an alert, and every look at one.

Synchronous and thread-safe. Every method is given the actor and works within the actor's
organisation only: an id of another organisation is `NotFound`, as if it did not exist.
Each act is one transaction with its entry in the record, so that what was done and what
is on record never differ.

Raises `NotFound`, `Forbidden` (role), `Conflict` (somebody else has it, or it is closed),
`InvalidInput`, `StoreUnavailable`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from responder.acting.replies import Answer, answered
from responder.arriving.gathering import scatter
from responder.arriving.triage import Track
from responder.callout import dispatching
from responder.callout.dispatch import Dispatch
from responder.kept.record import Act
from responder.learning.outcomes import verdicts
from responder.life import alerts
from responder.life.alerts import Alert
from responder.outgoing import call_references
from responder.outgoing.call_references import CallWay
from responder.outgoing.receipts import Receipts
from responder.outgoing.ringing import tell_how_it_ended, write_message
from responder.seeing.looks import DESK, may_see
from responder.seeing.views import AlertLine
from responder.store import Work
from responder.whom import plans
from responder.whom.people import Channel, Contact
from responder.whom.ways import reachable
from telecare.errors import Conflict, InvalidInput, NotFound
from telecare.tenancy import Actor
from telecare.vocabulary import CallState, FalseAlarmCause, Outcome, Role

NOTE_LENGTH, LINE_LENGTH = 4000, 500
LONGEST_WATCH_MINUTES = 720

__all__ = ["Answer", "Desk"]


class Desk(Receipts):
    """Acts of those who work alerts; looks and replies are inherited."""

    def claim(self, actor: Actor, alert: str) -> AlertLine:
        """Take it. Exactly one of many wins; the others get `Conflict` naming the owner.
        Claiming what is already mine changes nothing.
        """
        self._may_act(actor, alert)
        with self._works.begin(self._clock.now()) as work:
            won = work.claim(actor.org, alert, actor.id, actor.name)
            found = work.alert(actor.org, alert)
            if not won and found.owner_id != actor.id:
                raise _taken(found)
            if won:
                work.staff(actor.org, actor.id, actor.name)
                work.put(alerts.claimed(found, actor.id, actor.name, work.now))
                work.write(Act.CLAIMED, org=actor.org, actor=actor.id, alert=alert)
        return self.line(actor, alert)

    def release(self, actor: Actor, alert: str) -> AlertLine:
        """Give it back to the queue; its clocks run anew. The owner only."""
        with self._act(actor, alert, owner=True) as (work, found):
            sentence = f"Given back: {found.reason}."
            given = alerts.given_back(found, work.now)
            work.put(alerts.announced(given, sentence, work.now))
            work.write(Act.RELEASED, org=actor.org, actor=actor.id, alert=alert)
        return self.line(actor, alert)

    def hand_over(self, actor: Actor, alert: str, to: str, to_name: str) -> AlertLine:
        """Give it to a colleague by id. The owner, or a supervisor (who may also take over)."""
        with self._act(actor, alert) as (work, found):
            if found.owner_id != actor.id and actor.role is not Role.SUPERVISOR:
                raise (
                    _taken(found) if found.owner_id else Conflict("Claim it before you act on it.")
                )
            work.staff(actor.org, to, to_name)
            given = (alerts.claimed if to == actor.id else alerts.handed)(
                found, to, to_name, work.now
            )
            work.put(alerts.announced(given, f"Handed to {to_name}.", work.now))
            work.write(
                Act.HANDED_OVER, org=actor.org, actor=actor.id, alert=alert,
                before=found.owner_id, to=to,
            )  # fmt: skip
        return self.line(actor, alert)

    def note(self, actor: Actor, alert: str, text: str) -> AlertLine:
        """Write a note, 1 to 4,000 characters. Anyone on the desk; also on resolved alerts."""
        text = _text(text, NOTE_LENGTH, "A note")
        with self._act(actor, alert, closed=True) as (work, found):
            if found.owner_id == actor.id:
                work.put(alerts.touched(found, work.now))
            kept = work.wording(actor.org, alert, text)
            work.write(Act.NOTED, org=actor.org, actor=actor.id, alert=alert, **kept)
        return self.line(actor, alert)

    def note_call(
        self, actor: Actor, alert: str, way: CallWay, reference: str, contact: str | None = None
    ) -> AlertLine:
        """Write down by which reference a call made or taken for it is found again. Anyone on the
        desk; also on resolved alerts.
        """
        if way not in (CallWay.MADE, CallWay.TAKEN):
            raise InvalidInput("Units and providers name their calls themselves.")
        reference = call_references.checked(reference)
        with self._act(actor, alert, closed=True) as (work, found):
            detail = work.wording(actor.org, alert, reference) | {"way": way.value}
            if contact is not None:
                detail["contact"] = self._contact(found, contact).id
            if found.owner_id == actor.id:
                work.put(alerts.touched(found, work.now))
            work.write(Act.CALL_NOTED, org=actor.org, actor=actor.id, alert=alert, **detail)
        return self.line(actor, alert)

    def contact(
        self, actor: Actor, alert: str, contact_id: str, channel: Channel | None = None
    ) -> AlertLine:
        """Ring one contact now by `channel`, or None: the operator telephones by hand.
        The owner only.
        """
        with self._act(actor, alert, owner=True) as (work, found):
            person = self._contact(found, contact_id)
            ringing = alerts.rung(alerts.touched(found, work.now), contact_id, work.now)
            work.put(ringing)
            if channel is None:
                work.write(
                    Act.RUNG, org=actor.org, actor=actor.id, alert=alert, contact=contact_id,
                    channel="telephone", step="desk",
                )  # fmt: skip
            elif channel in reachable(person.channels, self._channels):
                write_message(
                    work, self._links, ringing, contact_id, channel, step="desk", actor=actor.id
                )
            else:
                raise InvalidInput(f"{person.name} cannot be reached by {channel.value}.")
        return self.line(actor, alert)

    def contact_answer(
        self, actor: Actor, alert: str, contact_id: str, answer: Answer
    ) -> AlertLine:
        """Write down what the contact said to the operator. `going` and `arrived` make the
        alert attending and stop the ladder.
        """
        with self._act(actor, alert) as (work, found):
            self._contact(found, contact_id)
            after = answered(work, found, contact_id, answer, actor.id)
            if found.owner_id == actor.id:
                after = alerts.touched(after, work.now)
            work.put(after)
        return self.line(actor, alert)

    def check(self, actor: Actor, alert: str, number: int, *, done: bool = True) -> AlertLine:
        """Check step `number` of the alert's plan off, or take that back. Anyone on the desk."""
        with self._act(actor, alert) as (work, found):
            saved = self._directory.plan(found.org, found.home, found.leading)
            plan = plans.shown(saved, found.leading)
            steps = self._plan(found)
            if not 1 <= number <= len(steps):
                raise InvalidInput(f"The plan has steps 1 to {len(steps)}.")
            after = alerts.unchecked(found, plan.plan, plan.version, number, work.now)
            if done:
                mark = alerts.Check(
                    plan=plan.plan, version=plan.version, number=number, by=actor.id, at=work.now
                )
                after = alerts.checked(after, mark, work.now)
            work.put(after)
            work.write(
                Act.CHECKED if done else Act.UNCHECKED, org=actor.org, actor=actor.id,
                alert=alert, plan=plan.plan, version=plan.version, step=number,
            )  # fmt: skip
        return self.line(actor, alert)

    def attending(self, actor: Actor, alert: str, who: str) -> AlertLine:
        """Somebody outside the contacts is on the way (responder, ambulance): `who` says it."""
        who = _text(who, LINE_LENGTH, "Who is on the way")
        with self._act(actor, alert, owner=True) as (work, found):
            kept = work.wording(actor.org, alert, who)
            attended = alerts.attended(found, f"text:{kept['text']}", work.now)
            work.put(alerts.touched(attended, work.now))
            work.write(Act.ATTENDING, org=actor.org, actor=actor.id, alert=alert, **kept)
        return self.line(actor, alert)

    def send(self, actor: Actor, alert: str, team: str = "") -> AlertLine:
        """Send a responder, one of `team` before others; the clocks of 45 and 60 minutes run from
        now. The owner only. Raises `Conflict` when one is being sent already.
        """
        actor.require(*DESK)
        with self._act(actor, alert, owner=True) as (work, found):
            if found.track is not Track.CARE:
                raise Conflict("Responders go to people; the TEC team goes to equipment.")
            work.put(alerts.touched(found, work.now))
            if dispatching.begin(work, found, actor.id, team=team) is None:
                raise Conflict("A responder is being sent already.")
        return self.line(actor, alert)

    def call_off(self, actor: Actor, alert: str) -> AlertLine:
        """Nobody needs to go any more; whoever is on the way is told. The owner only."""
        with self._act(actor, alert, owner=True) as (work, found):
            before = dispatching.end_with_alert(work, found, actor.id)
            if before is None:
                raise Conflict("No responder is on the way.")
            self._tell_off(work, found, before)
            after = found
            if before.holder:
                freed = alerts.refused(found, before.holder, work.now)
                after = alerts.stood(freed, before.holder, CallState.NOT_TRIED, work.now)
            work.put(alerts.touched(after, work.now))
        return self.line(actor, alert)

    def watch(self, actor: Actor, alert: str, minutes: int) -> AlertLine:
        """Check again in 1 to 720 minutes; then it waits in the queue again, announced."""
        if not 1 <= minutes <= LONGEST_WATCH_MINUTES:
            raise InvalidInput(f"Check again in 1 to {LONGEST_WATCH_MINUTES} minutes.")
        with self._act(actor, alert, owner=True) as (work, found):
            work.put(alerts.watched(found, work.now + timedelta(minutes=minutes), work.now))
            work.write(Act.WATCHED, org=actor.org, actor=actor.id, alert=alert, minutes=minutes)
        return self.line(actor, alert)

    def resolve(
        self,
        actor: Actor,
        alert: str,
        outcome: Outcome,
        text: str,
        false_alarm_cause: FalseAlarmCause | None = None,
    ) -> AlertLine:
        """Close it. The owner only; one line of text, 1 to 500 characters. A false alarm needs
        its cause, any other outcome must have none.
        """
        text = _text(text, LINE_LENGTH, "The line of text")
        if (outcome is Outcome.FALSE_ALARM) != (false_alarm_cause is not None):
            raise InvalidInput(
                "A false alarm needs its cause: the detectors learn from it."
                if outcome is Outcome.FALSE_ALARM
                else "Only a false alarm has a cause."
            )
        with self._act(actor, alert, owner=True, whole=True) as (work, found):
            kept = work.wording(actor.org, alert, text)
            work.put(alerts.resolved(found, outcome, false_alarm_cause, work.now))
            everyone = self._directory.everyone(found.org, found.home)
            waiting = [each for each in everyone if not _has_come(found, each)]
            tell_how_it_ended(work, found, waiting, self._channels)
            dispatching.end_with_alert(work, found, actor.id)
            if found.members:
                scatter(work, found, actor.id)
            signals = work.signals(actor.org, alert, limit=None)
            work.say(verdicts(alert, signals, outcome, false_alarm_cause, work.now))
            work.write(
                Act.RESOLVED, org=actor.org, actor=actor.id, alert=alert, outcome=outcome.value,
                cause=false_alarm_cause.value if false_alarm_cause else None, **kept,
            )  # fmt: skip
        return self.line(actor, alert)

    def reveal_keysafe(self, actor: Actor, alert: str) -> str:
        """The code of the alert's home, for the alert's owner while it is open; on record
        before it is shown.
        """
        actor.require(*DESK)
        with self._act(actor, alert, owner=True) as (work, found):
            home = found.home
            work.put(alerts.touched(found, work.now))
            work.write(Act.KEYSAFE_REVEALED, org=actor.org, actor=actor.id, alert=alert, home=home)
        code = self._directory.keysafe(actor.org, home)
        if code is None:
            raise NotFound("There is no keysafe code on file for this home.")
        return code

    # how an act is done

    @contextmanager
    def _act(
        self, actor: Actor, alert: str, *, owner: bool = False, closed: bool = False,
        whole: bool = False,
    ) -> Iterator[tuple[Work, Alert]]:  # fmt: skip
        """The alert, locked, for an act of `actor` who may do it; `whole`: an incident with all
        that is under it. Raises what the class says.
        """
        seen = self._may_act(actor, alert)
        with self._works.begin(self._clock.now()) as work:
            if whole and seen.members:
                work.incident(actor.org, alert)
            found = work.alert(actor.org, alert)
            if not found.is_open and not closed:
                raise Conflict("It is closed already.")
            if owner and found.owner_id != actor.id:
                raise _taken(found)
            work.staff(actor.org, actor.id, actor.name)
            yield work, found

    def _tell_off(self, work: Work, found: Alert, before: Dispatch) -> None:
        """Whoever was asked or on the way is told that they need not go."""
        people = self._directory.everyone(found.org, found.home)
        person = next((each for each in people if each.id == before.holder), None)
        if person is not None:
            tell_how_it_ended(work, found, [person], self._channels)

    def _may_act(self, actor: Actor, alert: str) -> Alert:
        actor.require(*DESK, Role.TEC)
        found = self._reads.alert(actor.org, alert).alert
        if not may_see(actor, found):
            raise NotFound(f"There is no alert {alert}.")
        return found

    def _contact(self, alert: Alert, contact: str) -> Contact:
        for each in self._directory.everyone(alert.org, alert.home):
            if each.id == contact:
                return each
        raise NotFound(f"There is no contact {contact} for this home.")


def _has_come(alert: Alert, person: Contact) -> bool:
    """Whether somebody whose work it is was there: how it ended they told us."""
    rung = alert.rung(person.id)
    return person.is_responder and rung is not None and rung.state is CallState.ARRIVED


def _taken(alert: Alert) -> Conflict:
    if not alert.is_open:
        return Conflict("It is closed already.")
    if alert.owner_id is None:
        return Conflict("Claim it before you act on it.")
    return Conflict(f"{alert.owner_name or 'Somebody else'} has it.")


def _text(text: str, longest: int, what: str) -> str:
    text = text.strip()
    if not 1 <= len(text) <= longest:
        raise InvalidInput(f"{what} needs 1 to {longest} characters.")
    return text

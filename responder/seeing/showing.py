"""Turns what is kept into what is shown: lines, timelines, contacts, plans. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from responder.arriving.triage import Track
from responder.callout.dispatch import LATEST_ARRIVAL, Dispatch, DispatchState
from responder.callout.lone_worker import Need
from responder.kept.record import Act, Entry
from responder.life.alerts import ANSWER, ARRIVAL, BREACH, COMING, Alert
from responder.seeing.views import (
    AlertLine,
    ContactStanding,
    DispatchView,
    PlanStep,
    TimelineEntry,
)
from responder.store.reads import Kept
from responder.whom.people import PLATFORM_HOME, Channel, Contact, HomeCard
from responder.whom.plans import DEFAULT, text_of
from responder.whom.ways import reachable
from telecare.register.plans import Plan
from telecare.vocabulary import AlarmType, AlertState, CallState, SignalKind


def queue_order(alert: Alert) -> tuple[int, bool, int, float, str]:
    """Sorts the queue: priority, overdue first, the field's order of kinds, then age.

    The id decides what is left, so that equals never change places on a screen.
    """
    return (
        alert.priority.rank,
        not (alert.overdue and alert.owner_id is None),
        alert.rank,
        alert.opened_at.timestamp(),
        alert.id,
    )


def line(
    kept: Kept, card: HomeCard, *, windows: Sequence[str] = (), with_resident: bool = True
) -> AlertLine:
    """An alert's line in the queue."""
    alert = kept.alert
    return AlertLine(
        id=alert.id, org=alert.org, home=alert.home, home_label=card.home_label,
        resident_label=card.resident_label if with_resident else "", state=alert.state,
        priority=alert.priority, rank=alert.rank, reason=alert.reason, sentence=alert.sentence,
        kinds=list(alert.kinds), signal_count=alert.signal_count, opened_at=alert.opened_at,
        answer_due_at=alert.answer_from + ANSWER, answer_breach_at=alert.answer_from + BREACH,
        overdue=alert.overdue, owner_id=alert.owner_id, owner_name=alert.owner_name,
        claimed_at=alert.claimed_at, first_claimed_at=alert.first_claimed_at,
        next_step=alert.next_step, next_due_at=alert.next_due_at,
        announcement=alert.announcement, announced_at=alert.announced_at, changed=kept.changed,
        late=alert.late, outcome=alert.outcome, false_alarm_cause=alert.false_alarm_cause,
        resolved_at=alert.resolved_at, incident=alert.incident, members=alert.members,
        windows=list(windows),
    )  # fmt: skip


def standings(
    alert: Alert, contacts: Sequence[Contact], ours: Collection[Channel]
) -> list[ContactStanding]:
    """Where we stand with each contact, in the ladder's order; by `ours` they can be asked."""
    shown = []
    for contact in contacts:
        rung = alert.rung(contact.id)
        shown.append(
            ContactStanding(
                contact_id=contact.id, name=contact.name, relation=contact.relation,
                position=contact.position, keyholder=contact.keyholder,
                channels=reachable(contact.channels, ours), phone=contact.phone,
                minutes_away=contact.minutes_away,
                state=rung.state if rung else CallState.NOT_TRIED,
                since=rung.since if rung else None, deadline=rung.deadline if rung else None,
            )
        )  # fmt: skip
    return shown


def plan(
    alert: Alert, contacts: Sequence[ContactStanding], saved: Plan = DEFAULT
) -> list[PlanStep]:
    """The response plan: what to do in which order, and what is done already, by itself or
    checked off under this version of the plan.
    """
    steps = _saved_steps(alert, contacts, saved) if saved.steps and saved.plan else None
    if steps is None:
        steps = _default_steps(alert, contacts)
    checked = {
        each.number
        for each in alert.checks
        if (each.plan, each.version) == (saved.plan, saved.version)
    }
    return [
        PlanStep(number=number, text=text, done=done or number in checked, contact_id=contact)
        for number, (text, done, contact) in enumerate(steps, 1)
    ]


def dispatch(found: Dispatch, people: Mapping[str, Contact], home_label: str) -> DispatchView:
    """A dispatch as the desk sees it; whoever went last stays on it when it is over."""
    last = found.offers[-1] if found.offers else None
    offer = found.offer or (last if found.state is DispatchState.LEFT else None)
    person = people.get(offer.crew.member) if offer else None
    minutes = offer.crew.minutes if offer else None
    return DispatchView(
        id=found.id, alert=found.alert, home_label=home_label, state=found.state,
        decided_at=found.decided_at, due_at=found.decided_at + ARRIVAL,
        latest_at=found.decided_at + LATEST_ARRIVAL,
        who=person.name if person else "", phone=person.phone if person else None,
        team=offer.crew.team if offer else found.team,
        minutes=None if minutes is None else round(minutes), asked=len(found.offers),
        accepted_at=found.accepted_at, set_off_at=found.set_off_at, arrived_at=found.arrived_at,
        proof=found.proof, locked_out_at=found.locked_out_at, inside_at=found.inside_at,
        left_at=found.left_at, outcome=found.outcome,
    )  # fmt: skip


_Steps = list[tuple[str, bool, str | None]]


def _saved_steps(alert: Alert, contacts: Sequence[ContactStanding], saved: Plan) -> _Steps:
    asked = {each.contact for each in alert.rungs}
    names = {each.contact_id: each.name for each in contacts}
    steps: _Steps = []
    for step in saved.steps:
        text = text_of(step)
        if step.contacts and not step.text:
            text += ": " + ", ".join(names.get(each, each) for each in step.contacts)
        only = step.contacts[0] if len(step.contacts) == 1 else None
        done = bool(step.contacts) and set(step.contacts) <= asked
        steps.append((text, done, only))
    return steps


_EQUIPMENT = ["Ring the home: is everybody well, is there power?", "Send the TEC team"]
_PLATFORM = [
    "Call whoever looks after this installation; `telecare doctor` says what is wrong",
    "Ring those who depend on it most, until it works again",
]
_RESPONDER = {
    f"{SignalKind.LONE_WORKER}.{Need.LOCKED_OUT}": "Find a key: ring the contacts of that home; "
    "else have the door opened, by 999 where a life may be at risk",
    f"{SignalKind.LONE_WORKER}.{Need.HELP}": "Ring 999 if the responder may be in danger",
    f"{SignalKind.LONE_WORKER}.{Need.SILENT}": "Ring 999 if the responder cannot be reached",
}
_DUTY = ["Read what is wrong and who can set it right", "Set it right, or find cover"]


def _default_steps(alert: Alert, contacts: Sequence[ContactStanding]) -> _Steps:
    if alert.track is not Track.CARE:
        texts = _EQUIPMENT if alert.track is Track.EQUIPMENT else _DUTY
        if alert.home == PLATFORM_HOME:
            texts = _PLATFORM
        return [(text, False, None) for text in texts]
    if needs := [text for kind, text in _RESPONDER.items() if kind in alert.kinds]:
        ring = "Ring the responder; their number stands with the job"
        return [(text, False, None) for text in (ring, *needs, "Send somebody else to them")]
    steps: _Steps = []
    fire = {f"alarm.{kind.value}" for kind in (AlarmType.SMOKE, AlarmType.HEAT)}
    if fire & set(alert.kinds):
        steps.append(("Ring the fire service on 999", False, None))
    steps.append(("Speak with the resident", False, None))
    helped = alert.state is AlertState.ATTENDING
    for contact in contacts:
        tried = contact.state not in (CallState.NOT_TRIED, CallState.RINGING)
        steps.append((f"Ring {contact.name}", tried, contact.contact_id))
    coming = any(contact.state in COMING for contact in contacts)
    last = "Send a responder, or ring 999 if life may be at risk"
    steps.append((last, helped and not coming, None))
    return steps


def timeline(
    entries: Sequence[Entry],
    *,
    staff: Mapping[str, str],
    contacts: Mapping[str, str],
    wordings: Mapping[str, str],
    signals: Mapping[str, str],
) -> list[TimelineEntry]:
    """The record of one alert in words. Each mapping fills an id in; what is erased is said."""
    shown = []
    for entry in entries:
        named = Named(entry, contacts, wordings, signals)
        actor = "the platform" if entry.actor == "platform" else staff.get(entry.actor)
        shown.append(
            TimelineEntry(
                sequence=entry.sequence, at=entry.at, act=entry.act, actor_id=entry.actor,
                actor_name=actor or contacts.get(entry.actor) or entry.actor,
                sentence=_SENTENCES[Act(entry.act)](named),
            )
        )  # fmt: skip
    return shown


class Named:
    """One entry's detail with its references filled in."""

    def __init__(
        self,
        entry: Entry,
        contacts: Mapping[str, str],
        wordings: Mapping[str, str],
        signals: Mapping[str, str],
    ) -> None:
        self._detail = entry.detail
        self._contacts = contacts
        self._wordings = wordings
        self._signals = signals

    def plain(self, key: str) -> str:
        """The detail itself; empty when it is not there."""
        value = self._detail.get(key)
        return "" if value is None else str(value)

    def words(self, key: str) -> str:
        """A key of our vocabulary as words."""
        return self.plain(key).replace("_", " ")

    @property
    def contact(self) -> str:
        """Which contact it is about."""
        return self._contacts.get(self.plain("contact"), "a contact")

    @property
    def drive(self) -> str:
        """How far somebody is, where that is known."""
        minutes = self.plain("minutes")
        return f", about {minutes} minutes away" if minutes else ""

    @property
    def channel(self) -> str:
        """By what it went, as people call it; older entries may name a way we know no more."""
        said = self.plain("channel")
        return Channel(said).words if said in set(Channel) else said.replace("_", " ")

    @property
    def call(self) -> str:
        """How the provider names the call, where it was one."""
        return f", call {self.plain('call')}" if self.plain("call") else ""

    @property
    def unit_call(self) -> str:
        """How the unit's voice call is found, where it makes one."""
        return f" Its call: {self.plain('call')}." if self.plain("call") else ""

    @property
    def text(self) -> str:
        """What somebody wrote."""
        return self._wordings.get(self.plain("text"), "[erased]")

    @property
    def signal(self) -> str:
        """Why the signal was raised."""
        return self._signals.get(self.plain("signal"), self.words("kind"))


_ANSWERS = {
    "going": "I am going.",
    "cannot": "I cannot.",
    "answered": "picked up.",
    "arrived": "has arrived.",
    "too_late": "I am going; but somebody else had the job.",
}
_WAYS = {"made": "made", "taken": "taken"}
_PROOFS = {"unit": "the resident's unit was pressed.", "code": "the home's code was shown."}

_SENTENCES: dict[Act, Callable[[Named], str]] = {
    Act.OPENED: lambda n: n.signal + n.unit_call,
    Act.JOINED: lambda n: n.signal + n.unit_call,
    Act.TOLD: lambda n: n.signal,
    Act.RAISED: lambda n: f"Rises from {n.plain('before')} to {n.plain('after')}.",
    Act.OVERDUE: lambda _: "Nobody claimed it within 60 seconds.",
    Act.ANNOUNCED: lambda n: (
        f"Called out on the desk: {n.plain('sentence') or f'And now: {n.signal}'}"
    ),
    Act.LADDER_STARTED: lambda _: "Nobody claimed it within 180 seconds: contacts are asked.",
    Act.NOBODY_REACHED: lambda _: "No contact could be reached.",
    Act.NO_TARGET: lambda n: f"Step {n.plain('step')} had nobody to ask: {n.plain('missing')}.",
    Act.TAKEN_OVER: lambda _: "The monitoring centre takes over from the staff on site.",
    Act.HELD_BACK: lambda n: f"Held back ({n.words('cause')}): {n.signal}",
    Act.SET_ASIDE: lambda n: f"Set aside while: {n.words('cause')}.",
    Act.WINDOW_OPENED: lambda n: f"Begins: {n.words('cause')}.",
    Act.WINDOW_ENDED: lambda n: f"Ends: {n.words('cause')}.",
    Act.GATHERED: lambda n: (
        f"{n.plain('members')} homes belong to it."
        if n.plain("members")
        else "Part of an incident."
    ),
    Act.SCATTERED: lambda _: "Its incident was closed: it stands by itself again.",
    Act.CHECKED: lambda n: f"Done: step {n.plain('step')} of the plan.",
    Act.UNCHECKED: lambda n: f"Not done after all: step {n.plain('step')} of the plan.",
    Act.PLAN_SAVED: lambda n: f"Version {n.plain('version')} of a plan was saved.",
    Act.PLAN_ENDED: lambda _: "A plan was ended.",
    Act.SHIFT_ADDED: lambda n: f"The shift {n.plain('shift')} was added.",
    Act.SHIFT_ENDED: lambda n: f"The shift {n.plain('shift')} ends on {n.plain('last_day')}.",
    Act.CONTACT_ADDED: lambda n: f"{n.plain('contact')} is a contact from now on.",
    Act.CONTACT_CHANGED: lambda n: (
        f"Of the contact {n.plain('contact')} was changed: {n.words('what')}."
    ),
    Act.CONSENT_GIVEN: lambda n: (
        f"{n.plain('contact')} may be told: {n.words('what') or 'nothing'}."
    ),
    Act.MEMBER_CHANGED: lambda n: f"Of {n.plain('member')} was changed: {n.words('what')}.",
    Act.MEMBER_LEFT: lambda n: f"{n.plain('member')} left the team.",
    Act.ARRANGED: lambda n: f"A new {n.words('what')}: {n.plain('arranged')}.",
    Act.SHARING_AGREED: lambda n: f"{n.plain('person')} lets other systems read.",
    Act.SHARING_WITHDRAWN: lambda n: f"{n.plain('person')} lets no other system read any more.",
    Act.COVERED: lambda n: (
        f"The turn {n.plain('shift')} of {n.plain('day')} goes to {n.plain('member') or 'nobody'}."
    ),
    Act.EXPECTED: lambda n: f"Expected from now on: {n.words('what')}.",
    Act.EXPECTED_NO_MORE: lambda n: f"Expected no more: {n.words('what')}.",
    Act.CONFIRMED: lambda n: f"Somebody said that it happened: {n.words('what')}.",
    Act.CALLED: lambda n: f"Rung about {n.words('what')}: {n.words('outcome')}.",
    Act.PROMPT_RUNG: lambda n: (
        f"The platform rings about {n.words('what')}, call {n.plain('call')}."
    ),
    Act.PROMPT_UNREACHED: lambda n: f"Nobody picked up: {n.words('what')}.",
    Act.PROMPT_ANSWERED: lambda n: f"They pressed {n.plain('key')}: {n.words('answer')}.",
    Act.LEFT_TO_PEOPLE: lambda n: f"Left to people: {n.words('why')}.",
    Act.TELEPHONE_CHANGED: lambda n: f"The telephone of {n.plain('person')} was changed.",
    Act.HOME_ADDED: lambda n: f"{n.plain('home')} is a home from now on.",
    Act.HOME_CHANGED: lambda n: f"Of the home was changed: {n.words('what')}.",
    Act.RESIDENT_ADDED: lambda n: f"{n.plain('person')} is a resident from now on.",
    Act.RESIDENT_CHANGED: lambda n: (
        f"Of the resident {n.plain('person')} was changed: {n.words('what')}."
    ),
    Act.PACKAGE_ARRANGED: lambda n: f"A package ({n.words('kind')}) until {n.plain('ends')}.",
    Act.PACKAGE_DUE: lambda n: f"On the list of calls: {n.words('what')}.",
    Act.PACKAGE_OVER: lambda n: f"A package ({n.words('kind')}) is over.",
    Act.PLANS_CHECKED: lambda n: f"All plans were checked: {n.plain('faults')} faults.",
    Act.FORGOTTEN: lambda _: "What was kept long enough was forgotten.",
    Act.ERASURE_ASKED: lambda n: f"Asked to erase the data of {n.plain('person')}.",
    Act.ERASED: lambda n: f"The data of {n.plain('person')} were erased.",
    Act.LEGAL_HOLD_BEGUN: lambda _: "Nothing about this home may be erased.",
    Act.LEGAL_HOLD_LIFTED: lambda _: "The legal hold was lifted.",
    Act.EXPORTED: lambda n: f"The data of {n.plain('person')} were handed out.",
    Act.RUNG: lambda n: f"{n.contact} is asked by {n.channel}.",
    Act.DELIVERED: lambda n: f"The {n.channel} to {n.contact} has left{n.call}.",
    Act.RECEIVED: lambda n: f"The {n.channel} to {n.contact} has arrived.",
    Act.UNDELIVERED: lambda n: f"{n.contact} was not told: {n.plain('failure') or n.text}",
    Act.NO_ANSWER: lambda n: f"{n.contact} did not answer in time.",
    Act.ANSWERED: lambda n: f"{n.contact}: {_ANSWERS[n.plain('answer')]}",
    Act.CLAIMED: lambda _: "Claimed.",
    Act.RELEASED: lambda _: "Given back to the queue.",
    Act.HANDED_OVER: lambda n: f"Handed over to {n.plain('to')}.",
    Act.REMINDED: lambda _: "Its owner was reminded.",
    Act.FREED: lambda _: "Back in the queue: its owner did nothing in spite of reminders.",
    Act.NOTED: lambda n: n.text,
    Act.CALL_NOTED: lambda n: f"Call {_WAYS[n.plain('way')]}, reference {n.text}.",
    Act.CALL_LISTENED: lambda _: "Its calls were listened to.",
    Act.ATTENDING: lambda n: f"On the way: {n.text}",
    Act.WATCHED: lambda n: f"Check again in {n.plain('minutes')} minutes.",
    Act.WATCH_ENDED: lambda _: "Time to check again.",
    Act.LEFT_ALONE: lambda _: "Whoever was on the way cannot come after all.",
    Act.DISPATCHED: lambda _: "A responder is to be sent: the nearest is sought.",
    Act.OFFERED: lambda n: f"{n.contact} is offered the job{n.drive}.",
    Act.UNMANNED: lambda n: f"No responder can go; {n.plain('asked')} were asked.",
    Act.DISPATCH_LATE: lambda n: f"{n.plain('minutes')} minutes after the decision to send.",
    Act.SET_OFF: lambda n: f"{n.contact} has set off.",
    Act.ARRIVAL_PROVED: lambda n: f"{n.contact} is there: {_PROOFS[n.plain('proof')]}",
    Act.NOT_THERE: lambda n: f"{n.contact} is not there yet; the press was not theirs.",
    Act.WRONG_CODE: lambda n: f"{n.contact} typed a code that is not the home's.",
    Act.LOCKED_OUT: lambda n: f"{n.contact} cannot get in: see their alert.",
    Act.ENTERED: lambda n: f"{n.contact} is with the resident.",
    Act.LEFT: lambda n: f"{n.contact} has left: {n.words('outcome')}. {n.text}",
    Act.CALLED_OFF: lambda _: "The responder was called off.",
    Act.SAFETY_ASKED: lambda n: f"{n.contact} is asked whether they are safe.",
    Act.SAFE: lambda n: f"{n.contact} is safe.",
    Act.SAFETY_SILENT: lambda n: f"{n.contact} did not say that they are safe: see their alert.",
    Act.HELP_WANTED: lambda n: f"{n.contact} asks for help: see their alert.",
    Act.RESOLVED: lambda n: f"Closed: {n.words('outcome')}. {n.text}",
    Act.LOOKED: lambda _: "Looked at the alert and the resident's card.",
    Act.KEYSAFE_REVEALED: lambda _: "Revealed the keysafe code.",
    Act.SIGNED_IN: lambda _: "Signed in.",
    Act.SECOND_FACTOR_SET: lambda _: "Set up a second factor.",
    Act.SIGNED_OUT: lambda _: "Signed out.",
    Act.TUNING_ASKED: lambda n: f"Asked to try {n.words('setting')} at {n.plain('after')}.",
    Act.TUNING_PROPOSED: lambda n: f"Proposed: {n.words('setting')} to {n.plain('after')}.",
    Act.TUNING_ACCEPTED: lambda n: f"Accepted: {n.words('setting')} to {n.plain('after')}.",
    Act.TUNING_DECLINED: lambda n: f"Declined: {n.words('setting')} to {n.plain('after')}.",
    Act.TUNING_APPLIED: lambda n: f"In force: {n.words('setting')} {n.plain('after')}.",
}

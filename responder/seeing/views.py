"""What pages and JSON show of the duty: plain frozen records, no behaviour.

All times are aware UTC. Words come from `telecare.vocabulary`; a page translates nothing.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from responder.callout.dispatch import DispatchState, Proof
from responder.outgoing.call_references import CallReference
from responder.whom.people import Channel, HomeCard
from telecare.messages import Signal
from telecare.vocabulary import (
    AlertState,
    CallState,
    FalseAlarmCause,
    Outcome,
    Priority,
)


class AlertLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the live queue; `Desk.queue` returns them in the order to be shown."""

    id: str
    org: str
    home: str
    home_label: str
    """Where: an address line or a flat's number."""
    resident_label: str
    """Who, as the desk speaks of them; empty when the home has nobody on file."""
    state: AlertState
    priority: Priority
    rank: int
    """The field's order of kinds within one priority: smoke before a silent call; 0 first."""
    reason: str
    """Why it has this priority: "second press in 4 minutes, no answer to the first"."""
    sentence: str
    """What happened, in one sentence: the `why` of its leading signal."""
    kinds: list[str]
    """What its signals are, oldest first, each once: "alarm.pendant", "fall", ..."""
    signal_count: int
    opened_at: datetime
    """When we took in its first signal; both clocks below count from here."""
    answer_due_at: datetime
    """`opened_at` + 60 s: to be claimed by then."""
    answer_breach_at: datetime
    """`opened_at` + 180 s: by then 99 % must be claimed; the contact ladder starts by itself."""
    overdue: bool
    """Nobody claimed it in time; it stands first among its priority until somebody does."""
    owner_id: str | None
    owner_name: str | None
    claimed_at: datetime | None
    first_claimed_at: datetime | None
    """When it was answered for the first time: what the indicators count."""
    next_step: str
    """What happens next if nobody acts, in words."""
    next_due_at: datetime | None
    """When `next_step` happens; None only when resolved."""
    announcement: str | None
    """The last thing called out on the desk about it."""
    announced_at: datetime | None
    """Changes with every announcement: a page sounds when it does."""
    changed: int
    """Sequence in the organisation's record of its last change."""
    late: bool
    """Its leading signal happened well before we learnt of it."""
    outcome: Outcome | None = None
    false_alarm_cause: FalseAlarmCause | None = None
    resolved_at: datetime | None = None
    incident: str | None = None
    """Id of the incident's alert it belongs to."""
    members: int = 0
    """Of an incident's alert: how many alerts belong to it."""
    windows: list[str] = []
    """What holds some of the home's signals back now, in words."""
    calls: list[CallReference] = []
    """Of a closed alert in the history: the telephone calls about it."""


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One act on an alert, as the record has it, with what it points to filled in."""

    sequence: int
    at: datetime
    act: str
    """A member of `responder.kept.record.Act`."""
    actor_id: str
    actor_name: str
    sentence: str
    """The act in words, note texts included while they are kept."""


class ContactStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Where we stand with one contact on this alert."""

    contact_id: str
    name: str
    relation: str
    position: int
    """Order on the ladder, 1 first."""
    keyholder: bool
    channels: list[Channel]
    """Ways we can reach them now; empty means: only by the telephone on your desk."""
    phone: str | None
    minutes_away: int | None
    state: CallState
    since: datetime | None
    """When `state` began; None while not tried."""
    deadline: datetime | None
    """While ringing: when it counts as no answer."""


class PlanStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the response plan, in the order to be done."""

    number: int
    text: str
    done: bool
    contact_id: str | None = None
    """The contact this step rings, if it does."""


class AlertDetail(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the desk shows of one opened alert."""

    line: AlertLine
    signals: list[Signal]
    """Oldest first, each openable by itself."""
    timeline: list[TimelineEntry]
    contacts: list[ContactStanding]
    plan: list[PlanStep]
    card: HomeCard
    """The resident card without the keysafe code."""
    dispatches: list[DispatchView] = []
    """Every decision to send a responder, oldest first; of a responder's own alert: their job."""
    calls: list[CallReference] = []
    """The telephone calls about it, oldest first."""


class RecordLine(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the audit record, exactly as it is chained."""

    sequence: int
    at: datetime
    act: str
    actor: str
    alert: str | None
    detail: dict[str, str | int | float | bool | None]
    """References and numbers only; personal data stands elsewhere."""
    hash: str
    """Hex SHA-256 over this entry and the hash of the one before."""


class ChainReport(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an organisation's record is whole."""

    org: str
    entries: int
    whole: bool
    broken_at: int | None
    """The first sequence that does not follow from the one before; None when whole."""
    head: str
    """Hash of the last entry: keep it elsewhere, and truncation shows too."""


class DispatchView(msgspec.Struct, frozen=True, kw_only=True):
    """A responder being sent to an alert's home, as the desk sees it."""

    id: str
    alert: str
    """What they are sent for; not the alert that shows it, where that is the responder's own."""
    home_label: str
    state: DispatchState
    decided_at: datetime
    """The clocks run from here."""
    due_at: datetime
    """45 minutes after it: nine of ten are there by then."""
    latest_at: datetime
    """60 minutes after it."""
    who: str
    """Who is asked or goes; empty while nobody is."""
    phone: str | None
    team: str
    minutes: int | None
    """About how long the drive takes."""
    asked: int
    """How many crews were asked so far."""
    accepted_at: datetime | None
    set_off_at: datetime | None
    arrived_at: datetime | None
    proof: Proof | None
    locked_out_at: datetime | None
    inside_at: datetime | None
    left_at: datetime | None
    outcome: Outcome | None


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """What a responder sees of the job they were offered. Never holds a code."""

    state: DispatchState
    mine: bool
    """They have it, or are the one who is asked now."""
    language: str
    """What we write and speak to them in."""
    open_to_me: bool
    """They may take it."""
    over: bool
    """Nothing is asked of them any more."""
    name: str
    sentence: str
    """What happened, in one sentence."""
    resident_label: str
    home_label: str
    place: tuple[float, float] | None
    """Latitude and longitude, for the way there."""
    access: str
    hazards: list[str]
    speaking: str
    has_keysafe: bool
    minutes: int | None
    time_zone: str
    decided_at: datetime
    due_at: datetime
    arrived_at: datetime | None
    proof: Proof | None
    locked_out_at: datetime | None
    inside_at: datetime | None
    left_at: datetime | None
    asked_safe_at: datetime | None
    """While set, they are asked whether they are safe."""
    ask_safe_at: datetime | None
    """When they are asked next."""
    wrong_codes: int


class JobSheet(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody whose work it is must know to get there and in. Never holds a code."""

    home_label: str
    access: str
    hazards: list[str]
    speaking: str
    has_keysafe: bool


class LinkView(msgspec.Struct, frozen=True, kw_only=True):
    """What the holder of a contact's link may see: as little as helps them decide."""

    contact_name: str
    resident_label: str
    sentence: str
    """Without a diagnosis: "We could not reach Resident A. Can you go?\""""
    state: CallState
    over: bool
    """Somebody else is going or it is closed: nothing is asked any more."""
    language: str = "en"
    """What its holder is written to in."""
    job: JobSheet | None = None
    """For responders only, as long as something is asked of them."""

"""Looking at the duty: the queue, an alert, its history, the record.

Every look stays within the actor's organisation: an id of another organisation is
`NotFound`, as if it did not exist.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from responder.arriving import suppression
from responder.arriving.triage import Track
from responder.kept import record
from responder.kept.record import Act
from responder.life.alerts import Alert
from responder.outgoing.call_references import CallReference, calls_of
from responder.outgoing.links import Links
from responder.seeing import showing
from responder.seeing.views import (
    AlertDetail,
    AlertLine,
    ChainReport,
    ContactStanding,
    DispatchView,
    PlanStep,
    RecordLine,
)
from responder.store import Reads, Works, dispatches, timed
from responder.store.reads import Kept
from responder.whom import plans
from responder.whom.people import OFFICE, Channel, Directory, HomeCard, is_member
from telecare.clock import Clock
from telecare.errors import NotFound
from telecare.messages import Signal
from telecare.store.session import Database
from telecare.tenancy import PLATFORM, Actor
from telecare.vocabulary import Role, SignalKind

DESK = (Role.OPERATOR, Role.SUPERVISOR)
WALK_AGAIN = timedelta(hours=12)
"""A record is walked whole at the first look after so long: a county's has tens of millions of
entries, and its page is opened to read the last few."""


class Looks:
    """Reads of the duty for pages, JSON and tests alike."""

    def __init__(
        self,
        works: Works,
        reads: Reads,
        directory: Directory,
        links: Links,
        channels: Collection[Channel],
        clock: Clock,
    ) -> None:
        self._works = works
        self._reads = reads
        self._directory = directory
        self._links = links
        self._channels = channels
        self._clock = clock
        self._whole: dict[str, tuple[datetime, int, str]] = {}
        """By organisation: when its record was last walked from the first entry on, and up to which
        (sequence, hash) it is whole."""

    @property
    def database(self) -> Database:
        """Where the duty is kept."""
        return self._works.database

    def has_channel(self, channel: Channel) -> bool:
        """Whether this installation can reach people that way."""
        return channel in self._channels

    def queue(self, actor: Actor) -> list[AlertLine]:
        """All open alerts in the order to work them: priority, overdue first, then the field's
        order of kinds, then age. The TEC team sees equipment only, and nobody's name.
        """
        actor.require(*DESK, Role.TEC)
        kept = [k for k in self._reads.open_alerts(actor.org) if may_see(actor, k.alert)]
        kept.sort(key=lambda each: showing.queue_order(each.alert))
        return self._lines(actor, kept)

    def line(self, actor: Actor, alert: str) -> AlertLine:
        """One alert's line, open or resolved. Not a recorded look: it is what the queue shows."""
        actor.require(*DESK, Role.TEC)
        return self._line(actor, self._seen(actor, alert))

    def lines(self, actor: Actor, alerts: Sequence[str]) -> list[AlertLine]:
        """Lines of these alerts (open or resolved), for the live stream; unknown ids are left
        out.
        """
        actor.require(*DESK, Role.TEC)
        kept = self._reads.alerts(actor.org, alerts)
        return self._lines(actor, [each for each in kept if may_see(actor, each.alert)])

    def open_alert(self, actor: Actor, alert: str, *, again: bool = False) -> AlertDetail:
        """The whole alert. Looking is an act: it goes on record first, unless it is `again` the
        same look, of a page that follows its changes.
        """
        actor.require(*DESK, Role.TEC)
        kept = self._seen(actor, alert)
        if not again:
            with self._works.begin(self._clock.now()) as work:
                work.done_by(actor, Act.LOOKED, alert=alert)
        org, home = actor.org, kept.alert.home
        card = self._directory.card(org, home)
        contacts = list(self._directory.contacts(org, home))
        if actor.role is Role.TEC:
            contacts = []
            card = HomeCard(org=org, home=home, home_label=card.home_label, resident_label="")
        signals = self._reads.signals(org, alert)
        asked = {each.contact for each in kept.alert.rungs}
        if actor.role is not Role.TEC:
            everyone = self._directory.everyone(org, home)
            contacts += [p for p in everyone if is_member(p.id) and p.id in asked]
        standings = showing.standings(kept.alert, contacts, self._channels)
        entries, wordings = (
            self._reads.entries(org, alert=alert, limit=2000), self._reads.wordings(org, alert),
        )  # fmt: skip
        return AlertDetail(
            line=self._line(actor, kept),
            signals=signals,
            timeline=showing.timeline(
                entries,
                staff=self._reads.staff(org),
                contacts={each.id: each.name for each in contacts},
                wordings=wordings,
                signals={each.id: each.why for each in signals},
            ),
            calls=calls_of(entries, wordings),
            contacts=standings,
            plan=self._plan(kept.alert, standings),
            card=msgspec.structs.replace(card, windows=self._windows(actor).get(home, [])),
            dispatches=[] if actor.role is Role.TEC else self._dispatches(kept.alert, signals),
        )

    def look_at_home(self, actor: Actor, home: str) -> None:
        """Somebody opens a home's record, or how it is judged, outside any alert: it goes on
        record first.
        """
        actor.require(*DESK, Role.TEC)
        with self._works.begin(self._clock.now()) as work:
            work.done_by(actor, Act.LOOKED, home=home)

    def look_at_list(self, actor: Actor, what: str) -> None:
        """Somebody opens a list that names residents or where they live: on record first."""
        actor.require(*DESK)
        with self._works.begin(self._clock.now()) as work:
            work.done_by(actor, Act.LOOKED, list=what)

    def changes(self, actor: Actor, home: str, since: datetime) -> list[Signal]:
        """The changed habits that were signalled of a home, oldest first. Part of a look at the
        home, which the caller has recorded.
        """
        actor.require(*DESK)
        return self._reads.home_signals(actor.org, home, SignalKind.ROUTINE, since)

    def signed(self, actor: Actor, *, out: bool = False) -> None:
        """Somebody signed in, or out: on record before they are let in."""
        with self._works.begin(self._clock.now()) as work:
            work.staff(actor.org, actor.id, actor.name)
            act = Act.SIGNED_OUT if out else Act.SIGNED_IN
            work.write(act, org=actor.org, actor=actor.id, alert=None)

    def seated(self, actor: Actor, act: Literal[Act.LOCKED, Act.UNLOCKED]) -> None:
        """Somebody left their desk or came back to it: on record."""
        with self._works.begin(self._clock.now()) as work:
            work.staff(actor.org, actor.id, actor.name)
            work.write(act, org=actor.org, actor=actor.id, alert=None)

    def guessed_at(self, org: str, person: str) -> None:
        """Somebody guesses at this person's password from many places: on record, and called
        out, for a supervisor to ask the person and look where they sign in.
        """
        now = self._clock.now()
        with self._works.begin(now) as work:
            work.write(Act.GUESSED_AT, org=org, actor=PLATFORM, alert=None, person=person)
            timed.concern(work, _guessing(org, person, now))

    def second_factor_set(self, actor: Actor) -> None:
        """Somebody's authenticator is in force from now on: on record."""
        with self._works.begin(self._clock.now()) as work:
            work.done_by(actor, Act.SECOND_FACTOR_SET)

    def history(
        self,
        actor: Actor,
        *,
        home: str | None = None,
        before: datetime | None = None,
        past: tuple[datetime, str] | None = None,
        limit: int = 100,
    ) -> list[AlertLine]:
        """Resolved alerts, last resolved first; page on by `past` = `resolved_at` and id of the
        last one shown.
        """
        actor.require(*DESK, Role.TEC)
        track = Track.EQUIPMENT if actor.role is Role.TEC else None
        found = self._reads.resolved(
            actor.org, home=home, track=track, before=before, past=past, limit=limit
        )
        shown = self._lines(actor, found)
        calls = self._calls(actor, [each.id for each in shown])
        return [msgspec.structs.replace(line, calls=calls.get(line.id, [])) for line in shown]

    def _calls(self, actor: Actor, alerts: Sequence[str]) -> dict[str, list[CallReference]]:
        """By alert, for those that have any: the telephone calls about it."""
        found: dict[str, list[record.Entry]] = {}
        for entry in self._reads.call_entries(actor.org, alerts):
            found.setdefault(entry.alert or "", []).append(entry)
        typed = {each for each, own in found.items() if any(e.act == Act.CALL_NOTED for e in own)}
        return {
            alert: calls_of(
                entries, self._reads.wordings(actor.org, alert) if alert in typed else {}
            )
            for alert, entries in found.items()
        }

    def changes_after(self, org: str, sequence: int, limit: int = 500) -> tuple[int, list[str]]:
        """The sequence read up to, and the alerts changed after `sequence`, each once.

        Nothing new returns `(sequence, [])`. For the live stream, which has already checked
        its actor.
        """
        return self._reads.changed_after(org, sequence, limit)

    def sequence(self, org: str) -> int:
        """The record's last sequence in `org`; 0 when empty. Take it before `queue` to
        follow without a gap.
        """
        return self._reads.sequence(org)

    def record(
        self, actor: Actor, *, after: int = 0, alert: str | None = None, limit: int = 500
    ) -> list[RecordLine]:
        """Entries of the audit record in order. Needs auditor or supervisor."""
        actor.require(Role.AUDITOR, Role.SUPERVISOR)
        entries = self._reads.entries(actor.org, after=after, alert=alert, limit=limit)
        return [
            RecordLine(
                sequence=each.sequence, at=each.at, act=each.act, actor=each.actor,
                alert=each.alert, detail=each.detail, hash=each.hash,
            )
            for each in entries
        ]  # fmt: skip

    def verify_chain(self, org: str, *, anew: bool = False) -> ChainReport:
        """Whether the organisation's record is whole. Every hash is computed again when it is to
        be `anew`, and when that was `WALK_AGAIN` ago or never here; else those of what was added.
        """
        now = self._clock.now()
        since, sequence, head = self._whole.get(org, (now - WALK_AGAIN, 0, record.GENESIS))
        last = [each.hash for each in self._reads.entries(org, after=sequence - 1, limit=1)]
        if anew or now - since >= WALK_AGAIN or last != [head]:
            since, sequence, head = now, 0, record.GENESIS
        report = chain_report(self._reads, org, (sequence, head))
        if report.whole:
            self._whole[org] = since, report.entries, report.head
        return report

    def _dispatches(self, alert: Alert, signals: Sequence[Signal]) -> list[DispatchView]:
        """Those of the alert; of a responder's own alert, of the job it is about."""
        about = alert.id
        for signal in signals:
            if signal.kind is SignalKind.LONE_WORKER:
                about = str(signal.evidence.facts.get("alert", about))
        found = dispatches.history(self._works.database, alert.org, about)
        people = {each.id: each for each in self._directory.everyone(alert.org, alert.home)}
        return [
            showing.dispatch(each, people, self._directory.card(each.org, each.home).home_label)
            for each in found
        ]

    def _seen(self, actor: Actor, alert: str) -> Kept:
        kept = self._reads.alert(actor.org, alert)
        if not may_see(actor, kept.alert):
            raise NotFound(f"There is no alert {alert}.")
        return kept

    def _line(self, actor: Actor, kept: Kept) -> AlertLine:
        return self._lines(actor, [kept])[0]

    def _lines(self, actor: Actor, kept: Sequence[Kept]) -> list[AlertLine]:
        windows = self._windows(actor) if any(k.alert.is_open for k in kept) else {}
        with_resident = actor.role is not Role.TEC
        return [
            showing.line(
                each, self._directory.card(actor.org, each.alert.home),
                windows=windows.get(each.alert.home, []), with_resident=with_resident,
            )
            for each in kept
        ]  # fmt: skip

    def _windows(self, actor: Actor) -> dict[str, list[str]]:
        """By home: the windows that hold now, in words; to the TEC team those of equipment."""
        now = self._clock.now()
        shown: dict[str, list[str]] = {}
        for window in timed.windows.of_org(self._works.database, actor.org):
            if window.is_active(now) and actor.role in suppression.may_say(window.cause):
                shown.setdefault(window.home, []).append(window.sentence)
        return shown

    def _plan(
        self, alert: Alert, contacts: Sequence[ContactStanding] | None = None
    ) -> list[PlanStep]:
        if contacts is None:
            found = self._directory.contacts(alert.org, alert.home)
            contacts = showing.standings(alert, found, self._channels)
        saved = plans.shown(
            self._directory.plan(alert.org, alert.home, alert.leading), alert.leading
        )
        return showing.plan(alert, contacts, saved)


def _guessing(org: str, person: str, now: datetime) -> Signal:
    return Signal(
        id=f"guessing-{person}-{int(now.timestamp())}", org=org, home=OFFICE,
        kind=SignalKind.DUTY, type="guessing", occurred_at=now, raised_at=now, source="responder",
        why=f"Somebody guesses at the password of the account {person} from many places. They can "
        "go on with browsers they used before; tell your supervisor.",
    )  # fmt: skip


def may_see(actor: Actor, alert: Alert) -> bool:
    """The TEC team sees alerts of equipment only."""
    return actor.role is not Role.TEC or alert.track is Track.EQUIPMENT


def chain_report(
    reads: Reads, org: str, known: tuple[int, str] = (0, record.GENESIS)
) -> ChainReport:
    """Whether the organisation's record is whole to its head: from its first entry, or from the
    one that is `known` (sequence, hash) to follow from all before it.
    """
    written = reads.sequence(org)  # before the entries: what is added meanwhile is not missing
    count, head = known
    for entry in reads.all_entries(org, after=count):
        broken = record.first_broken([entry], before=(count, head))
        if broken is not None:
            return ChainReport(org=org, entries=count, whole=False, broken_at=broken, head=head)
        count, head = entry.sequence, entry.hash
    whole = count >= written
    return ChainReport(
        org=org, entries=count, whole=whole, broken_at=None if whole else count + 1, head=head
    )

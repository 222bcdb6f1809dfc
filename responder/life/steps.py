"""Due steps are taken: decided by `escalation`, written down with their effects at once."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from responder.arriving.triage import Track
from responder.callout import dispatching
from responder.clockwork.lost_time import LostTime
from responder.clockwork.stumbling import tried
from responder.clockwork.timekeeping import Timekeeping
from responder.kept.record import Act
from responder.life import escalation
from responder.life.alerts import Alert
from responder.life.decision import (
    Announce,
    Decision,
    NoAnswer,
    NoTarget,
    Raised,
    Reason,
    Ring,
    Send,
)
from responder.outgoing.links import Links
from responder.outgoing.outbox import LADDER
from responder.outgoing.ringing import ring
from responder.store import Leases, Work, Works
from responder.store.leases import Lease
from responder.store.timed import concern
from responder.whom.people import Channel, Directory
from responder.whom.planning import Planning
from telecare.clock import Clock
from telecare.crash import crash_at
from telecare.messages import Signal
from telecare.tenancy import PLATFORM
from telecare.vocabulary import SignalKind

BATCH = 50

_ACT_OF_REASON = {
    Reason.UNCLAIMED: Act.OVERDUE,
    Reason.LADDER_STARTED: Act.LADDER_STARTED,
    Reason.NOBODY_REACHED: Act.NOBODY_REACHED,
    Reason.UNTOUCHED: Act.REMINDED,
    Reason.ABANDONED: Act.FREED,
    Reason.WATCH_ENDED: Act.WATCH_ENDED,
    Reason.TAKEN_OVER: Act.TAKEN_OVER,
}


class Steps:
    """Takes what is due. Several processes may: each due row goes to one of them."""

    def __init__(
        self,
        works: Works,
        leases: Leases,
        directory: Directory,
        links: Links,
        channels: Collection[Channel],
        clock: Clock,
        planning: Planning,
        timekeeping: Timekeeping,
    ) -> None:
        self._planning = planning
        self._works = works
        self._leases = leases
        self._directory = directory
        self._links = links
        self._channels = channels
        self._clock = clock
        self._timekeeping = timekeeping

    def step(self) -> int:
        """Take at most one batch of due steps, most urgent first; how many were taken."""
        lost = self._timekeeping.look(self._clock.now())
        leases = self._leases.due_alerts(self._clock.now(), BATCH)
        if not leases:
            return 0
        crash_at("after_lease")
        taken = tried("steps", partial(self._take, leases, lost))
        if taken is None:
            # One alert we fail at holds up no other: it comes back when its lease has ended,
            # and the auditor names it.
            taken = sum(
                tried("steps", partial(self._take, [each], lost), org=each.org, alert=each.id) or 0
                for each in leases
            )
        return taken

    def _take(self, leases: list[Lease], lost: LostTime | None = None) -> int:
        now = self._clock.now()
        taken = 0
        with self._works.begin(now) as work:
            held = self._leases.held(work, leases)
            for alert in work.alerts(held) if held else []:
                crash_at(f"step_of_{alert.home}")
                course = self._planning.course(alert, now)
                decision = escalation.decide(alert, now, course, lost)
                if decision.reason is not Reason.NOT_DUE:
                    self._apply(work, decision)
                    taken += 1
                elif decision.alert != alert:
                    work.put(decision.alert)  # nobody need know of it, and its time is another
            crash_at("before_step_commit")
        crash_at("after_step_commit")
        return taken

    def _apply(self, work: Work, decision: Decision) -> None:
        alert = decision.alert
        act = _ACT_OF_REASON.get(decision.reason)
        if act is not None:
            work.write(act, org=alert.org, actor=PLATFORM, alert=alert.id)
        work.put(alert)
        for effect in decision.effects:
            if isinstance(effect, Announce):
                work.write(
                    Act.ANNOUNCED, org=alert.org, actor=PLATFORM, alert=alert.id,
                    reason=decision.reason.value, sentence=effect.sentence,
                )  # fmt: skip
            elif isinstance(effect, Ring):
                self._ring(work, alert, effect)
            elif isinstance(effect, Send):
                dispatching.begin(work, alert, PLATFORM, team=effect.team, answers=effect.answers)
            elif isinstance(effect, NoAnswer):
                work.write(
                    Act.NO_ANSWER, org=alert.org, actor=PLATFORM, alert=alert.id,
                    contact=effect.contact,
                )  # fmt: skip
            elif isinstance(effect, NoTarget):
                self._tell_no_target(work, alert, effect)
            elif isinstance(effect, Raised):
                work.write(
                    Act.RAISED, org=alert.org, actor=PLATFORM, alert=alert.id,
                    before=effect.before.value, after=effect.after.value,
                )  # fmt: skip

    def _tell_no_target(self, work: Work, alert: Alert, effect: NoTarget) -> None:
        """On the record of the alert, and a fault of ours for the supervisors, once a day."""
        work.write(
            Act.NO_TARGET, org=alert.org, actor=PLATFORM, alert=alert.id, step=effect.number,
            missing=effect.missing,
        )  # fmt: skip
        if alert.track is Track.DUTY or alert.home.startswith("_"):
            return
        if not self._channels:  # nobody can be reached anywhere: `telecare doctor` says it once
            return
        concern(
            work,
            Signal(
                id=f"no-target-{alert.home}-{effect.number}-{work.now:%Y%m%d}", org=alert.org,
                home=alert.home, kind=SignalKind.DUTY, type="plan", occurred_at=work.now,
                raised_at=work.now, source="responder",
                why=f"Step {effect.number} of a plan had nobody to ask: {effect.missing}.",
            ),
        )  # fmt: skip

    def _ring(self, work: Work, alert: Alert, effect: Ring) -> None:
        contacts = self._directory.everyone(alert.org, alert.home)
        contact = next(each for each in contacts if each.id == effect.contact)
        ring(
            work, self._links, self._channels, alert, contact,
            step="on-site" if effect.on_site else f"{LADDER}{effect.cycle}", actor=PLATFORM,
        )  # fmt: skip

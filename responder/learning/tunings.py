"""Changing how a home is judged: asked, rehearsed, decided by a person, then applied.

Nothing is applied in silence: every step is in the audit record, whoever took it. A
decision is kept first and the home's settings follow from it, so that a crash in between
delays the change and never hides it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import msgspec

from responder.clockwork.apart import Apart
from responder.clockwork.in_hand import InHand
from responder.clockwork.stumbling import put_off
from responder.kept.record import Act
from responder.store import Work, Works, timed
from responder.store import tunings as rows
from responder.store.tunings import Tuning, TuningReads
from telecare.clock import Clock
from telecare.crash import crash_at
from telecare.dials import dial
from telecare.errors import Conflict, NotFound
from telecare.messages import Fired, Rehearsal, RehearsalRequest
from telecare.register.homes import Homes
from telecare.register.secrets import new_id
from telecare.store.lane import LaneReader
from telecare.tenancy import PLATFORM, Actor
from telecare.vocabulary import Role, TuningState

TUNERS = (Role.SUPERVISOR, Role.TEC)
"""Roles that decide how a home is judged."""
REHEARSALS = "rehearsals-"
"""How the lanes with the detectors' answers are named."""
HOLDS_FOR = timedelta(days=14)
"""A rehearsal older than this says nothing of the last four weeks any more."""
_BATCH = 50


class Tunings:
    """Acts on tunings, and the following of the detectors' answers. Thread-safe but `step`."""

    def __init__(
        self,
        works: Works,
        reads: TuningReads,
        detectors: LaneReader,
        homes: Homes,
        clock: Clock,
        in_hand: InHand | None = None,
    ) -> None:
        self._works, self._reads = works, reads
        self._detectors = detectors
        self._homes = homes
        self._clock = clock
        self._read_to: dict[str, int] = {}
        self._apart = Apart("tunings", works, clock, in_hand=in_hand)

    # what people do

    def ask(self, actor: Actor, home: str, detector: str, setting: str, value: float) -> Tuning:
        """Ask what another value would have done. Raises `InvalidInput` for a setting or a
        value nobody may choose, `NotFound` for the home.
        """
        actor.require(*TUNERS)
        self._homes.home(actor.org, home)
        dial(detector, setting).checked(value)
        now = self._clock.now()
        tuning = Tuning(
            id=new_id("tuning"), org=actor.org, home=home, detector=detector, setting=setting,
            state=TuningState.ASKED, asked_by=actor.id, asked_at=now, after=value,
        )  # fmt: skip
        with self._works.begin(now) as work:
            work.staff(actor.org, actor.id, actor.name)
            rows.add(work, tuning)
            _write(work, Act.TUNING_ASKED, tuning, actor.id)
            work.say([
                RehearsalRequest(
                    id=tuning.id, org=actor.org, home=home, detector=detector, setting=setting,
                    value=value, at=now,
                )
            ])  # fmt: skip
        return tuning

    def decide(self, actor: Actor, tuning: str, *, accept: bool) -> Tuning:
        """Accept or decline what has been rehearsed. Raises `Conflict` when it is decided
        already, not rehearsed, too old, or the setting was changed since.
        """
        actor.require(*TUNERS)
        with self._works.begin(self._clock.now()) as work:
            found = rows.locked(work, actor.org, tuning)
            if found is None:
                raise NotFound(f"There is no tuning {tuning}.")
            if found.state is not TuningState.PROPOSED or found.rehearsal is None:
                raise Conflict(f"It is {found.state.value}, so there is nothing to decide.")
            if accept:
                self._require_current(found, found.rehearsal)
            work.staff(actor.org, actor.id, actor.name)
            state = TuningState.ACCEPTED if accept else TuningState.DECLINED
            decided = msgspec.structs.replace(
                found, state=state, decided_by=actor.id, decided_at=work.now
            )
            rows.change(work, decided)
            _write(work, Act.TUNING_ACCEPTED if accept else Act.TUNING_DECLINED, decided, actor.id)
        crash_at("after_tuning_decision")
        if accept:
            self._apply(decided)
        return self._reads.tuning(actor.org, tuning)

    def of_home(self, actor: Actor, home: str) -> list[Tuning]:
        """The home's tunings, newest first."""
        actor.require(*TUNERS)
        return [_for(actor, each) for each in self._reads.tunings(actor.org, home=home)]

    def waiting(self, actor: Actor) -> list[Tuning]:
        """Those of the organisation that wait for a decision, newest first, without what
        their homes did.
        """
        actor.require(*TUNERS, Role.MANAGER)
        found = self._reads.tunings(actor.org, states=[TuningState.PROPOSED])
        return [msgspec.structs.replace(each, rehearsal=None) for each in found]

    def one(self, actor: Actor, tuning: str) -> Tuning:
        """Raises `NotFound`."""
        actor.require(*TUNERS)
        return _for(actor, self._reads.tuning(actor.org, tuning))

    # what happens by itself

    def step(self) -> int:
        """Take in the detectors' answers and proposals, and apply what was decided; how many."""
        done = sum(
            self._follow(lane) for lane in self._detectors.lanes() if lane.startswith(REHEARSALS)
        )
        for tuning in self._reads.to_apply():
            apply = partial(self._apply, tuning)
            done += self._apart.take("tuning", tuning.org, tuning.id, apply) or 0
        return done

    def _follow(self, lane: str) -> int:
        take, pass_over = partial(self._take, lane), partial(self._pass_over, lane)
        return self._apart.follow(lane, take, _BATCH, pass_over)

    def _after(self, lane: str) -> int:
        known = self._read_to.get(lane)
        return self._reads.position(lane) if known is None else known

    def _pass_over(self, lane: str) -> int:
        after = self._after(lane)
        with self._works.begin(self._clock.now()) as work:
            work.only_intake()
            for item in self._detectors.read(lane, after, 1):
                named = f"{lane}-{item.offset}"
                timed.concern(work, put_off(item.record.org, "rehearsal", named, work.now))
                after = item.offset
            work.move(lane, max(work.position(lane), after))
        self._read_to[lane] = after
        return 1

    def _take(self, lane: str, limit: int) -> int:
        after = self._after(lane)
        batch = self._detectors.read(lane, after, limit)
        if batch:
            with self._works.begin(self._clock.now()) as work:
                work.only_intake()
                position = work.position(lane)
                for item in batch:
                    if isinstance(item.record, Rehearsal) and item.offset > position:
                        _take_in(work, item.record)
                work.move(lane, max(position, batch[-1].offset))
        self._read_to[lane] = batch[-1].offset if batch else after
        return len(batch)

    def _require_current(self, tuning: Tuning, rehearsal: Rehearsal) -> None:
        if self._clock.now() - rehearsal.at > HOLDS_FOR * self._clock.speed:
            raise Conflict("This rehearsal is older than two weeks; simulate the change again.")
        settings = self._homes.home(tuning.org, tuning.home).settings
        value = dial(tuning.detector, tuning.setting).value_in(settings)
        if value != rehearsal.before:
            raise Conflict(
                f"The setting is {value:g} by now, not {rehearsal.before:g}; simulate the change "
                "again."
            )

    def _apply(self, tuning: Tuning) -> int:
        turned = dial(tuning.detector, tuning.setting)
        values = {tuning.setting: turned.setting_of(tuning.after)}
        try:
            self._homes.tune(tuning.org, tuning.home, tuning.detector, values)
        except NotFound:  # the home left the register after the decision: nothing to set any more
            with self._works.begin(self._clock.now()) as work:
                rows.change(work, msgspec.structs.replace(tuning, state=TuningState.REFUSED))
            return 1
        crash_at("after_tuning_applied")
        with self._works.begin(self._clock.now()) as work:
            found = rows.locked(work, tuning.org, tuning.id)
            if found is not None and found.applied_at is None:
                rows.change(work, msgspec.structs.replace(found, applied_at=work.now))
                _write(work, Act.TUNING_APPLIED, found, PLATFORM)
        return 1


def _take_in(work: Work, rehearsal: Rehearsal) -> None:
    found = rows.locked(work, rehearsal.org, rehearsal.id)
    state = TuningState.REFUSED if rehearsal.fault else TuningState.PROPOSED
    if found is not None:
        if found.state is TuningState.ASKED:
            rows.change(work, msgspec.structs.replace(found, state=state, rehearsal=rehearsal))
        return
    proposed = Tuning(
        id=rehearsal.id, org=rehearsal.org, home=rehearsal.home, detector=rehearsal.detector,
        setting=rehearsal.setting, state=state, asked_by=PLATFORM, asked_at=rehearsal.at,
        after=rehearsal.after, rehearsal=rehearsal,
    )  # fmt: skip
    if rows.add(work, proposed):
        _write(work, Act.TUNING_PROPOSED, proposed, PLATFORM)


def _write(work: Work, act: Act, tuning: Tuning, actor: str) -> None:
    work.write(
        act, org=tuning.org, actor=actor, alert=None, home=tuning.home, tuning=tuning.id,
        detector=tuning.detector, setting=tuning.setting, after=f"{tuning.after:g}",
        before=f"{tuning.rehearsal.before:g}" if tuning.rehearsal else None,
    )  # fmt: skip


def _for(actor: Actor, tuning: Tuning) -> Tuning:
    """The TEC team sees when and what kind, not what the person did."""
    if actor.role is not Role.TEC or tuning.rehearsal is None:
        return tuning
    rehearsal = msgspec.structs.replace(
        tuning.rehearsal, now=_bare(tuning.rehearsal.now), then=_bare(tuning.rehearsal.then)
    )
    return msgspec.structs.replace(tuning, rehearsal=rehearsal)


def _bare(fired: Sequence[Fired]) -> list[Fired]:
    return [msgspec.structs.replace(each, why="") for each in fired]

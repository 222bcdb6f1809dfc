"""Follows the responders' lanes: learns what people found, answers what people ask.

A thread of its own beside the runner, because a rehearsal takes a second and no press or
fall may wait for it. What was learnt, what is answered and how far the lane was read are
one commit; killed anywhere, it learns and answers again with the same ids.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from detectors.base import HomeProfile
from detectors.rehearsal import TOLD, WARM_UP, Rehearsed, kinds_of, rehearse
from detectors.runner import ALLOWANCE_S, Profiles
from detectors.store import HomeKey, Lessons
from detectors.suggestions import LOOKED_BACK, PAUSE, Proposal, suggest, worth_a_look
from telecare.clock import Clock
from telecare.dials import Dial, dial
from telecare.errors import InvalidInput
from telecare.messages import Record, Rehearsal, RehearsalRequest, Verdict
from telecare.observe import log
from telecare.store.lane import LaneReader
from telecare.vocabulary import Truth

LANE = "rehearsals-1"
REMEMBERED = timedelta(days=400)
"""Verdicts older than this are forgotten."""
IDLE_WAIT_S = 0.5
AGAIN_AFTER_S = 30.0
"""Real seconds before it tries again after a failure."""
_BATCH = 200


class Learning:
    """One worker; hold the lease of `LANE` while it runs. Not thread-safe."""

    def __init__(
        self,
        responders: LaneReader,
        gateway: LaneReader,
        own: LaneReader,
        lessons: Lessons,
        profiles: Profiles,
        clock: Clock,
    ) -> None:
        self.learnt = 0
        self.answered = 0
        self.failures = 0
        self._responders, self._gateway, self._own = responders, gateway, own
        self._lessons = lessons
        self._profiles = profiles
        self._clock = clock
        self._allowance = timedelta(seconds=ALLOWANCE_S * clock.speed)
        self._read_to: dict[str, int] = {}
        self._log = log("detectors.learning")

    def run(self, stop: threading.Event) -> None:
        """Work until `stop`. A failure is told, counted and tried again: judging goes on."""
        while not stop.is_set():
            pause = IDLE_WAIT_S
            try:
                pause = 0.0 if self.step() else IDLE_WAIT_S
            except Exception as error:  # noqa: BLE001 - logged, counted, and tried again
                self.failures += 1
                self._read_to.clear()
                self._log.error("learning failed", error=type(error).__name__)
                pause = AGAIN_AFTER_S
            stop.wait(pause)

    def step(self) -> int:
        """Take in at most one batch of each lane; how many records it had."""
        return sum(self._follow(lane) for lane in self._responders.lanes())

    def _follow(self, lane: str) -> int:
        if lane not in self._read_to:
            self._read_to[lane] = self._lessons.position(lane)
        batch = self._responders.read(lane, self._read_to[lane], _BATCH)
        if not batch:
            return 0
        records = [item.record for item in batch]
        now = self._clock.now()
        learnt = [record for record in records if isinstance(record, Verdict)]
        answers = [self._answer(r, now) for r in records if isinstance(r, RehearsalRequest)]
        answers += self._proposals(learnt, now)
        self._lessons.commit(lane, batch[-1].offset, learnt, answers, now - REMEMBERED)
        self._read_to[lane] = batch[-1].offset
        self.learnt += len(learnt)
        self.answered += len(answers)
        if len(batch) != len(learnt) + sum(isinstance(r, RehearsalRequest) for r in records):
            self._log.error("records not understood", lane=lane, unread=_foreign(records))
        return len(batch)

    def _answer(self, asked: RehearsalRequest, now: datetime) -> Rehearsal:
        profile = self._profile((asked.org, asked.home))
        before, fault, done = 0.0, "", Rehearsed(0, [], [])
        try:
            turned = dial(asked.detector, asked.setting)
            before = turned.value_in(profile.settings)
            turned.checked(asked.value)
            done = self._rehearse(profile, now, {}, turned, asked.value)
        except InvalidInput as refused:
            fault = str(refused)
        return Rehearsal(
            id=asked.id, org=asked.org, home=asked.home, detector=asked.detector,
            setting=asked.setting, before=before, after=asked.value, at=now, since=now - TOLD,
            readings=done.readings, now=done.now, then=done.then, fault=fault,
        )  # fmt: skip

    def _proposals(self, learnt: Sequence[Verdict], now: datetime) -> list[Rehearsal]:
        """For the homes of these verdicts, what should be proposed because of them."""
        found: list[Rehearsal] = []
        homes = {(each.org, each.home) for each in learnt if each.truth is Truth.FALSE}
        for key in sorted(homes):
            fresh = {each.id: each for each in learnt if (each.org, each.home) == key}
            known = {v.id: v for v in self._lessons.verdicts(*key, now - LOOKED_BACK)} | fresh
            dials = worth_a_look(list(known.values()))
            if dials:
                profile = self._profile(key)
                found += self._proposed(profile, dials, known, now)
        return found

    def _proposed(
        self,
        profile: HomeProfile,
        dials: Sequence[Dial],
        known: Mapping[str, Verdict],
        now: datetime,
    ) -> list[Rehearsal]:
        lately = self._own.rehearsals(
            profile.org, profile.home, now - PAUSE, now + timedelta.resolution
        )
        paused = {(each.detector, each.setting) for each in lately if each.reason}
        found = []
        truths = {each.id: each.truth for each in known.values()}
        because = max(known.values(), key=lambda v: (v.at, v.id)).id
        run = partial(self._rehearse, profile, now, truths)
        for each in dials:
            if (each.detector, each.setting) in paused:
                continue
            value = each.value_in(profile.settings)
            try:
                proposal = suggest(each, value, list(known.values()), run)
            except InvalidInput as refused:
                self._log.error(
                    "nothing could be rehearsed", org=profile.org, home=profile.home,
                    setting=each.key, reason=str(refused),
                )  # fmt: skip
                continue
            if proposal is not None:
                found.append(_told(profile, proposal, value, because, now))
        return found

    def _rehearse(
        self,
        profile: HomeProfile,
        now: datetime,
        fresh: Mapping[str, Truth],
        turned: Dial,
        value: float,
    ) -> Rehearsed:
        key = (profile.org, profile.home)
        truths = {v.id: v.truth for v in self._lessons.verdicts(*key, now - TOLD)}
        kinds = tuple(sorted(kinds_of(turned.detector)))
        readings = self._gateway.past(*key, now - TOLD - WARM_UP, now, kinds)
        return rehearse(
            profile, turned, value, readings, since=now - TOLD, until=now,
            allowance=self._allowance, known=truths | dict(fresh),
        )  # fmt: skip

    def _profile(self, key: HomeKey) -> HomeProfile:
        return self._profiles.fresh().get(key) or HomeProfile(org=key[0], home=key[1])


def _told(
    profile: HomeProfile, proposal: Proposal, before: float, because: str, now: datetime
) -> Rehearsal:
    done = proposal.rehearsed
    parts = (profile.org, profile.home, proposal.dial.key, repr(proposal.value), because)
    return Rehearsal(
        id=hashlib.blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest(),
        org=profile.org, home=profile.home, detector=proposal.dial.detector,
        setting=proposal.dial.setting, before=before, after=proposal.value, at=now,
        since=now - TOLD, readings=done.readings, now=done.now, then=done.then,
        reason=proposal.reason,
    )  # fmt: skip


def _foreign(records: Sequence[Record]) -> int:
    return sum(not isinstance(record, Verdict | RehearsalRequest) for record in records)

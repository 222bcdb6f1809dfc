"""Has nothing moved for longer than this person ever lets pass at this time of day?

For each hour of the day the detector keeps how long the running pause had become in that
hour, on each of the last weeks' days (after Cuddihy et al. 2007, "An algorithm for
automatic generation of alert lines"). A pause is unusual when it outgrows a high quantile
of those by a margin.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from datetime import datetime
from typing import ClassVar

import msgspec

from detectors.absences import Absences
from detectors.base import (
    LATE_GRACE,
    HomeProfile,
    at,
    pack,
    settings_of,
    signal_id,
    unpack,
)
from detectors.coverage import Refused
from detectors.local_time import DAY_S, local_time
from detectors.movement import OUTER_DOORS, Glance, places
from detectors.pauses import UNIT_S, PauseTable
from detectors.ranges import Count, Hours, Minutes, Share, Times
from detectors.resumed import resumed
from detectors.returns import Returns
from detectors.room_hours import RoomHours
from detectors.spell import spell
from telecare.messages import Evidence, Reading, Signal
from telecare.vocabulary import ReadingKind, SignalKind

_VERSION = 1
_PROMPT_S = 7200.0
"""A hub that promises a word at least this often is waited for before its home is judged."""


class InactivitySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Defaults tuned on TIHM (37 homes, 10 weeks) for at most 0.3 signals a home-week."""

    learning_days: Count = 14
    """Silent until this many days with movement are known."""
    quantile: Share = 0.98
    margin_share: Times = 0.25
    margin_minutes: Minutes = 45.0
    least_minutes: Minutes = 150.0
    """Never earlier than this, however restless the home."""
    out_least_hours: Hours = 8.0
    """Nor earlier than this after an outer door, however short the absences: a day at the
    family's is no news."""
    out_most_hours: Hours = 16.0
    """Nor later than this, however long they were; `margin_share` and `margin_minutes` beyond
    the longest of the last weeks lies in between."""
    outer_doors: tuple[str, ...] = OUTER_DOORS


class _State(msgspec.Struct, array_like=True):
    pauses: PauseTable
    rooms: RoomHours
    moved_at: float = 0.0
    """Last sign of life, 0 before the first."""
    since: float = 0.0
    """From here on we have watched an empty picture: the last sign, or the hub's return."""
    out: bool = False
    """The last sign was an outer door: nobody may be in, until that takes too long."""
    broken: bool = False
    """The present pause was not watched from end to end: nothing is learnt from it."""
    not_before: float = 0.0
    raised: str = ""
    heard: dict[str, float] = {}
    waits: float = 0.0
    """When the pause became unusual, while a hub's next word is waited for; else 0."""
    returns: Returns = msgspec.field(default_factory=Returns)
    dark: bool = False
    """The present pause was not judged because a hub was silent: who watches next begins anew."""


class Inactivity:
    """Raises `inactivity` once a pause; `activity_resumed`, naming it, at the next movement.

    Coverage comes first: a pause counts only as far as the hub was heard, so the judgement
    waits for the hub's next word or its silence; it is refused while a hub is silent or
    nobody anywhere is heard, and while people say that the home is empty, until somebody
    moves there all the same; who is not seen after that is missed. Silent while it learns.

    After an outer door it cannot know who went. It waits for longer than this home's absences
    last, 8 to 16 hours: somebody who falls right behind the front door, or lies still after a
    carer left, is missed no sooner; the pendant and the wearable can tell it at once.
    """

    name: ClassVar[str] = "inactivity"
    listens_to: ClassVar[frozenset[ReadingKind]] = frozenset(ReadingKind)

    def __init__(self, profile: HomeProfile) -> None:
        self.due_at: datetime | None = None
        self.refusals: Counter[Refused] = Counter()
        self._profile = profile
        self._hubs = profile.seen_through()
        self._absences = Absences(profile)
        self._set = settings_of(profile, self.name, InactivitySettings)
        self._chosen = zlib.crc32(msgspec.msgpack.encode(self._set))
        self._doors = places(self._set.outer_doors)
        self._local = local_time(profile.timezone)
        self._state = _State(PauseTable(), RoomHours())
        self._limits: list[float] = []
        """`_limit` of each hour, empty when the table has learnt since."""

    def observe(self, reading: Reading, seen: Glance) -> list[Signal]:
        state, moment, heard = self._state, seen.moment, seen.heard
        if heard is not None:
            if self._hubs.hear(state.heard, reading.device, heard, seen.room):
                self._watches_anew(heard)
            if state.waits or state.dark:
                self._looks_again(heard)
        if not seen.room:
            return []
        state.rooms.add(seen.room, moment)
        if seen.is_late:
            state.not_before = (reading.received_at + LATE_GRACE).timestamp()
        if moment <= state.moved_at:
            return []
        still_for = moment - state.moved_at
        if state.moved_at and not state.broken and (state.out or still_for >= UNIT_S):
            self._learn(state.moved_at, moment)
        # Back indoors the limits are closer; and a hub that is back tells what happened before
        # it was, so that we have seen more than we knew.
        indoors = self._doors.isdisjoint(seen.door)
        earlier = (state.out and indoors) or moment < state.since
        state.moved_at = state.since = moment
        state.broken = False
        state.waits = 0.0
        state.dark = False
        state.out = not indoors
        ended, state.raised = state.raised, ""
        if earlier or self.due_at is None:
            self._schedule()
        if not ended:
            return []
        series = state.rooms.series(moment)
        return [resumed(self._profile, self.name, reading, ended, still_for, series)]

    def tick(self, now: datetime) -> list[Signal]:
        if self.due_at is None or now < self.due_at:
            return []
        self._schedule()
        # Moving on only lengthens the pause allowed, so an early due is simply judged again.
        if self.due_at is None or now < self.due_at:
            return []
        state, moment = self._state, now.timestamp()
        unusual = self._unusual() or moment
        self.due_at = None
        state.waits = 0.0
        if self._hubs.are_dark(state.heard, moment):
            state.dark = True
            return self._refuse(Refused.HUB_SILENT)
        word_by = self._hub_owes_a_word(unusual)
        if word_by is not None:
            state.waits, self.due_at = unusual, at(word_by)
            return []
        absence = self._absences.emptied(state.since, moment)
        if absence is not None and (state.out or state.moved_at < absence.begins):
            if not state.broken:
                self._refuse(Refused.PAUSED)
            # As if they had been seen now: it may soon be said to be empty no longer.
            state.since = min(absence.ends, moment)
            self._schedule()
            return []
        return [self._still(now)]

    def blind(self, since: datetime, until: datetime) -> None:
        """What we have watched begins anew when somebody is heard again."""
        state = self._state
        end = until.timestamp()
        if not state.moved_at or state.raised or end <= state.since:
            return
        if since.timestamp() > state.since and not state.broken:
            self.refusals[Refused.BLACKOUT] += 1
        state.broken = True
        state.since = end
        self._schedule()

    def snapshot(self) -> bytes:
        # The due is part of the state: recomputed from a table that has learnt since, it
        # could come out earlier than the running process would have had it.
        due = 0.0 if self.due_at is None else self.due_at.timestamp()
        return pack(_VERSION, _Kept(due, self._state, self._chosen))

    def restore(self, snapshot: bytes) -> None:
        kept = unpack(_VERSION, snapshot, _Kept)
        self._state = kept.state
        self._limits = []
        self.due_at = at(kept.due) if kept.due else None
        if self.due_at is not None and kept.chosen != self._chosen:
            self._schedule()  # people have decided otherwise since

    def _learn(self, began: float, ended: float) -> None:
        state, lasted = self._state, ended - began
        first, last = self._local.seconds(began), self._local.seconds(ended)
        if state.out:
            state.returns.learn(last // DAY_S, lasted)
        elif state.pauses.learn(first, last):
            self._limits = []

    def _watches_anew(self, heard: float) -> None:
        """A hub is back: what we have watched begins now, and this pause teaches nothing."""
        state = self._state
        if not self._hubs.are_dark(state.heard, heard) and state.moved_at and not state.raised:
            state.broken = True
            state.since = max(state.since, heard)
            if self.due_at is None:
                self._schedule()

    def _looks_again(self, heard: float) -> None:
        """Somebody spoke: the hub whose word is waited for, perhaps, or one that may have taken the
        place of the hub that was dark.
        """
        state = self._state
        if state.waits and heard >= state.waits and self.due_at is not None:
            self.due_at = min(self.due_at, at(heard))
        if state.dark and not self._hubs.are_dark(state.heard, heard):
            state.dark = False
            state.since = max(state.since, heard)
            if self.due_at is None:
                self._schedule()

    def _hub_owes_a_word(self, unusual: float) -> float | None:
        """Until when a hub may still keep silent that has not spoken since `unusual`."""
        said = self._state.heard
        promised = self._hubs.waited_for(said)
        return min(
            (
                heard + promised[hub]
                for hub, heard in said.items()
                if heard < unusual and promised.get(hub, math.inf) <= _PROMPT_S
            ),
            default=None,
        )

    def _refuse(self, reason: Refused) -> list[Signal]:
        """No judgement of this pause, and nothing learnt from it."""
        self._state.broken = True
        self.refusals[reason] += 1
        return []

    def _schedule(self) -> None:
        state = self._state
        self.due_at = None
        if state.raised or not state.moved_at:
            return
        if state.pauses.days_known() < self._set.learning_days:
            return
        due = self._unusual()
        if due is not None:
            self.due_at = at(max(due, state.not_before))

    def _unusual(self) -> float | None:
        """When the present pause becomes unusual, None if not within two days."""
        state = self._state
        due = self._unusual_from(state.since)
        if due is None or not state.out:
            return due
        return max(due, state.since + self._away_limit())

    def _away_limit(self) -> float:
        """Seconds for which this home may have been out."""
        chosen, usual = self._set, self._state.returns.longest()
        allowed = usual * (1 + chosen.margin_share) + chosen.margin_minutes * 60
        return min(max(allowed, chosen.out_least_hours * 3600), chosen.out_most_hours * 3600)

    def _unusual_from(self, since: float) -> float | None:
        """When a pause that began at `since` becomes unusual, None if not within two days."""
        if not self._limits:
            self._limits = [self._limit(hour) for hour in range(24)]
        for begins, hour in self._local.hours(since, 48):
            crossing = max(since + self._limits[hour], begins)
            if crossing < begins + 3600:
                return crossing
        return None

    def _limit(self, hour: int) -> float:
        """Seconds a pause may have lasted in this hour of the day."""
        usual = self._state.pauses.usual(hour, self._set.quantile)
        allowed = usual * (1 + self._set.margin_share) + self._set.margin_minutes * 60
        return max(allowed, self._set.least_minutes * 60)

    def _still(self, now: datetime) -> Signal:
        state = self._state
        moment = now.timestamp()
        state.raised = signal_id(self._profile, self.name, "still", repr(state.since))
        still_s = moment - state.since
        usual_s = self._usual_s(moment)
        return Signal(
            id=state.raised,
            org=self._profile.org,
            home=self._profile.home,
            kind=SignalKind.INACTIVITY,
            occurred_at=now,
            raised_at=now,
            why=self._why(still_s, usual_s),
            source=self.name,
            evidence=Evidence(
                around=now,
                facts={
                    "still_minutes": round(still_s / 60),
                    "usual_minutes": round(usual_s / 60),
                    "days_learnt": state.pauses.days_known(),
                    "out": state.out,
                },
                series=state.rooms.series(moment),
                marks={"last movement": max(state.moved_at - moment, -float(DAY_S))},
            ),
        )

    def _usual_s(self, moment: float) -> float:
        """How long such a pause usually lasts at most."""
        if self._state.out:
            return self._state.returns.longest()
        hour = self._local.seconds(moment) % DAY_S // 3600
        return self._state.pauses.usual(hour, self._set.quantile)

    def _why(self, still_s: float, usual_s: float) -> str:
        state = self._state
        absence = self._absences.that_ended_at(state.since)
        if absence is not None:
            return (
                f"Nobody has been seen since the {absence.kind.spoken} that was written down "
                f"ended, {spell(still_s)} ago."
            )
        watched = " when we could see again" if state.broken else ""
        since = f"{spell(still_s)}, since {self._local.clock(state.since)}{watched}"
        if not state.out:
            usual = f"at this time of day the pause is usually at most {spell(usual_s)}"
            if not usual_s:
                usual = "no pause at this time of day is known here"
            return f"Nobody has moved for {since}; {usual}."
        usual = f"usually somebody is back within {spell(usual_s)}"
        if not usual_s:
            usual = "nobody is known to go out for long here"
        return f"Nobody has been seen for {since}; the last sign was an outer door, and {usual}."


class _Kept(msgspec.Struct, array_like=True):
    due: float
    state: _State
    chosen: int = 0
    """Tells the settings by which `due` was found from others."""

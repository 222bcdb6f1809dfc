"""Has somebody gone into the bathroom, or got up at night, and not moved since?

Of those over ninety who fell, 30 in 100 lay for an hour or more, and most of those who
could have called did not (BMJ 2008;337:a2227). So a visit that shows no movement is judged
soon: when it is longer than this person's visits at that time of day by a margin, and
after an hour whatever the visits were like.

That holds where the sensors see people come back. Where they do not, every night would
look like a fall; such visits are not judged, and that is said.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import ClassVar

import msgspec

from detectors import long_lie_news
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
from detectors.dwell import WINDOW_DAYS, Dwell, days_missed
from detectors.local_time import DAY_S, local_time
from detectors.long_lie_news import Scene
from detectors.movement import Glance, one_of, places
from detectors.resumed import resumed
from detectors.visits import BATHROOM, NAME, NIGHT_VISIT, LongLieSettings, Visit
from telecare.messages import Reading, Signal
from telecare.vocabulary import ReadingKind

_VERSION = 1


class _State(msgspec.Struct, array_like=True):
    visit: Visit | None = None
    place: str = ""
    moved_at: float = 0.0
    not_before: float = 0.0
    raised: str = ""
    refused: bool = False
    """It has been said that the present visit cannot be judged."""
    heard: dict[str, float] = {}
    by_night: Dwell = msgspec.field(default_factory=Dwell)
    by_day: Dwell = msgspec.field(default_factory=Dwell)
    got_up: Dwell = msgspec.field(default_factory=Dwell)
    dark: bool = False
    """Because a hub was silent: who watches next sees the visit anew."""
    still_since: float = 0.0
    """From when on nothing had moved when `raised` was said."""


class LongLie:
    """Raises `inactivity` of type `bathroom` or `night_visit` once a visit and
    `activity_resumed`, naming it, at the next movement elsewhere; `unjudged` where a hub's
    silence or a home's sensors do not let it judge. A silent hub is not a silent person; but who
    had stayed for longer than ever lately when it fell silent is told of all the same.

    The detector of inactivity goes on beside it and may speak of the same pause later; both
    join one alert.
    """

    name: ClassVar[str] = NAME
    listens_to: ClassVar[frozenset[ReadingKind]] = frozenset(ReadingKind)

    def __init__(self, profile: HomeProfile) -> None:
        self.due_at: datetime | None = None
        self.refusals: Counter[Refused] = Counter()
        self._profile = profile
        self._hubs = profile.seen_through()
        self._set = settings_of(profile, self.name, LongLieSettings)
        self._is_bathroom = one_of(self._set.bathrooms)
        self._is_bedroom = one_of(self._set.bedrooms)
        self._doors = places(self._set.outer_doors)
        self._local = local_time(profile.timezone)
        self._state = _State()

    def observe(self, reading: Reading, seen: Glance) -> list[Signal]:
        state, moment = self._state, seen.moment
        if seen.heard is not None:
            is_back = self._hubs.hear(state.heard, reading.device, seen.heard, seen.room)
            # Or somebody spoke who may have taken the place of the hub that was dark.
            if is_back or (state.dark and not self._hubs.are_dark(state.heard, seen.heard)):
                self._sees_again(seen.heard)
        if not seen.room:
            return []
        if seen.is_late:
            state.not_before = (reading.received_at + LATE_GRACE).timestamp()
        if moment <= state.moved_at:
            return []
        where = seen.room if self._doors.isdisjoint(seen.door) else ""
        signals: list[Signal] = []
        visit = state.visit
        if visit is not None:
            if self._goes_on(visit, where, moment):
                visit.moved, visit.room = moment, where
            else:
                signals = self._ends(visit, moment, reading)
        if state.visit is None and where:
            self._perhaps_begins(where, moment, reading)
        state.place, state.moved_at = where, moment
        return signals

    def tick(self, now: datetime) -> list[Signal]:
        if self.due_at is None or now < self.due_at:
            return []
        self._look_at_due()
        visit = self._state.visit
        if self.due_at is None or now < self.due_at or visit is None:
            return []
        self.due_at = None
        moment = now.timestamp()
        silent_since = self._hubs.silent_since(self._state.heard, moment)
        if silent_since is not None and not self._had_stayed_long(visit, silent_since):
            self._state.refused = self._state.dark = True
            self.refusals[Refused.HUB_SILENT] += 1
            return [self._cannot_see(visit, now, silent_since)]
        dwell = self._dwell(visit)
        if self._sees_too_little(visit, moment):
            self._state.refused = True
            self.refusals[Refused.RETURNS_UNSEEN] += 1
            day = self._local.seconds(moment) // DAY_S
            told = max(alike.told for alike in self._alike(dwell))
            if told and day - told < WINDOW_DAYS:
                return []
            dwell.told = day
            return [self._sees_no_returns(visit, dwell, now)]
        return [self._still(visit, now, silent_since)]

    def blind(self, since: datetime, until: datetime) -> None:
        """While nobody anywhere was heard, nobody lay still: the visit is judged from its end."""
        visit, end = self._state.visit, until.timestamp()
        if visit is None or self._state.raised or end <= visit.still_since:
            return
        if since.timestamp() > visit.watched:
            self.refusals[Refused.BLACKOUT] += 1
        visit.watched = end
        self._state.refused = False
        self._look_at_due()

    def snapshot(self) -> bytes:
        return pack(_VERSION, self._state)

    def restore(self, snapshot: bytes) -> None:
        self._state = unpack(_VERSION, snapshot, _State)
        self._look_at_due()

    def _goes_on(self, visit: Visit, where: str, moment: float) -> bool:
        """`where` is empty at an outer door, which ends every visit."""
        if visit.kind == BATHROOM:
            return self._is_bathroom(where)
        elsewhere = where and not self._is_bedroom(where) and not self._is_bathroom(where)
        return bool(elsewhere) and self._is_night(moment)

    def _perhaps_begins(self, where: str, moment: float, reading: Reading) -> None:
        state = self._state
        if self._is_bathroom(where):
            kind = BATHROOM
        elif self._is_bedroom(where) or not self._gets_up(moment):
            return
        else:
            kind = NIGHT_VISIT
        state.visit = Visit(kind, where, moment, moment, reading.id)
        state.raised, state.refused, state.dark = "", False, False
        if self.due_at is None:
            # Early is allowed and costs nothing here; the tick finds the moment itself.
            self.due_at = at(moment + self._set.soonest_s)

    def _gets_up(self, moment: float) -> bool:
        """Whether whoever moves now comes from bed or bathroom, at night."""
        state = self._state
        if self._is_bedroom(state.place):
            rested = moment - state.moved_at >= self._set.rest_minutes * 60
        else:
            rested = self._is_bathroom(state.place)
        return rested and self._is_night(moment)

    def _ends(self, visit: Visit, moment: float, reading: Reading) -> list[Signal]:
        state = self._state
        state.visit = None
        dwell = self._dwell(visit)
        quick = moment - visit.moved <= self._set.soonest_s
        if not quick and moment > self._deadline(visit):
            # Nobody lay there, or somebody helped: the way back was not seen.
            if not visit.watched:
                dwell.missed(self._local.seconds(moment) // DAY_S)
        elif not visit.watched:
            dwell.learn(moment - visit.entered)
        ended, state.raised = state.raised, ""
        if not ended:
            return []
        since = state.still_since or visit.moved  # other versions did not keep it
        still_s = reading.occurred_at.timestamp() - since
        return [resumed(self._profile, self.name, reading, ended, still_s)]

    def _deadline(self, visit: Visit) -> float:
        """When the visit has lasted too long without movement, POSIX seconds."""
        night = visit.kind == NIGHT_VISIT or self._is_night(visit.entered)
        excess = self._set.excess_night_minutes if night else self._set.excess_day_minutes
        usual = self._dwell(visit).usual(self._set.unknown_minutes)
        return visit.deadline(usual, excess, self._set.still_minutes)

    def _had_stayed_long(self, visit: Visit, silent_since: float) -> bool:
        """Whether we saw them lie still beyond the usual before a hub fell silent."""
        usual = self._dwell(visit).usual(self._set.unknown_minutes)
        outgrown = visit.deadline(usual, 0.0, self._set.still_minutes)
        return outgrown <= silent_since and not self._sees_too_little(visit, silent_since)

    def _dwell(self, visit: Visit) -> Dwell:
        if visit.kind == NIGHT_VISIT:
            return self._state.got_up
        return self._state.by_night if self._is_night(visit.entered) else self._state.by_day

    def _sees_too_little(self, visit: Visit, moment: float) -> bool:
        return not self._set.judge_always and (
            self._days_missed(visit, moment) >= self._set.unseen_days
        )

    def _days_missed(self, visit: Visit, moment: float) -> int:
        alike = self._alike(self._dwell(visit))
        return days_missed(alike, self._local.seconds(moment) // DAY_S)

    def _alike(self, dwell: Dwell) -> tuple[Dwell, ...]:
        """At night every way back ends in the same bed, whichever room it began in."""
        state = self._state
        return (dwell,) if dwell is state.by_day else (state.by_night, state.got_up)

    def _is_night(self, moment: float) -> bool:
        return self._local.is_between(moment, self._set.night_from_hour, self._set.night_until_hour)

    def _sees_again(self, heard: float) -> None:
        """What was before, nobody saw."""
        state = self._state
        if state.visit is not None:
            state.visit.watched = heard
            state.refused = state.dark = False
            self._look_at_due()

    def _look_at_due(self) -> None:
        state = self._state
        self.due_at = None
        if state.visit is not None and not (state.raised or state.refused):
            self.due_at = at(max(self._deadline(state.visit), state.not_before))

    def _still(self, visit: Visit, now: datetime, silent_since: float | None) -> Signal:
        identity = self._id("still", visit.reading, repr(visit.entered))
        self._state.raised, self._state.still_since = identity, visit.still_since
        scene = self._scene(visit, now)
        return long_lie_news.still(scene, identity, self._set.unknown_minutes, silent_since)

    def _cannot_see(self, visit: Visit, now: datetime, silent_since: float) -> Signal:
        identity = self._id("dark", visit.reading, repr(visit.entered))
        return long_lie_news.cannot_see(self._scene(visit, now), identity, silent_since)

    def _sees_no_returns(self, visit: Visit, dwell: Dwell, now: datetime) -> Signal:
        days = self._days_missed(visit, now.timestamp())
        visits = "the bathroom" if dwell is self._state.by_day else "other rooms at night"
        identity = self._id("unseen", visit.kind, repr(visit.entered))
        return long_lie_news.sees_no_returns(self._scene(visit, now), identity, days, visits)

    def _scene(self, visit: Visit, now: datetime) -> Scene:
        return Scene(
            profile=self._profile, local=self._local, visit=visit, dwell=self._dwell(visit),
            now=now,
        )  # fmt: skip

    def _id(self, *parts: str) -> str:
        return signal_id(self._profile, self.name, *parts)

"""Has somebody gone into the bathroom, or got up at night, and not moved since?

Of those over ninety who fell, 30 in 100 lay for an hour or more, and most of those who
could have called did not (BMJ 2008;337:a2227). So a visit that shows no movement is judged
soon: when it is longer than this person's visits at that time of day by a margin, and
after an hour whatever the visits were like.

That holds where the sensors see people come back. Where they do not, every night would
look like a fall; such visits are not judged, and that is said.
"""

from __future__ import annotations

import math
from collections import Counter
from datetime import datetime
from typing import ClassVar

import msgspec

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
from detectors.movement import OUTER_DOORS, Sign, glance, places
from telecare.messages import Evidence, EvidenceSeries, Reading, Signal
from telecare.vocabulary import ClaimOfTime, ReadingKind, SignalKind

_VERSION = 1
_BATHROOM, _NIGHT_VISIT = "bathroom", "night_visit"
_CEILING_MIN = 60.0
"""No setting and no habit lets a visit without movement go on for longer."""


class LongLieSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Defaults from the field (15 minutes' excess from 22 to 6) and TIHM's homes."""

    bathrooms: tuple[str, ...] = ("bathroom", "toilet", "wc", "shower-room", "en-suite")
    bedrooms: tuple[str, ...] = ("bedroom",)
    outer_doors: tuple[str, ...] = OUTER_DOORS
    night_from_hour: int = 22
    night_until_hour: int = 6
    excess_night_minutes: float = 15.0
    excess_day_minutes: float = 30.0
    unknown_minutes: float = 60.0
    """A visit's usual length until a handful is known: only the hour counts."""
    still_minutes: float = 12.0
    """Whoever was seen moving so lately is not lying still."""
    rest_minutes: float = 45.0
    """Getting up at night is getting up from this long a rest in a bedroom."""
    unseen_days: int = 2
    """From so many days with unseen returns in four weeks on, visits are not judged."""
    judge_always: bool = False
    """Judge even where returns go unseen: for a person at high risk, at more false alarms."""


class _Visit(msgspec.Struct, array_like=True):
    kind: str
    room: str
    entered: float
    moved: float
    reading: str
    watched: float = 0.0
    """When a hub, or all of them, came back from silence in the middle of it: what was before,
    nobody saw."""


class _State(msgspec.Struct, array_like=True):
    visit: _Visit | None = None
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


class LongLie:
    """Raises `inactivity` of type `bathroom` or `night_visit` once a visit and
    `activity_resumed`, naming it, at the next movement elsewhere; `unjudged` where a hub's
    silence or a home's sensors do not let it judge.

    The detector of inactivity goes on beside it and may speak of the same pause later; both
    join one alert.
    """

    name: ClassVar[str] = "long_lie"
    listens_to: ClassVar[frozenset[ReadingKind]] = frozenset(ReadingKind)

    def __init__(self, profile: HomeProfile) -> None:
        self.due_at: datetime | None = None
        self.refusals: Counter[Refused] = Counter()
        self._profile = profile
        self._promises = profile.seen_through()
        self._set = settings_of(profile, self.name, LongLieSettings)
        self._bathrooms = places(self._set.bathrooms)
        self._bedrooms = places(self._set.bedrooms)
        self._doors = places(self._set.outer_doors)
        self._local = local_time(profile.timezone)
        self._soonest_s = 60 * min(
            self._set.still_minutes,
            self._set.excess_night_minutes,
            self._set.excess_day_minutes,
            _CEILING_MIN,
        )
        self._state = _State()

    def observe(self, reading: Reading) -> list[Signal]:
        state = self._state
        moment, sign, room = glance(reading, self._doors)
        promised = self._promises.get(reading.device)
        if promised is not None and reading.is_word:
            late = reading.time_claim is ClaimOfTime.LATE
            heard = reading.received_at.timestamp() if late else moment
            before = state.heard.get(reading.device, heard)
            if heard >= before:
                state.heard[reading.device] = heard
                if heard - before > promised and state.visit is not None:
                    self._hub_is_back(state.visit, heard)
        if sign is None:
            return []
        if reading.time_claim is ClaimOfTime.LATE:
            state.not_before = (reading.received_at + LATE_GRACE).timestamp()
        if moment <= state.moved_at:
            return []
        indoors = sign is Sign.INDOORS
        where = room if indoors else ""
        signals: list[Signal] = []
        visit = state.visit
        if visit is not None:
            if self._goes_on(visit, where, moment):
                visit.moved, visit.room = moment, where
            else:
                signals = self._ends(visit, where, moment, reading)
        if state.visit is None and indoors:
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
        if self._is_dark(moment):
            self._state.refused = True
            self.refusals[Refused.HUB_SILENT] += 1
            return [self._cannot_see(visit, now)]
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
        return [self._still(visit, now)]

    def blind(self, since: datetime, until: datetime) -> None:
        """While nobody anywhere was heard, nobody lay still: the visit is judged from its end."""
        visit, end = self._state.visit, until.timestamp()
        if visit is None or self._state.raised or end <= max(visit.moved, visit.watched):
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

    def _goes_on(self, visit: _Visit, where: str, moment: float) -> bool:
        """`where` is empty at an outer door, which ends every visit."""
        if visit.kind == _BATHROOM:
            return where in self._bathrooms
        elsewhere = where and where not in self._bedrooms and where not in self._bathrooms
        return bool(elsewhere) and self._is_night(moment)

    def _perhaps_begins(self, where: str, moment: float, reading: Reading) -> None:
        state = self._state
        if where in self._bathrooms:
            kind = _BATHROOM
        elif where in self._bedrooms or not self._gets_up(moment):
            return
        else:
            kind = _NIGHT_VISIT
        state.visit = _Visit(kind, where, moment, moment, reading.id)
        state.raised, state.refused = "", False
        if self.due_at is None:
            # Early is allowed and costs nothing here; the tick finds the moment itself.
            self.due_at = at(moment + self._soonest_s)

    def _gets_up(self, moment: float) -> bool:
        """Whether whoever moves now comes from bed or bathroom, at night."""
        state = self._state
        if state.place in self._bedrooms:
            rested = moment - state.moved_at >= self._set.rest_minutes * 60
        else:
            rested = state.place in self._bathrooms
        return rested and self._is_night(moment)

    def _ends(self, visit: _Visit, where: str, moment: float, reading: Reading) -> list[Signal]:
        state = self._state
        state.visit = None
        dwell = self._dwell(visit)
        quick = moment - visit.moved <= self._soonest_s
        if not quick and moment > self._deadline(visit):
            # Nobody lay there, or somebody helped: the way back was not seen.
            if not visit.watched:
                dwell.missed(self._local.seconds(moment) // DAY_S)
        elif not visit.watched:
            dwell.learn(moment - visit.entered)
        ended, state.raised = state.raised, ""
        return [self._resumed(reading, where, visit, ended)] if ended else []

    def _deadline(self, visit: _Visit) -> float:
        """When the visit has lasted too long without movement, POSIX seconds."""
        night = visit.kind == _NIGHT_VISIT or self._is_night(visit.entered)
        excess = self._set.excess_night_minutes if night else self._set.excess_day_minutes
        usual = self._dwell(visit).usual(self._set.unknown_minutes)
        allowed = min(usual + excess, _CEILING_MIN) * 60
        since = max(visit.moved, visit.watched)
        if visit.kind == _NIGHT_VISIT:
            return since + allowed  # up for good or not, they move about
        too_long = max(visit.entered, visit.watched) + allowed
        return min(max(too_long, since + self._set.still_minutes * 60), since + _CEILING_MIN * 60)

    def _dwell(self, visit: _Visit) -> Dwell:
        if visit.kind == _NIGHT_VISIT:
            return self._state.got_up
        return self._state.by_night if self._is_night(visit.entered) else self._state.by_day

    def _sees_too_little(self, visit: _Visit, moment: float) -> bool:
        return not self._set.judge_always and (
            self._days_missed(visit, moment) >= self._set.unseen_days
        )

    def _days_missed(self, visit: _Visit, moment: float) -> int:
        alike = self._alike(self._dwell(visit))
        return days_missed(alike, self._local.seconds(moment) // DAY_S)

    def _alike(self, dwell: Dwell) -> tuple[Dwell, ...]:
        """At night every way back ends in the same bed, whichever room it began in."""
        state = self._state
        return (dwell,) if dwell is state.by_day else (state.by_night, state.got_up)

    def _is_night(self, moment: float) -> bool:
        return self._local.is_between(moment, self._set.night_from_hour, self._set.night_until_hour)

    def _hub_is_back(self, visit: _Visit, heard: float) -> None:
        visit.watched = heard
        self._state.refused = False
        self._look_at_due()

    def _is_dark(self, moment: float) -> bool:
        hubs = self._promises
        return any(
            moment - heard >= hubs.get(hub, math.inf) for hub, heard in self._state.heard.items()
        )

    def _look_at_due(self) -> None:
        state = self._state
        self.due_at = None
        if state.visit is not None and not (state.raised or state.refused):
            self.due_at = at(max(self._deadline(state.visit), state.not_before))

    def _still(self, visit: _Visit, now: datetime) -> Signal:
        dwell = self._dwell(visit)
        identity = self._id("still", visit.reading, repr(visit.entered))
        self._state.raised = identity
        quiet_from = max(visit.moved, visit.watched)
        since = self._local.clock(quiet_from)
        if visit.watched > visit.moved:
            since += " when we could see again"
        minutes = (now.timestamp() - quiet_from) / 60
        room = visit.room.replace("-", " ")
        if visit.kind == _BATHROOM:
            begun = f"Went into the {room} at {self._local.clock(visit.entered)}"
        else:
            begun = f"Got up at {self._local.clock(visit.entered)} and was last seen in the {room}"
        why = f"{begun}; nothing has moved anywhere for {minutes:.0f} minutes, since {since}."
        facts: dict[str, float | int | str | bool | None] = {
            "still_minutes": round(minutes),
            "visit_minutes": round((now.timestamp() - visit.entered) / 60),
            "usual_minutes": round(dwell.usual(self._set.unknown_minutes)),
            "visits_known": len(dwell.minutes),
        }
        return self._signal(
            SignalKind.INACTIVITY, identity, now, why, visit,
            Evidence(
                around=now, facts=facts, series=[_visits(dwell, now.timestamp() - visit.entered)]
            ),
        )  # fmt: skip

    def _cannot_see(self, visit: _Visit, now: datetime) -> Signal:
        why = (
            f"Somebody was last seen in the {visit.room.replace('-', ' ')} at "
            f"{self._local.clock(visit.moved)}, and a hub of this home has been silent since: "
            "whether they came out cannot be judged."
        )
        identity = self._id("dark", visit.reading, repr(visit.entered))
        return self._unjudged(identity, now, why, visit, {"reason": "hub_silent"})

    def _sees_no_returns(self, visit: _Visit, dwell: Dwell, now: datetime) -> Signal:
        days = self._days_missed(visit, now.timestamp())
        visits = "the bathroom" if dwell is self._state.by_day else "other rooms at night"
        why = (
            f"On {days} of the last {WINDOW_DAYS} days nothing saw anybody come back from "
            f"{visits}, so a long stay there cannot be judged; another motion sensor on the way "
            "would help."
        )
        identity = self._id("unseen", visit.kind, repr(visit.entered))
        return self._unjudged(identity, now, why, visit, {"reason": "returns_unseen", "days": days})

    def _unjudged(
        self, identity: str, now: datetime, why: str, visit: _Visit, facts: dict[str, str | int]
    ) -> Signal:
        lasted = now.timestamp() - visit.entered
        evidence = Evidence(
            around=now, facts=dict(facts), series=[_visits(self._dwell(visit), lasted)]
        )
        return self._signal(SignalKind.UNJUDGED, identity, now, why, visit, evidence)

    def _resumed(self, reading: Reading, where: str, visit: _Visit, ended: str) -> Signal:
        pause = (reading.occurred_at.timestamp() - visit.moved) / 60
        return Signal(
            id=self._id("resumed", ended),
            org=self._profile.org,
            home=self._profile.home,
            kind=SignalKind.ACTIVITY_RESUMED,
            occurred_at=reading.occurred_at,
            raised_at=reading.received_at,
            why=f"Somebody is moving again ({where.replace('-', ' ')}) after {pause:.0f} minutes.",
            source=self.name,
            reading=reading.id,
            room=where,
            evidence=Evidence(
                around=reading.occurred_at,
                facts={"ends": ended, "still_minutes": round(pause)},
            ),
        )

    def _signal(
        self, kind: SignalKind, identity: str, now: datetime, why: str, visit: _Visit,
        evidence: Evidence,
    ) -> Signal:  # fmt: skip
        return Signal(
            id=identity,
            org=self._profile.org,
            home=self._profile.home,
            kind=kind,
            occurred_at=now,
            raised_at=now,
            why=why,
            source=self.name,
            type=visit.kind,
            reading=visit.reading,
            room=visit.room,
            evidence=evidence,
        )

    def _id(self, *parts: str) -> str:
        return signal_id(self._profile, self.name, *parts)


def _visits(dwell: Dwell, present_s: float) -> EvidenceSeries:
    """How long the last visits were, the present one last."""
    minutes = [*dwell.minutes, round(present_s / 60)]
    return EvidenceSeries(
        name="Length of the last visits",
        x=[float(i) for i in range(len(minutes))],
        y=[float(m) for m in minutes],
        labels=[*(f"-{len(minutes) - 1 - i}" for i in range(len(minutes) - 1)), "now"],
        unit="min",
        usual_low=0.0,
        usual_high=dwell.usual(15.0),
    )

"""Did somebody leave at an hour when this home's door is always shut, and not come back?

Two stages: an outer door at night, then nobody moving indoors. A home's habit is how often
that has happened at about that hour, not how often the door moves: whoever lets the cat out
every night at two is missed all the same on the night they do not come back. Figures on
real homes: docs/judgement-activity.md.
"""

from __future__ import annotations

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
from detectors.local_time import DAY_S, local_time
from detectors.movement import OUTER_DOORS, Glance, place, places
from detectors.spell import spell
from telecare.messages import Evidence, EvidenceSeries, Reading, Signal
from telecare.vocabulary import ReadingKind, SignalKind

_VERSION = 3
_KEPT_EXITS = 96
"""With more late exits than this in four weeks every hour is usual anyway."""
_MERGE_MINUTES = 10
_HURRY_S = 60.0
"""A door that keeps banging in the wind may put the judgement off by no more than this."""
_PASSAGE_S = 120.0
"""From opening a door to having shut it behind oneself."""
_KEPT_ROOMS = 8
_ROOM_S = 7 * DAY_S
_FORGET_S = 12 * 3600.0
"""A later night is a new story, even in a home whose rooms never tell of a return."""


class WanderingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Defaults found on TIHM; each may be set per home."""

    night_from_hour: int = 23
    night_until_hour: int = 5
    still_minutes: float = 24.75
    """As long as telling within 25 minutes allows."""
    usual_nights: int = 2
    """From so many nights on, an exit into silence within `usual_within_minutes` is usual."""
    usual_within_minutes: int = 180
    window_days: int = 28
    evening_hours: int = 1
    """So long before the night, exits into silence are no news, only habit."""
    evening_within_minutes: int = 60
    evening_window_days: int = 56
    empty_hours: float = 10.0
    """From 19:00, when some are put to bed, to the end of the night. A home whose sensors saw
    nobody for longer has nobody who could leave: that door is somebody coming home."""
    empty_rooms: int = 4
    """Only said of homes where so many rooms showed movement within the last week: one
    sensor's long silence means little."""
    learning_days: int = 7
    """Until then nothing can be said of what is usual here."""
    arrival_minutes: float = 60.0
    """The wait where the door had opened first, after `still_minutes` without movement, and
    somebody was seen indoors only then: they came in, and are in bed or have left again. Of 716
    outings by day 19 began so: that many real ones would be told later, and none never."""
    leaving_seconds: float = 0.0
    """Movement this soon after the door may still be on the way out and proves no return."""
    outer_doors: tuple[str, ...] = OUTER_DOORS


class _Exit(msgspec.Struct, array_like=True):
    """An outer door at night, waiting for somebody to move indoors."""

    first: float
    last: float
    room: str
    reading: str
    hurry_until: float
    into_empty: bool
    """Nobody had been seen indoors for so long that nobody was there to leave."""
    came_in: bool = False
    """The door was shut behind somebody who had come in by it."""
    held: bool = False
    """Nobody has moved for `still_minutes`, and more is waited for."""


class _Raised(msgspec.Struct, array_like=True):
    id: str
    door_at: float
    room: str


class _State(msgspec.Struct, array_like=True):
    known_since: float | None = None
    exits: list[int] = []
    """Civil minutes since 1970 of doors, from evening to the end of the night, after which
    nobody moved, oldest first."""
    indoors_at: float = 0.0
    rooms: dict[str, float] = {}
    """Room -> when somebody last moved there."""
    watched_from: float = 0.0
    """When a hub, or all of them, last came back from silence."""
    heard: dict[str, float] = {}
    """Hub that promises heartbeats -> its last word."""
    exit: _Exit | None = None
    raised: _Raised | None = None
    door_first: float = 0.0
    """When a door last opened though nobody had been seen indoors for `still_minutes`, while
    we watched."""


class Wandering:
    """Raises `wandering` `still_minutes` after the door, at most a minute later if the door
    goes on moving, `arrival_minutes` after it if somebody came in by it; `returned`, naming it,
    when somebody moves indoors again.

    It is refused while nobody anywhere is heard, and where nobody was seen for so long that
    nobody can have left. A home's own silent hub is no reason to refuse it: somebody did open
    that door. It cannot know who went: a visitor who leaves at three looks the same.
    """

    name: ClassVar[str] = "wandering"
    listens_to: ClassVar[frozenset[ReadingKind]] = frozenset(
        {ReadingKind.READING, ReadingKind.HEARTBEAT}
    )

    def __init__(self, profile: HomeProfile) -> None:
        self.due_at: datetime | None = None
        self.refusals: Counter[Refused] = Counter()
        self._profile = profile
        self._hubs = profile.seen_through()
        self._set = settings_of(profile, self.name, WanderingSettings)
        self._doors = places(self._set.outer_doors)
        self._local = local_time(profile.timezone)
        self._state = _State()

    def observe(self, reading: Reading, seen: Glance) -> list[Signal]:
        promise = self._hubs.get(reading.device)
        if promise is not None and seen.heard is not None:
            self._hub_speaks(reading.device, seen.heard, promise)
        if not seen.room:
            return []
        state, moment = self._state, seen.moment
        if state.known_since is None or moment < state.known_since:
            state.known_since = moment
        if self._doors.isdisjoint(seen.door):
            if moment > state.indoors_at:
                state.indoors_at = moment
                state.rooms[seen.room] = moment
                if len(state.rooms) > _KEPT_ROOMS:
                    del state.rooms[min(state.rooms, key=state.rooms.__getitem__)]
                if state.exit is not None or state.raised is not None:
                    return self._moved_indoors(reading, moment)
        else:
            self._door_moved(reading, seen)
        return []

    def tick(self, now: datetime) -> list[Signal]:
        if self.due_at is None or now < self.due_at:
            return []
        exit_ = self._state.exit
        self.due_at = None
        if exit_ is None:
            return []
        minute = self._local.seconds(exit_.first) // 60
        if exit_.came_in and not exit_.held:
            exit_.held = True
            if (held_until := at(self._deadline(exit_))) > now:
                self._remember(minute)
                self.due_at = held_until
                return []
        self._state.exit = None
        at_night = self._is_night(exit_.first)
        if at_night and exit_.into_empty:
            self.refusals[Refused.HARDLY_SEEN] += 1
            return []
        nights = self._nights_like(minute)
        self._remember(minute)
        if not at_night or nights >= self._set.usual_nights:
            return []
        identity = signal_id(self._profile, self.name, "left", exit_.reading, repr(exit_.first))
        self._state.raised = _Raised(identity, exit_.first, exit_.room)
        return [self._wandering(identity, exit_, now, nights)]

    def blind(self, since: datetime, until: datetime) -> None:
        """Silence after the door, or before it, says nothing if nobody anywhere was heard."""
        self._state.watched_from = max(self._state.watched_from, until.timestamp())
        exit_ = self._state.exit
        judged_at = self.due_at
        if (
            exit_ is not None
            and judged_at is not None
            and since < judged_at
            and (exit_.first <= until.timestamp())
        ):
            self._state.exit = None
            self.due_at = None
            self.refusals[Refused.BLACKOUT] += 1

    def snapshot(self) -> bytes:
        return pack(_VERSION, self._state)

    def restore(self, snapshot: bytes) -> None:
        self._state = unpack(_VERSION, snapshot, _State)
        self.due_at = None
        if self._state.exit is not None:
            self.due_at = at(self._deadline(self._state.exit))

    def _moved_indoors(self, reading: Reading, moment: float) -> list[Signal]:
        state = self._state
        if state.exit is not None and moment > state.exit.last + self._set.leaving_seconds:
            state.exit = None
            self.due_at = None
        raised = state.raised
        if raised is None or moment <= raised.door_at + self._set.leaving_seconds:
            return []
        state.raised = None
        return [self._returned(reading, raised)]

    def _hub_speaks(self, hub: str, heard: float, promise: float) -> None:
        state = self._state
        before = state.heard.get(hub, heard)
        if heard < before:
            return
        if heard - before > promise:
            state.watched_from = max(state.watched_from, heard)
        state.heard[hub] = heard

    def _door_moved(self, reading: Reading, seen: Glance) -> None:
        moment = seen.moment
        at_night = self._is_night(moment)
        if not (at_night or self._is_evening(moment)):
            return
        state = self._state
        if state.raised is not None and moment > state.raised.door_at + _FORGET_S:
            state.raised = None
        goes_on = state.exit is not None and moment >= state.exit.first
        if state.exit is not None and goes_on and at_night and not self._is_night(state.exit.first):
            state.exit, goes_on = None, False  # the evening's last door is the night's first
        if state.exit is not None and goes_on:
            state.exit.last = max(state.exit.last, moment)
        elif state.exit is None and state.raised is None:
            if moment < state.indoors_at:
                return  # an old door: somebody has moved indoors since
            state.exit = _Exit(
                moment, moment, seen.room, reading.id, 0.0,
                self._is_empty(moment), self._came_in(moment),
            )  # fmt: skip
        else:
            return
        if self._unseen(moment) >= self._set.still_minutes * 60:
            state.door_first = moment
        if seen.is_late:
            # Told late: what happened after the door may still be on its way to us.
            state.exit.hurry_until = (reading.received_at + LATE_GRACE).timestamp()
        self.due_at = at(self._deadline(state.exit))

    def _deadline(self, exit_: _Exit) -> float:
        still = 60 * (self._set.arrival_minutes if exit_.held else self._set.still_minutes)
        return max(min(exit_.last + still, exit_.first + still + _HURRY_S), exit_.hurry_until)

    def _remember(self, minute: int) -> None:
        exits = self._state.exits
        if exits and abs(minute - exits[-1]) < _MERGE_MINUTES:
            return
        exits.append(minute)
        kept_days = max(self._set.window_days, self._set.evening_window_days)
        oldest = minute - (kept_days + 1) * 1440
        if len(exits) > _KEPT_EXITS or exits[0] < oldest:
            exits.sort()
            self._state.exits = [m for m in exits if m >= oldest][-_KEPT_EXITS:]

    def _nights_like(self, minute: int) -> int:
        """On how many earlier nights somebody went near this time and nobody moved."""
        nights = set()
        for earlier in self._state.exits:
            apart = minute - earlier
            near, days = self._set.usual_within_minutes, self._set.window_days
            if not self._hour_is_night(earlier % 1440 / 60):
                # Told to nobody, so that no stray night grows usual by being long remembered.
                near, days = self._set.evening_within_minutes, self._set.evening_window_days
            if 720 <= apart <= days * 1440 + 720:
                away = apart % 1440
                if min(away, 1440 - away) <= near:
                    nights.add((apart + 720) // 1440)
        return len(nights)

    def _is_empty(self, moment: float) -> bool:
        """Whether many rooms, of late, and none of them for hours, though we watched."""
        rooms = sum(moment - seen < _ROOM_S for seen in self._state.rooms.values())
        empty = self._unseen(moment) > self._set.empty_hours * 3600
        return empty and rooms >= self._set.empty_rooms

    def _unseen(self, moment: float) -> float:
        """Seconds in which nobody moved indoors though we watched."""
        state = self._state
        known_since = moment if state.known_since is None else state.known_since
        return moment - max(state.indoors_at, state.watched_from, known_since)

    def _came_in(self, moment: float) -> bool:
        """Whether this door follows movement that an outer door came before."""
        state = self._state
        return state.door_first < state.indoors_at and moment - state.door_first <= _PASSAGE_S

    def _is_night(self, moment: float) -> bool:
        return self._hour_is_night(self._local.seconds(moment) % DAY_S / 3600)

    def _hour_is_night(self, hour: float) -> bool:
        return _within(hour, self._set.night_from_hour, self._set.night_until_hour)

    def _is_evening(self, moment: float) -> bool:
        hour = self._local.seconds(moment) % DAY_S / 3600
        begins = self._set.night_from_hour
        return _within(hour, (begins - self._set.evening_hours) % 24, begins)

    def _is_learning(self, moment: float) -> bool:
        known = moment if self._state.known_since is None else self._state.known_since
        return moment - known < self._set.learning_days * DAY_S

    def _wandering(self, identity: str, exit_: _Exit, now: datetime, nights: int) -> Signal:
        still = (now.timestamp() - exit_.first) / 60
        door = exit_.room.replace("-", " ")
        minute = self._local.seconds(exit_.first) // 60
        habit = "in the night" if self._is_learning(exit_.first) else "when it is usually shut"
        return Signal(
            id=identity,
            org=self._profile.org,
            home=self._profile.home,
            kind=SignalKind.WANDERING,
            occurred_at=now,
            raised_at=now,
            why=f"The {door} opened at {self._local.clock(exit_.first)}, {habit}, "
            f"and nobody has moved indoors for {spell(still * 60)}.",
            source=self.name,
            type="night_exit",
            reading=exit_.reading,
            room=exit_.room,
            evidence=Evidence(
                around=at(exit_.first),
                facts={
                    "door_at": at(exit_.first).isoformat(),
                    "still_minutes": round(still, 1),
                    "similar_nights": nights,
                    "nights_looked_at": self._set.window_days,
                },
                series=[self._nights()],
                marks={"tonight": float((minute // 60 - self._set.night_from_hour + 1) % 24)},
            ),
        )

    def _nights(self) -> EvidenceSeries:
        """How often somebody went into silence in each hour of the remembered nights."""
        first = self._set.night_from_hour - self._set.evening_hours
        hours = [(first + i) % 24 for i in range((self._set.night_until_hour - first + 1) % 24)]
        counts = dict.fromkeys(hours, 0)
        for minute in self._state.exits:
            hour = minute // 60 % 24
            if hour in counts:
                counts[hour] += 1
        return EvidenceSeries(
            name=f"Left late, last {self._set.evening_window_days} nights",
            x=[float(i) for i in range(len(hours))],
            y=[float(counts[hour]) for hour in hours],
            labels=[f"{hour:02d}:00" for hour in hours],
            unit="exits",
        )

    def _returned(self, reading: Reading, raised: _Raised) -> Signal:
        away = (reading.occurred_at.timestamp() - raised.door_at) / 60
        where = place(reading.room, reading.sensor)
        return Signal(
            id=signal_id(self._profile, self.name, "returned", raised.id),
            org=self._profile.org,
            home=self._profile.home,
            kind=SignalKind.RETURNED,
            occurred_at=reading.occurred_at,
            raised_at=reading.received_at,
            why=f"Somebody is moving indoors again ({where.replace('-', ' ')}), {spell(away * 60)} "
            f"after the {raised.room.replace('-', ' ')} opened.",
            source=self.name,
            reading=reading.id,
            room=where,
            evidence=Evidence(
                around=reading.occurred_at,
                facts={"ends": raised.id, "away_minutes": round(away)},
            ),
        )


def _within(hour: float, start: int, end: int) -> bool:
    """Whether `hour` lies in [start, end), which may pass midnight."""
    if start <= end:
        return start <= hour < end
    return hour >= start or hour < end

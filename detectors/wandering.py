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

from detectors import wandering_news
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
from detectors.late_exits import Exit, LateHours, WanderingSettings
from detectors.local_time import DAY_S, local_time
from detectors.movement import Glance, place, places
from detectors.wandering_news import NAME, Habit
from telecare.messages import Reading, Signal
from telecare.vocabulary import ReadingKind

_VERSION = 3
_PASSAGE_S = 120.0
"""From opening a door to having shut it behind oneself."""
_KEPT_ROOMS = 8
_ROOM_S = 7 * DAY_S
_FORGET_S = 12 * 3600.0
"""A later night is a new story, even in a home whose rooms never tell of a return."""


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
    exit: Exit | None = None
    raised: _Raised | None = None
    door_first: float = 0.0
    """When a door last opened though nobody had been seen indoors for `still_minutes`, while
    we watched."""


class Wandering:
    """Raises `wandering` `still_minutes` after the door, at most a minute later if the door
    goes on moving, `arrival_minutes` after it if somebody came in by it; `returned`, naming it,
    when somebody moves indoors again.

    It waits while nobody anywhere is heard, and is refused where nobody was seen for so long that
    nobody can have left. A home's own silent hub is no reason to wait: somebody did open that
    door. It cannot know who went: a visitor who leaves at three looks the same.
    """

    name: ClassVar[str] = NAME
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
        self._late = LateHours(self._set, self._local)
        self._state = _State()

    def observe(self, reading: Reading, seen: Glance) -> list[Signal]:
        state, moment, heard = self._state, seen.moment, seen.heard
        if heard is not None and self._hubs.hear(state.heard, reading.device, heard, seen.room):
            state.watched_from = max(state.watched_from, heard)
        if not seen.room:
            return []
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
        state, exit_ = self._state, self._state.exit
        self.due_at = None
        if exit_ is None:
            return []
        minute = self._late.minute(exit_.first)
        if exit_.came_in and not exit_.held:
            exit_.held = True
            if (held_until := at(exit_.deadline(self._set))) > now:
                state.exits = self._late.remember(state.exits, minute)
                self.due_at = held_until
                return []
        state.exit = None
        at_night = self._late.is_night(exit_.first)
        if at_night and exit_.into_empty:
            self.refusals[Refused.HARDLY_SEEN] += 1
            return []
        nights = self._late.nights_like(state.exits, minute)
        state.exits = self._late.remember(state.exits, minute)
        if not at_night or nights >= self._set.usual_nights:
            return []
        identity = signal_id(self._profile, self.name, "left", exit_.reading, repr(exit_.first))
        state.raised = _Raised(identity, exit_.first, exit_.room)
        habit = Habit(state.exits, nights, self._is_learning(exit_.first))
        silent_since = self._hubs.silent_since(state.heard, now.timestamp())
        return [
            wandering_news.left(
                self._profile, self._set, self._local, identity, exit_, habit, silent_since, now
            )
        ]

    def blind(self, since: datetime, until: datetime) -> None:
        """Silence after the door, or before it, says nothing if nobody anywhere was heard: it is
        watched anew from its end, unless the night is over by then.
        """
        end = until.timestamp()
        self._state.watched_from = max(self._state.watched_from, end)
        exit_ = self._state.exit
        if exit_ is None or self.due_at is None or since >= self.due_at or exit_.first > end:
            return
        if since.timestamp() > exit_.watched:
            self.refusals[Refused.BLACKOUT] += 1
        exit_.watched = max(exit_.watched, end)
        if end > exit_.first + _FORGET_S:
            self._state.exit = None
        self._look_at_due()

    def snapshot(self) -> bytes:
        return pack(_VERSION, self._state)

    def restore(self, snapshot: bytes) -> None:
        self._state = unpack(_VERSION, snapshot, _State)
        self._look_at_due()

    def _look_at_due(self) -> None:
        exit_ = self._state.exit
        self.due_at = None if exit_ is None else at(exit_.deadline(self._set))

    def _moved_indoors(self, reading: Reading, moment: float) -> list[Signal]:
        state = self._state
        if state.exit is not None and moment > state.exit.last + self._set.leaving_seconds:
            state.exit = None
            self.due_at = None
        raised = state.raised
        if raised is None or moment <= raised.door_at + self._set.leaving_seconds:
            return []
        state.raised = None
        identity = signal_id(self._profile, self.name, "returned", raised.id)
        away_s = reading.occurred_at.timestamp() - raised.door_at
        where = place(reading.room, reading.sensor)
        return [
            wandering_news.returned(
                self._profile, identity, reading, where, raised.id, raised.room, away_s
            )
        ]

    def _door_moved(self, reading: Reading, seen: Glance) -> None:
        moment = seen.moment
        if not (self._late.is_night(moment) or self._late.is_evening(moment)):
            return
        state = self._state
        if state.raised is not None and moment > state.raised.door_at + _FORGET_S:
            state.raised = None
        goes_on = state.exit is not None and moment >= state.exit.first
        since_evening = state.exit is not None and not self._late.is_night(state.exit.first)
        if goes_on and since_evening and self._late.is_night(moment):
            state.exit, goes_on = None, False  # the evening's last door is the night's first
        if state.exit is not None and goes_on:
            state.exit.last = max(state.exit.last, moment)
        elif state.exit is None and state.raised is None:
            if moment < state.indoors_at:
                return  # an old door: somebody has moved indoors since
            door = min(seen.door & self._doors)  # not the hall in which it is
            state.exit = Exit(
                moment, moment, door, reading.id, 0.0,
                self._is_empty(moment), self._came_in(moment),
            )  # fmt: skip
        else:
            return
        if self._unseen(moment) >= self._set.still_minutes * 60:
            state.door_first = moment
        if seen.is_late:
            # Told late: what happened after the door may still be on its way to us.
            state.exit.hurry_until = (reading.received_at + LATE_GRACE).timestamp()
        self._look_at_due()

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

    def _is_learning(self, moment: float) -> bool:
        known = moment if self._state.known_since is None else self._state.known_since
        return moment - known < self._set.learning_days * DAY_S

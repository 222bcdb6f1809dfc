"""Does a night or a day differ from this person's own last weeks?

`turns` counts, `habits` says what is looked for, `change` how far it lies from the usual,
`agitation` how restless a day was. Here they are fed, judged at their hours, and kept to
one budget: the monthly word goes to the strongest change, whichever it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import ClassVar

import msgspec

from detectors.absences import Absences
from detectors.agitation import EVENING_S, RestlessDay, is_hallway
from detectors.base import HomeProfile, at, pack, settings_of, signal_id, unpack
from detectors.change import (
    BASELINE_DAYS,
    GUARD_DAYS,
    Baseline,
    Verdict,
    baseline,
    usual_band,
    verdict,
    with_sensors,
)
from detectors.coverage import Refused
from detectors.fleet import TIHM_FLEET
from detectors.habits import (
    BATHROOM_NIGHT,
    HABITS,
    KITCHEN_DAY,
    NIGHT_ABOUT,
    RESTLESS,
    Habit,
    known,
    sentence,
    stands_out,
)
from detectors.local_time import DAY_S, day_name, local_time
from detectors.movement import BATHROOMS, BEDROOMS, OUTER_DOORS, Glance, one_of, places
from detectors.ranges import Count, Hour, Times
from detectors.turns import TURN_BEGINS_S, Places, Turn, TurnBook
from telecare.errors import InvalidInput
from telecare.messages import Evidence, EvidenceSeries, Reading, Signal
from telecare.vocabulary import ReadingKind, SignalKind

_VERSION = 2
_IDLE_DAYS = 7
_QUARTER_S = 900
_STRONGER = 1.5
_EVENING_HOURS = (EVENING_S - TURN_BEGINS_S) // 3600


class RoutineSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may differ from home to home."""

    judged_at_hour: Hour = 7
    """Late readings have an hour; whoever should look can do so the same day."""
    bathroom_threshold: Times = BATHROOM_NIGHT.threshold
    kitchen_threshold: Times = KITCHEN_DAY.threshold
    thresholds: Mapping[str, Times] = {}
    """Any habit -> spreads of the person's own weeks, where they differ from `HABITS`."""
    restless_threshold: Times = 2.3
    """Of a day's restlessness, in deviations of the fleet's days."""
    least_days: Count = 14
    refractory_days: Count = 7
    budget_days: Count = 28
    """One trend signal a home in so many days; a clearly stronger one still passes."""
    bathrooms: tuple[str, ...] = BATHROOMS
    kitchens: tuple[str, ...] = ("kitchen", "fridge-door", "fridge", "kettle")
    bedrooms: tuple[str, ...] = BEDROOMS
    outer_doors: tuple[str, ...] = OUTER_DOORS


class _Raised(msgspec.Struct, array_like=True):
    day: int
    habit: str
    strength: float


class _State(msgspec.Struct, array_like=True):
    book: TurnBook
    restless: RestlessDay
    next_day: int = 0
    """The turn to be judged next, 0 while nobody moves."""
    evening: int = 0
    """The civil day whose restlessness is to be judged next."""
    raised: list[_Raised] = []


class _Found(msgspec.Struct, frozen=True):
    """A change worth a word: `strength` in thresholds, so that habits can be ranked."""

    strength: float
    habit: Habit
    verdict: Verdict
    days: Baseline


class Routine:
    """Raises at most one `routine` signal a morning and one an evening, and keeps to its
    budget of the month.

    A turn is 24 civil hours from 06:00: a day and the night after it, judged together the
    next morning; restlessness is judged at 20:00. What was not covered, by the hub, by a
    sensor, or because people said that the home is away, is not judged and not learnt.
    """

    name: ClassVar[str] = "routine"
    listens_to: ClassVar[frozenset[ReadingKind]] = frozenset(
        {ReadingKind.READING, ReadingKind.HEARTBEAT}
    )

    def __init__(self, profile: HomeProfile) -> None:
        self.due_at: datetime | None = None
        self.refusals: Counter[Refused] = Counter()
        self.judged: Counter[str] = Counter()
        """Habit -> judgements made, refused ones not among them."""
        self._profile = profile
        self._set = settings_of(profile, self.name, RoutineSettings)
        self._thresholds = _thresholds(self._set)
        self._places = Places(
            one_of(self._set.bathrooms), one_of(self._set.kitchens), one_of(self._set.bedrooms)
        )
        self._doors = places(self._set.outer_doors)
        self._absences = Absences(profile)
        self._local = local_time(profile.timezone)
        self._state = _State(TurnBook(), RestlessDay())
        self._quarter = -1
        """Clocks change only between quarters of an hour, so what follows holds within one;
        none of it is part of the state."""
        self._civil_s = 0
        self._turn: Turn | None = None

    def observe(self, reading: Reading, seen: Glance) -> list[Signal]:  # noqa: ARG002 - a glance is enough
        whole = int(seen.moment)
        if whole // _QUARTER_S != self._quarter:
            self._turn_to(whole)
        turn = self._turn
        if not seen.room or turn is None:
            return []
        state = self._state
        second = whole + self._civil_s
        door = not self._doors.isdisjoint(seen.door)
        state.book.sign(turn, second, seen.moment, seen.room, self._places, door=door)
        state.restless.add(second, seen.room)
        if self.due_at is None:
            state.next_day, state.evening = turn.day, state.restless.day
            self._schedule()
        return []

    def tick(self, now: datetime) -> list[Signal]:
        signals: list[Signal] = []
        while self.due_at is not None and self.due_at <= now:
            due, state = self.due_at, self._state
            if due.timestamp() == self._evening_at():
                signals += self._judge_evening(state.evening, due)
                state.evening += 1
            else:
                state.book.rest(state.next_day)
                signals += self._judge(state.next_day, due)
                turns = state.book.turns
                if not turns or turns[-1].day < state.next_day - _IDLE_DAYS:
                    state.next_day = state.evening = 0
                else:
                    state.next_day += 1
            self._schedule()
        return signals

    def blind(self, since: datetime, until: datetime) -> None:
        """Mark the whole hours in which nobody anywhere was heard."""
        if not self._state.next_day:
            return
        second = self._local.seconds(since.timestamp()) - TURN_BEGINS_S
        end = self._local.seconds(until.timestamp()) - TURN_BEGINS_S
        for hour in range(-(-second // 3600), end // 3600):
            turn = self._state.book.turn(hour // 24)
            if turn is not None:
                turn.dark |= 1 << hour % 24

    def snapshot(self) -> bytes:
        return pack(_VERSION, self._state)

    def restore(self, snapshot: bytes) -> None:
        self._state = unpack(_VERSION, snapshot, _State)
        self._quarter = -1
        self._schedule()

    def _turn_to(self, whole: int) -> None:
        """The turn of another quarter of an hour, in which something was heard."""
        second = self._local.seconds(whole)
        day, since = divmod(second - TURN_BEGINS_S, DAY_S)
        self._quarter, self._civil_s = whole // _QUARTER_S, second - whole
        self._turn = self._state.book.turn(day)
        if self._turn is not None:
            self._turn.heard |= 1 << since // 3600

    def _schedule(self) -> None:
        day = self._state.next_day
        if not day:
            self.due_at = None
            return
        morning = self._local.timestamp(day + 1, self._set.judged_at_hour * 3600)
        self.due_at = at(min(morning, self._evening_at()))

    def _evening_at(self) -> float:
        return self._local.timestamp(self._state.evening, EVENING_S)

    def _paused(self, day: int) -> bool:
        if not self._profile.pauses:
            return False
        begins = self._local.timestamp(day, TURN_BEGINS_S)
        return self._absences.during(begins, begins + DAY_S) is not None

    def _baseline(self, day: int, so_far: int = 24) -> Baseline | Refused:
        return baseline(
            self._state.book.turns,
            day,
            self._set.least_days,
            watched=self._profile.seen_through().is_promised,
            paused=self._paused,
            so_far=so_far,
        )

    def _judge(self, day: int, now: datetime) -> list[Signal]:
        days = self._baseline(day)
        if isinstance(days, Refused):
            return self._refuse(days)
        found: list[_Found] = []
        for habit in HABITS:
            covered = self._covered(habit, days)
            judged = covered if isinstance(covered, Refused) else verdict(covered, habit.sought)
            if isinstance(judged, Refused) or isinstance(covered, Refused):
                self._refuse(judged)
                continue
            self.judged[habit.name] += 1
            strength = judged.strength / self._thresholds[habit.name]
            if strength >= 1.0 and stands_out(habit, covered, judged):
                found.append(_Found(strength, habit, judged, covered))
        if any(each.habit is BATHROOM_NIGHT for each in found):
            # The particular says more than the general it is part of.
            found = [each for each in found if each.habit is not NIGHT_ABOUT]
        found.sort(key=lambda each: each.strength, reverse=True)
        return self._strongest(day, now, found)

    def _judge_evening(self, day: int, now: datetime) -> list[Signal]:
        restless = self._state.restless
        turn = self._state.book.known(day)
        if restless.day != day or turn is None:
            return []
        turn.moves = sum(restless.moves)
        days = self._baseline(day, _EVENING_HOURS)
        if isinstance(days, Baseline):
            halls = self._bits(is_hallway)
            days = with_sensors(days, halls, self._set.least_days, alone=True)
        own = days if isinstance(days, Refused) else verdict(days, RESTLESS.sought)
        if isinstance(own, Refused) or isinstance(days, Refused):
            return self._refuse(own)
        self.judged[RESTLESS.name] += 1
        score = TIHM_FLEET.restlessness(restless.features())
        strength = score / self._set.restless_threshold
        own_strength = own.strength / self._thresholds[RESTLESS.name]
        if min(strength, own_strength) < 1.0 or not stands_out(RESTLESS, days, own):
            return []
        return self._strongest(
            day, now, [_Found(strength, RESTLESS, Verdict(score, own.days), days)]
        )

    def _refuse(self, reason: Refused | Verdict) -> list[Signal]:
        if isinstance(reason, Refused):
            self.refusals[reason] += 1
        return []

    def _covered(self, habit: Habit, days: Baseline) -> Baseline | Refused:
        """The days that tell of this habit at all."""
        if habit.group is not None:
            bits = self._bits(getattr(self._places, habit.group))
            alone = habit.group == "bathrooms"
            return with_sensors(days, bits, self._set.least_days, alone=alone)
        if not habit.clock:
            return days
        kept = Baseline(
            [t for t in days.usual if known(habit, t)], [t for t in days.recent if known(habit, t)]
        )
        if not kept.recent or kept.recent[-1] is not days.recent[-1]:
            return Refused.HARDLY_SEEN
        return kept if len(kept.usual) >= self._set.least_days else Refused.LEARNING

    def _bits(self, is_one: Callable[[str], bool]) -> int:
        return sum(1 << i for i, room in enumerate(self._state.book.rooms) if is_one(room))

    def _strongest(self, day: int, now: datetime, found: list[_Found]) -> list[Signal]:
        """The strongest that budget and refractory time allow."""
        state = self._state
        month = [r for r in state.raised if r.day > day - self._set.budget_days]
        week = {r.habit for r in state.raised if day - r.day < self._set.refractory_days}
        for each in found:
            spent = any(each.strength < _STRONGER * r.strength for r in month)
            if spent or each.habit.name in week:
                continue
            keep = max(self._set.budget_days, self._set.refractory_days)
            state.raised = [r for r in state.raised if r.day > day - keep]
            state.raised.append(_Raised(day, each.habit.name, each.strength))
            return [self._changed(day, now, each)]
        return []

    def _changed(self, day: int, now: datetime, found: _Found) -> Signal:
        habit, judged, days = found.habit, found.verdict, found.days
        low, high = usual_band(days, habit.shown)
        looked_back = range(day - BASELINE_DAYS - GUARD_DAYS, day)
        return Signal(
            id=signal_id(self._profile, self.name, habit.name, str(day)),
            org=self._profile.org,
            home=self._profile.home,
            kind=SignalKind.ROUTINE,
            occurred_at=now,
            raised_at=now,
            why=sentence(habit, days, judged),
            source=self.name,
            type=habit.name,
            room=habit.room,
            evidence=Evidence(
                around=now,
                facts={
                    "strength": round(judged.strength, 2),
                    "usual_low": low,
                    "usual_high": high,
                    "days_compared": len(days.usual),
                    "days_changed": len(judged.days),
                    "days_paused": sum(map(self._paused, looked_back)),
                },
                series=[_series(habit, days)],
                marks={"changed from": float(len(days.usual + days.recent) - len(judged.days))},
            ),
        )


def _series(habit: Habit, days: Baseline) -> EvidenceSeries:
    """Every compared day with the usual band, the judged ones last."""
    turns: list[Turn] = days.usual + days.recent
    low, high = usual_band(days, habit.shown)
    return EvidenceSeries(
        name=habit.title,
        x=[float(i) for i in range(len(turns))],
        y=[float(habit.shown(t)) for t in turns],
        labels=[day_name(t.day) for t in turns],
        unit=habit.unit,
        usual_low=float(low),
        usual_high=float(high),
    )


def _thresholds(given: RoutineSettings) -> dict[str, float]:
    """Raises `InvalidInput` for a habit there is not."""
    known_names = {habit.name: habit.threshold for habit in (*HABITS, RESTLESS)}
    foreign = given.thresholds.keys() - known_names.keys()
    if foreign:
        raise InvalidInput(
            f"routine knows no habit {min(foreign)!r}; write one of {', '.join(known_names)}"
        )
    flat = {
        BATHROOM_NIGHT.name: given.bathroom_threshold,
        KITCHEN_DAY.name: given.kitchen_threshold,
    }
    return known_names | flat | dict(given.thresholds)

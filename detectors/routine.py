"""Does a night or a day differ from this person's own last weeks?

Two habits are watched: visits to the bathroom at night (more may be an early sign of an
infection or of poor sleep) and use of the kitchen by day (less may mean that looking after
oneself is getting hard). The measure and its constants are in `change`.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from detectors.base import HomeProfile, at, pack, settings_of, signal_id, unpack
from detectors.change import (
    Baseline,
    Turn,
    Verdict,
    baseline,
    less_in_kitchen,
    more_in_bathroom,
)
from detectors.local_time import DAY_S, day_name, local_time
from detectors.movement import place, sign_of
from telecare.messages import Evidence, EvidenceSeries, Reading, Signal
from telecare.vocabulary import ReadingKind, SignalKind

_VERSION = 1
_TURN_BEGINS_S = 6 * 3600
_KEPT_TURNS = 36
"""28 of the baseline, 3 of the guard, 3 of the sum, the present one, and one to spare."""
_VISIT_GAP_S = 300.0
_ROOMS = 16
_IDLE_DAYS = 7
_STRONGER = 1.5
_BATHROOM = "bathroom_night"
_KITCHEN = "kitchen_day"
_NO_DOORS: frozenset[str] = frozenset()
"""An outer door is a room like any other here."""


class RoutineSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Thresholds are spreads of the person's own weeks. On the TIHM developers' homes these
    two give 0.15 and 0.05 signals a judged home-week before the budget, and find 0.67 of
    three nights with doubled bathroom visits and 0.86 of five days with half the kitchen's.
    """

    night_from_hour: int = 22
    """The night ends at 06:00, when the next turn begins."""
    judged_at_hour: int = 7
    """Late readings have an hour; whoever should look can do so the same day."""
    bathroom_threshold: float = 2.0
    kitchen_threshold: float = 1.75
    least_days: int = 14
    refractory_days: int = 7
    budget_days: int = 28
    """One trend signal a home in so many days; a clearly stronger one still passes."""
    bathrooms: tuple[str, ...] = ("bathroom", "toilet", "wc", "ensuite", "en-suite")
    kitchens: tuple[str, ...] = ("kitchen", "fridge-door", "fridge", "kettle")


class _Raised(msgspec.Struct, array_like=True):
    day: int
    measure: str
    strength: float


class _State(msgspec.Struct, array_like=True):
    turns: list[Turn] = []
    seen: dict[str, float] = {}
    """Room -> its last sign, to merge signs at most five minutes apart into one visit."""
    next_day: int = 0
    """The turn to be judged next, 0 while nobody moves."""
    raised: list[_Raised] = []


class Routine:
    """Raises at most one `routine` signal a morning and keeps to its budget.

    A turn is 24 civil hours from 06:00: a day and the night after it, judged together the
    next morning. Turns in which the hub was away or the home hardly moved are not judged
    and do not count as usual.
    """

    name: ClassVar[str] = "routine"
    listens_to: ClassVar[frozenset[ReadingKind]] = frozenset(
        {ReadingKind.READING, ReadingKind.HEARTBEAT}
    )

    def __init__(self, profile: HomeProfile) -> None:
        self.due_at: datetime | None = None
        self._profile = profile
        self._set = settings_of(profile, self.name, RoutineSettings)
        self._bathrooms = frozenset(place(room, None) for room in self._set.bathrooms)
        self._kitchens = frozenset(place(room, None) for room in self._set.kitchens)
        self._local = local_time(profile.timezone)
        self._state = _State()

    def observe(self, reading: Reading) -> list[Signal]:
        moment = reading.occurred_at.timestamp()
        turn_second = self._local.seconds(moment) - _TURN_BEGINS_S
        day = turn_second // DAY_S
        turns = self._state.turns
        turn = turns[-1] if turns and turns[-1].day == day else self._turn(day)
        if turn is None:
            return []
        hour = turn_second % DAY_S // 3600  # since 06:00
        turn.heard |= 1 << hour
        if reading.kind is not ReadingKind.READING or sign_of(reading, _NO_DOORS) is None:
            return []
        turn.active |= 1 << hour
        self._visit(turn, place(reading.room, reading.sensor), hour, moment)
        if self.due_at is None:
            self._state.next_day = day
            self._schedule()
        return []

    def tick(self, now: datetime) -> list[Signal]:
        signals: list[Signal] = []
        while self.due_at is not None and self.due_at <= now:
            due, day = self.due_at, self._state.next_day
            signals += self._judge(day, due)
            quiet = not self._state.turns or self._state.turns[-1].day < day - _IDLE_DAYS
            self._state.next_day = 0 if quiet else day + 1
            self._schedule()
        return signals

    def snapshot(self) -> bytes:
        return pack(_VERSION, self._state)

    def restore(self, snapshot: bytes) -> None:
        self._state = unpack(_VERSION, snapshot, _State)
        self._schedule()

    def _schedule(self) -> None:
        day = self._state.next_day
        self.due_at = (
            at(self._local.timestamp(day + 1, self._set.judged_at_hour * 3600)) if day else None
        )

    def _turn(self, day: int) -> Turn | None:
        """The turn of `day`, new if need be; None if it is too old to be remembered."""
        turns = self._state.turns
        place_in_order = len(turns)
        while place_in_order and turns[place_in_order - 1].day >= day:
            place_in_order -= 1
        if place_in_order < len(turns) and turns[place_in_order].day == day:
            return turns[place_in_order]
        if place_in_order == 0 and len(turns) == _KEPT_TURNS:
            return None
        turn = Turn(day)
        turns.insert(place_in_order, turn)
        if len(turns) > _KEPT_TURNS:
            del turns[0]
        return turn

    def _visit(self, turn: Turn, room: str, hour: int, moment: float) -> None:
        """Count a visit unless this sign still belongs to the room's last one."""
        seen = self._state.seen
        before = seen.get(room)
        if before is None and len(seen) >= _ROOMS:
            return
        seen[room] = moment
        if before is not None and abs(moment - before) <= _VISIT_GAP_S:
            return
        if hour >= self._set.night_from_hour - 6:
            if room in self._bathrooms:
                turn.bathroom_night += 1
            else:
                turn.other_night += 1
        elif room in self._kitchens:
            turn.kitchen_day += 1
        else:
            turn.other_day += 1

    def _judge(self, day: int, now: datetime) -> list[Signal]:
        days = baseline(
            self._state.turns,
            day,
            self._set.least_days,
            watched=bool(self._profile.hubs),
        )
        if days is None:
            return []
        found = []
        bathroom = more_in_bathroom(days)
        if bathroom.strength >= self._set.bathroom_threshold and _outside(bathroom):
            found.append((bathroom.strength / self._set.bathroom_threshold, _BATHROOM, bathroom))
        kitchen = less_in_kitchen(days)
        if (
            kitchen is not None
            and kitchen.strength >= self._set.kitchen_threshold
            and _outside(kitchen)
        ):
            found.append((kitchen.strength / self._set.kitchen_threshold, _KITCHEN, kitchen))
        for strength, measure, verdict in sorted(found, key=lambda f: f[:2], reverse=True):
            if self._may_raise(day, measure, strength):
                self._state.raised = [
                    r for r in self._state.raised if r.day > day - self._set.budget_days
                ]
                self._state.raised.append(_Raised(day, measure, strength))
                return [self._changed(day, now, measure, verdict, days)]
        return []

    def _may_raise(self, day: int, measure: str, strength: float) -> bool:
        """Whether the budget of the month and the rest of the week allow it.

        The budget goes to the strongest: a change half as strong again as all that have
        spent it still passes.
        """
        month = [r for r in self._state.raised if r.day > day - self._set.budget_days]
        if any(r.measure == measure and day - r.day < self._set.refractory_days for r in month):
            return False
        return all(strength >= _STRONGER * r.strength for r in month)

    def _changed(
        self, day: int, now: datetime, measure: str, verdict: Verdict, days: Baseline
    ) -> Signal:
        return Signal(
            id=signal_id(self._profile, self.name, measure, str(day)),
            org=self._profile.org,
            home=self._profile.home,
            kind=SignalKind.ROUTINE,
            occurred_at=now,
            raised_at=now,
            why=_why(measure, verdict),
            source=self.name,
            type=measure,
            room="bathroom" if measure == _BATHROOM else "kitchen",
            evidence=Evidence(
                around=now,
                facts={
                    "strength": round(verdict.strength, 2),
                    "usual_low": verdict.usual_low,
                    "usual_high": verdict.usual_high,
                    "days_compared": len(days.usual),
                    "days_changed": len(verdict.counts),
                },
                series=[_days(measure, verdict, days)],
                marks={"changed from": float(len(days.usual + days.recent) - len(verdict.counts))},
            ),
        )


def _outside(verdict: Verdict) -> bool:
    """Whether the newest day itself lies outside the usual band: else there is nothing to
    show anybody.
    """
    return not verdict.usual_low <= verdict.counts[-1] <= verdict.usual_high


def _why(measure: str, verdict: Verdict) -> str:
    low, high = verdict.usual_low, verdict.usual_high
    usual = f"usually {low} to {high}" if low < high else f"usually {low}"
    newest = verdict.counts[-1]
    times = "once" if newest == 1 else f"{newest} times"
    over = f" (last {len(verdict.counts)}: {', '.join(map(str, verdict.counts))})"
    spread = over if len(verdict.counts) > 1 else ""
    if measure == _BATHROOM:
        return f"Bathroom at night {times}{spread}, {usual}; consider a check."
    return f"Kitchen used {times} by day{spread}, {usual}; consider a check."


def _days(measure: str, verdict: Verdict, days: Baseline) -> EvidenceSeries:
    """Every compared day with the usual band, the judged ones last."""
    turns = days.usual + days.recent
    counts = [t.bathroom_night if measure == _BATHROOM else t.kitchen_day for t in turns]
    return EvidenceSeries(
        name="Bathroom visits at night" if measure == _BATHROOM else "Kitchen visits by day",
        x=[float(i) for i in range(len(turns))],
        y=[float(count) for count in counts],
        labels=[day_name(t.day) for t in turns],
        unit="visits",
        usual_low=float(verdict.usual_low),
        usual_high=float(verdict.usual_high),
    )

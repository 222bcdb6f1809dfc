"""What the platform looks after by itself, besides alerts: each a row with its time.

Windows that begin or end, expectations whose stretch is over, and every night the check of
all arrangements. Several processes may go round; what one works on the others skip.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from functools import partial
from typing import TypeVar

from msgspec.structs import replace

from responder.arranged import expectations, packages
from responder.arranged.expectations import Expectation
from responder.arranged.packages import Package
from responder.arranged.windows import begin_window, end_window
from responder.arriving.suppression import Window
from responder.clockwork.apart import Apart, Key
from responder.clockwork.in_hand import InHand
from responder.kept.record import Act
from responder.store import Work, Works, timed
from responder.store.timed import Round, Rows, Timed
from responder.whom.people import OFFICE
from responder.whom.planning import Fault, Planning
from responder.whom.rota import may_mean, zone_of
from telecare.clock import Clock, stopwatch
from telecare.crash import crash_at
from telecare.messages import Reading, Signal
from telecare.register import Register
from telecare.store.lane import LaneReader
from telecare.tenancy import PLATFORM
from telecare.vocabulary import SignalKind

BATCH = 50
NIGHTLY = time(3, 30)
"""When all plans are checked, on the organisation's wall: the quietest half hour."""
PLANS = "plans"
READINGS = 2000
"""How many of a home's newest readings are looked through for one expectation."""
LOOK_FOR_ORGANISATIONS_SECONDS = 30.0
T = TypeVar("T", bound=Timed)


class Rounds:
    """Goes round what is due."""

    def __init__(
        self,
        works: Works,
        register: Register,
        readings: LaneReader,
        planning: Planning,
        clock: Clock,
        in_hand: InHand | None = None,
    ) -> None:
        self._works = works
        self._register = register
        self._readings = readings
        self._planning = planning
        self._clock = clock
        self._apart = Apart("rounds", works, clock, in_hand=in_hand)
        self._since_looked: Callable[[], float] | None = None

    def step(self) -> int:
        """Do at most one batch of each kind; how many rows were seen to."""
        self._begin_for_new_organisations()
        now = self._clock.now()
        due = timed.due_kinds(self._works.database, now)
        return (
            (self._see_to(timed.windows, self._turn_window, now) if "suppression" in due else 0)
            + (self._see_to(timed.expectations, self._judge, now) if "expectation" in due else 0)
            + (self._see_to(timed.packages, self._turn_package, now) if "package" in due else 0)
            + (self._check_plans(now) if "round" in due else 0)
        )

    def _begin_for_new_organisations(self) -> None:
        if self._since_looked and self._since_looked() < LOOK_FOR_ORGANISATIONS_SECONDS:
            return
        self._since_looked = stopwatch()
        now = self._clock.now()
        with self._works.begin(now) as work:
            for each in self._register.organisations.organisations():
                first = Round(org=each.org, id=PLANS, next_due_at=next_night(each.time_zone, now))
                timed.rounds.add(work, first)

    def _see_to(self, rows: Rows[T], act: Callable[[Work, T], None], now: datetime) -> int:
        due = rows.due_keys(self._works.database, now, BATCH)
        see_to = partial(self._act, rows, act, now)
        return self._apart.take_all(rows.name, due, see_to, rows.put_off)

    def _act(
        self, rows: Rows[T], act: Callable[[Work, T], None], now: datetime, due: Sequence[Key]
    ) -> int:
        with self._works.begin(now) as work:
            found = [row for key in due if (row := rows.one_due(work, *key)) is not None]
            for row in found:
                crash_at(f"round_of_{row.id}")
                act(work, row)
        return len(found)

    def _turn_window(self, work: Work, window: Window) -> None:
        (end_window if window.begun else begin_window)(work, window, PLATFORM)

    def _turn_package(self, work: Work, package: Package) -> None:
        """Reviews and ends come to the list of calls."""
        after, coming = packages.turn(package, work.now)
        timed.packages.put(work, after)
        for entry in coming:
            timed.expectations.put(work, entry)
            work.write(
                Act.PACKAGE_DUE, org=package.org, actor=PLATFORM, alert=None, home=package.home,
                package=package.id, what=entry.what.value,
            )  # fmt: skip

    def _judge(self, work: Work, expected: Expectation) -> None:
        """Late by an outage, only the stretch that ended is judged, and once."""
        missed = expectations.judge(expected, self._noticed(expected))
        if missed is not None:
            signal = expectations.signal_of(expected, missed, work.now)
            timed.concern(work, signal)  # the intake holds it back where a window covers it
        timed.expectations.put(work, expectations.scheduled(expected, work.now))

    def _noticed(self, expected: Expectation) -> list[Reading]:
        return self._readings.history(
            expected.org, expected.home, since=expected.opens_at, limit=READINGS
        )

    def _check_plans(self, now: datetime) -> int:
        rows = timed.rounds
        return sum(
            self._apart.take(PLANS, *key, partial(self._check, key[0], now), rows.put_off) or 0
            for key in rows.due_keys(self._works.database, now, 1, PLANS)
        )

    def _check(self, org: str, now: datetime) -> int:
        """Looked through outside any act: it takes as long as there are homes, and nobody else
        could write meanwhile.
        """
        faults = list(self._planning.nightly(org, now))
        zone = self._register.organisations.organisation(org).time_zone
        with self._works.begin(now) as work:
            night = timed.rounds.one_due(work, org, PLANS)
            if night is None:
                return 0  # another process was quicker
            for fault in faults:
                timed.concern(work, _told(org, fault, now))
            work.write(Act.PLANS_CHECKED, org=org, actor=PLATFORM, alert=None, faults=len(faults))
            timed.rounds.put(work, replace(night, next_due_at=next_night(zone, now)))
        return 1


def next_night(zone: str, after: datetime) -> datetime:
    """The next time of the nightly check in this zone."""
    wall = zone_of(zone)
    day = after.astimezone(wall).date()
    due = max(may_mean(day, NIGHTLY, wall))
    return due if due > after else max(may_mean(day + timedelta(days=1), NIGHTLY, wall))


def _told(org: str, fault: Fault, now: datetime) -> Signal:
    home = fault.home or OFFICE
    return Signal(
        id=f"fault-{home}-{fault.subject}-{now:%Y%m%d}", org=org, home=home,
        kind=SignalKind.DUTY, type="plan", occurred_at=now, raised_at=now, why=fault.sentence,
        source="responder",
    )  # fmt: skip

"""Rotas as people live with them: whatever is arranged, every minute has somebody or is named.

A state machine arranges shifts, covers and leavers in any order around the spring clock
change; after every step the rota is compared with the plainest account of it, minute by
minute.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from responder.whom.rota import Rota, instants
from telecare.register.teams import Cover, Shift, Team

ORG = "north"
ZONE = ZoneInfo("Europe/London")
FIRST = date(2026, 3, 27)
"""A Friday; on the Sunday the clocks go forward."""
BEGINS = datetime(2026, 3, 28, tzinfo=UTC)
ENDS = datetime(2026, 3, 30, 12, tzinfo=UTC)
STEP = timedelta(minutes=30)
PEOPLE = ("ann", "ben", "cat")
TIMES = st.sampled_from(["00:00", "01:00", "01:30", "02:00", "07:00", "15:30", "19:00", "23:45"])
DAYS = st.integers(0, 5).map(lambda n: FIRST + timedelta(days=n))


class RotaLives(RuleBasedStateMachine):
    """Shifts by their number; what the rota says follows from them and from nothing else."""

    @initialize()
    def begin(self) -> None:
        self.shifts: list[Shift] = []
        self.covers: dict[tuple[str, date], str | None] = {}
        self.here = set(PEOPLE)

    @rule(who=st.sampled_from(PEOPLE), begins=TIMES, ends=TIMES, order=st.integers(1, 2))
    def takes_a_turn_every_day(self, who: str, begins: str, ends: str, order: int) -> None:
        if len(self.shifts) < 3:
            self.shifts.append(
                Shift(
                    org=ORG, shift=f"s{len(self.shifts)}", team="west", member=who,
                    days=list(range(7)), begins=begins, ends=ends, call_order=order,
                )
            )  # fmt: skip

    @rule(number=st.integers(0, 2), day=DAYS, who=st.sampled_from([*PEOPLE, None]))
    def gives_one_turn_to(self, number: int, day: date, who: str | None) -> None:
        if number < len(self.shifts):
            self.covers[self.shifts[number].shift, day] = who

    @rule(who=st.sampled_from(PEOPLE))
    def leaves(self, who: str) -> None:
        self.here.discard(who)

    @invariant()
    def every_moment_has_somebody_or_lies_in_a_named_gap(self) -> None:
        rota = Rota(
            team=Team(org=ORG, team="west", name="West"), shifts=tuple(self.shifts),
            covers=tuple(
                Cover(org=ORG, shift=shift, day=day, member=who)
                for (shift, day), who in self.covers.items()
            ),
            members=frozenset(self.here),
        )  # fmt: skip
        gaps = rota.gaps(BEGINS, ENDS)
        assert all(a.ends < b.begins for a, b in pairwise(gaps))
        moment = BEGINS
        while moment < ENDS:
            on_duty = set(rota.on_duty(moment))
            assert on_duty == self._plainly(moment)
            assert on_duty <= self.here
            assert bool(on_duty) != any(g.begins <= moment < g.ends for g in gaps)
            moment += STEP

    def _plainly(self, moment: datetime) -> set[str]:
        """Who is there, by looking at every turn of every day."""
        found = set()
        for shift in self.shifts:
            for n in range(-2, 6):
                day = FIRST + timedelta(days=n)
                who = self.covers.get((shift.shift, day), shift.member)
                begins, ends = instants(shift, day, ZONE)
                if begins <= moment < ends and who is not None and who in self.here:
                    found.add(who)
        return found


TestRotaLives = RotaLives.TestCase
TestRotaLives.settings = settings(max_examples=8, stateful_step_count=8, deadline=None)

"""What operators find flows back: counted, proposed, rehearsed, decided by a person, in force.

The real detectors over the home's own readings, the real responder, both databases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import msgspec
import pytest

from detectors.base import HomeProfile
from detectors.learning import LANE, Learning
from detectors.profiles import profiles
from detectors.runner import Runner
from detectors.store import HomeKey, Lessons, Store
from responder.learning.outcomes import precision
from responder.learning.tunings import Tunings
from responder.store import tunings as rows
from responder.store.tunings import TuningReads
from telecare.clock import HandClock
from telecare.errors import Conflict, Forbidden, InvalidInput, NotFound
from telecare.messages import Reading
from telecare.register import Register
from telecare.register.register import Remembered
from telecare.settings import Settings
from telecare.store.lane import LaneReader, LaneWriter
from telecare.store.session import Database
from telecare.vocabulary import (
    FalseAlarmCause,
    Outcome,
    Role,
    Truth,
    TuningState,
)
from tests.harness.diary import FIRST_DAY, Diary, local
from tests.harness.duty import ORG, Duty, duty, operator

DAY = timedelta(days=1)
WEEKS = 9
SUPERVISOR = operator(9, role=Role.SUPERVISOR)
TEC = operator(8, role=Role.TEC)


class World:
    """One home over nine weeks, its detectors, its operators and a learner."""

    def __init__(
        self, duty: Duty, register: Register, database: Callable[[str], Database], clock: HandClock
    ) -> None:
        self.duty, self.register, self.clock = duty, register, clock
        self.gateway, self.detectors = database("gateway"), database("detectors")
        self.responder = database("responder")
        self.tunings = Tunings(
            duty.works, TuningReads(self.responder), LaneReader(self.detectors),
            register.homes, clock,
        )  # fmt: skip
        self.runner = Runner(
            LaneReader(self.gateway), Store(self.detectors, "detectors-1"), self.profiles(),
            clock, settle_s=0.0,
        )  # fmt: skip
        self.runner.start()
        self.learning = self.learner()
        self.diary = Diary(org=ORG, home="home-1", hub="hub-home-1")

    def profiles(self) -> Remembered[dict[HomeKey, HomeProfile]]:
        return Remembered(self.register, lambda: profiles(self.register))

    def learner(self) -> Learning:
        """A new process's learner: it knows only what was committed."""
        self.learning = Learning(
            LaneReader(self.responder), LaneReader(self.gateway), LaneReader(self.detectors),
            Lessons(self.detectors, LANE), self.profiles(), self.clock,
        )  # fmt: skip
        return self.learning

    def arrive(self, readings: list[Reading]) -> None:
        with self.gateway.begin() as connection:
            LaneWriter("gateway-1").append(connection, readings)

    def go_to(self, moment: datetime) -> None:
        self.clock.forward(seconds=(moment - self.clock.now()).total_seconds())

    def judge(self) -> None:
        while self.runner.step():
            pass
        self.duty.settle()

    def close(self, outcome: Outcome, cause: FalseAlarmCause | None = None) -> None:
        """The operator answers what is open in the home and writes down how it ended."""
        line = self.duty.only()
        self.duty.desk.claim(operator(1), line.id)
        self.duty.desk.resolve(operator(1), line.id, outcome, "looked after", cause)

    def threshold(self) -> float:
        own = self.register.homes.home(ORG, "home-1").settings.get("wandering", {})
        return float(own.get("still_minutes", 24.75))


@pytest.fixture
def world(
    settings: Settings, register: Register, database: Callable[[str], Database]
) -> Iterator[World]:
    clock = HandClock(local(FIRST_DAY, "06:00"), is_real=True)
    with duty(settings, clock, HandClock(local(FIRST_DAY, "06:00"))) as made:
        yield World(made, register, database, clock)


ORDINARY_DAYS = 42
OUTINGS = {45: "23:40", 50: "02:00", 56: "03:30"}
"""Day -> when in its night the resident goes out for 27 minutes, and is well."""


def nine_weeks(world: World) -> None:
    """Six ordinary weeks; in the next three, three outings are called wandering and found false."""
    world.arrive(list(world.diary.days(FIRST_DAY, ORDINARY_DAYS)))
    world.go_to(local(FIRST_DAY + ORDINARY_DAYS * DAY, "06:00"))
    world.judge()
    for n in range(ORDINARY_DAYS, WEEKS * 7):
        date = FIRST_DAY + n * DAY
        world.arrive(world.diary.day(date, night_bathroom=0 if n in OUTINGS else 1))
        if n in OUTINGS:
            go_out(world, date, OUTINGS[n])
            world.close(Outcome.FALSE_ALARM, FalseAlarmCause.USER)
        world.go_to(local(date + DAY, "06:00"))
        world.judge()


def go_out(world: World, date: date, clock: str) -> None:
    """Out of the door in the night after `date`, and back 27 minutes later."""
    out = local(date if clock > "12:00" else date + DAY, clock)
    world.arrive([world.diary.door(out)])
    world.go_to(out + timedelta(minutes=25))
    world.judge()
    world.arrive([world.diary.moves(out + timedelta(minutes=27), "hallway")])
    world.go_to(out + timedelta(minutes=29))
    world.judge()


def test_three_false_alarms_become_a_proposal_and_only_a_person_puts_it_in_force(
    world: World,
) -> None:
    nine_weeks(world)
    counted = precision(LaneReader(world.responder).verdicts(ORG, local(FIRST_DAY, "00:00")), {})
    assert [(r.kind, r.false, r.false_by_cause) for r in counted] == [
        ("wandering.night_exit", 3, {"user": 3})
    ]

    assert world.learning.step()
    world.tunings.step()
    (proposed,) = world.tunings.of_home(SUPERVISOR, "home-1")
    assert (proposed.state, proposed.asked_by) == (TuningState.PROPOSED, "platform")
    assert (proposed.detector, proposed.setting) == ("wandering", "still_minutes")
    rehearsal = proposed.rehearsal
    assert rehearsal is not None
    assert (rehearsal.before, rehearsal.after, len(rehearsal.now)) == (24.75, 29.75, 3)
    assert [each.truth for each in rehearsal.now] == [Truth.FALSE] * 3
    assert rehearsal.then == []
    assert world.threshold() == 24.75, "nothing was applied in silence"

    world.tunings.decide(SUPERVISOR, proposed.id, accept=True)
    assert world.threshold() == rehearsal.after
    acts = [
        (e.act, e.actor) for e in world.duty.reads.entries(ORG, limit=5000) if "tuning" in e.act
    ]
    assert acts == [
        ("tuning_proposed", "platform"),
        ("tuning_accepted", SUPERVISOR.id),
        ("tuning_applied", "platform"),
    ]
    # The detectors take it up: the next outing of that kind troubles nobody.
    date = FIRST_DAY + WEEKS * 7 * DAY
    world.arrive(world.diary.day(date, night_bathroom=0))
    before = world.runner.signals
    go_out(world, date, "00:50")
    assert world.runner.signals == before
    assert world.duty.desk.queue(operator(1)) == []


def test_learnt_again_after_a_crash_it_is_one_proposal(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    nine_weeks(world)

    def killed(point: str) -> None:
        if point == "learning_before_commit":
            raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("detectors.store.crash_at", killed)
        with pytest.raises(SystemExit):
            world.learning.step()
    world.tunings.step()
    assert world.tunings.of_home(SUPERVISOR, "home-1") == []
    world.learner().step()
    world.learner().step()
    for _ in range(2):
        world.tunings.step()
    assert len(world.tunings.of_home(SUPERVISOR, "home-1")) == 1


def test_simulated_before_it_is_saved(world: World) -> None:
    nine_weeks(world)
    asked = world.tunings.ask(TEC, "home-1", "wandering", "still_minutes", 5)
    assert asked.state is TuningState.ASKED
    with pytest.raises(Conflict, match="nothing to decide"):
        world.tunings.decide(TEC, asked.id, accept=True)
    while world.learning.step() or world.tunings.step():
        pass
    answered = world.tunings.one(SUPERVISOR, asked.id)
    assert answered.rehearsal is not None
    assert len(answered.rehearsal.now) == len(answered.rehearsal.then) == 3
    assert answered.rehearsal.readings > 28 * 20
    assert any(each.why for each in answered.rehearsal.then)
    shown = world.tunings.one(TEC, asked.id).rehearsal
    assert shown is not None
    assert not any(each.why for each in shown.then), "the TEC team sees when, not what"
    assert world.threshold() == 24.75
    world.tunings.decide(TEC, asked.id, accept=False)
    assert world.threshold() == 24.75


def rehearsed(world: World, value: float) -> str:
    asked = world.tunings.ask(SUPERVISOR, "home-1", "falls", "threshold", value)
    while world.learning.step() or world.tunings.step():
        pass
    return asked.id


def test_who_was_second_is_told_that_the_setting_has_changed(world: World) -> None:
    first, second = rehearsed(world, 0.6), rehearsed(world, 0.4)
    world.tunings.decide(SUPERVISOR, first, accept=True)
    with pytest.raises(Conflict, match=r"0\.6 by now"):
        world.tunings.decide(SUPERVISOR, second, accept=True)
    with pytest.raises(Conflict, match="accepted"):
        world.tunings.decide(SUPERVISOR, first, accept=False)


def test_an_old_rehearsal_is_not_decided_on(world: World) -> None:
    tuning = rehearsed(world, 0.6)
    world.clock.forward(seconds=15 * 86400)
    with pytest.raises(Conflict, match="older than two weeks"):
        world.tunings.decide(SUPERVISOR, tuning, accept=True)


@pytest.mark.parametrize("point", ["after_tuning_decision", "after_tuning_applied"])
def test_killed_after_the_decision_the_settings_follow_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    tuning = rehearsed(world, 0.6)

    def killed(here: str) -> None:
        if here == point:
            raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("responder.learning.tunings.crash_at", killed)
        with pytest.raises(SystemExit):
            world.tunings.decide(SUPERVISOR, tuning, accept=True)
    world.tunings.step()
    assert world.register.homes.home(ORG, "home-1").settings["falls"] == {"threshold": 0.6}
    applied = [e for e in world.duty.reads.entries(ORG, limit=5000) if e.act == "tuning_applied"]
    assert len(applied) == 1
    world.tunings.step()
    assert world.tunings.one(SUPERVISOR, tuning).applied_at is not None


def test_other_settings_of_the_home_stay_as_they_are(world: World) -> None:
    before = {"falls": {"repeat_seconds": 30.0}, "pauses": [{"kind": "hospital"}]}
    world.register.homes.change_settings(ORG, "home-1", lambda _: before)
    world.tunings.decide(SUPERVISOR, rehearsed(world, 0.6), accept=True)
    assert world.register.homes.home(ORG, "home-1").settings == {
        "falls": {"repeat_seconds": 30.0, "threshold": 0.6},
        "pauses": [{"kind": "hospital"}],
    }


def test_a_home_that_left_before_its_change_stops_nothing(world: World) -> None:
    tuning = world.tunings.one(SUPERVISOR, rehearsed(world, 0.6))
    gone = msgspec.structs.replace(
        tuning, id="gone", home="home-99", state=TuningState.ACCEPTED,
        decided_at=world.clock.now(),
    )  # fmt: skip
    with world.duty.works.begin(world.clock.now()) as work:
        rows.add(work, gone)
    world.tunings.step()
    assert world.tunings.one(SUPERVISOR, "gone").state is TuningState.REFUSED
    assert world.tunings.step() == 0


def test_who_may_and_what_may_not_be_asked(world: World) -> None:
    for role in (Role.OPERATOR, Role.MANAGER, Role.AUDITOR):
        with pytest.raises(Forbidden):
            world.tunings.ask(operator(3, role=role), "home-1", "falls", "threshold", 0.6)
    with pytest.raises(InvalidInput, match="no setting"):
        world.tunings.ask(SUPERVISOR, "home-1", "gateway", "pendant", 0.0)
    with pytest.raises(InvalidInput, match=r"from 0\.2 to 0\.8"):
        world.tunings.ask(SUPERVISOR, "home-1", "falls", "threshold", 0.99)
    foreign = operator(9, org="south", role=Role.SUPERVISOR)
    with pytest.raises(NotFound):
        world.tunings.ask(foreign, "home-1", "falls", "threshold", 0.6)
    tuning = rehearsed(world, 0.6)
    with pytest.raises(NotFound):
        world.tunings.one(foreign, tuning)
    with pytest.raises(NotFound):
        world.tunings.decide(foreign, tuning, accept=True)

"""F27: the machine's clock jumps three hours forward or back: no storm, no freeze, an alarm."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from responder.clockwork.auditor import Auditor
from responder.store import Leases
from telecare.clock import HandClock, SteadyClock
from telecare.register import open_register
from telecare.settings import Settings
from tests.harness.duty import ORG, Duty, Mailbag, duty, furnish, operator

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


class Machine:
    """A machine whose wall clock can be set, and the duty that lives on it."""

    def __init__(self, settings: Settings) -> None:
        self.wall = HandClock(NOON, is_real=True)
        register = open_register(settings, self.wall)
        furnish(register, homes=3)
        register.close()
        self.settings = settings
        self.start()

    def start(self) -> None:
        """The process begins, and remembers from the record until when it has lived."""
        seed = Duty(self.settings, self.wall, HandClock(NOON), Mailbag())
        last = seed.reads.lived_until()
        seed.responder.close()
        self.clock = SteadyClock(self.wall, last)
        self.duty = Duty(self.settings, self.clock, HandClock(NOON), Mailbag())  # type: ignore[arg-type]
        self.auditor = Auditor(
            self.duty.works, self.duty.reads, [], self.duty.planning, self.clock,
            jumps=self.clock.jumps, orgs=lambda: [ORG],
        )  # fmt: skip

    def forward(self, **delta: float) -> None:
        left = timedelta(**delta)
        while left > timedelta():
            step = min(left, timedelta(seconds=10))
            self.wall.forward(seconds=step.total_seconds())
            self.duty.settle()
            left -= step


@pytest.fixture
def machine(settings: Settings) -> Iterator[Machine]:
    made = Machine(settings)
    yield made
    made.duty.responder.close()


def test_three_hours_back_freeze_nothing_and_are_told(machine: Machine) -> None:
    duty = machine.duty
    duty.press("home-1")
    duty.settle()
    machine.forward(seconds=30)
    machine.wall.jump_wall(hours=-3)
    machine.forward(seconds=34)  # while it is ahead, time passes a tenth slower
    assert duty.only().announcement is not None
    machine.forward(seconds=135)
    assert [each.address for each in duty.mailbag.letters] == ["daughter1@family.example"]
    machine.auditor.look()
    told = [line for line in duty.desk.queue(operator()) if line.home == "_office"]
    (sentence,) = [line.sentence for line in told]
    assert sentence.startswith("The machine's clock jumped back by 3:00:00")


def test_a_restart_after_it_does_not_forget(machine: Machine) -> None:
    machine.duty.press("home-1")
    machine.duty.settle()
    machine.wall.jump_wall(hours=-3)
    machine.duty.responder.close()
    machine.start()
    machine.forward(seconds=70)
    assert machine.duty.only().announcement is not None
    assert len(machine.clock.jumps()) == 1


def test_three_hours_forward_are_no_storm(machine: Machine) -> None:
    duty = machine.duty
    for n in (1, 2, 3):
        duty.press(f"home-{n}")
    duty.settle()
    machine.wall.jump_wall(hours=3)
    duty.settle()
    assert len(duty.mailbag.letters) == 3, "each family hears once"
    machine.auditor.look()
    line = next(each for each in duty.desk.queue(operator()) if each.home == "_office")
    assert "jumped forward by 3:00:00" in line.sentence
    machine.wall.jump_wall(hours=-3)
    machine.forward(minutes=4)
    lines = [each for each in duty.desk.queue(operator()) if each.home != "_office"]
    assert all(each.next_due_at and each.next_due_at > machine.clock.now() for each in lines)
    assert len(duty.mailbag.letters) == 6, "and the next in each family after three minutes"


def test_the_lead_is_worked_off_slowly_and_time_never_runs_back() -> None:
    wall = HandClock(NOON)
    clock = SteadyClock(wall)
    wall.jump_wall(hours=-3)
    last = clock.now()
    assert last == NOON
    for _ in range(31):
        wall.forward(hours=1)
        assert clock.now() > last
        last = clock.now()
    assert last == wall.now()


def test_drift_and_small_corrections_are_no_jump() -> None:
    wall = HandClock(NOON)
    clock = SteadyClock(wall)
    for _ in range(10):
        wall.forward(seconds=60)
        wall.jump_wall(seconds=2)
        clock.now()
    assert clock.jumps() == []


@pytest.fixture
def world(sqlite_settings: Settings, clock: HandClock) -> Iterator[Duty]:
    with duty(sqlite_settings, clock, HandClock(clock.now())) as made:
        made.press()
        made.intake.step()
        clock.forward(minutes=3)
        made.steps.step()
        yield made


def test_a_clock_set_forward_in_mid_send_sends_nothing_twice(world: Duty) -> None:
    (under_way,) = world.leases.ready_messages(world.clock.now(), 10)
    world.machine.jump_wall(hours=3)
    assert world.leases.ready_messages(world.clock.now(), 10) == []
    world.post._try(under_way)
    world.settle()
    assert len(world.mailbag.letters) == 1
    world.machine.forward(seconds=21)
    world.settle()
    assert len(world.mailbag.letters) == 1


def test_a_clock_set_forward_keeps_nothing_from_whoever_hung(world: Duty) -> None:
    world.leases.ready_messages(world.clock.now(), 10)
    world.machine.jump_wall(hours=3)
    world.machine.forward(seconds=21)
    assert len(world.leases.ready_messages(world.clock.now(), 10)) == 1


def test_a_clock_set_back_leaves_nothing_with_the_dead(world: Duty) -> None:
    dead = Leases(world.own, world.machine, "responder-2")
    assert len(dead.ready_messages(world.clock.now(), 10)) == 1
    world.machine.jump_wall(hours=-3)
    world.settle()
    assert len(world.mailbag.letters) == 1

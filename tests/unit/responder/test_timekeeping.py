"""When is time lost, and when is it only a restart, another process or a clock that was set?"""

from __future__ import annotations

from datetime import timedelta

from responder.clockwork.timekeeping import Timekeeping
from responder.store import Works
from tests.harness.duty import Duty, operator


def processes(world: Duty, count: int) -> list[Timekeeping]:
    return [Timekeeping(Works(world.own), world.clock) for _ in range(count)]


def test_a_restart_loses_nothing_and_an_outage_is_told_by_every_process(world: Duty) -> None:
    first, second, third, fourth = processes(world, 4)
    began = world.clock.now()
    assert first.look(began) is None
    assert second.look(began + timedelta(minutes=5)) is None
    back = began + timedelta(minutes=25)
    lost = third.look(back)
    assert lost is not None
    assert (lost.since, lost.until) == (began + timedelta(minutes=5), back)
    assert fourth.look(back + timedelta(seconds=1)) == lost
    assert lost.explains(began + timedelta(minutes=6), back)
    assert lost.explains(began - timedelta(hours=1), back), "as a message too old makes it due"
    assert not lost.explains(back + timedelta(seconds=1), back + timedelta(minutes=1))
    assert not lost.explains(began, back + timedelta(hours=2))


def test_a_clock_that_is_set_loses_nothing(world: Duty) -> None:
    (one,) = processes(world, 1)
    one.look(world.clock.now())
    assert one.look(world.clock.now() + timedelta(hours=1)) is None
    assert one.look(world.clock.now()) is None


def test_a_clock_that_is_set_loses_nothing_for_several_processes_either(world: Duty) -> None:
    """Each finds a note of the other that is an hour old, and was here all the time itself."""
    one, other = processes(world, 2)
    one.look(world.clock.now())
    other.look(world.clock.forward(seconds=30))
    world.clock.jump_wall(hours=1)
    assert one.look(world.clock.now()) is None
    assert other.look(world.clock.now()) is None


def test_what_was_called_out_in_time_and_what_comes_later_say_nothing_of_it(world: Duty) -> None:
    world.settle()
    world.press("home-1")
    world.settle()
    world.clock.forward(minutes=20)
    after = Duty(world.settings, world.clock, world.machine, world.mailbag)
    after.settle()
    assert "We stood still for 20 minutes" in str(after.only().announcement)
    world.press("home-2")
    after.forward(minutes=2)
    later = {line.home: line.announcement for line in after.desk.queue(operator())}
    assert later["home-2"] == "Nobody has claimed it for 60 seconds: emergency."
    after.responder.close()


def test_a_message_that_is_too_old_by_now_takes_the_sentence_away_from_nobody(world: Duty) -> None:
    world.press("home-1")
    world.intake.step()
    world.clock.forward(minutes=3)
    world.steps.step()  # the daughter's letter is written down, and then all stops
    world.clock.forward(days=3)
    after = Duty(world.settings, world.clock, world.machine, world.mailbag)
    while after.post.step():  # before the first step is taken
        pass
    after.settle()
    assert "We stood still for 3 days" in str(after.only().announcement)
    after.responder.close()

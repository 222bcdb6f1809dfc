"""F19: the detectors are down. Somebody is told; on return they catch up and cry no old news.

That a press needs no detector is the direct lane's own test.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from detectors.learning import LANE, Learning
from detectors.store import Lessons
from detectors.wiring import LAG_TOLD_S, _beat
from responder.clockwork.vigil import Vigil
from telecare.clock import HandClock, RealClock
from telecare.observe import Heart, health_of
from telecare.settings import Settings
from telecare.store.lane import LaneReader
from telecare.store.session import Database
from telecare.vocabulary import ReadingKind, SignalKind
from tests.harness.diary import FIRST_DAY, Diary, kinds, local
from tests.harness.duty import ORG, duty, operator
from tests.harness.judging import Homes, Judging
from tests.harness.windows import fall_window

DAY = timedelta(days=1)
TODAY = FIRST_DAY + 21 * DAY


def test_after_a_night_without_detectors(database: Callable[[str], Database]) -> None:
    diary = Diary()
    quiet = Diary(home="home-2", hub="home-2-hub")
    homes = Homes(diary.profile(hubs={diary.hub: 2700.0}), quiet.profile(hubs={quiet.hub: 2700.0}))
    judging = Judging(database, HandClock(local(FIRST_DAY, "06:00")), homes)
    judging.arrive(list(diary.days(FIRST_DAY, 21, beats_s=900)))
    judging.arrive([quiet.beat(local(TODAY, "06:00"))])
    judging.work()
    judging.runner.checkpoint()
    before = len(judging.signals())

    # Nobody judges from here. The hub is dark from ten to noon and comes back; at three
    # in the night somebody falls, at half past three the front door opens and nobody
    # returns before five. The other home's hub never speaks again.
    tomorrow = TODAY + DAY
    beats = [
        diary.beat(r.occurred_at)
        for r in diary.day(TODAY, beats_s=900)
        if not local(TODAY, "10:00") < r.occurred_at < local(TODAY, "12:00")
    ]
    judging.arrive(
        [r for r in beats if r.occurred_at < local(tomorrow, "03:00")]
        + [
            diary.moves(local(tomorrow, "02:59"), "bedroom"),
            diary.note(
                local(tomorrow, "03:00"),
                "acceleration",
                kind=ReadingKind.ACCELERATION,
                data={"hz": 50, "xyz_mg": fall_window()},
            ),
            diary.door(local(tomorrow, "03:30")),
            diary.moves(local(tomorrow, "05:00"), "hallway"),
        ]
    )
    judging.clock.forward(minutes=30)
    judging.start()
    judging.work()

    caught_up = judging.signals()[before:]
    assert kinds(caught_up) == [
        SignalKind.FALL,
        SignalKind.WANDERING,
        SignalKind.RETURNED,
        SignalKind.HUB_SILENT,
    ]
    assert all(signal.late for signal in caught_up)
    assert caught_up[-1].home == "home-2", "the hub that came back is no news"
    assert judging.runner.lag_s == 0

    judging.start()
    judging.work()
    assert len(judging.signals()) == before + 4, "started again, it says nothing twice"


def test_somebody_is_told_within_two_minutes_that_nobody_judges(
    settings: Settings, clock: HandClock, database: Callable[[str], Database]
) -> None:
    """The detectors hang or fall behind: their beat says so or stops, and the desk hears it."""
    machine = HandClock(clock.now())
    frozen = HandClock(RealClock().now())
    heart = Heart(settings.data_dir, "detectors-1")
    Heart(settings.data_dir, "gateway-1").beat()
    with duty(settings, clock, machine) as world:
        watching = Vigil(
            world.works,
            lambda service: health_of(settings.data_dir, service, frozen),
            lambda: [ORG],
            clock,
            machine,
        )
        runner = Judging(database, clock, Homes()).runner
        responders, gateway, own = (
            LaneReader(database(each)) for each in ("responder", "gateway", "detectors")
        )
        lessons = Lessons(database("detectors"), LANE)
        learning = Learning(responders, gateway, own, lessons, Homes(), clock)
        _beat(heart, runner, learning, 1.0)
        assert watching.step() == 0
        runner.lag_s = LAG_TOLD_S + 1
        _beat(heart, runner, learning, 60.0)
        assert watching.step() == 0, "on a clock that is sixty times as fast it is a second"
        _beat(heart, runner, learning, 1.0)
        told_after = next(n for n in range(120) if _a_second_passes(clock, machine, watching))
        assert LAG_TOLD_S + told_after < 120
        line = world.only()
        assert line.sentence.startswith("The detectors are 61 s behind the gateway.")
        world.press()
        world.settle()
        assert len(world.desk.queue(operator(1))) == 2, "presses still arrive"


def _a_second_passes(clock: HandClock, machine: HandClock, watching: Vigil) -> int:
    clock.forward(seconds=1)
    machine.forward(seconds=1)
    return watching.step()

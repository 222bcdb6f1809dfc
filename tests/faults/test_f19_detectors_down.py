"""F19: the detectors are down for hours. On return they catch up and cry no old news.

That a press needs no detector is the direct lane's own test.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from telecare.clock import HandClock
from telecare.store.session import Database
from telecare.vocabulary import ReadingKind, SignalKind
from tests.harness.diary import FIRST_DAY, Diary, kinds, local
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

"""F38: somebody holds a lock and the database hangs: nothing else hangs, and nothing is lost."""

from __future__ import annotations

import threading

import psycopg
import pytest

from detectors.wiring import run as run_detectors
from responder.channels.watch import HttpWatch
from responder.clockwork.auditor import Auditor
from responder.clockwork.vigil import PATIENCE_S, Vigil
from responder.store import audit
from telecare import observe
from telecare.clock import HandClock, RealClock
from telecare.errors import StoreUnavailable
from telecare.messages import Signal
from telecare.observe import Heart, health_of
from telecare.settings import Settings
from telecare.store import session
from telecare.store.lane import LaneReader, LaneWriter
from telecare.vocabulary import PLATFORM_HOME, ReadingKind, SignalKind
from tests.harness.diary import Diary
from tests.harness.door import open_door, world_of
from tests.harness.duty import ORG, Duty, duty, operator
from tests.harness.mqtt import MqttClient, publish
from tests.harness.waiting import until
from tests.harness.watcher import watcher
from tests.harness.windows import fall_window
from tests.harness.world import World

PRESS = b'{"id": "p-1", "type": "pendant"}'


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_the_look_ends_no_beat_leaves_and_what_waited_is_done(
    county: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "LOOK_MILLISECONDS", 100)
    county.home(7, "daughter")
    county.press("pendant-7")
    url = county.settings.database_url
    assert url is not None
    with watcher(county.clock) as heard:
        auditor = Auditor(
            county.works, county.reads, [], county.planning, county.clock,
            watch=HttpWatch(heard.url, None),
        )  # fmt: skip
        auditor.step()
        with psycopg.connect(url.get_secret_value()) as vacuum:
            vacuum.execute("LOCK TABLE responder.alert IN ACCESS EXCLUSIVE MODE")
            for _ in range(6):
                county.clock.forward(minutes=1)
                with pytest.raises(StoreUnavailable):
                    auditor.step()
            assert len(heard.beats) == 1
            assert heard.fires  # somebody outside knows
            vacuum.rollback()
        county.machine.forward(minutes=6)
        county.settle()
        county.contact("daughter", of=7).expect_asked()
        auditor.step()
        assert not heard.fires


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock is waited for as briefly as a test allows."""
    monkeypatch.setitem(session._ON_SERVER, "lock_timeout", 300)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("hasty")
def test_one_row_that_somebody_holds_keeps_nobody_else_from_being_asked(county: World) -> None:
    for home in (7, 8):
        county.home(home, "daughter")
        county.press(f"pendant-{home}")
    url = county.settings.database_url
    assert url is not None
    auditor = Auditor(county.works, county.reads, [], county.planning, county.clock)
    with psycopg.connect(url.get_secret_value()) as somebody:
        held = county.alert(7).id
        somebody.execute("SELECT 1 FROM responder.alert WHERE id = %s FOR UPDATE", (held,))
        county.forward(minutes=3)
        county.contact("daughter", of=8).expect_asked()
        county.contact("daughter", of=7).expect_nothing()
        county.forward(minutes=3)
        assert {each.id for each in auditor.look() if each.kind == "alert"} == {held}
        somebody.rollback()
    county.settle()
    county.contact("daughter", of=7).expect_asked()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("hasty")
def test_a_press_that_cannot_be_stored_is_not_acknowledged_and_nothing_is_lost(
    settings: Settings,
) -> None:
    url = settings.database_url
    assert url is not None
    with world_of(settings, RealClock()) as world, open_door(settings, RealClock()) as door:
        hub = world.hub("hub-7")
        with (
            psycopg.connect(url.get_secret_value()) as vacuum,
            MqttClient(door.port) as device,
        ):
            assert device.connect(hub.username, hub.password) == 0
            vacuum.execute("LOCK TABLE gateway.lane_record IN ACCESS EXCLUSIVE MODE")
            device.send(publish("telecare/v1/oak/hub-7/up/alarm", PRESS))
            until(lambda: not health_of(settings.data_dir, "gateway").working)
            assert device.ping(), "no acknowledgement came before this answer"
            vacuum.rollback()
            assert device.read() is not None, "its acknowledgement"
        assert [each.type for each in world.signals()] == ["pendant"]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("hasty")
def test_detectors_that_cannot_keep_what_they_judged_end_and_say_it_once_on_their_return(
    settings: Settings, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their supervisor starts them again and again; meanwhile the desk reads that nobody judges."""
    url, machine = settings.database_url, HandClock(clock.now())
    assert url is not None
    monkeypatch.setattr(observe, "STALE_SECONDS", 0.2)
    with duty(settings, clock, machine) as world:
        gateway, judged = world.responder.databases[1:]
        fallen = Diary(home="home-1", hub="hub-home-1", org=ORG).note(
            RealClock().now(), "acceleration", kind=ReadingKind.ACCELERATION,
            data={"hz": 50, "xyz_mg": fall_window()},
        )  # fmt: skip
        with gateway.begin() as connection:
            LaneWriter("gateway-1").append(connection, [fallen])
        watching = Vigil(
            world.works, lambda service: health_of(settings.data_dir, service), lambda: [ORG],
            clock, machine,
        )  # fmt: skip
        Heart(settings.data_dir, "detectors-1").beat()
        with psycopg.connect(url.get_secret_value()) as vacuum:
            vacuum.execute("LOCK TABLE detectors.lane_record IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(StoreUnavailable):
                run_detectors(settings, threading.Event())
            until(lambda: not health_of(settings.data_dir, "detectors").working)
            for _ in range(round(PATIENCE_S) + 2):
                machine.forward(seconds=1)
                watching.step()
            told = " ".join(each.why for each in _said_of_the_platform(world))
            assert "Falls, exits and stillness are not being judged" in told
            vacuum.rollback()
        stop = threading.Event()
        again = threading.Thread(target=run_detectors, args=(settings, stop))
        again.start()
        until(lambda: LaneReader(judged).head("detectors-1") > 0)
        stop.set()
        again.join()
        found = [each.record for each in LaneReader(judged).read("detectors-1", 0, 10)]
        assert [each.kind for each in found if isinstance(each, Signal)] == [SignalKind.FALL]


def _said_of_the_platform(world: Duty) -> list[Signal]:
    (line,) = [each for each in world.desk.queue(operator()) if each.home == PLATFORM_HOME]
    return world.reads.signals(ORG, line.id)

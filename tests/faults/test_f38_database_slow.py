"""F38: somebody holds a lock and the database hangs: nothing else hangs, and nothing is lost."""

from __future__ import annotations

import psycopg
import pytest

from responder.channels.watch import HttpWatch
from responder.clockwork.auditor import Auditor
from responder.store import audit
from telecare.clock import RealClock
from telecare.errors import StoreUnavailable
from telecare.observe import health_of
from telecare.settings import Settings
from telecare.store import session
from tests.harness.door import open_door, until, world_of
from tests.harness.mqtt import MqttClient, publish
from tests.harness.watcher import watcher
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

"""A reading in the gateway's lane becomes a signal in the detectors' lane, as the service runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from detectors.wiring import run
from telecare.clock import RealClock
from telecare.errors import LaneTaken
from telecare.messages import Reading, Signal
from telecare.observe import health_of
from telecare.register import Register
from telecare.register.devices import Device
from telecare.register.homes import Home
from telecare.settings import Settings
from telecare.store.lane import LaneReader, LaneWriter
from telecare.store.lease import LaneLease
from telecare.store.session import Database
from telecare.vocabulary import ReadingKind, SignalKind
from tests.harness.diary import Diary
from tests.harness.waiting import until
from tests.harness.windows import fall_window

PATIENCE_S = 20.0


@pytest.fixture
def diary(register: Register) -> Diary:
    """A home in the register whose hub counts as silent after a second and a half."""
    register.organisations.add_organisation("county", "The County")
    register.homes.add_home(
        Home(
            org="county",
            home="home-1",
            address="1 Lane",
            time_zone="Europe/London",
            settings={"wandering": {"night_from_hour": 0, "night_until_hour": 24}},
        )
    )
    register.devices.add(
        Device(
            org="county",
            device="home-1-hub",
            home="home-1",
            heartbeat_seconds=1,
            settings={"silent_after_seconds": 1.5},
        )
    )
    return Diary()


@pytest.fixture
def service(settings: Settings, diary: Diary) -> Iterator[None]:
    stop = threading.Event()
    failed: list[BaseException] = []

    def work() -> None:
        try:
            run(settings, stop)
        except BaseException as error:  # noqa: BLE001 - told to the test, which fails
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        until(lambda: health_of(settings.data_dir, "detectors").working)
        yield
    finally:
        stop.set()
        thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert not failed, failed


def said(database: Database) -> list[Signal]:
    records = [item.record for item in LaneReader(database).read("detectors-1", 0, 100)]
    return [record for record in records if isinstance(record, Signal)]


@pytest.mark.usefixtures("service")
def test_a_fall_a_silent_hub_and_its_return(
    database: Callable[[str], Database], diary: Diary
) -> None:
    gateway, own = database("gateway"), database("detectors")

    def arrive(reading: Reading) -> None:
        with gateway.begin() as connection:
            LaneWriter("gateway-1").append(connection, [reading])

    now = RealClock().now
    arrive(
        diary.note(
            now(),
            "acceleration",
            kind=ReadingKind.ACCELERATION,
            data={"hz": 50, "xyz_mg": fall_window()},
        )
    )
    until(lambda: len(said(own)) >= 2)
    arrive(diary.beat(now()))
    until(lambda: len(said(own)) >= 3)
    fall, silent, back = said(own)[:3]
    assert [fall.kind, silent.kind, back.kind] == [
        SignalKind.FALL,
        SignalKind.HUB_SILENT,
        SignalKind.HUB_BACK,
    ]
    assert silent.occurred_at - fall.occurred_at == timedelta(seconds=1.5)
    assert not any(signal.late for signal in (fall, silent, back))


@pytest.mark.usefixtures("service")
def test_a_home_added_while_it_runs_is_watched_with_its_own_settings(
    database: Callable[[str], Database], register: Register
) -> None:
    register.homes.add_home(
        Home(
            org="county",
            home="home-2",
            address="2 Lane",
            time_zone="Europe/London",
            settings={"falls": {"threshold": 1.0}},
        )
    )
    register.devices.add(Device(org="county", device="home-2-hub", home="home-2"))
    other, first = Diary(home="home-2", hub="home-2-hub"), Diary()
    falls = [
        each.note(
            RealClock().now(),
            "acceleration",
            kind=ReadingKind.ACCELERATION,
            data={"hz": 50, "xyz_mg": fall_window()},
        )
        for each in (other, first)
    ]
    with database("gateway").begin() as connection:
        LaneWriter("gateway-1").append(connection, falls)
    until(lambda: len(said(database("detectors"))) >= 1)
    assert said(database("detectors"))[0].home == "home-1", "home-2 is set never to say falls"


def test_other_detectors_for_the_same_homes_are_refused_whatever_lane_they_write(
    service: None,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("detectors.wiring._LEASE_PATIENCE_S", 0.1)
    with pytest.raises(LaneTaken, match="judge these homes already"):
        run(settings.model_copy(update={"lane_number": 2}), threading.Event())


def test_a_second_service_for_the_same_lane_is_refused(
    settings: Settings, database: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detectors.wiring._LEASE_PATIENCE_S", 0.1)
    lease = LaneLease(database("detectors"), "detectors-1")
    lease.take()
    try:
        with pytest.raises(LaneTaken, match="detectors-1"):
            run(settings, threading.Event())
    finally:
        lease.release()

"""F23: a signal ends our process whenever it is taken in. No press behind it waits for ever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from responder.arriving import triage
from responder.arriving.intake import WITHOUT, Intake
from responder.clockwork.in_hand import InHand
from responder.store import Reads
from responder.whom.people import OFFICE
from telecare.clock import HandClock
from telecare.errors import StoreUnavailable
from telecare.messages import Signal
from telecare.register import open_register
from telecare.settings import Settings
from telecare.store.lane import LaneReader
from telecare.store.migrate import open_database
from telecare.vocabulary import SignalKind
from tests.faults.test_f23_responder_killed import press_three_minutes_ago
from tests.harness.duty import ORG, Duty, duty, furnish, operator
from tests.harness.dying import Death
from tests.harness.responder_process import ResponderProcess
from tests.harness.waiting import until


@pytest.fixture
def world(sqlite_settings: Settings, clock: HandClock) -> Iterator[Duty]:
    with duty(sqlite_settings, clock, HandClock(clock.now())) as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def live(world: Duty, folder: Path) -> bool:
    """One life of an intake; False when it died."""
    readers = [LaneReader(each) for each in world.responder.databases[1:]]
    intake = Intake(
        world.works,
        world.reads,
        readers,
        world.clock,
        world.planning,
        InHand(folder, "responder-1"),
    )
    try:
        while intake.step():
            pass
    except Death:
        return False
    return True


def noted(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]


def dies_of(monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    track_of = triage.track_of

    def tracked(signal: Signal) -> Any:
        if signal.home == home:
            raise Death
        return track_of(signal)

    monkeypatch.setattr(triage, "track_of", tracked)


def on_the_desk(world: Duty) -> dict[str, SignalKind]:
    lines = world.desk.queue(operator())
    return {each.home: SignalKind(each.kinds[0].partition(".")[0]) for each in lines}


def test_the_others_are_taken_in_and_an_operator_is_told(
    world: Duty, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for home in ("home-1", "home-2", "home-3"):
        world.press(home)
    dies_of(monkeypatch, "home-2")
    assert [live(world, folder) for _ in range(WITHOUT + 2)] == [False] * (WITHOUT + 1) + [True]
    assert on_the_desk(world) == {
        "home-1": SignalKind.ALARM, OFFICE: SignalKind.UNREADABLE_ALARM, "home-3": SignalKind.ALARM,
    }  # fmt: skip
    assert "home-2" in next(e.sentence for e in world.desk.queue(operator()) if e.home == OFFICE)
    assert noted(folder) == []


def test_who_dies_of_something_else_takes_every_press_for_what_it_is(
    world: Duty, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for home in ("home-1", "home-2"):
        world.press(home)
    with monkeypatch.context() as ill:
        dies_of(ill, "home-1")
        assert not live(world, folder)
    with monkeypatch.context() as ill:
        dies_of(ill, "home-2")
        assert not live(world, folder)
    assert live(world, folder)
    assert on_the_desk(world) == {"home-1": SignalKind.ALARM, "home-2": SignalKind.ALARM}
    assert noted(folder) == []


def test_a_database_that_went_away_is_nobodys_death(
    world: Duty, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.press("home-1")
    with monkeypatch.context() as away:
        away.setattr(world.works, "begin", lambda _now: (_ for _ in ()).throw(StoreUnavailable))
        with pytest.raises(StoreUnavailable):
            live(world, folder)
    assert noted(folder) == []


def test_where_nothing_can_be_noted_presses_are_taken_in_all_the_same(
    world: Duty, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    world.press("home-1")
    assert live(world, tmp_path / "file")
    assert on_the_desk(world) == {"home-1": SignalKind.ALARM}


def test_with_real_processes_no_press_behind_it_waits(settings: Settings) -> None:
    register = open_register(settings)
    furnish(register, homes=3)
    register.close()
    for number in (1, 2, 3):
        press_three_minutes_ago(settings, f"home-{number}")
    for _ in range(WITHOUT + 1):
        assert ResponderProcess(settings, crash_at="signal_of_home-2").until_dead() == 9
    own = open_database(settings, "responder")
    reads = Reads(own)
    with ResponderProcess(settings, crash_at="signal_of_home-2") as alive:
        until(lambda: len(reads.open_alerts(ORG)) == 3)
        assert alive.leave() == 0
    assert {each.alert.home for each in reads.open_alerts(ORG)} == {"home-1", OFFICE, "home-3"}
    own.close()

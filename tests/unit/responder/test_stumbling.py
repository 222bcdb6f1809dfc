"""One row nobody foresaw: does the duty of everybody else go on, and does somebody hear of it?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from psycopg.errors import UniqueViolation
from sqlalchemy.exc import IntegrityError

from responder.arranged.expectations import What
from responder.arranged.prompts import Prompt
from responder.arriving import triage
from responder.clockwork.stumbling import deadly, limping, put_off, tried
from responder.devices import equipment
from responder.devices.roll_call import RollCall
from responder.outgoing import letters
from responder.store import timed
from responder.store.equipment import EquipmentReads
from telecare.clock import HandClock
from telecare.errors import InvalidInput, NotMigrated, StoreUnavailable
from telecare.messages import Reading
from telecare.observe import configure_logs
from telecare.register.teams import Team
from telecare.settings import Settings
from telecare.store.lane import LaneReader, LaneWriter
from telecare.vocabulary import AlertState, ReadingKind, SignalKind
from tests.harness.duty import ORG, Duty, duty, operator


@pytest.fixture
def world(sqlite_settings: Settings, clock: HandClock) -> Iterator[Duty]:
    with duty(sqlite_settings, clock, HandClock(clock.now())) as made:
        yield made


class Unforeseen(Exception):
    """A fault of ours."""


def later(world: Duty, **delta: float) -> None:
    world.clock.forward(**delta)
    world.machine.forward(**delta)
    world.settle()


def kinds(world: Duty) -> list[str]:
    return [kind for line in world.desk.queue(operator()) for kind in line.kinds]


@pytest.mark.parametrize("fault", [StoreUnavailable("It is away."), NotMigrated("It is newer.")])
def test_a_database_that_does_not_answer_or_is_not_ours_is_no_rows_fault(fault: Exception) -> None:
    def take() -> int:
        raise fault

    with pytest.raises(type(fault)):
        tried("steps", take)


def test_what_ends_our_process_or_fails_as_a_whole_is_told_of_once_in_each_hour() -> None:
    at = datetime(2026, 3, 28, 21, 5, tzinfo=UTC)
    hours = [at, at + timedelta(minutes=54), at + timedelta(minutes=55), at + timedelta(days=1)]
    assert len({deadly(ORG, "home-1", "alert-1", now).id for now in hours}) == 3
    assert len({limping(ORG, "rounds", now).id for now in hours}) == 3


def test_a_zone_and_a_division_nobody_knows_are_refused_when_they_are_written(world: Duty) -> None:
    register = world.responder.register
    homes, teams = register.homes, register.teams
    with pytest.raises(InvalidInput, match="no time zone"):
        register.organisations.add_organisation("south", "South", time_zone="Europe/Londn")
    with pytest.raises(InvalidInput, match="no time zone"):
        homes.add_home(replace(homes.home(ORG, "home-1"), home="home-9", time_zone="Europe"))
    with pytest.raises(InvalidInput, match="write england-and-wales, scotland"):
        teams.add_team(Team(org=ORG, team="west", name="West", division="england"))


def test_a_press_is_heard_whose_plan_cannot_be_read(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(org: str, home: str, *_: object) -> Any:
        raise Unforeseen(org, home)

    monkeypatch.setattr(world.planning, "terms", broken)
    world.press("home-1")
    world.press("home-2")
    world.settle()
    assert sorted(line.home for line in world.desk.queue(operator())) == ["home-1", "home-2"]


def test_a_signal_that_cannot_be_taken_in_is_told_and_holds_up_no_press(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = triage.first

    def broken(signal: Any) -> Any:
        if signal.home == "home-1":
            raise Unforeseen
        return judge(signal)

    monkeypatch.setattr(triage, "first", broken)
    world.press("home-1")
    world.press("home-2")
    world.settle()
    told, heard = sorted(world.desk.queue(operator()), key=lambda line: line.home)
    assert (heard.home, heard.kinds) == ("home-2", ["alarm.pendant"])
    assert (told.kinds, told.priority) == (["unreadable_alarm"], heard.priority)
    assert "home-1" in told.sentence
    assert told.state is AlertState.WAITING
    assert world.intake.step() == 0


def test_an_alert_we_fail_at_alone_ends_nothing(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = world.planning.course

    def broken(alert: Any, now: Any) -> Any:
        if alert.home == "home-1":
            raise Unforeseen
        return course(alert, now)

    monkeypatch.setattr(world.planning, "course", broken)
    world.press("home-1")
    world.settle()
    later(world, seconds=70)
    world.press("home-2")
    world.settle()
    later(world, minutes=3)
    assert [letter.address for letter in world.mailbag.letters] == ["daughter2@family.example"]
    assert {each.kind for each in world.auditor.look()} == {"alert"}


def test_a_letter_that_cannot_be_written_waits_and_the_others_leave(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose = letters.compose

    def broken(message: Any, *more: Any, **named: Any) -> Any:
        if message.recipient == "daughter-1":
            raise Unforeseen
        return compose(message, *more, **named)

    monkeypatch.setattr(letters, "compose", broken)
    world.press("home-1")
    world.settle()
    world.press("home-2")
    world.settle()
    for _ in range(4):
        later(world, minutes=2)
    addresses = [letter.address for letter in world.mailbag.letters]
    assert addresses[:2] == ["daughter2@family.example", "son1@family.example"]


def test_a_message_we_fail_at_before_it_is_tried_ends_no_sender(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    everyone = world.post._directory.everyone

    def broken(org: str, home: str) -> Any:
        if home == "home-1":
            raise Unforeseen
        return everyone(org, home)

    world.press("home-1")
    world.press("home-2")
    world.intake.step()
    world.clock.forward(minutes=3)
    world.steps.step()
    monkeypatch.setattr(world.post._directory, "everyone", broken)
    while world.post.step():
        pass
    assert [letter.address for letter in world.mailbag.letters] == ["daughter2@family.example"]


def test_an_expectation_we_fail_at_is_put_off_and_told(world: Duty) -> None:
    now = world.clock.now()
    expected = world.arrangements.expected.expect(
        operator(), "home-1", What.NOT_UP, "00:00", "23:59"
    )
    other = world.arrangements.expected.expect(operator(), "home-2", What.NOT_UP, "00:00", "23:59")
    with world.works.begin(now) as work:
        timed.expectations.put(work, replace(expected, time_zone="Europe/Londn"))
    world.clock.forward(days=1)
    world.settle()
    shown = kinds(world)
    assert "duty.stuck" in shown
    assert "expectation.not_up" in shown
    (left,) = [e for e in world.arrangements.expected.expected(operator()) if e.id == other.id]
    assert left.next_due_at is not None
    assert left.next_due_at > world.clock.now()
    key = (ORG, expected.id)
    at = world.clock.now()
    assert key not in timed.expectations.due_keys(world.own, at, 9)
    assert key in timed.expectations.due_keys(world.own, at + timedelta(hours=1), 9)


def test_an_alert_nobody_can_read_takes_no_other_from_the_desk(world: Duty) -> None:
    """Of another version, say. The auditor tells of it; a press from its home is told too."""
    world.press("home-1")
    world.press("home-2")
    world.intake.step()
    with world.own.begin() as connection:
        connection.exec_driver_sql("UPDATE alert SET body = '{}' WHERE home = 'home-1'")
    assert [line.home for line in world.desk.queue(operator())] == ["home-2"]
    world.press("home-1")
    world.settle()
    assert "unreadable_alarm" in kinds(world)
    later(world, minutes=2)
    assert {each.kind for each in world.auditor.look()} == {"alert"}
    assert "duty.stuck" in kinds(world)


def test_a_signal_of_our_own_nobody_can_read_is_told_and_ends_no_intake(world: Duty) -> None:
    with world.works.begin(world.clock.now()) as work:
        for ident in ("d-1", "d-2"):
            timed.concern(work, put_off(ORG, "dispatch", ident, work.now))
    with world.own.begin() as connection:
        connection.exec_driver_sql("UPDATE concern SET body = '{}' WHERE id LIKE '%d-1%'")
    world.clock.forward(seconds=31)
    assert {each.kind for each in world.auditor.look()} == {"concern"}
    world.press()
    world.settle()
    said = [
        each.why
        for line in world.desk.queue(operator())
        for each in world.reads.signals(ORG, line.id)
    ]
    assert any("(concern put-off-d-1-" in each for each in said)
    assert any("(dispatch d-2)" in each for each in said)
    assert timed.waiting_concerns(world.own, 10) == []


def test_a_message_nobody_can_read_ends_no_sender(world: Duty) -> None:
    world.press("home-1")
    world.press("home-2")
    world.intake.step()
    world.clock.forward(minutes=3)
    world.steps.step()
    with world.own.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE outbox SET body = '{}' WHERE key = (SELECT min(key) FROM outbox)"
        )
    while world.post.step():
        pass
    assert len(world.mailbag.letters) == 1


def test_nobody_is_rung_about_what_nobody_can_read_and_it_is_told(world: Duty) -> None:
    for home in ("home-1", "home-2"):
        world.arrangements.expected.expect(
            operator(), home, What.MEDICATION, "00:00", "23:59", prompt=Prompt()
        )
        if home == "home-1":
            with world.own.begin() as connection:
                connection.exec_driver_sql("UPDATE expectation SET body = '{}'")
    world.settle()
    assert "duty.stuck" in kinds(world)
    left = [
        entry.detail["home"] for entry in world.reads.entries(ORG) if entry.act == "left_to_people"
    ]
    assert left == ["home-2"]


def test_a_reading_we_fail_at_is_passed_over_and_told(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = equipment.heard

    def broken(before: Any, reading: Any) -> Any:
        if reading.id == "r-2":
            raise Unforeseen
        return heard(before, reading)

    monkeypatch.setattr(equipment, "heard", broken)
    gateway = world.responder.databases[1]
    readings = [status(world, number) for number in (1, 2, 3)]
    with gateway.begin() as connection:
        LaneWriter("gateway-1").append(connection, readings)
    register = world.responder.register
    roll_call = RollCall(world.works, register, LaneReader(gateway), world.clock)
    assert [roll_call.step(), roll_call.step()] == [2, 1]
    world.settle()
    assert "duty.stuck" in kinds(world)
    known = EquipmentReads(world.own).all(ORG)
    assert sorted(known) == ["hub-1", "hub-3"]


def test_a_number_no_float_can_hold_is_no_strength_of_a_signal(world: Duty) -> None:
    reading = status(world, 1, rssi=10**400, firmware="2.1")
    assert equipment.heard(None, reading).firmware == "2.1"
    assert equipment.heard(None, reading).signal is None


def status(world: Duty, number: int, **data: Any) -> Reading:
    now = world.clock.now()
    return Reading(
        org=ORG, home=f"home-{number}", device=f"hub-{number}", id=f"r-{number}",
        kind=ReadingKind.STATUS, type="status", occurred_at=now, received_at=now, data=data,
    )  # fmt: skip


def test_an_organisation_in_a_zone_nobody_knows_has_its_night_all_the_same(world: Duty) -> None:
    with world.responder.register.database.begin() as connection:
        connection.exec_driver_sql("UPDATE organisation SET time_zone = 'Europe/Londn'")
    world.settle()
    world.clock.forward(days=1)
    world.settle()
    assert "plans_checked" in {entry.act for entry in world.reads.entries(ORG)}


def test_a_database_that_does_not_answer_is_nobodys_fault(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> Any:
        raise StoreUnavailable

    world.judged(SignalKind.INACTIVITY)
    monkeypatch.setattr(world.works, "begin", gone)
    for part in (world.intake, world.rounds):
        with pytest.raises(StoreUnavailable):
            part.step()


def test_the_log_names_nobody_though_a_database_does(capsys: pytest.CaptureFixture[str]) -> None:
    def refused() -> int:
        told = UniqueViolation("DETAIL:  Key (name)=(Mrs Ada Smith, 01632 960001) already exists.")
        raise IntegrityError("INSERT INTO contact", {}, told) from told

    configure_logs()
    assert tried("steps", refused, alert="alert-1") is None
    said = capsys.readouterr().err
    line = json.loads(said)
    assert (line["event"], line["alert"]) == ("stumbled", "alert-1")
    assert line["error"] == "IntegrityError < UniqueViolation"
    assert "test_stumbling.py:" in line["at"]
    assert "Smith" not in said

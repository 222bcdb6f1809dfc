"""One row nobody foresaw, among many that a part takes: is it told, and tried again?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from responder.callout import dispatch_decision
from responder.callout import dispatching as dispatching_module
from responder.callout.dispatch import Dispatch
from responder.clockwork.apart import Apart
from responder.clockwork.in_hand import InHand
from responder.clockwork.vigil import LOOK_AGAIN_S, PATIENCE_S, WELL_S, Vigil
from responder.devices import inventory, proving
from responder.devices import roll_call as roll_call_module
from responder.devices.proving import Step
from responder.devices.roll_call import RollCall
from responder.learning import tunings as tunings_module
from responder.learning.tunings import Tunings
from responder.store import tables
from responder.store.tunings import TuningReads
from telecare.clock import HandClock
from telecare.messages import Rehearsal
from telecare.observe import Health
from telecare.register.devices import Device
from telecare.settings import Settings
from telecare.store.lane import LaneReader, LaneWriter
from telecare.vocabulary import Role, TuningState
from tests.harness.duty import ORG, Duty, duty, furnish, operator, responders

SUPERVISOR = operator(9, role=Role.SUPERVISOR)


@pytest.fixture
def world(sqlite_settings: Settings, clock: HandClock) -> Iterator[Duty]:
    with duty(sqlite_settings, clock, HandClock(clock.now())) as made:
        furnish(made.responder.register, "south")
        yield made


class Unforeseen(Exception):
    """A fault of ours."""


def stuck(world: Duty, org: str = ORG) -> list[str]:
    """What the desk reads of what we fail at."""
    while world.intake.step():
        pass
    lines = world.desk.queue(operator(org=org))
    return [each.sentence for each in lines if each.kinds[0].startswith("duty.")]


def services_down(world: Duty, org: str) -> list[str]:
    lines = world.desk.queue(operator(org=org))
    return [kind for each in lines for kind in each.kinds if kind.startswith("service")]


class Services:
    """What the beats say."""

    def __init__(self) -> None:
        self.is_down = False

    def __call__(self, service: str) -> Health:
        return Health(service, not (self.is_down and service == "gateway"), "")


def test_that_the_gateway_is_down_is_told_to_all_whom_it_can_be_told(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = Services()
    vigil = Vigil(world.works, services, lambda: (ORG, "south"), world.clock, world.machine)
    tell = Vigil._signal

    def broken(self: Vigil, org: str, *more: Any) -> Any:
        if org == ORG:
            raise Unforeseen
        return tell(self, org, *more)

    def pass_by(seconds: float) -> None:
        for _ in range(int(seconds)):
            world.machine.forward(seconds=1)
            world.clock.forward(seconds=1)
            vigil.step()

    services.is_down = True
    monkeypatch.setattr(Vigil, "_signal", broken)
    pass_by(PATIENCE_S + 1)
    assert services_down(world, "south") == ["service_down.gateway"]
    assert services_down(world, ORG) == []
    (sentence,) = stuck(world)
    assert "vigil" in sentence
    monkeypatch.undo()
    pass_by(LOOK_AGAIN_S + 1)
    assert services_down(world, ORG) == ["service_down.gateway"], "it is looked at again"
    monkeypatch.setattr(Vigil, "_signal", broken)
    services.is_down = False
    pass_by(WELL_S + 3)
    monkeypatch.undo()
    pass_by(LOOK_AGAIN_S + 1)
    assert services_down(world, ORG) == ["service_down.gateway", "service_back.gateway"], (
        "so is that it is back"
    )


class Rehearsals:
    """The detectors' lane of answers, and the part that follows it."""

    def __init__(self, world: Duty) -> None:
        self.world = world
        self.detectors = world.responder.databases[2]
        register = world.responder.register
        self.part = Tunings(
            world.works, TuningReads(world.own), LaneReader(self.detectors), register.homes,
            world.clock,
        )  # fmt: skip

    def propose(self, *names: str) -> None:
        now = self.world.clock.now()
        with self.detectors.begin() as connection:
            LaneWriter("rehearsals-1").append(
                connection,
                [
                    Rehearsal(
                        id=name, org=ORG, home="home-1", detector="wandering",
                        setting="still_minutes", before=24.75, after=30.0, at=now, since=now,
                    )
                    for name in names
                ],
            )  # fmt: skip

    def states(self) -> dict[str, TuningState]:
        return {each.id: each.state for each in self.part.of_home(SUPERVISOR, "home-1")}

    def minutes(self) -> float | None:
        home = self.world.responder.register.homes.home(ORG, "home-1")
        found = home.settings.get("wandering", {}).get("still_minutes")
        return None if found is None else float(found)


def test_an_answer_of_the_detectors_we_fail_at_is_passed_over_and_told(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in = tunings_module._take_in

    def broken(work: Any, rehearsal: Rehearsal) -> None:
        if rehearsal.id == "t-2":
            raise Unforeseen
        take_in(work, rehearsal)

    monkeypatch.setattr(tunings_module, "_take_in", broken)
    rehearsals = Rehearsals(world)
    rehearsals.propose("t-1", "t-2", "t-3")
    while rehearsals.part.step():
        pass
    assert sorted(rehearsals.states()) == ["t-1", "t-3"]
    (sentence,) = stuck(world)
    assert "rehearsals-1-2" in sentence


def test_a_decision_we_cannot_put_in_force_holds_up_no_other_and_is_tried_again(
    world: Duty,
) -> None:
    rehearsals = Rehearsals(world)
    rehearsals.propose("t-1", "t-2")
    rehearsals.part.step()
    accepted = {"state": TuningState.ACCEPTED.value, "decided_at": world.clock.now()}
    unknown = {"setting": "still_moments"}  # a version's that was taken back
    with world.own.begin() as connection:
        connection.execute(update(tables.tuning).values(accepted))
        connection.execute(update(tables.tuning).where(tables.tuning.c.id == "t-1").values(unknown))
    assert rehearsals.part.step() == 1
    assert rehearsals.minutes() == 30.0
    assert rehearsals.part.step() == 0, "and nobody turns on the spot"
    (sentence,) = stuck(world)
    assert "t-1" in sentence
    known = {"setting": "still_minutes", "after": 32.0}
    with world.own.begin() as connection:
        connection.execute(update(tables.tuning).where(tables.tuning.c.id == "t-1").values(known))
    world.clock.forward(minutes=61)
    assert rehearsals.part.step() == 1
    assert rehearsals.minutes() == 32.0


def hub(world: Duty, device: str, org: str = ORG) -> None:
    world.responder.register.devices.add(Device(org=org, device=device, home="home-1"))


def roll_call(world: Duty) -> RollCall:
    gateway = world.responder.databases[1]
    return RollCall(world.works, world.responder.register, LaneReader(gateway), world.clock)


def test_a_command_we_fail_at_lapses_later_and_the_others_now(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = world.responder.register.orders
    for device in ("hub-1", "hub-2"):
        hub(world, device)
        orders.command(ORG, device, "reboot", {}, by="anna", seconds=60)
    ended = roll_call_module._ended

    def broken(work: Any, command: Any, home: str) -> None:
        if command.device == "hub-1":
            raise Unforeseen
        ended(work, command, home)

    monkeypatch.setattr(roll_call_module, "_ended", broken)
    calling = roll_call(world)
    world.clock.forward(minutes=2)
    calling.step()
    assert [each.device for each in orders.overdue()] == ["hub-1"]
    assert any("command" in each for each in stuck(world))
    monkeypatch.undo()
    calling.step()
    assert [each.device for each in orders.overdue()] == ["hub-1"], "not on every round"
    world.clock.forward(minutes=61)
    calling.step()
    assert orders.overdue() == []


def test_a_device_we_fail_to_enrol_keeps_no_other_waiting(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = world.responder.register.claims
    for device in ("hub-1", "hub-2"):
        world.responder.register.devices.add(
            Device(org=ORG, device=device, home="home-1", serial=device)
        )
    now = world.clock.now()
    for issued in claims.make(ORG, ["hub-1", "hub-2"], by="anna"):
        claims.keep(replace(issued.claim, used_at=now, receipt_at=now, receipt_by="anna"))
    monkeypatch.setattr(proving, "missing", lambda *_: Step.NOTHING)
    enrolled = roll_call_module._enrolled

    def broken(work: Any, claim: Any, home: str) -> None:
        if claim.device == "hub-1":
            raise Unforeseen
        enrolled(work, claim, home)

    monkeypatch.setattr(roll_call_module, "_enrolled", broken)
    calling = roll_call(world)
    calling.step()
    assert [each.device for each in claims.under_way()] == ["hub-1"]
    assert any("claim" in each for each in stuck(world))
    monkeypatch.setattr(roll_call_module, "_enrolled", enrolled)
    world.clock.forward(minutes=61)
    calling.step()
    assert claims.under_way() == []


def test_an_organisation_whose_devices_we_cannot_look_through_hides_no_other(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_org, looked = inventory.of_org, []

    def broken(register: Any, reads: Any, org: str, *more: Any) -> Any:
        if org == ORG:
            raise Unforeseen
        looked.append(org)
        return of_org(register, reads, org, *more)

    monkeypatch.setattr(inventory, "of_org", broken)
    roll_call(world).warn()
    assert looked == ["south"]
    assert any("warnings" in each for each in stuck(world))


@pytest.fixture
def valley(world: Duty) -> Duty:
    """Two homes pressed, and a responder is to be sent to each; one crew is on duty."""
    responders(world.responder.register, ORG, "ann")
    world.machine.forward(seconds=1)
    for home in ("home-1", "home-2"):
        world.press(home)
    world.intake.step()
    for line in sorted(world.desk.queue(operator()), key=lambda each: each.home):
        world.clock.forward(seconds=1)
        world.desk.claim(operator(), line.id)
        world.desk.send(operator(), line.id)
    return world


def offered(world: Duty) -> list[str]:
    while world.dispatches.step() + world.post.step():
        pass
    offers = [each for each in world.mailbag.letters if "/j/" in each.link]
    return [world.desk.job(each.link.rpartition("/")[2]).home_label for each in offers]


def test_a_dispatch_nobody_can_read_keeps_nobody_from_being_sent_elsewhere(valley: Duty) -> None:
    with valley.own.begin() as connection:
        connection.exec_driver_sql("UPDATE dispatch SET body = '{}' WHERE home = 'home-1'")
    assert offered(valley) == ["2 Sample Lane"]
    (sentence,) = stuck(valley)
    assert "dispatch" in sentence


def test_dispatches_we_fail_at_take_no_other_its_turn_and_are_tried_again(
    valley: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide = dispatch_decision.decide

    def broken(found: Dispatch, *more: Any) -> Any:
        if found.home == "home-1":
            raise Unforeseen
        return decide(found, *more)

    monkeypatch.setattr(dispatching_module, "BATCH", 1)
    monkeypatch.setattr(dispatch_decision, "decide", broken)
    assert offered(valley) == ["2 Sample Lane"]
    monkeypatch.undo()
    line = next(each for each in valley.desk.queue(operator()) if each.home == "home-2")
    valley.desk.call_off(operator(), line.id)
    valley.clock.forward(minutes=1)
    assert offered(valley)[-1] == "1 Sample Lane"


def test_what_was_put_off_waits_for_no_process_that_is_dead(world: Duty, tmp_path: Path) -> None:
    """That it waits is known to the process alone; that it is due stands in its row."""
    tries = 0

    def fails() -> int:
        nonlocal tries
        tries += 1
        raise Unforeseen

    def process() -> Apart:
        return Apart("jobs", world.works, world.clock, in_hand=InHand(tmp_path, "responder-1"))

    first = process()
    for _ in range(2):
        assert first.take("job", ORG, "job-1", fails) is None
    assert tries == 1, "the second time it was passed by"
    assert process().take("job", ORG, "job-1", lambda: 1) == 1

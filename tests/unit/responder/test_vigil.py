"""A service that does not work is called out in every organisation, once, and so is its return."""

from __future__ import annotations

import pytest

from responder.clockwork.vigil import PATIENCE_S, SAY_AGAIN_S, Step, Vigil, step_for
from telecare.observe import Health
from telecare.register import Register
from telecare.vocabulary import Outcome, Priority, SignalKind
from tests.harness.duty import ORG, Duty, operator


@pytest.fixture
def database_kind() -> str:
    """Which database it is has no part in it; taking signals in is tested on both."""
    return "sqlite"


class Services:
    """What the beats say."""

    def __init__(self) -> None:
        self.down: dict[str, str] = {}

    def __call__(self, service: str) -> Health:
        return Health(service, service not in self.down, self.down.get(service, ""))


@pytest.fixture
def services() -> Services:
    return Services()


def vigil(world: Duty, services: Services, *orgs: str) -> Vigil:
    return Vigil(world.works, services, lambda: orgs or (ORG,), world.clock, world.machine)


def watch(world: Duty, watching: Vigil, seconds: float) -> int:
    """Real time passes; the vigil looks every half second or so."""
    raised = 0
    for _ in range(int(seconds)):
        world.machine.forward(seconds=1)
        world.clock.forward(seconds=1)
        raised += watching.step()
    return raised


@pytest.mark.parametrize(
    ("down", "last", "step"),
    [
        (True, None, Step.TELL_DOWN),
        (True, SignalKind.SERVICE_DOWN, Step.NOTHING),
        (True, SignalKind.SERVICE_BACK, Step.TELL_DOWN),
        (False, None, Step.NOTHING),
        (False, SignalKind.SERVICE_DOWN, Step.TELL_BACK),
        (False, SignalKind.SERVICE_BACK, Step.NOTHING),
    ],
)
def test_what_to_do(*, down: bool, last: SignalKind | None, step: Step) -> None:
    assert step_for(down=down, last=last) is step


def test_a_restart_is_no_alarm(world: Duty, services: Services) -> None:
    watching = vigil(world, services)
    services.down["detectors"] = "detectors last spoke 6 s ago."
    assert watch(world, watching, PATIENCE_S - 1) == 0
    services.down.clear()
    assert watch(world, watching, 5) == 0
    assert world.desk.queue(operator(1)) == []


def test_down_for_longer_it_is_one_urgent_alert_that_says_what_it_means(
    world: Duty, services: Services
) -> None:
    watching = vigil(world, services)
    services.down["detectors"] = "detectors last spoke 50 s ago."
    assert watch(world, watching, 110) == 1, "within two minutes, once"
    line = world.only()
    assert line.priority is Priority.URGENT
    assert line.home_label == "The platform itself"
    assert line.sentence == (
        "detectors last spoke 50 s ago. Falls, exits and stillness are not being judged; "
        "presses still arrive."
    )
    steps = [step.text for step in world.desk.open_alert(operator(1), line.id).plan]
    assert "telecare doctor" in steps[0]
    services.down.clear()
    assert watch(world, watching, 30) == 1
    kinds = [s.kind for s in world.desk.open_alert(operator(1), line.id).signals]
    assert kinds == [SignalKind.SERVICE_DOWN, SignalKind.SERVICE_BACK]
    assert world.only().state == "waiting", "its return closes nothing: somebody looks"


def test_one_that_dies_again_and_again_is_down_though_it_says_that_it_works(
    world: Duty, services: Services
) -> None:
    """Its supervisor starts it, it beats, and falls over the same thing once more."""
    watching, raised = vigil(world, services), 0
    for _ in range(10):
        services.down["detectors"] = "detectors last spoke 6 s ago."
        raised += watch(world, watching, 8)
        services.down.clear()
        raised += watch(world, watching, 6)
    assert raised == 1
    assert world.only().kinds == ["service_down.detectors"]
    assert watch(world, watching, 20) == 1, "at last it stays up"


def test_two_responders_tell_it_once_and_a_restarted_one_goes_on(
    world: Duty, services: Services
) -> None:
    first, second = vigil(world, services), vigil(world, services)
    services.down["gateway"] = "gateway is not running."
    for _ in range(80):
        world.machine.forward(seconds=1)
        first.step()
        second.step()
    assert world.only().signal_count == 1
    services.down.clear()
    restarted = vigil(world, services)
    assert watch(world, restarted, 2) == 1, "the return is told by one that never saw it go"
    assert watch(world, first, 2) + watch(world, second, 2) == 0


def test_both_down_are_one_alert_with_both_sentences(world: Duty, services: Services) -> None:
    watching = vigil(world, services)
    services.down = {"gateway": "gateway is not running.", "detectors": "They lag."}
    assert watch(world, watching, 60) == 2
    assert world.only().kinds == ["service_down.gateway", "service_down.detectors"]


def test_closed_while_still_down_it_comes_again(world: Duty, services: Services) -> None:
    watching = vigil(world, services)
    services.down["detectors"] = "They lag."
    watch(world, watching, 60)
    alert = world.only().id
    world.desk.claim(operator(1), alert)
    world.desk.resolve(operator(1), alert, Outcome.EQUIPMENT_FAULT, "being looked at")
    assert watch(world, watching, SAY_AGAIN_S + 30) == 1
    assert world.only().id != alert


def test_every_organisation_hears_of_it(
    world: Duty, services: Services, register: Register
) -> None:
    register.organisations.add_organisation("south", "Council south")
    watching = vigil(world, services, ORG, "south")
    services.down["gateway"] = "gateway is not running."
    assert watch(world, watching, 60) == 2
    assert len(world.desk.queue(operator(1, org="south"))) == 1

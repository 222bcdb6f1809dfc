"""Stories of what changes while an alert runs: another alarm, another plan, another consent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from telecare.clock import HandClock
from telecare.register.contacts import Contact
from telecare.register.plans import Plan, Step, StepKind, Topic
from telecare.settings import Settings
from telecare.vocabulary import AlertState, Priority, Role, SignalKind
from tests.harness.duty import ORG, Duty, duty, operator

BOSS = operator(2, role=Role.SUPERVISOR)


@pytest.fixture
def world(settings: Settings, clock: HandClock) -> Iterator[Duty]:
    with duty(settings, clock, HandClock(clock.now())) as made:
        yield made


def written_to(world: Duty) -> list[str]:
    return [each.address.partition("@")[0] for each in world.mailbag.letters]


def put_off(world: Duty, hours: int) -> None:
    line = world.only()
    world.desk.claim(operator(), line.id)
    world.desk.watch(operator(), line.id, hours * 60)


def test_a_fall_is_not_slept_through_behind_check_again_in_ten_hours(world: Duty) -> None:
    """She said that she is well, at ten in the evening; at midnight she falls."""
    world.press()
    world.settle()
    put_off(world, 10)
    world.forward(minutes=20)
    world.judged(SignalKind.FALL)
    world.settle()
    assert world.only().state is AlertState.WAITING
    world.forward(minutes=4)
    assert written_to(world) == ["daughter1"]
    put_off(world, 10)
    world.forward(minutes=20)
    world.judged(SignalKind.FALL)
    world.settle()
    assert world.only().state is AlertState.WAITING, "a second fall is not the first"


def test_more_of_what_was_put_off_wakes_nobody(world: Duty) -> None:
    world.judged(SignalKind.INACTIVITY)
    world.settle()
    put_off(world, 2)
    world.judged(SignalKind.INACTIVITY)
    world.judged(SignalKind.ROUTINE)
    world.settle()
    assert world.only().state is AlertState.WATCHING


def test_something_worse_is_called_out_and_asked_about_when_nobody_was_reached(
    world: Duty,
) -> None:
    """Nobody answered about the silence in the home; then it looks like a fall."""
    world.judged(SignalKind.INACTIVITY)
    world.settle()
    world.forward(minutes=50)
    before = len(written_to(world))
    assert "nobody_reached" in world.acts(world.only().id)
    world.judged(SignalKind.FALL)
    world.settle()
    line = world.only()
    assert line.priority is Priority.EMERGENCY
    assert written_to(world)[before:] == ["daughter1"], "and at once: they were silent long enough"
    assert line.announcement
    assert "being asked" in line.announcement


def test_a_plan_that_is_saved_meanwhile_is_followed_from_its_beginning(world: Duty) -> None:
    """At three in the morning neither answers, and the supervisor writes the neighbour in."""

    def plan(*contacts: str) -> None:
        steps = [Step(kind=StepKind.CONTACTS, contacts=[each]) for each in contacts]
        world.arrangements.plans.save(BOSS, Plan(org=ORG, home="home-1", cycles=1, steps=steps))

    plan("daughter-1", "son-1")
    world.press()
    world.settle()
    world.forward(minutes=6, seconds=30)
    assert written_to(world) == ["daughter1", "son1"]
    world.responder.register.contacts.add_contact(
        Contact(
            org=ORG, contact="neighbour-1", home="home-1", name="A neighbour",
            relation="neighbour", email="neighbour1@street.example",
        )
    )  # fmt: skip
    plan("neighbour-1")
    world.forward(minutes=4)
    assert written_to(world) == ["daughter1", "son1", "neighbour1"]
    assert "nobody_reached" not in world.acts(world.only().id)


def test_who_may_not_know_any_more_is_not_asked_and_the_next_is_at_once(world: Duty) -> None:
    """The resident takes it back while the provider is out and the message waits."""
    world.mailbag.mood = "out"
    world.press()
    world.settle()
    world.forward(minutes=3, seconds=10)
    world.responder.register.plans.consent(ORG, "daughter-1", [Topic.EQUIPMENT], "person-2")
    world.mailbag.mood = "well"
    world.forward(minutes=1)
    assert written_to(world) == ["son1"]
    (undelivered,) = [e for e in world.reads.entries(ORG) if e.act == "undelivered"]
    assert undelivered.detail["state"] == "refused"


def test_the_link_of_somebody_who_was_taken_off_the_file_names_nobody(world: Duty) -> None:
    world.press()
    world.settle()
    world.forward(minutes=3, seconds=10)
    token = world.token()
    assert world.desk.link(token).resident_label == "Resident 1"
    world.responder.register.leaving.contact(ORG, "daughter-1")
    world.forward(minutes=1)
    seen = world.desk.link(token)
    assert seen.contact_name == ""
    assert "Resident 1" not in (seen.resident_label, seen.sentence)

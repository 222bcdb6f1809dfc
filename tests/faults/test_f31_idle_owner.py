"""F31: whoever has an alert does nothing: it goes to others, and a new cry for help at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from telecare.clock import HandClock
from telecare.register.people import Person
from telecare.settings import Settings
from telecare.vocabulary import AlertState, CallState, Role, SignalKind
from tests.harness.duty import ORG, Duty, duty, operator


@pytest.fixture
def world(sqlite_settings: Settings, clock: HandClock) -> Iterator[Duty]:
    with duty(sqlite_settings, clock, HandClock(clock.now())) as made:
        yield made


def later(world: Duty, **delta: float) -> None:
    world.clock.forward(**delta)
    world.machine.forward(**delta)
    world.settle()


def test_a_press_into_an_alert_whose_owner_is_gone_asks_the_contacts_after_three_minutes(
    world: Duty,
) -> None:
    world.judged(SignalKind.ROUTINE)
    world.settle()
    alert = world.only().id
    world.desk.claim(operator(), alert)
    later(world, hours=3)
    world.press()
    world.settle()
    assert world.only().announcement == "And now: The pendant was pressed."
    later(world, seconds=60)
    line = world.only()
    assert line.announcement == (
        "Help was asked for again 60 seconds ago, and its owner has done nothing."
    )
    assert (line.state, line.next_step) == (AlertState.CLAIMED, "back to the queue")
    later(world, seconds=120)
    line = world.only()
    assert (line.state, line.owner_id) == (AlertState.WAITING, None)
    assert [each.address for each in world.mailbag.letters] == ["daughter1@family.example"]
    assert "freed" in world.acts(alert)


def test_a_pendant_that_goes_on_pressing_puts_nothing_off(world: Duty) -> None:
    world.press()
    world.settle()
    world.desk.claim(operator(), world.only().id)
    for _ in range(6):
        later(world, seconds=40)
        world.press()
        world.settle()
    assert world.only().state is AlertState.WAITING


def test_an_owner_who_answers_the_new_cry_keeps_it(world: Duty) -> None:
    world.press()
    world.settle()
    alert = world.only().id
    world.desk.claim(operator(), alert)
    later(world, minutes=5)
    world.press()
    world.settle()
    later(world, seconds=70)
    world.desk.note(operator(), alert, "She pressed again; I am talking to her.")
    later(world, minutes=5)
    line = world.only()
    assert (line.state, line.owner_id) == (AlertState.CLAIMED, operator().id)
    assert world.mailbag.letters == []


def attended_by_the_daughter(world: Duty) -> str:
    world.press()
    world.settle()
    later(world, minutes=3)
    world.desk.link_answer(world.token(), "going")
    assert world.only().state is AlertState.ATTENDING
    return world.only().id


def test_who_said_that_they_go_and_never_came_is_waited_for_45_minutes(world: Duty) -> None:
    alert = attended_by_the_daughter(world)
    later(world, minutes=45)
    line = world.only()
    assert (line.state, line.next_step) == (AlertState.WAITING, "call it out on the desk")
    rungs = world.reads.alert("north", alert).alert.rungs
    assert [each.state for each in rungs] == [CallState.ON_THE_WAY], "what she said stays"
    later(world, minutes=3)
    later(world, minutes=3)
    addresses = [each.address for each in world.mailbag.letters]
    assert addresses[1:] == ["daughter1@family.example", "son1@family.example"]
    assert not world.desk.link(world.token()).over


def test_a_press_while_somebody_is_on_the_way_and_nobody_has_it_waits_in_the_queue(
    world: Duty,
) -> None:
    attended_by_the_daughter(world)
    later(world, minutes=5)
    world.press()
    world.settle()
    line = world.only()
    assert (line.state, line.announcement) == (
        AlertState.WAITING, "Again: second press in 8 minutes.",
    )  # fmt: skip
    later(world, minutes=3)
    assert len(world.mailbag.letters) == 2


def test_a_press_with_the_daughter_in_the_house_calls_nobody_away(world: Duty) -> None:
    attended_by_the_daughter(world)
    world.desk.link_answer(world.token(), "arrived")
    world.press()
    world.settle()
    assert world.only().state is AlertState.ATTENDING


def test_an_owner_who_never_asks_whether_they_arrived_loses_it(world: Duty) -> None:
    alert = attended_by_the_daughter(world)
    world.desk.claim(operator(), alert)
    for _ in range(3):
        later(world, minutes=45)
    line = world.only()
    assert (line.state, line.owner_id) == (AlertState.WAITING, None)


def test_a_press_while_the_daughter_is_expected_and_the_owner_is_gone(world: Duty) -> None:
    alert = attended_by_the_daughter(world)
    world.desk.claim(operator(), alert)
    later(world, minutes=5)
    world.press()
    world.settle()
    later(world, minutes=3)
    line = world.only()
    assert (line.state, line.owner_id) == (AlertState.WAITING, None)


def test_a_press_long_after_the_daughter_came_waits_in_the_queue(world: Duty) -> None:
    attended_by_the_daughter(world)
    world.desk.link_answer(world.token(), "arrived")
    later(world, minutes=16)
    world.press()
    world.settle()
    assert world.only().state is AlertState.WAITING


def test_a_contact_who_picked_up_and_said_nothing_leaves_no_step_behind(world: Duty) -> None:
    world.press()
    world.settle()
    later(world, minutes=3)
    alert = world.only().id
    world.desk.claim(operator(), alert)
    world.desk.contact_answer(operator(), alert, "daughter-1", "answered")
    later(world, minutes=4)
    due = world.only().next_due_at
    assert due is not None
    assert due > world.clock.now(), "I2: nothing due is left behind"
    later(world, minutes=1)
    assert world.auditor.look() == []


def test_who_leaves_the_organisation_leaves_no_alert_with_themselves(world: Duty) -> None:
    """Nobody can sign in any more to see to it; without this it would be theirs for half an hour,
    and a dead hub for three days.
    """
    people, following = world.responder.register.people, world.arrangements.following
    for number in (1, 2):
        me = operator(number)
        people.add(
            Person(org=ORG, person=me.id, username=me.id, name=me.name, role=Role.OPERATOR),
            "mallow-otter-quince-9",
        )
    world.press("home-1")
    world.press("home-2")
    world.settle()
    theirs, other = (
        next(each.id for each in world.desk.queue(operator()) if each.home == home)
        for home in ("home-1", "home-2")
    )
    world.desk.claim(operator(1), theirs)
    world.desk.claim(operator(2), other)
    later(world, minutes=2)
    people.leave(ORG, operator(1).id)
    while following.step():
        pass
    lines = {each.id: each for each in world.desk.queue(operator(2))}
    assert (lines[theirs].state, lines[theirs].owner_id) == (AlertState.WAITING, None)
    assert lines[theirs].announcement == "Whoever had it works here no more."
    assert lines[other].owner_id == operator(2).id
    assert world.acts(theirs)[-1] == "released"
    later(world, minutes=3)
    assert [each.address for each in world.mailbag.letters] == ["daughter1@family.example"]


def test_a_cry_for_help_handed_to_somebody_who_is_not_there_goes_back_to_the_queue(
    world: Duty,
) -> None:
    """The shift ends as she presses again; the colleague it is handed to has not come yet."""
    world.judged(SignalKind.INACTIVITY)
    world.settle()
    alert = world.only().id
    world.desk.claim(operator(1), alert)
    world.press()
    world.settle()
    later(world, seconds=40)
    world.desk.hand_over(operator(1), alert, operator(2).id, operator(2).name)
    later(world, seconds=60)
    line = world.only()
    assert line.announcement == (
        "Help was asked for again 100 seconds ago, and its owner has done nothing."
    )
    assert line.owner_id == operator(2).id
    later(world, seconds=80)
    assert (world.only().state, world.only().owner_id) == (AlertState.WAITING, None)
    assert [each.address for each in world.mailbag.letters] == ["daughter1@family.example"]


def test_who_takes_a_cry_for_help_over_has_answered_it(world: Duty) -> None:
    world.judged(SignalKind.INACTIVITY)
    world.settle()
    alert, boss = world.only().id, operator(3, role=Role.SUPERVISOR)
    world.desk.claim(operator(1), alert)
    world.press()
    world.settle()
    world.desk.hand_over(boss, alert, boss.id, boss.name)
    later(world, minutes=5)
    assert world.only().owner_id == boss.id

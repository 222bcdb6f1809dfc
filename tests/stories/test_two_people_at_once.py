"""Two people change one thing at the same moment: what each of them said holds afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection

from telecare.clock import HandClock
from telecare.errors import Conflict
from telecare.register import Register
from telecare.register.device import Device
from telecare.register.ground import Ground
from telecare.register.people import Person
from telecare.register.plans import Plan, Step, StepKind
from telecare.register.teams import Cover
from telecare.settings import Settings
from telecare.vocabulary import DeviceKind, Role
from tests.harness.duty import ORG, Duty, duty, operator, responders

Deed = Callable[[], object]
BOTH_ARE_THERE = 30.0
"""Real seconds; a test whose two people do not meet would prove nothing, and fails."""


@pytest.fixture
def world(settings: Settings, clock: HandClock) -> Iterator[Duty]:
    with duty(settings, clock, HandClock(clock.now())) as made:
        responders(made.responder.register, ORG, "ann", "bob")
        made.responder.register.devices.add(
            Device(org=ORG, device="hub-1", home="home-1", kind=DeviceKind.HUB)
        )
        yield made


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> Callable[[Deed, Deed], None]:
    """Does both, each by somebody of their own; neither changes anything before both want to."""
    change = Ground.change

    def do(*deeds: Deed) -> None:
        met, faults = threading.Barrier(2), list[BaseException]()

        @contextmanager
        def changing(ground: Ground, already: str) -> Iterator[Connection]:
            met.wait(BOTH_ARE_THERE)
            with change(ground, already) as connection:
                yield connection

        def done(deed: Deed) -> None:
            try:
                deed()
            except BaseException as fault:  # noqa: BLE001 - raised below, in the test's own thread
                faults.append(fault)

        with monkeypatch.context() as meeting:
            meeting.setattr(Ground, "change", changing)
            people = [threading.Thread(target=done, args=(deed,)) for deed in deeds]
            for each in people:
                each.start()
            for each in people:
                each.join()
        if faults:
            raise faults[0]

    return do


AtOnce = Callable[[Deed, Deed], None]


def on_record(world: Duty, act: str) -> set[object]:
    """The names of what was changed."""
    while world.arrangements.following.step():
        pass
    return {e.detail.get("what") for e in world.reads.entries(ORG) if e.act == act}


def signs_in(register: Register, number: int) -> None:
    person = Person(
        org=ORG, person=f"person-{number}", username=f"person-{number}",
        name=f"Supervisor {number}", role=Role.SUPERVISOR,
    )  # fmt: skip
    register.people.add(person, "five words nobody has guessed")


def test_what_is_known_of_a_home(world: Duty, at_once: AtOnce) -> None:
    homes = world.responder.register.homes
    at_once(
        lambda: homes.change_home(ORG, "home-1", by="jo", access="side door"),
        lambda: homes.change_home(ORG, "home-1", by="sam", address="9 Mill Lane"),
    )
    home = homes.home(ORG, "home-1")
    assert (home.address, home.access) == ("9 Mill Lane", "side door")
    assert home.has_keysafe
    assert on_record(world, "home_changed") == {"access", "address"}


def test_what_is_set_for_a_home(world: Duty, at_once: AtOnce) -> None:
    homes = world.responder.register.homes
    at_once(
        lambda: homes.change_settings(ORG, "home-1", lambda known: known | {"zones": []}),
        lambda: homes.tune(ORG, "home-1", "falls", {"threshold": 0.7}),
    )
    settings = homes.home(ORG, "home-1").settings
    assert settings == {"zones": [], "falls": {"threshold": 0.7}}


def test_a_residents_new_telephone_outlives_what_the_nurse_has_written_down(
    world: Duty, at_once: AtOnce
) -> None:
    residents = world.responder.register.residents
    at_once(
        lambda: world.arrangements.expected.telephone(
            operator(), "home-1", "resident-1", "01305 960 123", "cy"
        ),
        lambda: residents.change_resident(ORG, "resident-1", by="jo", health="on blood thinners"),
    )
    (resident,) = residents.residents(ORG, "home-1")
    assert (resident.phone, resident.language) == ("+441305960123", "cy")
    assert resident.health == "on blood thinners"


def test_how_a_contact_is_reached(world: Duty, at_once: AtOnce) -> None:
    contacts = world.responder.register.contacts
    at_once(
        lambda: contacts.change_contact(ORG, "daughter-1", phone="07700 900123"),
        lambda: contacts.change_contact(ORG, "daughter-1", email="new@family.example"),
    )
    daughter = contacts.contact(ORG, "daughter-1")
    assert (daughter.phone, daughter.email) == ("07700 900123", "new@family.example")
    assert on_record(world, "contact_changed") == {"phone", "email"}


def test_how_somebody_of_a_team_is_reached(world: Duty, at_once: AtOnce) -> None:
    teams = world.responder.register.teams
    at_once(
        lambda: teams.change_member(ORG, "ann", phone="07700 900123"),
        lambda: teams.change_member(ORG, "ann", language="cy"),
    )
    ann = next(each for each in teams.members(ORG) if each.member == "ann")
    assert (ann.phone, ann.language) == ("07700 900123", "cy")
    assert on_record(world, "member_changed") == {"phone", "language"}


def test_what_is_on_file_about_a_device(world: Duty, at_once: AtOnce) -> None:
    devices = world.responder.register.devices
    at_once(
        lambda: devices.change(ORG, "hub-1", room="hall"),
        lambda: devices.change(ORG, "hub-1", serial="A17"),
    )
    hub = devices.device(ORG, "hub-1")
    assert (hub.room, hub.serial) == ("hall", "A17")
    assert on_record(world, "device_changed") == {"room", "serial"}


def test_an_organisations_settings(world: Duty, at_once: AtOnce) -> None:
    organisations = world.responder.register.organisations
    at_once(
        lambda: organisations.change_settings(ORG, lambda known: known | {"one": 1}),
        lambda: organisations.change_settings(ORG, lambda known: known | {"two": 2}),
    )
    assert organisations.organisation(ORG).settings == {"one": 1, "two": 2}


def test_two_turns_of_one_rota(world: Duty, at_once: AtOnce) -> None:
    boss, day = operator(2, role=Role.SUPERVISOR), date(2026, 3, 12)
    turns = [Cover(org=ORG, shift=f"valley-{who}", day=day, member="bob") for who in ("ann", "bob")]
    at_once(
        lambda: world.arrangements.plans.cover(boss, turns[0]),
        lambda: world.arrangements.plans.cover(boss, turns[1]),
    )
    assert world.responder.register.teams.covers(ORG) == turns


def test_a_plan_replaces_no_version_that_its_author_has_not_read(world: Duty) -> None:
    """Two supervisors open the same plan; the second to save does not know of the first's."""
    plans = world.arrangements.plans
    asked = [
        Plan(org=ORG, home="home-1", steps=[Step(kind=StepKind.CONTACTS, contacts=[each])])
        for each in ("daughter-1", "son-1", "daughter-1")
    ]
    opened = plans.save(operator(1, role=Role.SUPERVISOR), asked[0])
    kept = plans.save(operator(1, role=Role.SUPERVISOR), replace(asked[1], version=opened.version))
    late = replace(asked[2], version=opened.version)
    with pytest.raises(Conflict, match="open it again"):
        plans.save(operator(2, role=Role.SUPERVISOR), late)
    in_use = world.responder.register.plans.plans(ORG)
    assert in_use == [kept]
    plans.end(operator(1, role=Role.SUPERVISOR), kept.plan)
    with pytest.raises(Conflict):
        plans.save(operator(2, role=Role.SUPERVISOR), late)


def test_one_turn_is_given_once_and_the_second_hears_who_gave_it(
    world: Duty, at_once: AtOnce
) -> None:
    """Two supervisors have the same rota before them; each gives Ann's turn to another."""
    register, day = world.responder.register, date(2026, 3, 12)
    responders(register, ORG, "cat", team="hill")
    for number in (1, 2):
        signs_in(register, number)
    refused: list[str] = []

    def give(number: int, member: str | None) -> None:
        turn = Cover(org=ORG, shift="valley-ann", day=day, member=member, was="ann")
        try:
            world.arrangements.plans.cover(operator(number, role=Role.SUPERVISOR), turn)
        except Conflict as conflict:
            refused.append(str(conflict))

    at_once(lambda: give(1, "bob"), lambda: give(2, None))
    (kept,) = register.teams.covers(ORG)
    first, to = ("Supervisor 1", "bob") if kept.member else ("Supervisor 2", "nobody")
    (sentence,) = refused
    assert sentence == (
        f"{first} gave this turn to {to} at 02:53 on Tue 10 March: look at the rota again, and "
        "decide anew."
    )
    again = Cover(org=ORG, shift="valley-ann", day=day, member=kept.member, was="ann")
    register.teams.cover(again, by="person-1")  # pressed twice, it is as it was wanted
    register.teams.cover(Cover(org=ORG, shift="valley-ann", day=day, member="ann", was=kept.member))
    assert [each.member for each in register.teams.covers(ORG)] == ["ann"]


def test_a_turn_of_who_has_left_is_nobodys_when_it_is_given(world: Duty) -> None:
    teams, day = world.responder.register.teams, date(2026, 3, 12)
    teams.leave(ORG, "ann")
    teams.cover(Cover(org=ORG, shift="valley-ann", day=day, member="bob", was=None))
    assert [each.member for each in teams.covers(ORG)] == ["bob"]


def test_how_a_device_is_set_is_said_once_and_the_second_hears_who_set_it(
    world: Duty, at_once: AtOnce
) -> None:
    """Two technicians read how a hub is set; each writes it down anew."""
    register, upkeep = world.responder.register, world.responder.upkeep
    for number in (1, 2):
        signs_in(register, number)
    read = upkeep.configure(operator(1, role=Role.TEC), "hub-1", {"beat": 600}).version
    refused: list[str] = []

    def set_(number: int) -> None:
        try:
            upkeep.configure(operator(number, role=Role.TEC), "hub-1", {"beat": number}, read)
        except Conflict as conflict:
            refused.append(str(conflict))

    at_once(lambda: set_(1), lambda: set_(2))
    (config,) = register.orders.configs(ORG, "hub-1")
    assert (config.version, config.set_by) == (2, f"person-{config.body['beat']}")
    (sentence,) = refused
    assert sentence == (
        f"Supervisor {config.body['beat']} set this device otherwise at 02:53 on Tue 10 March: "
        "read how it is set, and set it then."
    )
    with pytest.raises(Conflict):
        upkeep.configure(operator(1, role=Role.TEC), "hub-1", {"beat": 9}, version=0)
    tec = operator(1, role=Role.TEC)
    assert upkeep.configure(tec, "hub-1", {"beat": 9}, version=2).version == 3
    assert upkeep.configure(tec, "hub-1", {"beat": 10}).version == 4

"""What people do to the register is on record, once, whatever dies in between."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from responder.kept.following import Following
from responder.kept.record import Act
from telecare.errors import StoreUnavailable
from telecare.register.contacts import Contact
from telecare.register.devices import Device
from telecare.register.ground import COMMAND_LINE, at_the_machine
from telecare.register.homes import Home
from telecare.register.plans import Plan, Step, StepKind, Topic
from telecare.register.residents import Resident
from telecare.register.teams import Cover, Member, Shift, Team
from telecare.vocabulary import DeviceKind, Role
from tests.harness.duty import ORG, Duty, operator

BOSS = operator(2, role=Role.SUPERVISOR)


def told(world: Duty) -> list[tuple[str, str, object]]:
    """Acts on the register that are on record: act, who, the thing."""
    return [
        (e.act, e.actor, e.detail.get("plan") or e.detail.get("shift"))
        for e in world.reads.entries(ORG)
        if e.act in (Act.PLAN_SAVED, Act.PLAN_ENDED, Act.COVERED, Act.SHIFT_ADDED, Act.SHIFT_ENDED)
    ]


def test_a_death_between_register_and_record_leaves_no_hole(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The register has the plan, the process is dead, and nobody ever asks again."""
    following = world.arrangements.following

    def die() -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(following, "step", die)
    plan = Plan(org=ORG, home="home-1", steps=[Step(kind=StepKind.DESK)])
    with pytest.raises(KeyboardInterrupt):
        world.arrangements.plans.save(BOSS, plan)
    assert told(world) == []
    (saved,) = world.responder.register.plans.plans(ORG)
    world.clock.forward(minutes=2)
    begun_anew = Following(world.works, world.responder.register, world.clock)
    while begun_anew.step():
        pass
    assert told(world) == [("plan_saved", BOSS.id, saved.plan)]
    (entry,) = [e for e in world.reads.entries(ORG) if e.act == "plan_saved"]
    assert str(entry.detail["done_at"]) < entry.at.isoformat()  # it says when it was done
    assert Following(world.works, world.responder.register, world.clock).step() == 0


def test_it_is_on_record_when_the_call_returns_and_in_order(world: Duty) -> None:
    arrangements, teams = world.arrangements, world.responder.register.teams
    plan = arrangements.plans.save(
        BOSS, Plan(org=ORG, home="home-1", steps=[Step(kind=StepKind.DESK)])
    )
    assert told(world) == [("plan_saved", BOSS.id, plan.plan)]
    teams.add_team(Team(org=ORG, team="west", name="West", always=False))
    teams.add_member(Member(org=ORG, member="ann", team="west", name="Ann"))
    teams.add_shift(
        Shift(org=ORG, shift="days", team="west", member="ann", days=[0], begins="08:00",
              ends="16:00")
    )  # fmt: skip
    teams.cover(Cover(org=ORG, shift="days", day=date(2026, 3, 16), member=None), by=BOSS.id)
    arrangements.plans.end_shift(BOSS, "days", date(2026, 3, 30))
    arrangements.plans.end(BOSS, plan.plan)
    assert told(world)[1:] == [
        ("shift_added", at_the_machine(), "days"),
        ("covered", BOSS.id, "days"),
        ("shift_ended", BOSS.id, "days"),
        ("plan_ended", BOSS.id, plan.plan),
    ]
    names = world.reads.staff(ORG)
    assert names[BOSS.id] == BOSS.name


def test_what_is_changed_by_command_is_on_record_with_whose_command_it_was(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whom an alarm reaches is changed at the machine, too: who made the daughter unreachable?"""
    register, following = world.responder.register, world.arrangements.following
    while following.step():
        pass
    before = world.reads.sequence(ORG)
    monkeypatch.setenv("SUDO_USER", "jo")
    monkeypatch.setattr("os.getuid", lambda: 0)
    register.contacts.change_contact(ORG, "daughter-1", phone=None, email="new@family.example")
    register.contacts.add_contact(
        Contact(org=ORG, contact="niece-1", home="home-1", name="Niece", relation="niece")
    )
    register.plans.consent(ORG, "niece-1", [Topic.HELP], at_the_machine())
    register.teams.add_team(Team(org=ORG, team="west", name="West"))
    register.teams.add_member(Member(org=ORG, member="ann", team="west", name="Ann"))
    register.teams.change_member(ORG, "ann", email="a@west.example")
    register.teams.leave(ORG, "ann")
    homes, residents = register.homes, register.residents
    home = homes.add_home(Home(org=ORG, home="home-9", address="", time_zone="Europe/London"))
    homes.change_home(ORG, "home-9", by=COMMAND_LINE, address="9 Mill Lane", keysafe="4417")
    homes.place(ORG, "home-9", 50.7, -2.4)
    ann = Resident(org=ORG, resident="ann-hardy", home="home-9", name="Ann Hardy")
    residents.add_resident(ann)
    residents.change_resident(ORG, "ann-hardy", by=COMMAND_LINE, speak="slowly", born=1941)
    hub = Device(org=ORG, device="hub-10", home="home-10", kind=DeviceKind.HUB)
    register.devices.add_all([hub], [replace(home, home="home-10")], lambda _: None)
    while following.step():
        pass
    entries = world.reads.entries(ORG, after=before)
    assert [(e.act, e.detail.get("what")) for e in entries] == [
        ("contact_changed", "phone email"), ("contact_added", None), ("consent_given", "help"),
        ("arranged", "team"), ("arranged", "member"), ("member_changed", "email"),
        ("member_left", None), ("home_added", None), ("home_changed", "address keysafe"),
        ("home_changed", "place"), ("resident_added", None), ("resident_changed", "born speak"),
        ("home_added", None), ("device_added", None),
    ]  # fmt: skip
    assert {e.actor for e in entries} == {"command-line:jo"}
    told = str(entries)
    assert not any(each in told for each in ("family.example", "Mill", "4417", "Hardy", "slowly"))
    assert "born" in told, "names of what was changed, and nothing of it"


def test_a_device_has_its_credential_though_the_record_does_not_answer(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its code works once: an error now would leave it outside, and look like theft next time."""
    onboarding = world.responder.onboarding
    tec = operator(4, role=Role.TEC)
    hub = Device(org=ORG, device="hub-9", home="home-1", kind=DeviceKind.HUB, serial="SN-9")
    code = onboarding.expect(tec, hub).code
    with monkeypatch.context() as away:
        away.setattr(onboarding._works, "begin", no_answer)
        given = onboarding.enrol(code, "SN-9")
    assert world.responder.register.devices.admissions(given.username)
    while world.arrangements.following.step():
        pass
    (entry,) = [each for each in world.reads.entries(ORG) if each.act == "claim_used"]
    told = (entry.actor, entry.detail["device"], entry.detail["home"])
    assert told == ("platform", "hub-9", "home-1")


def no_answer(now: object) -> None:
    raise StoreUnavailable("The responder database does not answer.")

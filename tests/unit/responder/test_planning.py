"""Ten arrangements that reach nobody, planted one by one: each is found and named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from responder.examination import examine_plans
from responder.whom.people import Channel
from responder.whom.planning import Planning
from telecare.clock import HandClock, start_virtual_clock
from telecare.errors import InvalidInput, NotFound
from telecare.register import Register, open_register
from telecare.register.contacts import Contact
from telecare.register.homes import Home
from telecare.register.plans import Plan, Step, StepKind, Topic
from telecare.register.teams import Cover, Member, Scheme, Shift, Team
from telecare.settings import Settings
from telecare.vocabulary import Role
from tests.harness.duty import ORG, Duty, Mailbag, operator

MONDAY = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
DAYS = list(range(7))


def home(register: Register, name: str, **contact: str) -> None:
    """A home, and its daughter if she has an address."""
    register.homes.add_home(
        Home(org=ORG, home=name, address=name, time_zone="Europe/London")
    )  # fmt: skip
    if contact:
        register.contacts.add_contact(
            Contact(org=ORG, contact=f"daughter-{name}", home=name, name="The daughter",
                    relation="daughter", **contact)  # type: ignore[arg-type]
        )  # fmt: skip


def team(
    register: Register, name: str, *, email: str | None = "x@team.example", ends: str = "00:00",
    members: int = 1, always: bool = True,
) -> None:  # fmt: skip
    register.teams.add_team(Team(org=ORG, team=name, name=name, always=always))
    for n in range(members):
        register.teams.add_member(
            Member(org=ORG, member=f"{name}-{n}", team=name, name="Somebody", email=email)
        )
        register.teams.add_shift(
            Shift(org=ORG, shift=f"{name}-{n}", team=name, member=f"{name}-{n}", days=DAYS,
                  begins="00:00", ends=ends)
        )  # fmt: skip


def keep(register: Register, name: str, *steps: Step, kind: str = "") -> None:
    plan = Plan(org=ORG, home=name, kind=kind, name="The plan", steps=list(steps))
    register.plans.keep(plan, "planted")


def asks(*contacts: str) -> Step:
    return Step(kind=StepKind.CONTACTS, contacts=list(contacts))


def asks_team(name: str) -> Step:
    return Step(kind=StepKind.TEAM, team=name)


def no_contact_and_no_plan(register: Register) -> str:
    home(register, "h1")
    return "h1: the default plan reaches nobody"


def a_contact_without_an_address(register: Register) -> str:
    home(register, "h2", phone="01632 960001")
    return "h2: the default plan reaches nobody"


def a_contact_no_longer_on_file(register: Register) -> str:
    home(register, "h3", email="d@family.example")
    keep(register, "h3", asks("uncle"), asks())
    return "h3: Step 1 asks a contact who is not on file any more: uncle"


def a_contact_who_may_not_be_told(register: Register) -> str:
    home(register, "h4", email="d@family.example")
    keep(register, "h4", asks("daughter-h4"), kind="wandering")
    register.plans.consent(ORG, "daughter-h4", [Topic.HELP], "the nurse")
    return "h4: Step 1 asks daughter-h4, who may not be told of whereabouts"


def a_team_that_is_not_there(register: Register) -> str:
    home(register, "h5", email="d@family.example")
    keep(register, "h5", asks_team("ghosts"))
    return "h5: Step 1 asks a team that is not there: ghosts"


def a_team_without_members(register: Register) -> str:
    home(register, "h6", email="d@family.example")
    team(register, "empty", members=0, always=False)
    keep(register, "h6", asks_team("empty"))
    return "h6: Step 1 asks the team empty, and it has no members"


def a_team_without_addresses(register: Register) -> str:
    home(register, "h7", email="d@family.example")
    team(register, "silent", email=None, always=False)
    keep(register, "h7", asks_team("silent"))
    return "h7: Step 1 asks the team silent, and none of it can be reached"


def a_team_off_duty_at_night(register: Register) -> str:
    home(register, "h8", email="d@family.example")
    team(register, "daytime", ends="18:00", always=False)
    keep(register, "h8", asks_team("daytime"))
    return "h8: The plan reaches nobody from Mon 9 March 18:00 to Tue 10 March 00:00 and at"


def a_shift_nobody_covers(register: Register) -> str:
    team(register, "round")
    cover = Cover(org=ORG, shift="round-0", day=date(2026, 3, 14), member=None)
    register.teams.cover(cover)
    return "Nobody of round is on duty from Sat 14 March 00:00 to Sun 15 March 00:00: find cover"


def a_scheme_whose_staff_have_left(register: Register) -> str:
    home(register, "h10")
    team(register, "oak-staff", always=False)
    register.teams.add_scheme(Scheme(org=ORG, scheme="oak", name="Oak", team="oak-staff"))
    register.homes.join_scheme(ORG, "h10", "oak")
    register.teams.leave(ORG, "oak-staff-0")
    return "h10: the default plan reaches nobody from Mon 9 March 12:00"


PLANTED = [
    no_contact_and_no_plan, a_contact_without_an_address, a_contact_no_longer_on_file,
    a_contact_who_may_not_be_told, a_team_that_is_not_there, a_team_without_members,
    a_team_without_addresses, a_team_off_duty_at_night, a_shift_nobody_covers,
    a_scheme_whose_staff_have_left,
]  # fmt: skip


@pytest.fixture
def duty(sqlite_settings: Settings) -> Duty:
    clock = HandClock(MONDAY, is_real=True)
    register = open_register(sqlite_settings, clock)
    register.organisations.add_organisation(ORG, "The county")
    register.close()
    return Duty(sqlite_settings, clock, HandClock(MONDAY), Mailbag())


@pytest.mark.parametrize("plant", PLANTED, ids=lambda each: each.__name__)
def test_each_is_named_in_plain_words(duty: Duty, plant: Callable[[Register], str]) -> None:
    wanted = plant(duty.responder.register)
    duty.machine.forward(seconds=1)
    faults = list(duty.planning.nightly(ORG, MONDAY))
    told = [f"{each.home}: {each.sentence}" if each.home else each.sentence for each in faults]
    assert len(told) == 1, told
    assert told[0].startswith(wanted)


def test_the_doctor_finds_all_ten_and_says_when_there_is_none(
    duty: Duty, sqlite_settings: Settings
) -> None:
    """The doctor asks the installation's own clock, which stands on that Monday."""
    start_virtual_clock(sqlite_settings.data_dir, MONDAY, speed=1.0)
    settings = sqlite_settings.model_copy(update={"smtp_host": "localhost"})
    assert [f.sentence for f in examine_plans(settings)] == [
        "Every plan of north reaches somebody at all times."
    ]
    wanted = [plant(duty.responder.register) for plant in PLANTED]
    found = [f.sentence for f in examine_plans(settings) if not f.well]
    assert len(found) == len(wanted)
    for each in wanted:
        assert any(each in sentence for sentence in found), each


def test_an_installation_without_a_channel_reaches_nobody_at_all(duty: Duty) -> None:
    home(duty.responder.register, "h1", email="d@family.example")
    duty.machine.forward(seconds=1)
    deaf = Planning(duty.planning._book, [])
    assert len(list(deaf.nightly(ORG, MONDAY))) == 1
    assert not list(Planning(duty.planning._book, [Channel.EMAIL]).nightly(ORG, MONDAY))


def test_a_home_whose_family_only_paper_reaches_is_named(duty: Duty) -> None:
    """A letter takes days: nobody of it can be asked to go now."""
    home(duty.responder.register, "h1", postal_address="2 Sample Lane\nSampleton\nDT2 7QQ")
    duty.machine.forward(seconds=1)
    with_paper = Planning(duty.planning._book, [Channel.EMAIL, Channel.NOTIFY_LETTER])
    (fault,) = with_paper.nightly(ORG, MONDAY)
    assert (fault.home, "reaches nobody" in fault.sentence) == ("h1", True)


def test_a_plan_that_is_no_plan_is_refused(duty: Duty) -> None:
    home(duty.responder.register, "h1", email="d@family.example")
    chief = operator(1, role=Role.SUPERVISOR)
    for plan, words in (
        (Plan(org=ORG, home="h1", steps=[Step(kind=StepKind.DO, text="Pray")]), "asks anybody"),
        (Plan(org=ORG, home="h1", steps=[asks()], cycles=9), "1 to 5 times"),
        (Plan(org=ORG, home="h1", kind="zzz", steps=[asks()]), "no event zzz"),
        (Plan(org=ORG, home="h1", kind="alarm.zzz", steps=[asks()]), "no event alarm.zzz"),
        (Plan(org=ORG, home="h1", steps=[asks()], start_seconds=9999), "0 to 1800"),
        (Plan(org=ORG, home="h1", steps=[Step(kind=StepKind.CONTACTS, seconds=1)]), "10 to 1800"),
    ):
        with pytest.raises(InvalidInput, match=words):
            duty.arrangements.plans.save(chief, plan)
    with pytest.raises(NotFound):
        duty.arrangements.plans.save(chief, Plan(org=ORG, home="nowhere", steps=[asks()]))


def test_a_plan_of_another_organisation_is_nobodys_here(duty: Duty) -> None:
    register = duty.responder.register
    register.organisations.add_organisation("south", "Another")
    register.plans.keep(Plan(org="south", steps=[asks_team("ghosts")]), "planted")
    duty.machine.forward(seconds=1)
    assert duty.planning._book.plan(ORG, "h1", "alarm.pendant").plan == ""
    assert not list(duty.planning.nightly(ORG, MONDAY))

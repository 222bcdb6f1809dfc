"""Stories of people who take turns: staff on site, teams, plans, and a rota with a hole."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from responder.whom.people import member_id
from telecare.errors import InvalidInput
from telecare.register.plans import Plan, Step, StepKind, Topic
from telecare.register.teams import Cover, Member, Scheme, Shift, Team
from telecare.vocabulary import AlertState, Outcome, Role, SignalKind
from tests.harness.duty import ORG, operator
from tests.harness.world import Relative, World

SUPERVISOR = operator(9, role=Role.SUPERVISOR)
EVERY_DAY = list(range(7))


def team(world: World, name: str, **shifts: tuple[str, str]) -> None:
    """A team whose members, by name, work every day between two times."""
    teams = world.register.teams
    teams.add_team(Team(org=ORG, team=name, name=f"The {name}"))
    for order, (member, (begins, ends)) in enumerate(shifts.items(), 1):
        teams.add_member(
            Member(org=ORG, member=member, team=name, name=member.title(),
                   email=f"{member}@{name}.example")
        )  # fmt: skip
        teams.add_shift(
            Shift(org=ORG, shift=f"{name}-{member}", team=name, member=member, days=EVERY_DAY,
                  begins=begins, ends=ends, call_order=order)
        )  # fmt: skip
    world.look_again()


def member(world: World, name: str, team_: str) -> Relative:
    return Relative(world, member_id(name), f"{name}@{team_}.example")


def plan(home: str, *steps: Step, kind: str = "", start: int = 180, cycles: int = 2) -> Plan:
    return Plan(
        org=ORG, home=home, kind=kind, name="Her plan", steps=list(steps), start_seconds=start,
        cycles=cycles,
    )  # fmt: skip


def ask(name: str, **changes: bool | int) -> Step:
    return Step(kind=StepKind.TEAM, team=name, **changes)  # type: ignore[arg-type]


CONTACTS = Step(kind=StepKind.CONTACTS)


@pytest.fixture
def scheme(world: World) -> World:
    """Extra-care: Ann by day, Bo by night, forty seconds to accept."""
    team(world, "oak-house", ann=("07:00", "19:00"), bo=("19:00", "07:00"))
    world.register.teams.add_scheme(
        Scheme(org=ORG, scheme="oak", name="Oak House", team="oak-house", take_over_seconds=40)
    )
    world.home(7, "daughter")
    world.register.homes.join_scheme(ORG, "home-7", "oak")
    world.look_again()
    return world


def test_the_staff_on_site_are_on_duty_first_and_go(scheme: World) -> None:
    scheme.press("pendant-7")
    desk = scheme.operator()
    line = desk.expect(7, next_step="the monitoring centre takes over")
    ann = member(scheme, "ann", "oak-house")
    ann.expect_asked()
    member(scheme, "bo", "oak-house").expect_nothing()
    scheme.forward(seconds=20)
    ann.answers("going")
    line = desk.expect(7, state=AlertState.ATTENDING)
    assert line.announcement is None
    assert "Ann: I am going." in [e.sentence for e in desk.sees(7).timeline]


def test_they_do_not_accept_and_the_monitoring_centre_takes_over(scheme: World) -> None:
    scheme.press("pendant-7")
    scheme.forward(seconds=40)
    desk = scheme.operator()
    line = desk.expect(7, called="The staff on site have not accepted it")
    assert (line.answer_due_at - scheme.clock.now()).total_seconds() == 60
    scheme.forward(minutes=1)
    desk.expect(7, called="Nobody has claimed it for 60 seconds")
    scheme.forward(minutes=2)
    scheme.contact("daughter", of=7).expect_asked()
    assert "taken_over" in scheme.acts(line.id)


def test_a_decline_hands_it_over_at_once_and_a_second_press_too(scheme: World) -> None:
    scheme.press("pendant-7")
    scheme.forward(seconds=10)
    member(scheme, "ann", "oak-house").answers("cannot")
    scheme.operator().expect(7, called="the monitoring centre takes over")
    scheme.operator().claims(7)
    scheme.operator().closes(7, Outcome.HELPED_BY_TALKING)
    scheme.press("pendant-7")
    scheme.forward(seconds=10)
    scheme.press("pendant-7")
    line = scheme.operator().expect(7)
    assert (line.answer_due_at - scheme.clock.now()).total_seconds() == 60
    assert scheme.acts(line.id).count("taken_over") == 1, "the month's figures begin there, too"


def test_fire_never_waits_for_the_staff_on_site(scheme: World) -> None:
    scheme.press("smoke-7")
    member(scheme, "ann", "oak-house").expect_asked()
    scheme.forward(seconds=40)
    scheme.operator().expect(7, called="The staff on site have not accepted it")
    scheme.forward(seconds=20)
    assert scheme.operator().expect(7).overdue


def test_with_nobody_on_site_the_monitoring_centre_has_it_at_once(scheme: World) -> None:
    today = date(2026, 3, 10)
    scheme.register.teams.cover(Cover(org=ORG, shift="oak-house-ann", day=today, member=None))
    scheme.look_again()
    scheme.press("pendant-7")
    line = scheme.operator().expect(7, called="Nobody is on duty on site")
    assert (line.answer_due_at - scheme.clock.now()).total_seconds() == 60


def test_a_plan_of_her_own_daughter_and_team_together_then_the_desk(world: World) -> None:
    world.home(7, "daughter", "son")
    team(world, "drivers", cy=("00:00", "00:00"))
    saved = world.arrangements.plans.save(
        SUPERVISOR,
        plan(
            "home-7",
            Step(kind=StepKind.DO, text="Speak with her in Welsh"),
            Step(kind=StepKind.CONTACTS, contacts=["daughter-7"], seconds=120),
            ask("drivers", with_previous=True, seconds=120),
            Step(kind=StepKind.DESK, text="Ring the warden of the chapel.", seconds=60),
            kind="alarm.pendant", start=30, cycles=1,
        ),
    )  # fmt: skip
    assert (saved.version, saved.plan.startswith("plan")) == (1, True)
    world.look_again()
    world.press("pendant-7")
    world.forward(seconds=30)
    world.contact("daughter", of=7).expect_asked()
    member(world, "cy", "drivers").expect_asked()
    world.forward(seconds=120)
    desk = world.operator()
    desk.expect(7, called="Ring the warden of the chapel.")
    world.forward(seconds=60)
    desk.expect(7, called="Nobody has been reached")
    world.contact("son", of=7).expect_nothing()
    shown = desk.sees(7).plan
    assert [(s.text, s.done) for s in shown[:2]] == [
        ("Speak with her in Welsh", False),
        ("Ask the contacts in turn: The daughter", True),
    ]
    world.desk.check(operator(1), world.alert(7).id, 1)
    assert desk.sees(7).plan[0].done
    world.desk.check(operator(1), world.alert(7).id, 1, done=False)
    assert not desk.sees(7).plan[0].done
    again = world.arrangements.plans.save(
        SUPERVISOR, plan("home-7", CONTACTS, kind="alarm.pendant")
    )
    assert (again.plan, again.version) == (saved.plan, 2)
    assert [v.version for v in world.register.plans.versions(ORG, saved.plan)] == [1, 2]


def test_who_may_not_be_told_is_not_asked(world: World) -> None:
    """The son may be called when she needs help, and not about where she goes."""
    world.home(7, "son", "daughter")
    world.register.plans.consent(ORG, "son-7", [Topic.HELP], "the social worker")
    world.look_again()
    world.notices(SignalKind.WANDERING, 7)
    world.forward(minutes=3)
    world.contact("son", of=7).expect_nothing()
    world.contact("daughter", of=7).expect_asked()


def test_a_plan_that_reaches_nobody_is_refused_in_plain_words(county: World) -> None:
    county.home(7, "daughter")
    team(county, "drivers", cy=("08:00", "20:00"))
    with pytest.raises(InvalidInput, match="Her plan reaches nobody from Tue 10 March 20:00"):
        county.arrangements.plans.save(SUPERVISOR, plan("home-7", ask("drivers")))
    uncle = Step(kind=StepKind.CONTACTS, contacts=["uncle-7"])
    with pytest.raises(InvalidInput, match="a contact who is not on file any more: uncle-7"):
        county.arrangements.plans.save(SUPERVISOR, plan("home-7", uncle))
    assert county.register.plans.plans(ORG) == []
    county.arrangements.plans.save(SUPERVISOR, plan("home-7", ask("drivers"), CONTACTS))


def test_an_empty_rota_falls_through_at_once_and_tells_the_supervisors(world: World) -> None:
    """The night driver is ill, nobody found cover, and at three a pendant is pressed."""
    world.home(7, "daughter")
    team(world, "drivers", cy=("08:00", "20:00"), di=("20:00", "08:00"))
    world.arrangements.plans.save(SUPERVISOR, plan("home-7", ask("drivers"), CONTACTS))
    tonight = Cover(org=ORG, shift="drivers-di", day=date(2026, 3, 10), member=None)
    world.register.teams.cover(tonight)
    world.look_again()
    world.clock.jump_wall(hours=13)  # 03:00
    world.press("pendant-7")
    world.forward(minutes=3)
    world.contact("daughter", of=7).expect_asked()
    care, duty = world.alerts(7)
    assert "no_target" in world.acts(care.id)
    assert duty.kinds == ["duty.plan"]
    assert "nobody of the team drivers is on duty" in duty.sentence


def test_every_night_all_plans_are_checked_and_the_gap_is_named_in_advance(world: World) -> None:
    world.home(7, "daughter")
    world.home(8)
    team(world, "drivers", cy=("08:00", "20:00"), di=("20:00", "08:00"))
    sunday = Cover(org=ORG, shift="drivers-di", day=date(2026, 3, 15), member=None)
    world.register.teams.cover(sunday)
    world.clock.jump_wall(hours=12)  # 02:00
    world.look_again()
    world.settle()
    assert world.desk.queue(operator(1)) == []
    world.clock.forward(minutes=91)
    world.look_again()
    world.settle()
    told = {line.home: line.sentence for line in world.desk.queue(operator(1))}
    assert told == {
        "_office": "Nobody of The drivers is on duty from Sun 15 March 20:00 to "
        "Mon 16 March 08:00: find cover.",
        "home-8": "the default plan reaches nobody: add a contact with an address, a team on "
        "duty, or a step that calls the desk.",
    }
    assert world.alert("_office").home_label == "The monitoring centre itself"
    world.clock.jump_wall(days=1)
    world.settle()
    assert {line.home: line.signal_count for line in world.desk.queue(operator(1))} == {
        "_office": 2, "home-8": 2,
    }  # fmt: skip


def test_in_the_night_the_clocks_change_the_handover_has_no_hole(county: World) -> None:
    county.home(7)
    team(county, "drivers", cy=("01:30", "13:30"), di=("13:30", "01:30"))
    county.arrangements.plans.save(SUPERVISOR, plan("home-7", ask("drivers")))
    county.look_again()
    before = datetime(2026, 3, 29, 0, 45, tzinfo=UTC)
    county.clock.forward(seconds=(before - county.clock.now()).total_seconds())
    county.press("pendant-7")
    county.forward(minutes=3)
    member(county, "cy", "drivers").expect_asked()  # 00:48 UTC: his turn may have begun

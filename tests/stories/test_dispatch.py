"""Stories of responders: from the decision to the door, and back to the car in safety."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from responder.acting.jobs import JobAct, Said
from responder.callout.dispatch import DispatchState, Proof
from responder.outgoing.languages import translations
from responder.outgoing.spoken import question
from responder.store import dispatches
from telecare.errors import Conflict, Forbidden, InvalidInput
from telecare.register.plans import Plan, Step, StepKind
from telecare.settings import Settings
from telecare.store.forgetting import home as forget_home
from telecare.vocabulary import AlertState, CallState, Outcome, Priority, Role
from tests.harness.duty import ORG, operator
from tests.harness.teams import NEAR, VILLAGE, furnished, invariants_hold, later
from tests.harness.world import Driver, World
from tests.harness.world import world as begin

SUPERVISOR = operator(9, role=Role.SUPERVISOR)


@pytest.fixture
def moorland(world: World) -> World:
    """A lonely home and three responder teams, at two, twenty and forty minutes' drive."""
    return furnished(world)


@pytest.fixture
def bare(sqlite_settings: Settings) -> Iterator[World]:
    """A county without anything, on SQLite."""
    with begin(sqlite_settings) as made:
        yield made


@pytest.fixture
def county(bare: World) -> World:
    """The same on SQLite, for stories that do not depend on the database."""
    return furnished(bare)


def there(county: World) -> Driver:
    """Ann, who was sent to home 7 by the operator that has its press, and has arrived."""
    county.press("pendant-7")
    county.operator().claims(7)
    county.operator().sends(7)
    ann = county.driver("ann", "valley")
    ann.says(JobAct.TAKE)
    ann.says(JobAct.ARRIVED)
    return ann


def test_responder_dispatch_to_door(moorland: World) -> None:
    """The first team declines, the second is silent, the third drives and finds her."""
    moorland.press("pendant-7")
    desk = moorland.operator()
    desk.claims(7)
    desk.sends(7)
    ann, bo, cy = (
        moorland.driver(*who) for who in (("ann", "valley"), ("bo", "coast"), ("cy", "moor"))
    )
    ann.expect_offers(1)
    bo.expect_nothing()
    assert (ann.job.minutes, ann.job.home_label) == (2, "7 Sample Lane")
    ann.says(JobAct.DECLINE)
    bo.expect_offers(1)
    cy.expect_nothing()
    later(moorland, 2)
    cy.expect_offers(1)
    later(moorland, 1)
    cy.says(JobAct.TAKE)
    desk.expect(7, state=AlertState.ATTENDING)
    assert bo.job.over
    assert bo.job.home_label == "", "whoever does not go knows no more than they must"
    with pytest.raises(Conflict):
        bo.says(JobAct.SET_OFF)
    cy.says(JobAct.SET_OFF)
    with pytest.raises(Forbidden):
        moorland.desk.link_keysafe(cy.token)
    later(moorland, 30)
    cy.says(JobAct.ARRIVED)
    assert moorland.desk.link_keysafe(cy.token) == "4027"
    moorland.press("pendant-7")
    (shown,) = desk.sees(7).dispatches
    assert (shown.state, shown.proof, shown.who) == (DispatchState.ARRIVED, Proof.UNIT, "Cy")
    cy.says(JobAct.INSIDE)
    cy.says(JobAct.LEFT, outcome=Outcome.RESPONDER_ATTENDED, text="Helped up, tea made.")
    line = desk.expect(7, called="The responder has left: responder attended")
    acts = moorland.acts(line.id)
    wanted = [
        "dispatched", "offered", "answered", "offered", "no_answer", "offered", "answered",
        "set_off", "answered", "keysafe_revealed", "arrival_proved", "entered", "left",
    ]  # fmt: skip
    assert [act for act in acts if act in wanted] == wanted
    told = [entry.sentence for entry in desk.sees(7).timeline]
    assert "Cy has left: responder attended. Helped up, tea made." in told
    desk.closes(7, Outcome.RESPONDER_ATTENDED)
    later(moorland, 60)
    desk.expect_nothing(7)
    cy.expect_offers(1)
    invariants_hold(moorland)


def test_the_plan_sends_the_responder_and_goes_on_when_nobody_can(bare: World) -> None:
    world = bare
    world.home(7, "daughter", at=VILLAGE)
    world.team("valley", "ann", at=NEAR)
    steps = [Step(kind=StepKind.DISPATCH, seconds=60), Step(kind=StepKind.CONTACTS)]
    world.arrangements.plans.save(
        SUPERVISOR, Plan(org=ORG, home="home-7", name="Her plan", steps=steps, start_seconds=30)
    )
    world.look_again()
    world.press("pendant-7")
    later(world, 0.5)
    world.operator().expect(7, called="A responder is being sent")
    world.driver("ann", "valley").expect_offers(1)
    daughter = world.contact("daughter", of=7)
    daughter.expect_nothing()
    later(world, 1)
    daughter.expect_asked()
    line = world.operator().expect(7)
    assert "unmanned" in world.acts(line.id)
    # She comes to her telephone late, and nobody else goes: she may still take it.
    world.driver("ann", "valley").says(JobAct.TAKE)
    world.operator().expect(7, state=AlertState.ATTENDING)
    invariants_hold(world)


def test_the_clocks_warn_before_they_are_broken(county: World) -> None:
    county.press("pendant-7")
    desk = county.operator()
    desk.claims(7)
    desk.sends(7)
    county.driver("ann", "valley").says(JobAct.TAKE)
    calls = []
    for minutes in (34, 1, 10, 10, 5, 15):
        later(county, minutes)
        calls.append(desk.expect(7).announcement)
    assert calls[0] is None
    assert "45 minutes are over in 10 minutes" in str(calls[1])
    assert "45 minutes are over and the responder is not there" in str(calls[2])
    assert "60 minutes are over in 5 minutes" in str(calls[3])
    assert "60 minutes are over and no responder is there" in str(calls[4])
    assert "75 minutes are over" in str(calls[5])
    county.driver("ann", "valley").says(JobAct.ARRIVED)
    late = [e.detail["minutes"] for e in county.reads.entries(ORG) if e.act == "dispatch_late"]
    assert late == [35, 45, 55, 60, 75]


def test_a_press_on_the_way_is_her_again_and_no_arrival(county: World) -> None:
    """Nobody can tell whose hand it was: the clocks run until the responder says they are there."""
    county.press("pendant-7")
    desk = county.operator()
    desk.claims(7)
    desk.sends(7, "moor")
    cy = county.driver("cy", "moor")
    cy.says(JobAct.TAKE)
    later(county, 5)
    county.press("pendant-7")
    desk.expect(7, called="Again")
    assert desk.sees(7).dispatches[0].arrived_at is None
    desk.notes(7, "She is frightened; I told her that Cy is on the way.")
    later(county, 23)
    later(county, 2)
    county.press("pendant-7")
    desk.expect(7, called="Again", priority=Priority.EMERGENCY)
    assert cy.job.state is DispatchState.ACCEPTED
    with pytest.raises(Forbidden):
        county.desk.link_keysafe(cy.token)
    later(county, 20)
    late = [e.detail["minutes"] for e in county.reads.entries(ORG) if e.act == "dispatch_late"]
    assert late == [50], "the clock of 45 minutes ran on"
    cy.says(JobAct.ARRIVED)
    with pytest.raises(InvalidInput, match="not the code"):
        cy.says(JobAct.CODE, code="000000")
    cy.says(JobAct.CODE, code=county.desk._links.arrival_code(ORG, "home-7"))
    assert cy.job.proof is Proof.CODE
    invariants_hold(county)


def test_a_responder_who_is_alone_and_silent_gets_an_alert_of_their_own(county: World) -> None:
    ann, desk = there(county), county.operator()
    desk.closes(7, Outcome.RESPONDER_ATTENDED)  # she is still inside
    later(county, 20)
    assert ann.letters[-1].subject == "Are you safe?"
    later(county, 4)
    ann.says(JobAct.SAFE)
    later(county, 20)
    later(county, 4)
    assert county.alerts("_worker-ann") == []
    later(county, 1)
    line = county.alert("_worker-ann")
    assert (line.priority, line.home_label) == (Priority.EMERGENCY, "Ann, of a responder team")
    shown = county.desk.open_alert(operator(1), line.id).dispatches
    assert [each.who for each in shown] == ["Ann"]
    desk.claims("_worker-ann")
    desk.closes("_worker-ann", Outcome.HELPED_BY_TALKING)
    ann.says(JobAct.HELP)
    county.operator().expect("_worker-ann", says="asks for help")
    ann.says(JobAct.LEFT, outcome=Outcome.RESPONDER_ATTENDED)
    later(county, 120)
    assert [each.subject for each in ann.letters].count("Are you safe?") == 2
    invariants_hold(county)


def test_a_responder_whose_job_somebody_else_has_by_now_still_calls_for_help(
    moorland: World,
) -> None:
    """She pressed where there is no signal, and was called off before it came."""
    moorland.press("pendant-7")
    desk = moorland.operator()
    desk.claims(7)
    desk.sends(7, "valley")
    ann, bo = moorland.driver("ann", "valley"), moorland.driver("bo", "coast")
    ann.says(JobAct.TAKE)
    token = ann.token
    desk.calls_off(7)
    desk.sends(7, "coast")
    bo.says(JobAct.TAKE)
    moorland.desk.job_act(token, Said(act=JobAct.HELP))
    moorland.settle()
    desk.expect("_worker-ann", says="asks for help")
    assert bo.job.mine
    with pytest.raises(Conflict):
        moorland.desk.job_act(token, Said(act=JobAct.INSIDE))


def test_a_responder_before_a_locked_door_has_the_desk_told_in_one_press(county: World) -> None:
    """Nobody opens and there is no key: the operator finds one, and nothing ends by it."""
    county.press("pendant-7")
    desk = county.operator()
    desk.claims(7)
    desk.sends(7)
    ann = county.driver("ann", "valley")
    ann.says(JobAct.TAKE)
    with pytest.raises(Conflict, match="that you have arrived"):
        ann.says(JobAct.LOCKED_OUT)
    ann.says(JobAct.ARRIVED)
    at = county.clock.now()
    assert ann.says(JobAct.LOCKED_OUT).locked_out_at == at
    desk.expect(7, state=AlertState.ATTENDING, called="The responder cannot get in")
    line = county.alert("_worker-ann")
    assert (line.priority, line.state) == (Priority.EMERGENCY, AlertState.WAITING)
    assert line.sentence.startswith("A responder cannot get in at the home they were sent to.")
    shown = county.desk.open_alert(operator(1), line.id).dispatches
    assert [(each.home_label, each.alert, each.locked_out_at) for each in shown] == [
        ("7 Sample Lane", county.alert(7).id, at)
    ]
    said = [each.sentence for each in desk.sees(7).timeline]
    assert "Ann cannot get in: see their alert." in said
    assert ann.job.state is DispatchState.ARRIVED
    desk.claims("_worker-ann")
    later(county, 20)
    assert ann.letters[-1].subject == "Are you safe?", "she is watched over as before"
    ann.says(JobAct.SAFE)
    ann.says(JobAct.INSIDE)
    desk.expect(7, state=AlertState.ATTENDING, called="The responder is inside after all.")
    ann.says(JobAct.LOCKED_OUT)
    assert county.acts(county.alert(7).id).count("locked_out") == 1, "she is in by now"
    invariants_hold(county)


def test_a_locked_door_is_heard_though_the_desk_has_closed_the_alert(county: World) -> None:
    ann, desk = there(county), county.operator()
    desk.closes(7, Outcome.RESPONDER_ATTENDED)
    ann.says(JobAct.LOCKED_OUT)
    desk.expect("_worker-ann", says="cannot get in")


def test_a_responders_own_alert_tells_the_desk_what_to_do_for_a_responder(county: World) -> None:
    """No resident is there to be spoken with; when she asks for more, that is told as well. What
    the organisation arranged for any alert is meant for residents; what it arranged for her is not.
    """
    ours = [Step(kind=StepKind.DO, text="Speak with the resident"), Step(kind=StepKind.DESK)]
    county.arrangements.plans.save(SUPERVISOR, Plan(org=ORG, name="Ours", steps=ours))
    county.look_again()
    ann = there(county)
    ann.says(JobAct.LOCKED_OUT)

    def told() -> list[str]:
        return [each.text for each in county.operator().sees("_worker-ann").plan]

    key, danger = "Find a key: ring the contacts of that home", "Ring 999 if the responder may be"
    ring, door, other = told()
    assert ring == "Ring the responder; their number stands with the job"
    assert door.startswith(key)
    assert other == "Send somebody else to them"
    ann.says(JobAct.HELP)
    assert told()[1].startswith(key)
    assert told()[2].startswith(danger)

    desk = county.operator()
    county.desk.check(desk.actor, desk.expect("_worker-ann").id, 4)
    assert [each.done for each in desk.sees("_worker-ann").plan] == [False, False, False, True]
    hers = [Step(kind=StepKind.DO, text="Ring the police at her post"), Step(kind=StepKind.DESK)]
    county.arrangements.plans.save(
        SUPERVISOR, Plan(org=ORG, kind="lone_worker", name="Hers", steps=hers)
    )
    county.look_again()
    assert told()[0] == "Ring the police at her post"


def test_whoever_left_the_team_in_the_middle_of_a_job_is_watched_over_all_the_same(
    county: World,
) -> None:
    there(county)
    county.register.teams.leave(ORG, "ann")
    county.look_again()
    later(county, 20)
    later(county, 5)
    assert county.alert("_worker-ann").priority is Priority.EMERGENCY


def test_a_job_nobody_took_is_taken_by_nobody_after_the_end(county: World) -> None:
    """Her word waited for a signal while the desk settled it: no clock runs for a closed alert,
    and the next call is offered to her.
    """
    county.home(8, at=VILLAGE)
    county.press("pendant-7")
    county.operator().claims(7)
    county.operator().sends(7)
    for _ in range(3):
        later(county, 2)
    ann = county.driver("ann", "valley")
    assert ann.job.state is DispatchState.UNMANNED
    county.operator().closes(7, Outcome.HELPED_BY_TALKING)
    assert ann.says(JobAct.TAKE).over
    assert dispatches.out(county.own, ORG, besides="") == {}
    county.press("pendant-8")
    county.operator().claims(8)
    county.operator().sends(8)
    ann.expect_offers(2)


def test_who_has_arrived_says_how_it_ended_and_not_that_they_cannot(county: World) -> None:
    ann = there(county)
    with pytest.raises(Conflict, match="say how it ended"):
        ann.says(JobAct.DECLINE)
    county.operator().expect(7, state=AlertState.ATTENDING)


def test_nobody_has_two_jobs_and_whoever_is_called_off_is_told(moorland: World) -> None:
    moorland.home(8, at=VILLAGE)
    desk = moorland.operator()
    for home in (7, 8):
        moorland.press(f"pendant-{home}")
        desk.claims(home)
        desk.sends(home)
    ann, bo = moorland.driver("ann", "valley"), moorland.driver("bo", "coast")
    ann.expect_offers(1)
    bo.expect_offers(1)
    ann.says(JobAct.TAKE)
    with pytest.raises(Conflict, match="already"):
        desk.sends(7)
    desk.calls_off(7)
    assert ann.letters[-1].subject == "It has been dealt with"
    assert ann.job.over
    desk.expect(7, state=AlertState.CLAIMED)
    assert [c.state for c in desk.sees(7).contacts] == [CallState.NOT_TRIED]
    desk.sends(7)
    ann.expect_offers(2)
    invariants_hold(moorland)


def test_whoever_is_still_inside_is_watched_over_though_all_else_is_forgotten(
    county: World,
) -> None:
    county.press("pendant-7")
    desk = county.operator()
    desk.claims(7)
    desk.sends(7)
    ann = county.driver("ann", "valley")
    for act in (JobAct.TAKE, JobAct.SET_OFF, JobAct.ARRIVED, JobAct.INSIDE):
        ann.says(act)
    desk.closes(7, Outcome.RESPONDER_ATTENDED)
    databases = county.responder.keeping._databases
    for _ in forget_home(databases, ORG, "home-7", county.clock.now()):
        pass
    ann.says(JobAct.LEFT, outcome=Outcome.RESPONDER_ATTENDED, text="All is well.")
    for _ in forget_home(databases, ORG, "home-7", county.clock.now()):
        pass
    assert not county.reads.home_alerts(ORG, "home-7")


def test_who_is_called_off_a_second_time_is_told_a_second_time(county: World) -> None:
    county.press("pendant-7")
    desk = county.operator()
    desk.claims(7)
    ann = county.driver("ann", "valley")
    for times in (1, 2):
        desk.sends(7, "valley")
        ann.says(JobAct.TAKE)
        desk.calls_off(7)
        later(county, 1)
        ended = [each for each in ann.letters if each.subject == "It has been dealt with"]
        assert len(ended) == times


def test_a_responder_is_asked_and_rung_in_their_own_language(county: World) -> None:
    """By letter, on the job's page and on the telephone: as contacts are."""
    county.register.teams.change_member(ORG, "ann", language="cy")
    county.look_again()
    county.press("pendant-7")
    desk = county.operator()
    desk.claims(7)
    desk.sends(7)
    asked = county.driver("ann", "valley")
    welsh = translations("cy").gettext
    assert asked.letters[-1].subject == welsh("A job for you: can you take it?")
    assert (asked.letters[-1].language, asked.job.language) == ("cy", "cy")
    rung = county.desk.called(asked.token)
    assert "Allwch chi fynd" in question(rung.contact, rung.card).question
    asked.says(JobAct.DECLINE)
    county.driver("bo", "coast").expect_offers(1)


def test_a_team_that_a_plan_asked_is_told_when_it_is_over(county: World) -> None:
    step = Step(kind=StepKind.TEAM, team="valley", seconds=60)
    county.arrangements.plans.save(
        SUPERVISOR, Plan(org=ORG, home="home-7", name="The valley first", steps=[step])
    )
    county.press("pendant-7")
    county.settle()
    later(county, 3)
    ann = county.driver("ann", "valley")
    assert len(ann.letters) == 1
    desk = county.operator()
    desk.claims(7)
    desk.closes(7, Outcome.HELPED_BY_TALKING)
    assert ann.letters[-1].subject == "It has been dealt with"

"""Dispatch decided: who is next, when the clocks speak, and what a late hour does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from responder.callout import dispatch, dispatch_decision
from responder.callout.crews import Crew, crews
from responder.callout.dispatch import Dispatch, DispatchState, Proof
from responder.callout.dispatch_decision import Announce, Offered, Reason
from responder.callout.lone_worker import Stay, Terms, Word, judge
from responder.callout.routing import StraightRoad
from responder.whom.directory import Arranged
from telecare.errors import Conflict
from telecare.register.teams import Scheme, Team, Vehicle

NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
HOME = (50.75, -2.44)
ANN = Crew(member="team:ann", team="valley", vehicle="v1", minutes=20.0)
BO = Crew(member="team:bo", team="coast", vehicle="v2", minutes=30.0)


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def begun() -> Dispatch:
    return dispatch.begun("d1", "north", "a1", "home-7", "person-1", NOW)


def offered(found: Dispatch, *who: Crew, minutes: float = 0) -> Dispatch:
    return dispatch_decision.decide(found, at(minutes), who).dispatch


def arranged(*vehicles: Vehicle) -> Arranged:
    teams = {name: Team(org="north", team=name, name=name) for name in ("valley", "coast", "oak")}
    return Arranged(
        plans=(), consents={}, teams=teams, areas=(), vehicles=vehicles, members={}, rotas={},
        schemes={"oak": Scheme(org="north", scheme="oak", name="Oak House", team="oak")},
        scheme_of={}, network_of={}, homes={"home-7": HOME, "home-8": None},
    )  # fmt: skip


def car(name: str, team: str, latitude: float, *, off_road: bool = False) -> Vehicle:
    return Vehicle(
        org="north", vehicle=name, team=team, name=name, latitude=latitude, longitude=-2.44,
        off_road=off_road,
    )  # fmt: skip


ON_DUTY = {"valley": ["ann", "al"], "coast": ["bo"], "oak": ["cy"]}
CARS = (car("far", "coast", 51.0), car("near", "valley", 50.76), car("next", "valley", 50.78),
        car("site", "oak", 50.75), car("broken", "coast", 50.75, off_road=True))  # fmt: skip


def names(found: list[Crew]) -> list[tuple[str, str]]:
    return [(each.member, each.vehicle) for each in found]


def test_each_teams_nearest_car_stands_before_anybodys_second() -> None:
    found = crews(arranged(*CARS), "home-7", ON_DUTY, StraightRoad())
    assert names(found) == [("ann", "near"), ("bo", "far"), ("al", "next")]


def test_the_team_named_is_first_and_who_is_out_is_not_asked() -> None:
    road = StraightRoad()
    first = crews(arranged(*CARS), "home-7", ON_DUTY, road, first="coast")
    assert names(first)[0] == ("bo", "far")
    left = crews(arranged(*CARS), "home-7", ON_DUTY, road, out={"ann"}, cars_out={"near"})
    assert names(left) == [("al", "next"), ("bo", "far")]


def test_a_home_without_a_place_is_everybodys() -> None:
    found = crews(arranged(*CARS), "home-8", ON_DUTY, StraightRoad())
    assert {each.minutes for each in found} == {None}
    assert len(found) == 3


def test_after_an_outage_one_step_is_taken_and_one_mark_is_called_out() -> None:
    found = offered(begun(), ANN, BO)
    late = dispatch_decision.decide(found, at(58), (ANN, BO))
    assert late.reason is Reason.NOBODY_LEFT, "the search took longer than it may"
    driving = dispatch.accepted(found, "team:ann", at(1))
    marks = dispatch_decision.decide(driving, at(58)).effects
    assert [type(each) for each in marks] == [Announce]
    assert dispatch_decision.decide(driving, at(58)).dispatch.next_due_at == at(60)


def test_the_clocks_go_on_for_the_next_crew() -> None:
    taken = dispatch.accepted(offered(begun(), ANN), "team:ann", at(1))
    back = dispatch.declined(taken, "team:ann", at(30))
    assert (back.state, back.next_due_at) == (DispatchState.SEEKING, at(30))
    again = dispatch_decision.decide(back, at(30), (ANN, BO))
    assert [each.offer.crew for each in again.effects if isinstance(each, Offered)] == [BO]
    assert dispatch.accepted(again.dispatch, "team:bo", at(31)).next_due_at == at(35)


def test_the_first_to_take_it_has_it() -> None:
    found = offered(offered(begun(), ANN), ANN, BO, minutes=2)
    assert found.holder == "team:bo"
    won = dispatch.accepted(found, "team:ann", at(3))
    assert won.holder == "team:ann"
    with pytest.raises(Conflict, match="Somebody else"):
        dispatch.accepted(won, "team:bo", at(3))
    with pytest.raises(Conflict, match="not asked"):
        dispatch.accepted(found, "team:cy", at(3))


@pytest.mark.parametrize(("minutes", "proof"), [(9, None), (10, Proof.UNIT)])
def test_a_press_is_no_arrival_and_proves_one_when_they_can_be_there(
    minutes: int, proof: Proof | None
) -> None:
    driving = dispatch.accepted(offered(begun(), ANN), "team:ann", at(0))
    found = dispatch.pressed(driving, at(minutes))
    assert (found.state, found.arrived_at, found.proof) == (DispatchState.ACCEPTED, None, None)
    assert found.next_due_at == driving.next_due_at, "the clocks run on"
    assert dispatch.arrived(found, at(12)).proof is proof


def test_a_responder_is_asked_answers_and_is_missed() -> None:
    terms = Terms()
    word, stay = judge(Stay(since=NOW), at(20), terms)
    assert (word, stay.asks) == (Word.ASK, 1)
    assert judge(stay, at(24), terms)[0] is Word.NOTHING
    word, stay = judge(stay, at(25), terms)
    assert word is Word.CALL
    assert judge(stay, at(45), terms)[0] is Word.ASK, "an alert closed too soon is not the end"

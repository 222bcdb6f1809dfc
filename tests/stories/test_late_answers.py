"""Who says yes too late is told so, and counts where they can still help."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from responder.acting.jobs import JobAct
from responder.callout.dispatch import DispatchState
from responder.outgoing.spoken import thanks
from telecare.errors import Conflict
from telecare.settings import Settings
from telecare.vocabulary import AlertState, Outcome
from tests.harness.teams import furnished, invariants_hold, later
from tests.harness.world import World
from tests.harness.world import world as begin


@pytest.fixture
def moorland(world: World) -> World:
    """A lonely home and three responder teams, at two, twenty and forty minutes' drive."""
    return furnished(world)


@pytest.fixture
def county(sqlite_settings: Settings) -> Iterator[World]:
    """The same on SQLite, for stories that do not depend on the database."""
    with begin(sqlite_settings) as made:
        yield furnished(made)


def test_a_late_yes_to_a_search_that_found_nobody_counts_for_the_next(moorland: World) -> None:
    """Nobody answered, the desk sends again, and the first one asked comes to her telephone."""
    moorland.press("pendant-7")
    desk = moorland.operator()
    desk.claims(7)
    desk.sends(7, "valley")
    for _ in range(3):
        later(moorland, 2)
    ann = moorland.driver("ann", "valley")
    assert ann.job.state is DispatchState.UNMANNED
    desk.sends(7, "coast")
    moorland.driver("bo", "coast").expect_offers(2)
    ann.expect_offers(1)
    assert ann.job.open_to_me
    ann.says(JobAct.TAKE)
    desk.expect(7, state=AlertState.ATTENDING)
    assert [(each.state, each.who) for each in desk.sees(7).dispatches] == [
        (DispatchState.UNMANNED, ""), (DispatchState.ACCEPTED, "Ann"),
    ]  # fmt: skip
    assert moorland.driver("bo", "coast").job.over
    ann.says(JobAct.ARRIVED)
    ann.says(JobAct.LEFT, outcome=Outcome.FOUND_SAFE)
    assert (ann.job.mine, ann.job.state) == (True, DispatchState.LEFT)
    assert not moorland.driver("bo", "coast").job.mine, "Bo is not thanked for Ann's way"
    invariants_hold(moorland)


def test_a_late_yes_is_told_plainly_that_somebody_else_goes(county: World) -> None:
    county.press("pendant-7")
    desk = county.operator()
    desk.claims(7)
    desk.sends(7, "valley")
    for _ in range(3):
        later(county, 2)
    ann, bo = county.driver("ann", "valley"), county.driver("bo", "coast")
    desk.sends(7, "coast")
    bo.says(JobAct.TAKE)
    assert ann.says(JobAct.TAKE).over
    assert ann.job.home_label == "", "whoever does not go knows no more than they must"
    told = [entry.sentence for entry in desk.sees(7).timeline]
    assert "Ann: I am going; but somebody else had the job." in told


def test_a_yes_to_a_search_that_was_called_off_is_told_plainly_to_be_too_late(
    county: World,
) -> None:
    county.press("pendant-7")
    desk = county.operator()
    desk.claims(7)
    desk.sends(7, "valley")
    desk.calls_off(7)
    desk.sends(7, "coast")
    ann = county.driver("ann", "valley")
    assert ann.job.over
    with pytest.raises(Conflict, match="You need not go"):
        ann.says(JobAct.TAKE)


@pytest.mark.parametrize("by", ["link", "telephone by hand"])
def test_a_yes_on_the_telephone_to_a_search_that_is_over_takes_nobody_for_on_the_way(
    county: World, by: str
) -> None:
    """Her telephone still rang when the desk called the search off and asked another team."""
    county.press("pendant-7")
    desk = county.operator()
    desk.claims(7)
    desk.sends(7, "valley")
    ann = county.driver("ann", "valley")
    token = ann.token
    desk.calls_off(7)
    desk.sends(7, "coast")
    if by == "link":
        answered = county.desk.link_answer(token, "going")
        assert answered.over
        assert "do not need to do anything" in thanks(answered, "en")
        desk.expect(7, state=AlertState.CLAIMED)
        county.driver("bo", "coast").says(JobAct.TAKE)
    else:
        county.desk.contact(desk.actor, county.alert(7).id, ann.id)
        county.desk.contact_answer(desk.actor, county.alert(7).id, ann.id, "going")
        assert not county.desk.link(token).over
    desk.expect(7, state=AlertState.ATTENDING)
    invariants_hold(county)

"""Stories of care that comes before anybody asks: daily checks, prompts, calls, packages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from responder.arranged.calls import EntryState
from responder.arranged.expectations import CallOutcome, What
from responder.arranged.packages import PackageKind
from responder.kept.record import Act
from responder.store import Work
from telecare.errors import Conflict, InvalidInput, NotFound, StoreUnavailable
from telecare.tenancy import Actor
from telecare.vocabulary import Outcome, Priority
from tests.harness.duty import ORG, operator
from tests.harness.world import World
from tests.stories.test_what_did_not_happen import tells, until

ME = operator(1)


def listed(world: World) -> list[tuple[str, EntryState]]:
    return [(each.home, each.state) for each in world.arrangements.calls.calls(ME)]


def test_an_im_ok_check_is_missed(world: World) -> None:
    """Every morning she presses that she is well. Today she does not, and is rung first."""
    world.home(7, "daughter")
    until(world, 6)
    check = world.arrangements.expected.expect(
        ME, "home-7", What.IM_OK, "08:00", "10:00", by_call=True
    )
    assert listed(world) == [("home-7", EntryState.LATER)]
    with pytest.raises(Conflict, match="not time"):
        world.arrangements.calls.called(ME, check.id, CallOutcome.WELL)
    until(world, 9, 30)
    assert listed(world) == [("home-7", EntryState.NOW)]
    shown = world.arrangements.calls.called(
        ME, check.id, CallOutcome.NO_ANSWER, "It rang for long."
    )
    assert (shown.state, shown.tries) == (EntryState.NOW, 1)
    until(world, 10)
    desk = world.operator()
    desk.expect(7, priority=Priority.URGENT, says="The daily check was not answered by 10:00.")
    world.forward(minutes=3)
    world.contact("daughter", of=7).expect_asked()
    desk.claims(7)
    desk.closes(7, Outcome.FOUND_SAFE)
    until(world, 8, 30)
    tells(world, "im_ok")
    until(world, 10)
    desk.expect_nothing(7)
    assert world.desk.verify_chain(ORG).whole


def test_time_for_your_tablets_is_said_confirmed_and_followed_up(county: World) -> None:
    county.home(7, "daughter")
    county.home(8, "son")
    until(county, 7)
    for home in ("home-7", "home-8"):
        county.arrangements.expected.expect(
            ME, home, What.MEDICATION, "09:00", "09:30", text="Time for your tablets.", by_call=True
        )
    until(county, 9)
    first, second = county.arrangements.calls.calls(ME)
    assert {first.text, second.text} == {"Time for your tablets."}
    county.arrangements.calls.called(ME, first.id, CallOutcome.WELL, "Taken while we spoke.")
    county.arrangements.calls.called(ME, second.id, CallOutcome.FOLLOW_UP, "Sounds confused.")
    county.settle()
    alert = county.operator().expect(second.home, says="needs to be seen to")
    assert alert.kinds == ["expectation.follow_up"]
    until(county, 9, 30)
    county.operator().expect_nothing(first.home)
    acts = [e.detail["outcome"] for e in county.reads.entries(ORG) if e.act == "called"]
    assert acts == ["well", "follow_up"]
    assert "confused" not in str([e.detail for e in county.reads.entries(ORG)])


def test_a_package_after_hospital_is_reviewed_extended_and_ends(world: World) -> None:
    world.home(7, "daughter")
    made = world.arrangements.packages.arrange(
        ME, "home-7", PackageKind.HOSPITAL_DISCHARGE, date(2026, 3, 17), date(2026, 3, 24)
    )
    assert made.next_due_at == datetime(2026, 3, 17, 9, tzinfo=UTC)
    assert listed(world) == []
    world.clock.forward(days=6, hours=20)  # the 17th, ten in the morning
    world.settle()
    (review,) = world.arrangements.calls.calls(ME)
    assert review.text.startswith("Review of the package (hospital discharge)")
    world.arrangements.packages.extend(ME, made.id, date(2026, 3, 24), date(2026, 3, 31))
    assert listed(world) == []
    world.clock.forward(days=14)  # the 31st; on the 24th nobody was here to review it
    world.settle()
    assert {each.what for each in world.arrangements.calls.calls(ME)} == {
        What.REVIEW,
        What.PACKAGE_END,
    }
    until(world, 16)  # five in the afternoon on the wall: summer time has begun
    line = world.operator().expect(7, priority=Priority.SOON, says="nobody decided what follows")
    assert line.signal_count == 2
    world.arrangements.packages.end(ME, made.id)
    assert world.arrangements.packages.packages(ME) == []
    world.clock.forward(days=2)
    world.settle()
    assert listed(world) == []


def test_an_extension_is_decided_whole_or_not_at_all(
    county: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken off in the middle, what stood on the list stands there still."""
    county.home(7)
    made = county.arrangements.packages.arrange(
        ME, "home-7", PackageKind.REABLEMENT, date(2026, 3, 11), date(2026, 3, 12)
    )
    county.clock.forward(days=2)
    county.settle()
    before = listed(county)
    written: list[Act] = []
    done_by = Work.done_by

    def broken_off(work: Work, actor: Actor, act: Act, **detail: Any) -> None:
        done_by(work, actor, act, **detail)
        written.append(act)
        raise StoreUnavailable

    monkeypatch.setattr(Work, "done_by", broken_off)
    with pytest.raises(StoreUnavailable):
        county.arrangements.packages.extend(ME, made.id, date(2026, 3, 20), date(2026, 3, 25))
    assert written == [Act.PACKAGE_ARRANGED]
    assert listed(county) == before != []


def test_what_cannot_be_is_refused(county: World) -> None:
    county.home(7)
    arrange = county.arrangements.packages.arrange
    with pytest.raises(InvalidInput, match="At most six weeks"):
        arrange(ME, "home-7", PackageKind.REABLEMENT, date(2026, 3, 20), date(2026, 6, 1))
    with pytest.raises(InvalidInput, match="review lies between"):
        arrange(ME, "home-7", PackageKind.REABLEMENT, date(2026, 3, 1), date(2026, 4, 1))
    made = arrange(ME, "home-7", PackageKind.TRIAL, date(2026, 3, 11), date(2026, 3, 12))
    with pytest.raises(NotFound):
        county.arrangements.packages.end(operator(1, org="south"), made.id)

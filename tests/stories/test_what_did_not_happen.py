"""Stories of events that did not happen: a visit, tablets, a morning."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from responder.arranged.expectations import What
from responder.arriving.suppression import Cause
from telecare.errors import InvalidInput
from telecare.messages import Reading
from telecare.register.plans import Plan, Step, StepKind
from telecare.store.lane import LaneWriter
from telecare.vocabulary import AlertState, Outcome, Priority, ReadingKind, Role
from tests.harness.duty import ORG, operator
from tests.harness.world import World

ME = operator(1)


def tells(world: World, type_: str, home: str = "home-7", *, room: str | None = None) -> None:
    """A device of the home states a fact."""
    now = world.clock.now()
    reading = Reading(
        org=ORG, home=home, device=f"{home}-hub", id=f"r{now.timestamp()}",
        kind=ReadingKind.READING, type=type_, occurred_at=now, received_at=now, room=room,
        value=True,
    )  # fmt: skip
    with world.responder.databases[1].begin() as connection:
        LaneWriter("gateway-1").append(connection, [reading])
    world.settle()


def until(world: World, hour: int, minute: int = 0) -> None:
    """Nothing happens until the next time it is so late (March: the wall shows UTC)."""
    now = world.clock.now()
    wanted = now.replace(hour=hour, minute=minute, second=0)
    seconds = (wanted - now).total_seconds() % 86400 or 86400
    world.clock.forward(seconds=seconds)
    world.look_again()
    world.settle()


def test_the_carer_did_not_arrive(world: World) -> None:
    """Due between five and half past; nobody came, and she must be helped to bed."""
    world.home(7, "daughter")
    expected = world.arrangements.expected.expect(ME, "home-7", What.CARER_VISIT, "17:00", "17:30")
    assert expected.next_due_at == datetime(2026, 3, 10, 17, 30, tzinfo=UTC)
    until(world, 17, 29)
    desk = world.operator()
    desk.expect_nothing(7)
    until(world, 17, 30)
    desk.expect(7, priority=Priority.URGENT, says="The carer's visit has not begun by 17:30.")
    desk.claims(7)
    desk.rings(7, "daughter")
    desk.hears(7, "daughter", "going")
    desk.closes(7, Outcome.KEYHOLDER_ATTENDED, "Her daughter helped her to bed.")
    until(world, 17, 0)
    tells(world, "visit")
    until(world, 17, 30)
    desk.expect_nothing(7)
    assert world.arrangements.expected.expected(ME)[0].next_due_at == datetime(
        2026, 3, 12, 17, 30, tzinfo=UTC
    )


def test_the_tablets_were_not_taken_and_her_own_plan_asks_her_son(world: World) -> None:
    world.home(7, "daughter", "son")
    world.arrangements.plans.save(
        operator(9, role=Role.SUPERVISOR),
        Plan(
            org=ORG, home="home-7", kind="expectation.medication", name="Tablets",
            steps=[Step(kind=StepKind.CONTACTS, contacts=["son-7"])], start_seconds=0,
        ),
    )  # fmt: skip
    world.look_again()
    world.arrangements.expected.expect(ME, "home-7", What.MEDICATION, "18:00", "18:15")
    until(world, 18, 15)
    desk = world.operator()
    desk.expect(7, priority=Priority.SOON, says="The prompt for tablets was not answered by 18:15.")
    son = world.contact("son", of=7)
    son.expect_asked()
    world.contact("daughter", of=7).expect_nothing()
    son.answers("going")
    desk.expect(7, state=AlertState.ATTENDING)


def test_the_prompt_is_confirmed_by_the_box_or_by_a_word(county: World) -> None:
    county.home(7, "daughter")
    first = county.arrangements.expected.expect(ME, "home-7", What.MEDICATION, "18:00", "18:15")
    until(county, 18, 5)
    tells(county, "medication")
    until(county, 18, 15)
    until(county, 18, 10)
    county.arrangements.expected.confirm(ME, first.id)
    until(county, 18, 15)
    county.operator().expect_nothing(7)
    until(county, 18, 15)
    county.operator().expect(7, says="tablets")


def test_not_up_by_ten_and_up_in_the_kitchen(county: World) -> None:
    county.home(7, "daughter")
    county.arrangements.expected.expect(ME, "home-7", What.NOT_UP, "05:00", "10:00")
    until(county, 4, 50)
    tells(county, "motion", room="bathroom")  # in the night: it does not count
    until(county, 10, 0)
    county.operator().expect(7, says="Nothing has moved in the home by 10:00.")
    county.operator().claims(7)
    county.operator().closes(7, Outcome.FOUND_SAFE)
    until(county, 8, 12)
    tells(county, "motion", room="kitchen")
    until(county, 10, 0)
    county.operator().expect_nothing(7)


def test_after_an_outage_over_several_days_one_alert_is_raised(county: World) -> None:
    county.home(7, "daughter")
    county.arrangements.expected.expect(ME, "home-7", What.IM_OK, "09:00", "10:00")
    county.clock.forward(days=3)
    county.settle()
    assert county.alert(7).signal_count == 1


def test_on_the_day_the_clocks_change_ten_is_ten_on_the_wall(county: World) -> None:
    county.home(7, "daughter")
    county.clock.forward(days=18)  # 28 March
    made = county.arrangements.expected.expect(ME, "home-7", What.NOT_UP, "05:00", "10:00")
    assert made.next_due_at == datetime(2026, 3, 29, 9, 0, tzinfo=UTC)


def test_while_she_is_in_hospital_nobody_expects_her_to_be_up(county: World) -> None:
    county.home(7, "daughter")
    county.arrangements.expected.expect(ME, "home-7", What.NOT_UP, "05:00", "10:00")
    ends = datetime(2026, 3, 12, 14, 0, tzinfo=UTC)
    county.arrangements.windows.open(ME, "home-7", Cause.HOSPITAL, ends)
    until(county, 10, 0)
    county.operator().expect_nothing(7)
    until(county, 10, 0)
    county.operator().expect_nothing(7)
    until(county, 10, 0)  # home again since yesterday afternoon
    county.operator().expect(7, says="by 10:00")


def test_what_would_never_be_looked_at_is_refused(county: World) -> None:
    county.home(7, "daughter")
    with pytest.raises(InvalidInput, match="never be looked at"):
        county.arrangements.expected.expect(
            ME, "home-7", What.NOT_UP, "05:00", "10:00", last_day=date(2026, 3, 1)
        )
    with pytest.raises(InvalidInput, match="like 08:30"):
        county.arrangements.expected.expect(ME, "home-7", What.NOT_UP, "5 o'clock", "10:00")

"""Stories of windows: away, in hospital, equipment being worked on; and what they never hide."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from responder.arranged.expectations import CallOutcome, What
from responder.arranged.packages import PackageKind
from responder.arriving import triage
from responder.arriving.suppression import (
    HELD_BACK,
    Cause,
    Window,
    again,
    covers,
    may_be_held_back,
    still_true,
)
from responder.life import alerts
from telecare.errors import Forbidden, InvalidInput
from telecare.messages import Signal
from telecare.vocabulary import AlarmType, AlertState, Priority, Role, SignalKind
from tests.harness.duty import ORG, operator
from tests.harness.world import World
from tests.unit.responder.signals import EVENING, judged

ME = operator(1)
LIFE_SAFETY = [SignalKind.ALARM, SignalKind.UNREADABLE_ALARM, SignalKind.FALL, SignalKind.DUTY,
               SignalKind.INCIDENT]  # fmt: skip
AWAY = Window(
    org=ORG, id="window-1", home="home-7", cause=Cause.HOLIDAY, begins_at=EVENING,
    ends_at=EVENING + timedelta(days=1), by="operator-1",
)  # fmt: skip


def window(world: World, cause: Cause, home: int = 7, **length: float) -> Window:
    return world.arrangements.windows.open(
        ME, f"home-{home}", cause, world.clock.now() + timedelta(**length)
    )


def test_a_fall_while_the_resident_is_out(world: World) -> None:
    """She is said to be away until Sunday, and her wrist falls: somebody must find out where."""
    world.home(7, "daughter")
    window(world, Cause.HOLIDAY, days=5)
    world.notices(SignalKind.INACTIVITY, 7)
    desk = world.operator()
    desk.expect_nothing(7)
    world.notices(SignalKind.FALL, 7)
    line = desk.expect(7, priority=Priority.EMERGENCY, says="looks like a fall")
    assert line.windows == ["Away until Sun 15 March 14:00 UTC"]
    assert desk.sees(7).card.windows == line.windows
    world.forward(minutes=3)
    world.contact("daughter", of=7).expect_asked()


def test_a_hospital_stay_ends_and_what_is_still_so_is_told(world: World) -> None:
    for number in (7, 8, 9):
        world.home(number, "daughter")
        window(world, Cause.HOSPITAL, number, days=2)
    world.notices(SignalKind.INACTIVITY, 7)
    world.notices(SignalKind.INACTIVITY, 8)
    world.notices(SignalKind.ROUTINE, 9)
    world.clock.forward(days=1, hours=20)
    world.notices(SignalKind.ACTIVITY_RESUMED, 8)  # she came home a little early
    assert world.desk.queue(ME) == []
    world.clock.forward(hours=4)
    world.settle()
    line = world.operator().expect(7, says="Still so at the end of the hospital stay")
    assert line.opened_at == world.clock.now()  # its clocks begin now, not two days ago
    world.operator().expect_nothing(8)
    world.operator().expect_nothing(9)
    assert world.arrangements.windows.windows(ME) == []
    acts = [each.act for each in world.reads.entries(ORG)]
    assert acts.count("held_back") == 3
    assert acts.count("window_ended") == 3


def test_of_two_silent_devices_the_one_that_did_not_come_back_is_told(county: World) -> None:
    county.home(7, "daughter")
    window(county, Cause.MAINTENANCE, hours=2)
    for device, kind in (
        ("careline-7", SignalKind.HUB_SILENT),
        ("hub-7", SignalKind.HUB_SILENT),
        ("hub-7", SignalKind.HUB_BACK),
    ):
        county.clock.forward(minutes=1)
        now = county.clock.now()
        county.signal(
            Signal(
                id=f"{device}-{kind}", org=ORG, home="home-7", kind=kind, device=device,
                occurred_at=now, raised_at=now, why=f"{kind}: {device}.", source="device_health",
            )
        )  # fmt: skip
    county.settle()
    county.clock.forward(hours=2)
    county.settle()
    line = county.operator().expect(7, says="maintenance: hub_silent: careline-7.")
    assert line.signal_count == 1


def test_what_somebody_decided_on_the_telephone_is_not_held_back(county: World) -> None:
    """She is away, we ring her daughter's house all the same, and she has fallen there."""
    county.home(7, "daughter")
    ring = county.arrangements.expected.expect(ME, "home-7", What.CALL, "00:00", "23:59")
    window(county, Cause.HOLIDAY, days=7)
    county.arrangements.calls.called(ME, ring.id, CallOutcome.FOLLOW_UP, "She fell this morning.")
    county.settle()
    line = county.operator().expect(7, says="needs to be seen to")
    assert line.kinds == ["expectation.follow_up"]


def test_a_package_that_ends_during_a_hospital_stay_is_decided_on(county: World) -> None:
    county.home(7, "daughter")
    county.arrangements.packages.arrange(
        ME, "home-7", PackageKind.HOSPITAL_DISCHARGE, date(2026, 3, 11), date(2026, 3, 12)
    )
    window(county, Cause.HOSPITAL, days=10)
    for _ in range(6):
        county.clock.forward(hours=12)
        county.settle()
    line = county.operator().expect(7)
    assert line.kinds == ["expectation.review", "expectation.package_end"]


def test_a_carer_who_need_not_come_is_held_back(county: World) -> None:
    county.home(7, "daughter")
    county.arrangements.expected.expect(ME, "home-7", What.CARER_VISIT, "00:00", "23:59")
    window(county, Cause.HOSPITAL, days=2)
    county.clock.forward(days=1)
    county.settle()
    county.operator().expect_nothing(7)


def test_a_window_covers_what_waits_already_and_calls_its_messages_back(world: World) -> None:
    world.home(7, "daughter")
    world.notices(SignalKind.INACTIVITY, 7)
    world.mailbag.mood = "out"
    world.forward(minutes=3)  # the daughter is being written to, and the provider is out
    made = window(world, Cause.HOSPITAL, days=1)
    world.mailbag.mood = "well"
    world.forward(minutes=20)
    world.contact("daughter", of=7).expect_nothing()
    desk = world.operator()
    line = desk.expect(7, state=AlertState.WATCHING, next_step="check again")
    assert "set_aside" in world.acts(line.id)
    world.arrangements.windows.end(ME, made.id)
    world.settle()
    desk.expect(7, state=AlertState.WAITING, called="it is still open")
    world.forward(minutes=3)
    world.contact("daughter", of=7).expect_asked()


def test_a_fall_wakes_what_a_window_had_set_aside(world: World) -> None:
    world.home(7, "daughter")
    world.notices(SignalKind.INACTIVITY, 7)
    window(world, Cause.HOLIDAY, days=1)
    world.operator().expect(7, state=AlertState.WATCHING)
    world.notices(SignalKind.FALL, 7)
    world.operator().expect(7, state=AlertState.WAITING, priority=Priority.EMERGENCY)


def test_what_somebody_has_or_a_person_asked_for_is_not_set_aside(county: World) -> None:
    for number in (7, 8):
        county.home(number)
    county.notices(SignalKind.INACTIVITY, 7)
    county.operator().claims(7)
    county.press("pendant-8")
    for number in (7, 8):
        window(county, Cause.HOLIDAY, number, days=1)
    county.operator().expect(7, state=AlertState.CLAIMED)
    county.operator().expect(8, state=AlertState.WAITING)


def test_a_window_said_in_advance_begins_by_itself(county: World) -> None:
    county.home(7, "daughter")
    begins = county.clock.now() + timedelta(hours=2)
    county.arrangements.windows.open(
        ME, "home-7", Cause.HOLIDAY, begins + timedelta(days=1), begins_at=begins
    )
    county.notices(SignalKind.INACTIVITY, 7)
    county.operator().expect(7, state=AlertState.WAITING)
    county.clock.forward(hours=2)
    county.settle()
    county.operator().expect(7, state=AlertState.WATCHING)


@pytest.mark.parametrize("cause", Cause)
def test_no_window_is_for_ever(county: World, cause: Cause) -> None:
    county.home(7, "daughter")
    with pytest.raises(InvalidInput, match="At most"):
        window(county, cause, days=29)
    with pytest.raises(InvalidInput, match="in the future"):
        window(county, cause, days=-1)


def test_the_tec_team_may_test_and_not_send_somebody_on_holiday(county: World) -> None:
    county.home(7, "daughter")
    tec = operator(3, role=Role.TEC)
    soon = county.clock.now() + timedelta(hours=1)
    county.arrangements.windows.open(tec, "home-7", Cause.MAINTENANCE, soon)
    with pytest.raises(Forbidden):
        county.arrangements.windows.open(tec, "home-7", Cause.HOLIDAY, soon)


def test_the_tec_team_neither_sees_nor_ends_a_hospital_stay(county: World) -> None:
    county.home(7, "daughter")
    tec = operator(3, role=Role.TEC)
    soon = county.clock.now() + timedelta(hours=1)
    stay = window(county, Cause.HOSPITAL, hours=1)
    repair = county.arrangements.windows.open(tec, "home-7", Cause.MAINTENANCE, soon)
    assert [each.id for each in county.arrangements.windows.windows(tec)] == [repair.id]
    with pytest.raises(Forbidden):
        county.arrangements.windows.end(tec, stay.id)
    assert county.arrangements.windows.end(tec, repair.id).ended_at is not None


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("kind", LIFE_SAFETY)
@pytest.mark.parametrize("alarm", [*AlarmType, "unheard_of"])
def test_life_safety_is_never_held_back(cause: Cause, kind: SignalKind, alarm: str) -> None:
    now = datetime(2026, 3, 10, tzinfo=UTC)
    signal = Signal(
        id="s", org=ORG, home="home-7", kind=kind, type=alarm, occurred_at=now, raised_at=now,
        why="", source="gateway", explicit=kind is SignalKind.ALARM,
    )  # fmt: skip
    assert not may_be_held_back(signal, cause)


@pytest.mark.parametrize("kind", SignalKind)
def test_nothing_a_person_asked_for_is_ever_held_back(kind: SignalKind) -> None:
    now = datetime(2026, 3, 10, tzinfo=UTC)
    asked = Signal(
        id="s", org=ORG, home="home-7", kind=kind, occurred_at=now, raised_at=now, why="",
        source="gateway", explicit=True,
    )  # fmt: skip
    assert not any(may_be_held_back(asked, cause) for cause in Cause)


def test_what_a_person_asked_for_is_not_set_aside_whatever_it_is_called() -> None:
    noticed = judged(SignalKind.WANDERING)
    alert = alerts.opened(
        "alert-1", noticed, triage.first(noticed), triage.track_of(noticed), EVENING
    )
    assert covers(AWAY, alert, [noticed])
    assert not covers(AWAY, alert, [noticed, replace(noticed, id="asked", explicit=True)])


def test_at_its_end_a_window_holds_nothing_back_any_more() -> None:
    assert AWAY.is_active(AWAY.begins_at)
    assert not AWAY.is_active(AWAY.ends_at)


def test_good_news_of_the_same_moment_ends_what_was_held_back() -> None:
    quiet = judged(SignalKind.INACTIVITY)
    assert still_true([quiet], [judged(SignalKind.ACTIVITY_RESUMED)]) == []


def test_what_is_raised_anew_at_the_end_of_a_window_is_not_called_late() -> None:
    told = again(replace(judged(SignalKind.INACTIVITY), late=True), AWAY, AWAY.ends_at)
    assert (told.raised_at, told.late) == (AWAY.ends_at, False)


def test_the_whole_list_of_what_may_be_held_back() -> None:
    """Widening it is a decision to be made here, with eyes open."""
    assert set().union(*HELD_BACK.values()) == {
        "inactivity", "routine", "wandering", "hub_silent", "expectation.not_up",
        "expectation.carer_visit", "expectation.medication", "expectation.im_ok",
    }  # fmt: skip

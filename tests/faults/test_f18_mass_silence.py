"""F18: a mast, a broker or the mains of an area goes: one incident for the TEC team, and presses
from there come singly and first. (A whole power cut as a story: `tests/stories`.)
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from telecare.messages import Signal
from telecare.register.device import Device
from telecare.register.homes import Home
from telecare.register.teams import Area
from telecare.settings import Settings
from telecare.vocabulary import Priority, Role, SignalKind
from tests.harness.duty import ORG, Duty, operator
from tests.harness.world import World
from tests.harness.world import world as begin

ON_MAST, PRESSING = 2000, (3, 400, 401, 1203, 1999)
"""A mast of a town and those of its homes in which somebody presses meanwhile."""
POOLE = [(50.6, -2.1), (50.8, -2.1), (50.8, -1.8), (50.6, -1.8)]


def homes(county: World, count: int, network: str | None, begin: int = 1) -> list[str]:
    made = []
    for number in range(begin, begin + count):
        home = county.home(number, at=(51.9 + number / 100, -2.0))
        hub = Device(org=ORG, device=f"hub-{number}", home=home, network=network)
        county.register.devices.expect(hub)
        made.append(home)
    county.look_again()
    return made


def test_a_mast_falls_and_its_homes_far_apart_are_one_incident(county: World) -> None:
    on_mast, elsewhere = homes(county, 9, "BT 12"), homes(county, 7, "BT 13", begin=50)
    for home in (*on_mast, *elsewhere):
        county.judged(SignalKind.HUB_SILENT, home)
    county.settle()
    pressed = on_mast[4]
    county.press(pressed)
    queue = county.desk.queue(operator(1))
    assert (queue[0].home, queue[0].priority) == (pressed, Priority.EMERGENCY)
    assert queue[0].incident is None, "a press is nobody's member"
    (incident,) = [line for line in queue if line.home == "_area-net-BT 12"]
    assert incident.home_label == "the mast or broker BT 12"
    assert incident.members == 9
    assert incident.sentence.startswith("9 homes of the mast or broker BT 12 have fallen silent")
    members = {line.home for line in queue if line.incident == incident.id}
    assert members == set(on_mast)
    tec = county.desk.queue(operator(3, role=Role.TEC))
    assert incident.id in {line.id for line in tec}
    late = homes(county, 1, "BT 12", begin=80)
    county.forward(minutes=1)
    county.judged(SignalKind.HUB_SILENT, late[0])
    county.settle()
    assert county.alert("_area-net-BT 12").members == 10, "who falls silent later joins it"


def test_the_mains_of_an_area_fail_before_anybody_is_silent(county: World) -> None:
    county.register.teams.add_area(Area(org=ORG, area="poole", name="Poole", outline=POOLE))
    now = county.clock.now()
    for number in range(1, 9):
        home = county.home(number, at=(50.7, -2.0))
        county.signal(
            Signal(
                id=f"mains-{number}", org=ORG, home=home, kind=SignalKind.EQUIPMENT,
                type="mains_failure", occurred_at=now, raised_at=now, why="The mains have failed.",
                source="device_trouble",
            )
        )  # fmt: skip
    county.look_again()
    county.settle()
    assert county.alert("_area-poole").members == 8


@pytest.fixture
def town(sqlite_settings: Settings) -> Iterator[World]:
    """Two thousand homes on one mast: how they are gathered does not hang on the database."""
    with begin(sqlite_settings) as made:
        names = [f"home-{number}" for number in range(1, ON_MAST + 1)]
        made.register.devices.add_all(
            [Device(org=ORG, device=f"hub-{name}", home=name, network="BT 12") for name in names],
            [Home(org=ORG, home=name, address="", time_zone="Europe/London") for name in names],
            lambda _: None,
        )
        made.look_again()
        yield made


def test_of_two_thousand_homes_that_vanish_the_five_that_press_come_first(town: World) -> None:
    pressed = {f"home-{number}" for number in PRESSING}
    now = town.clock.now()
    fell_silent = [
        Signal(
            id=f"silent-{number}", org=ORG, home=f"home-{number}", kind=SignalKind.HUB_SILENT,
            occurred_at=now, raised_at=now, why="Nothing has been heard from this home's hub.",
            source="device_health",
        )
        for number in range(1, ON_MAST + 1)
    ]  # fmt: skip
    town.signals(fell_silent)
    for home in pressed:
        Duty.press(town, home)
    town.intake.step()
    assert not pressed - {line.home for line in town.desk.queue(operator(1))}, (
        "on the desk before all who are silent have been taken in"
    )
    town.settle()
    queue = town.desk.queue(operator(1))
    first = queue[: len(pressed)]
    assert {line.home for line in first} == pressed
    assert {(line.priority, line.incident) for line in first} == {(Priority.EMERGENCY, None)}
    (incident,) = [line for line in queue if line.home == "_area-net-BT 12"]
    assert incident.members == ON_MAST
    members = [line for line in queue if line.incident == incident.id]
    assert {line.announced_at for line in members} == {None}, "one incident speaks for all"

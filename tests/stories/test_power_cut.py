"""The story of a county power cut with five real presses in it."""

from __future__ import annotations

from telecare.register.teams import Area
from telecare.vocabulary import AlertState, Outcome, Priority, SignalKind
from tests.harness.duty import ORG, operator
from tests.harness.world import World

HOMES = 60
PURBECK = [(50.55, -2.25), (50.75, -2.25), (50.75, -1.90), (50.55, -1.90)]


def dark(world: World) -> None:
    """The lights go out in Purbeck: sixty hubs fall silent in four minutes."""
    world.register.teams.add_area(Area(org=ORG, area="purbeck", name="Purbeck", outline=PURBECK))
    for number in range(1, HOMES + 1):
        world.home(number, "daughter", at=(50.6, -2.0))
    world.home(99, "daughter", at=(51.5, -2.0))  # elsewhere
    world.look_again()
    for number in range(1, HOMES + 1):
        world.judged(SignalKind.HUB_SILENT, f"home-{number}")
        if number % 15 == 0:
            world.intake.step()
            world.clock.forward(minutes=1)
            world.machine.forward(minutes=1)
    world.judged(SignalKind.HUB_SILENT, "home-99")
    world.settle()


def test_a_county_power_cut_with_five_real_presses_in_it(world: World) -> None:
    dark(world)
    pressed = [f"home-{n}" for n in (3, 14, 15, 41, 59)]
    for home in pressed:
        world.press(home)
        world.forward(seconds=1)
    queue = world.desk.queue(operator(1))
    assert [line.home for line in queue[:5]] == pressed
    assert {line.priority for line in queue[:5]} == {Priority.EMERGENCY}
    (incident,) = [line for line in queue if line.home == "_area-purbeck"]
    assert incident.home_label == "Purbeck"
    assert (incident.priority, incident.members) == (Priority.URGENT, HOMES)
    assert incident.sentence.startswith("60 homes of Purbeck have fallen silent together")
    members = [line for line in queue if line.incident == incident.id]
    assert len(members) == HOMES  # each open, visible and to be taken singly
    assert [line.incident for line in queue if line.home == "home-99"] == [None]
    desk = world.operator()
    desk.claims("_area-purbeck")
    for home in pressed:
        (press,) = [line for line in world.alerts(home) if line.priority is Priority.EMERGENCY]
        world.desk.claim(operator(2), press.id)
        world.desk.resolve(operator(2), press.id, Outcome.HELPED_BY_TALKING, "Afraid of the dark.")
    world.clock.forward(hours=5)
    world.settle()
    members = [line for line in world.desk.queue(operator(1)) if line.incident == incident.id]
    assert {line.priority for line in members} == {Priority.SOON}
    assert all(line.announced_at is None for line in members)  # one incident speaks for all
    if world.alert("_area-purbeck").owner_id is None:  # left alone for hours, it waits again
        desk.claims("_area-purbeck")
    desk.closes("_area-purbeck", Outcome.EQUIPMENT_FAULT, "The lights are on again.")
    world.clock.forward(hours=2)
    world.settle()
    left = [line for line in world.desk.queue(operator(1)) if line.home != "home-99"]
    assert len(left) == HOMES
    assert {line.priority for line in left} == {Priority.URGENT}  # now each ages by itself
    assert {line.state for line in left} == {AlertState.WAITING}

"""A lonely home with responder teams around it, for stories of who drives there."""

from __future__ import annotations

from tests.harness.duty import ORG, operator
from tests.harness.world import World

VILLAGE = (50.75, -2.44)
NEAR, FAR, FARTHEST = (50.76, -2.44), (50.85, -2.44), (50.95, -2.44)


def furnished(world: World) -> World:
    world.home(7, at=VILLAGE, keysafe="4027")
    world.team("valley", "ann", at=NEAR)
    world.team("coast", "bo", at=FAR)
    world.team("moor", "cy", at=FARTHEST)
    return world


def later(world: World, minutes: float) -> None:
    """So much later, whatever is due by then happens."""
    world.clock.forward(minutes=minutes)
    world.machine.forward(minutes=minutes)
    world.settle()


def invariants_hold(world: World) -> None:
    """I1 to I4 at the end of a story."""
    entries = world.reads.entries(ORG, limit=10_000)
    signals = {e.detail.get("signal") for e in entries if e.act in ("opened", "joined")}
    assert {f"press-{n}" for n in range(1, world._number + 1)} <= signals
    for line in world.desk.queue(operator(1)):
        assert line.next_due_at is not None
        assert line.next_due_at > world.clock.now()
    keys = [each.key for each in world.mailbag.letters]
    assert len(keys) == len(set(keys))
    assert world.desk.verify_chain(ORG).whole

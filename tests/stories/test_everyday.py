"""The stories every monitoring centre tells: a press, a silence, a door, smoke."""

from __future__ import annotations

from telecare.vocabulary import AlertState, Outcome, Priority, SignalKind
from tests.harness.world import World


def test_a_pendant_with_an_answer(world: World) -> None:
    """She pressed, an operator speaks with her, her daughter need not come."""
    world.home(7, "daughter", "son")
    world.press("pendant-7")
    operator = world.operator(1)
    operator.expect(7, priority=Priority.EMERGENCY, says="the pendant was pressed")
    world.forward(seconds=20)
    operator.claims(7)
    operator.notes(7, "She wanted the time; all is well.")
    operator.closes(7, Outcome.HELPED_BY_TALKING)
    world.forward(hours=1)
    operator.expect_nothing(7)
    world.contact("daughter", of=7).expect_nothing()
    assert world.desk.verify_chain("north").whole


def test_a_silent_call(world: World) -> None:
    """Nobody speaks and nobody on the desk has a hand free: the family is asked in turn."""
    world.home(7, "daughter", "son")
    world.press("pendant-7")
    world.forward(minutes=1)
    operator = world.operator(1)
    operator.expect(7, called="Nobody has claimed it for 60 seconds")
    world.forward(minutes=2)
    daughter, son = world.contact("daughter", of=7), world.contact("son", of=7)
    daughter.expect_asked()
    son.expect_nothing()
    world.forward(seconds=61)
    world.press("pendant-7")
    operator.expect(7, says="second press in 4 minutes, no answer to the first", called="Again")
    daughter.answers("cannot")
    son.expect_asked()
    son.answers("going")
    line = operator.expect(7, state=AlertState.ATTENDING, next_step="ask whether they arrived")
    assert line.owner_id is None
    assert daughter.is_over
    world.forward(minutes=45)
    operator.expect(7, called="nobody has said that they arrived")
    operator.claims(7)
    operator.hears(7, "son", "arrived")
    operator.closes(7, Outcome.KEYHOLDER_ATTENDED, "Her son helped her up.")
    operator.expect_nothing(7)


def test_a_door_at_night_to_found_safe(world: World) -> None:
    world.home(7, "daughter")
    world.notices(SignalKind.WANDERING, 7)
    operator = world.operator(2)
    operator.expect(7, priority=Priority.URGENT, says="not come back")
    operator.claims(7)
    operator.rings(7, "daughter")
    operator.hears(7, "daughter", "going")
    world.forward(minutes=12)
    world.notices(SignalKind.RETURNED, 7)
    line = operator.expect(7, state=AlertState.ATTENDING)
    assert line.signal_count == 2
    operator.hears(7, "daughter", "arrived")
    operator.closes(7, Outcome.FOUND_SAFE, "Found at the bus stop, well and warm.")
    told = [each.detail for each in world.reads.entries("north") if each.act == "resolved"]
    assert told[0]["outcome"] == "found_safe"


def test_smoke_with_three_neighbours(world: World) -> None:
    """Three keyholders next door: the first cannot, the second sleeps, the third goes."""
    world.home(7, "first-neighbour", "second-neighbour", "third-neighbour")
    world.press("smoke-7")
    world.press("smoke-7")
    operator = world.operator(1)
    operator.expect(7, priority=Priority.EMERGENCY, says="second alarm")
    assert operator.sees(7).plan[0].text == "Ring the fire service on 999"
    world.forward(minutes=3)
    first, second, third = (world.contact(f"{n}-neighbour", of=7) for n in
                            ("first", "second", "third"))  # fmt: skip
    first.answers("cannot")
    second.expect_asked()
    world.forward(minutes=3)
    third.expect_asked()
    third.answers("going")
    operator.expect(7, state=AlertState.ATTENDING)
    world.forward(minutes=30)
    assert [len(each.letters) for each in (first, second, third)] == [1, 1, 1]
    assert second.is_over

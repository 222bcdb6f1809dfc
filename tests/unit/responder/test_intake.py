"""Does every signal become or join an alert, once?"""

from __future__ import annotations

from telecare.vocabulary import AlertState, Outcome, Priority, SignalKind
from tests.harness.duty import Duty, operator


def test_a_press_stands_in_the_queue_with_its_reason(world: Duty) -> None:
    world.press()
    world.settle()
    line = world.only()
    assert line.state is AlertState.WAITING
    assert line.priority is Priority.EMERGENCY
    assert line.reason == "the pendant was pressed"
    assert line.sentence == "The pendant was pressed."
    assert (line.home_label, line.resident_label) == ("1 Sample Lane", "Resident 1")
    assert line.kinds == ["alarm.pendant"]
    assert line.next_due_at == line.answer_due_at


def test_a_second_press_joins_and_raises(world: Duty) -> None:
    world.press()
    world.settle()
    world.forward(minutes=2)
    world.press()
    world.settle()
    line = world.only()
    assert line.signal_count == 2
    assert line.reason == "second press in 2 minutes, no answer to the first"
    assert line.announcement == "Again: second press in 2 minutes, no answer to the first."


def test_a_second_press_when_somebody_goes_is_not_said_to_have_had_no_answer(world: Duty) -> None:
    world.press()
    world.forward(minutes=4)
    world.desk.link_answer(world.token(), "going")
    world.press()
    world.settle()
    assert world.only().reason == "second press in 4 minutes"


def test_presses_of_one_batch_join_one_alert(world: Duty) -> None:
    for _ in range(5):
        world.press()
    world.settle()
    assert world.only().signal_count == 5
    detail = world.desk.open_alert(operator(), world.only().id)
    assert [s.id for s in detail.signals] == [f"press-{n}" for n in range(1, 6)]


def test_a_babbling_pendant_is_called_out_once_a_minute(world: Duty) -> None:
    world.press()
    world.settle()
    for _ in range(30):
        world.clock.forward(seconds=1)
        world.press()
        world.intake.step()
    line = world.only()
    assert line.signal_count == 31
    assert world.acts(line.id).count("announced") == 1


def test_a_press_on_a_home_with_a_silent_hub_opens_its_own_alert(world: Duty) -> None:
    world.judged(SignalKind.HUB_SILENT)
    world.settle()
    world.press()
    world.settle()
    first, second = world.desk.queue(operator())
    assert (first.priority, first.kinds) == (Priority.EMERGENCY, ["alarm.pendant"])
    assert (second.priority, second.kinds) == (Priority.TECHNICAL, ["hub_silent"])


def test_good_news_joins_and_never_closes(world: Duty) -> None:
    world.judged(SignalKind.WANDERING)
    world.settle()
    world.judged(SignalKind.RETURNED)
    world.settle()
    line = world.only()
    assert line.state is AlertState.WAITING
    assert line.kinds == ["wandering", "returned"]
    assert line.sentence == "A detector noticed: wandering."


def test_good_news_for_a_home_without_an_alert_is_kept_and_opens_none(world: Duty) -> None:
    world.judged(SignalKind.RETURNED)
    world.settle()
    assert world.desk.queue(operator()) == []
    assert [e.act for e in world.reads.entries("north")] == ["told"]


def test_a_press_after_the_alert_was_closed_opens_a_new_one(world: Duty) -> None:
    world.press()
    world.settle()
    old = world.only().id
    world.desk.claim(operator(), old)
    world.desk.resolve(operator(), old, Outcome.HELPED_BY_TALKING, "She dropped her glasses.")
    world.press()
    world.settle()
    assert world.only().id != old


def test_two_organisations_with_the_same_home_id_stay_apart(world: Duty) -> None:
    world.press(org="north")
    world.press(org="south")
    world.settle()
    assert world.only(org="north").id != world.only(org="south").id


def test_reading_a_lane_again_from_its_beginning_changes_nothing(world: Duty) -> None:
    world.press()
    world.settle()
    before = world.only()
    with world.works.begin(world.clock.now()) as work:
        work.move("gateway-1", 0)
    world.intake._seen.clear()
    assert world.intake.step() == 0
    assert world.only() == before

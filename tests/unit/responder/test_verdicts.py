"""A closed alert says, in the same transaction, what each of its signals was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from responder.store import Work
from telecare.messages import Verdict
from telecare.store.lane import LaneReader, LaneWriter
from telecare.vocabulary import FalseAlarmCause, Outcome, SignalKind, Truth
from tests.harness.duty import ORG, Duty, operator


def told(world: Duty) -> list[Verdict]:
    reader = LaneReader(world.own)
    records = [item.record for item in reader.read("responder-1", 0, 10_000)]
    return [each for each in records if isinstance(each, Verdict)]


def close(world: Duty, alert: str, outcome: Outcome, cause: FalseAlarmCause | None = None) -> None:
    world.desk.claim(operator(1), alert)
    world.desk.resolve(operator(1), alert, outcome, "looked after", cause)


def test_every_signal_of_the_alert_is_judged_once(world: Duty) -> None:
    press, fall = world.press(), world.judged(SignalKind.FALL)
    world.settle()
    alert = world.only().id
    assert told(world) == []
    close(world, alert, Outcome.FALSE_ALARM, FalseAlarmCause.USER)
    verdicts = told(world)
    assert {each.id for each in verdicts} == {press.id, fall.id}
    for each in verdicts:
        assert (each.org, each.home, each.alert) == (ORG, "home-1", alert)
        assert (each.truth, each.cause) == (Truth.FALSE, FalseAlarmCause.USER)
        assert each.at == world.clock.now()


def test_not_closed_means_not_judged_and_not_judged_means_not_closed(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.press()
    world.settle()
    alert = world.only().id
    world.desk.claim(operator(1), alert)

    def full(*_: object) -> list[int | None]:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(LaneWriter, "append", full)
        with pytest.raises(OSError, match="no space"):
            world.desk.resolve(operator(1), alert, Outcome.FOUND_SAFE, "well")
    assert world.only().state == "claimed"
    assert "resolved" not in world.acts(alert)
    assert told(world) == []
    world.desk.resolve(operator(1), alert, Outcome.FOUND_SAFE, "well")
    assert len(told(world)) == 1


def test_a_babbling_pendants_presses_are_all_judged(world: Duty) -> None:
    for _ in range(120):
        world.press()
    world.settle()
    close(world, world.only().id, Outcome.EQUIPMENT_FAULT)
    assert len(told(world)) == 120


def test_two_organisations_close_at_the_same_moment_and_leave_no_gap(world: Duty) -> None:
    def verdict(org: str) -> Verdict:
        now = world.clock.now()
        return Verdict(
            id="s-1", org=org, home="home-1", alert="alert-1", source="falls",
            kind=SignalKind.FALL, truth=Truth.REAL, outcome=Outcome.AMBULANCE, occurred_at=now,
            at=now,
        )  # fmt: skip

    def second() -> None:
        with world.works.begin(world.clock.now()) as work:
            work.say([verdict("south")])

    with ThreadPoolExecutor(1) as pool:
        with world.own.begin() as connection:
            first = Work(connection, world.clock.now())
            first.say([verdict("north")])
            first.finish()
            waiting = pool.submit(second)
            with pytest.raises(TimeoutError):
                waiting.result(0.3)
        waiting.result()
    assert [each.org for each in told(world)] == ["north", "south"]

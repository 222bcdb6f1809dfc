"""F25: two responders run at once. Each due alert is taken once, each family hears once."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from sqlalchemy import func, insert, select

from responder.record import Act
from responder.store import tables
from responder.store.work import _columns
from telecare.clock import HandClock
from telecare.settings import Settings
from tests.harness.duty import ORG, Duty, duty, furnish, operator

HOMES = 200


@pytest.fixture
def worlds(settings: Settings, clock: HandClock) -> Iterator[tuple[Duty, Duty]]:
    machine = HandClock(clock.now())
    with duty(settings, clock, machine) as first:
        second = Duty(settings, clock, machine, first.mailbag)
        yield first, second
        second.responder.close()


def test_two_responders_share_what_is_due(worlds: tuple[Duty, Duty], clock: HandClock) -> None:
    world = worlds[0]
    register = world.responder.register
    furnish(register, "many", 0)
    for n in range(HOMES):
        world.press(f"home-{n}", org="many")
    together(worlds, lambda each: each.intake.step())
    lines = world.desk.queue(operator(org="many"))
    assert len(lines) == HOMES
    assert {line.signal_count for line in lines} == {1}

    clock.forward(minutes=3)
    together(worlds, lambda each: each.steps.step())
    entries = world.reads.entries("many", limit=10_000)
    started = Counter(e.alert for e in entries if e.act == "nobody_reached")
    assert len(started) == HOMES
    assert set(started.values()) == {1}
    assert world.desk.verify_chain("many").whole
    assert world.desk.queue(operator(org=ORG)) == []


def together(worlds: tuple[Duty, Duty], step: object) -> None:
    assert callable(step)
    start = threading.Barrier(2)
    faults: list[BaseException] = []

    def run(each: Duty) -> None:
        start.wait()
        try:
            while step(each):
                pass
        except BaseException as fault:  # noqa: BLE001 - told to the test below
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(each,)) for each in worlds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


MANY = int(os.environ.get("TELECARE_TEST_DUE", "1000"))
"""5000 take a minute of two busy cores."""


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_thousands_due_at_once_none_twice_none_missed(
    worlds: tuple[Duty, Duty], clock: HandClock
) -> None:
    """A night's outage is over: everything is due, and two responders come back together."""
    world = worlds[0]
    furnish(world.responder.register, "many", 0)
    world.press("home-0", org="many")
    world.intake.step()
    (one,) = world.reads.open_alerts("many")
    rows = [replace(one.alert, id=f"copy-{n}", home=f"copied-{n}") for n in range(1, MANY)]
    with world.own.begin() as connection:
        connection.execute(
            insert(tables.alert),
            [{"org": a.org, "id": a.id, "changed": 0, "fence": 0} | _columns(a) for a in rows],
        )
    clock.forward(minutes=3)
    together(worlds, lambda each: each.steps.step())
    with world.own.read() as connection:
        said = select(tables.record_entry.c.alert, func.count()).where(
            tables.record_entry.c.org == "many",
            tables.record_entry.c.act == Act.NOBODY_REACHED.value,
        )
        counted = connection.execute(said.group_by(tables.record_entry.c.alert)).all()
    assert len(counted) == MANY
    assert {row[1] for row in counted} == {1}
    assert world.desk.verify_chain("many").whole

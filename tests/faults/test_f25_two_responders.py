"""F25: two responders run at once. Each due alert is taken once, each family hears once."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import func, insert, select

from responder.arriving.triage import Track
from responder.kept.record import Act
from responder.life.alert import Alert
from responder.store import tables
from responder.store.work import _columns
from telecare.clock import HandClock, RealClock
from telecare.settings import Settings
from tests.harness.duty import ORG, Duty, duty, furnish, operator
from tests.harness.post import mail_server
from tests.harness.responder_process import ResponderProcess
from tests.harness.waiting import until

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


def copy(world: Duty, alerts: Sequence[Alert]) -> None:
    """As many alerts as a storm leaves behind, without living through it."""
    with world.own.begin() as connection:
        connection.execute(
            insert(tables.alert),
            [{"org": a.org, "id": a.id, "changed": 0, "fence": 0} | _columns(a) for a in alerts],
        )


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
    copy(world, [replace(one.alert, id=f"copy-{n}", home=f"copied-{n}") for n in range(1, MANY)])
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


LATE = int(os.environ.get("TELECARE_TEST_LATE", "15"))
"""Letters, and as many presses at the door; 200 take a minute of two busy cores."""


def test_two_processes_share_presses_steps_and_letters(settings: Settings) -> None:
    """Started together after an outage: each press, each step and each letter is done once."""
    then = HandClock(RealClock().now() - timedelta(minutes=3), is_real=True)
    with mail_server() as mail:
        settings = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": mail.port})
        with duty(settings, then, HandClock(then.now())) as world:
            furnish(world.responder.register, "many", LATE)
            for n in range(1, LATE + 1):
                world.press(f"home-{n}", org="many")
            world.intake.step()
            for n in range(1, LATE + 1):
                world.press(f"elsewhere-{n}")

            with ResponderProcess(settings) as one, ResponderProcess(settings, number=2) as other:
                until(lambda: counted(world, "many", "delivered").total() >= LATE)
                until(lambda: counted(world, ORG, "opened", "elsewhere-").total() >= LATE)
                assert (one.leave(), other.leave()) == (0, 0)

            assert len(mail.letters) == LATE
            assert len({each["Message-ID"] for each in mail.letters}) == LATE
            assert holders(world) == {"responder-1", "responder-2"}
            for act in ("opened", "ladder_started", "rung", "delivered"):
                assert set(counted(world, "many", act, "home-").values()) == {1}, act
            assert set(counted(world, ORG, "opened", "elsewhere-").values()) == {1}
            assert world.desk.verify_chain(ORG).whole
            assert world.desk.verify_chain("many").whole


def counted(world: Duty, org: str, act: str, homes: str = "home-") -> Counter[str]:
    """How often it was done for each alert of these homes."""
    e, a = tables.record_entry, tables.alert
    query = select(a.c.home, func.count()).where(
        e.c.org == org, a.c.org == org, e.c.alert == a.c.id, e.c.act == act,
        a.c.track == Track.CARE.value, a.c.home.startswith(homes),
    )  # fmt: skip
    with world.own.read() as connection:
        return Counter({row[0]: row[1] for row in connection.execute(query.group_by(a.c.home))})


def holders(world: Duty) -> set[str]:
    """Who has had messages in hand."""
    with world.own.read() as connection:
        return set(connection.execute(select(tables.outbox.c.leased_by).distinct()).scalars())

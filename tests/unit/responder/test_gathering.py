"""Homes that fall silent together: does gathering them undo what people do meanwhile?"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext

from responder.life.alert import Alert
from responder.store import Work, timed
from responder.store.leases import Lease
from telecare.vocabulary import AlertState, Outcome, SignalKind
from tests.harness.duty import Duty, furnish, operator
from tests.harness.waiting import until

MANY = "many"


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_claim_while_its_alert_is_gathered_stays_a_claim(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite lets nobody claim between the look and the writing; on PostgreSQL they wait."""
    victim = next(iter(silent(world, 7)))
    look, claims = timed.silent_since, list[threading.Thread]()

    def claimed_meanwhile(work: Work, *more: object) -> list[Alert]:
        found = look(work, *more)  # type: ignore[arg-type]
        claims.append(begun(lambda: world.desk.claim(operator(3, org=MANY), victim)))
        until(lambda: waiting() == 1 or not claims[0].is_alive())
        return found

    monkeypatch.setattr(timed, "silent_since", claimed_meanwhile)
    world.judged(SignalKind.HUB_SILENT, "home-8", org=MANY)
    with watched(world) as waiting:
        world.intake.step()
    claims[0].join()
    line = world.desk.line(operator(org=MANY), victim)
    assert (line.owner_id, line.state) == ("person-3", AlertState.CLAIMED)
    assert line.incident is not None
    assert sorted(world.acts(victim, org=MANY)) == ["claimed", "gathered", "opened"]


def test_an_incident_that_was_closed_too_early_begins_again(world: Duty) -> None:
    homes = silent(world, 9)
    supervisor = operator(org=MANY)
    (first,) = [line.id for line in world.desk.queue(supervisor) if line.members]
    world.desk.claim(supervisor, first)
    world.desk.resolve(supervisor, first, Outcome.EQUIPMENT_FAULT, "The lights are on again.")
    world.clock.forward(minutes=2)
    world.judged(SignalKind.HUB_SILENT, "home-20", org=MANY)
    world.intake.step()
    (again,) = [line for line in world.desk.queue(supervisor) if line.members]
    assert (again.id != first, again.members) == (True, len(homes) + 1)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_an_incident_closed_while_more_homes_fall_silent_ends_nobodys_act(world: Duty) -> None:
    """Both need the incident and a member of it; a third holds them up until both stand there."""
    homes = silent(world, 9)
    first, last = min(homes), max(homes)
    supervisor = operator(org=MANY)
    (incident,) = [line.id for line in world.desk.queue(supervisor) if line.members]
    world.desk.claim(supervisor, incident)
    refusals = errors_of(world)
    with held(world, first) as waiting:
        closing = begun(
            lambda: world.desk.resolve(
                supervisor, incident, Outcome.EQUIPMENT_FAULT, "The lights are on again."
            )
        )
        until(lambda: waiting() == 1)
        world.judged(SignalKind.HUB_SILENT, homes[last], org=MANY)
        world.judged(SignalKind.HUB_SILENT, "home-20", org=MANY)
        taking = begun(world.intake.step)
        until(lambda: waiting() == 2)
    closing.join()
    taking.join()
    assert refusals == []
    assert world.desk.line(supervisor, incident).state is AlertState.RESOLVED
    assert world.desk.line(supervisor, last).signal_count == 2
    left = world.desk.queue(supervisor)
    assert len({line.incident for line in left if not line.members}) == 1, "none is left behind"


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_steps_of_silent_homes_taken_while_they_are_gathered_end_nobodys_act(
    world: Duty,
) -> None:
    """The intake has the last of them and needs the others; the steps have one of those."""
    homes = silent(world, 7)
    first, second, *_, last = sorted(homes)
    leases = [Lease(MANY, second, 0), Lease(MANY, last, 0)]  # as they come due
    world.judged(SignalKind.HUB_SILENT, homes[last], org=MANY)
    world.judged(SignalKind.HUB_SILENT, "home-20", org=MANY)
    refusals = errors_of(world)
    with held(world, first) as waiting:
        taking = begun(world.intake.step)
        until(lambda: waiting() == 1)
        stepping = begun(lambda: world.steps._take(leases))
        until(lambda: waiting() == 2 or not stepping.is_alive())
    taking.join()
    stepping.join()
    assert refusals == []
    lines = world.desk.queue(operator(org=MANY))
    assert [line.members for line in lines if line.members] == [8]


def silent(world: Duty, count: int) -> dict[str, str]:
    """So many homes fall silent together; the home of each alert."""
    furnish(world.responder.register, MANY, 0)
    for number in range(count):
        world.judged(SignalKind.HUB_SILENT, f"home-{number}", org=MANY)
    world.intake.step()
    lines = world.desk.queue(operator(org=MANY))
    return {line.id: line.home for line in lines if not line.members}


def begun(act: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=act)
    thread.start()
    return thread


def errors_of(world: Duty) -> list[str]:
    """What the server refuses from now on."""
    found: list[str] = []

    def heard(context: ExceptionContext) -> None:
        found.append(str(context.original_exception))

    event.listen(world.own.engine, "handle_error", heard)
    return found


@contextmanager
def watched(world: Duty) -> Iterator[Callable[[], int]]:
    """Answers how many acts wait for a lock."""
    with psycopg.connect(server_of(world), autocommit=True) as look:

        def waiting() -> int:
            found = look.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                "AND datname = current_database()"
            ).fetchone()
            assert found is not None
            return int(found[0])

        yield waiting


@contextmanager
def held(world: Duty, alert: str) -> Iterator[Callable[[], int]]:
    """The same while somebody else has this alert locked."""
    with watched(world) as waiting, psycopg.connect(server_of(world)) as other:
        other.execute("SELECT 1 FROM responder.alert WHERE id = %s FOR UPDATE", [alert])
        yield waiting


def server_of(world: Duty) -> str:
    assert world.settings.database_url is not None
    return world.settings.database_url.get_secret_value()

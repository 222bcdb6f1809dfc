"""F37: the connection is lost at COMMIT: it may have happened, so it is tried again, and safe."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from responder.engine import Loop
from tests.harness.world import World

STEPS: dict[str, Callable[[World], Callable[[], int]]] = {
    "intake": lambda world: world.intake.step,
    "steps": lambda world: world.steps.step,
}


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("part", STEPS)
def test_committed_and_never_told_so(
    county: World, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """The server did commit; the answer was lost on its way. Each part does its work once."""
    county.home(7, "daughter")
    if part == "intake":
        super(World, county).press("home-7")
    else:
        county.press("pendant-7")
        county.clock.forward(minutes=3)
        county.machine.forward(minutes=3)
    commit, lost = psycopg.Connection.commit, []

    def cut(connection: psycopg.Connection[object]) -> None:
        commit(connection)
        lost.append(1)
        connection.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(psycopg.Connection, "commit", cut)
    loop = Loop(part, STEPS[part](county), 0.0, county.responder.stop)
    loop._round()
    assert lost
    assert not loop.store_answers
    monkeypatch.setattr(psycopg.Connection, "commit", commit)
    county.machine.forward(seconds=10)  # the lease of whoever was cut off is over
    county.settle()
    alert = county.alert(7)
    acts = county.acts(alert.id)
    assert acts.count("opened") == 1
    if part == "steps":
        assert acts.count("ladder_started") == 1
        county.contact("daughter", of=7).expect_asked()

"""Homes that fall silent together: does gathering them undo what people do meanwhile?"""

from __future__ import annotations

import pytest

from responder.alert import Alert
from responder.store import Work, timed
from telecare.vocabulary import AlertState, SignalKind
from tests.harness.duty import Duty, furnish, operator

MANY = "many"


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_claim_while_its_alert_is_gathered_stays_a_claim(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite lets nobody claim between the look and the writing; PostgreSQL does."""
    furnish(world.responder.register, MANY, 0)
    for number in range(7):
        world.judged(SignalKind.HUB_SILENT, f"home-{number}", org=MANY)
    world.intake.step()
    victim = world.desk.queue(operator(org=MANY))[0].id
    look = timed.silent_since

    def claimed_meanwhile(work: Work, *more: object) -> list[Alert]:
        found = look(work, *more)  # type: ignore[arg-type]
        monkeypatch.setattr(timed, "silent_since", look)
        world.desk.claim(operator(3, org=MANY), victim)
        return found

    monkeypatch.setattr(timed, "silent_since", claimed_meanwhile)
    world.judged(SignalKind.HUB_SILENT, "home-8", org=MANY)
    world.intake.step()
    line = world.desk.line(operator(org=MANY), victim)
    assert (line.owner_id, line.state) == ("person-3", AlertState.CLAIMED)
    assert line.incident is not None
    assert world.acts(victim, org=MANY) == ["opened", "claimed", "gathered"]

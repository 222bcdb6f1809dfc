"""F45: a new version migrates the tables while the old one runs: the old one stops."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from responder.engine import Loop
from telecare.errors import NotMigrated
from tests.harness.world import World


def migrated_by_another_version(county: World) -> None:
    """What matters of it: the tables say that they are another version's now."""
    with county.own.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))


def test_the_old_version_stops_instead_of_misunderstanding(county: World) -> None:
    county.home(7, "daughter")
    county.press("pendant-7")
    before = county.reads.sequence("north")
    migrated_by_another_version(county)
    county.clock.forward(minutes=3)
    super(World, county).press("home-7")
    for part in (county.intake.step, county.steps.step):
        loop = Loop("part", part, 0.0, county.responder.stop)
        loop.run()
        assert isinstance(loop.fault, NotMigrated)
        assert county.responder.stop.is_set()  # the process ends, and its supervisor knows
        county.responder.stop.clear()
    assert county.reads.sequence("north") == before
    with pytest.raises(NotMigrated, match="start the version that migrated it"):
        county.desk.note(county.operator().actor, county.alert(7).id, "She is well.")

"""F45: a new version migrates the tables while the old one runs: the old one stops."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import anyio
import pytest
from sqlalchemy import text

from gateway.decoders.native import decode
from gateway.identity import Identity
from gateway.intake import Arrival
from gateway.safekeeping import Settled
from gateway.service import Service
from gateway.store import GatewayStore
from responder.clockwork.engine import Loop
from telecare.clock import HandClock
from telecare.errors import NotMigrated
from telecare.observe import Heart
from telecare.store.lane import LaneReader
from telecare.store.session import Database
from telecare.vocabulary import ReadingKind
from tests.harness.diary import Diary
from tests.harness.duty import ORG
from tests.harness.judging import LANE, Homes, Judging
from tests.harness.windows import fall_window
from tests.harness.world import World
from tests.stories.test_keeping import case, keep, moves

LONG_SECONDS = 30
"""Only a gateway that never ends takes so long."""
Databases = Callable[[str], Database]


def migrated_by_another_version(database: Database) -> None:
    """What matters of it: the tables say that they are another version's now."""
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))


class Hub:
    """Waits for the word that its press is safe."""

    def __init__(self) -> None:
        self.told: list[Settled] = []

    def settled(self, settled: Sequence[Settled]) -> None:
        self.told += settled

    def go_on(self) -> None:
        """There is room."""


def test_the_old_version_stops_instead_of_misunderstanding(county: World) -> None:
    county.home(7, "daughter")
    county.press("pendant-7")
    before = county.reads.sequence("north")
    migrated_by_another_version(county.own)
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


def test_an_old_version_changes_nothing_in_a_register_of_another(county: World) -> None:
    """An upgrade that broke off may have migrated the register alone."""
    county.home(7, "daughter")
    migrated_by_another_version(county.register.database)
    with pytest.raises(NotMigrated, match="start the version that migrated it"):
        county.home(8)
    with county.register.database.begin() as connection:
        homes = connection.execute(text("SELECT home FROM home")).scalars().all()
    assert homes == ["home-7"]


@pytest.mark.parametrize("owner", ["gateway", "responder"])
def test_an_old_version_forgets_nothing_of_tables_of_another(county: World, owner: str) -> None:
    """It does not know by what they are kept now."""
    county.home(7, "daughter")
    moves(county, 7)
    case(county, 7)
    keep(county)
    county.days_pass(3000)
    databases = {each.owner: each for each in county.responder.databases}
    migrated_by_another_version(databases[owner])
    with pytest.raises(NotMigrated, match="start the version that migrated it"):
        keep(county)
    assert len(LaneReader(databases["gateway"]).history(ORG, "home-7")) == 1
    assert county.reads.home_alerts(ORG, "home-7")


@pytest.mark.anyio
@pytest.mark.parametrize("pressed", [True, False], ids=["a press comes", "nothing comes"])
async def test_an_old_gateway_acknowledges_nothing_more_and_ends(
    database: Databases, clock: HandClock, tmp_path: Path, pressed: bool
) -> None:
    """The hub sends its press again, to the gateway of the new version."""
    own, hub = database("gateway"), Hub()
    service = Service(GatewayStore(own, "gateway-1"), decode, clock, Heart(tmp_path, "gateway-1"))
    migrated_by_another_version(own)
    if pressed:
        body = b'{"id": "p-1", "type": "pendant"}'
        home = Identity("oak", "home-7", "hub-7")
        service.offer(hub, Arrival(home, "alarm", body, clock.now()), 1)
    with pytest.raises(ExceptionGroup) as ended:
        with anyio.fail_after(LONG_SECONDS):
            await service.run()
    assert ended.group_contains(NotMigrated, match="start the version that migrated it")
    assert hub.told == []
    assert LaneReader(own).head("gateway-1") == 0


def test_old_detectors_say_nothing_more_and_end(database: Databases, clock: HandClock) -> None:
    diary = Diary()
    judging = Judging(database, clock, Homes(diary.profile()))
    migrated_by_another_version(judging.own)
    with pytest.raises(NotMigrated):  # also while nobody moves
        judging.runner.run(threading.Event(), lambda _: None)
    fall = diary.note(
        clock.now(), "acceleration", kind=ReadingKind.ACCELERATION,
        data={"hz": 50, "xyz_mg": fall_window()},
    )  # fmt: skip
    judging.arrive([fall])
    with pytest.raises(NotMigrated):
        judging.work()
    assert LaneReader(judging.own).head(LANE) == 0

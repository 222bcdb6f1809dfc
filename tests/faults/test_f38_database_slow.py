"""F38: somebody holds a lock and the database hangs: the auditor does not hang with it."""

from __future__ import annotations

import psycopg
import pytest

from responder.auditor import Auditor
from responder.channels.watch import HttpWatch
from responder.store import audit
from telecare.errors import StoreUnavailable
from tests.harness.watcher import watcher
from tests.harness.world import World


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_the_look_ends_no_beat_leaves_and_what_waited_is_done(
    county: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "LOOK_MILLISECONDS", 100)
    county.home(7, "daughter")
    county.press("pendant-7")
    url = county.settings.database_url
    assert url is not None
    with watcher(county.clock) as heard:
        auditor = Auditor(
            county.works, county.reads, [], county.planning, county.clock,
            watch=HttpWatch(heard.url, None),
        )  # fmt: skip
        auditor.step()
        with psycopg.connect(url.get_secret_value()) as vacuum:
            vacuum.execute("LOCK TABLE responder.alert IN ACCESS EXCLUSIVE MODE")
            for _ in range(6):
                county.clock.forward(minutes=1)
                with pytest.raises(StoreUnavailable):
                    auditor.step()
            assert len(heard.beats) == 1
            assert heard.fires  # somebody outside knows
            vacuum.rollback()
        county.machine.forward(minutes=6)
        county.settle()
        county.contact("daughter", of=7).expect_asked()
        auditor.step()
        assert not heard.fires

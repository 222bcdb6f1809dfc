"""F46: the whole system is dead, and somebody outside notices within five minutes."""

from __future__ import annotations

from msgspec import json
from msgspec.structs import replace

from responder.channels.watch import HttpWatch
from responder.clockwork.auditor import Auditor
from telecare.errors import StoreUnavailable
from tests.harness.watcher import Watcher, watcher
from tests.harness.world import World


def auditor_of(county: World, heard: Watcher) -> Auditor:
    return Auditor(
        county.works, county.reads, [], county.planning, county.clock,
        watch=HttpWatch(heard.url, None),
    )  # fmt: skip


def test_beats_keep_the_watcher_calm_and_silence_makes_it_fire(county: World) -> None:
    county.home(7, "daughter")
    with watcher(county.clock) as heard:
        auditor = auditor_of(county, heard)
        county.press("pendant-7")
        for _ in range(20):
            county.forward(seconds=30)
            auditor.step()
            assert not heard.fires
        assert len(heard.beats) == 10
        county.clock.forward(minutes=4)  # everything is stopped
        assert not heard.fires
        county.clock.forward(minutes=1)
        assert heard.fires


def test_a_duty_that_cannot_see_its_database_beats_no_more(county: World) -> None:
    with watcher(county.clock) as heard:
        auditor = auditor_of(county, heard)
        auditor.step()
        auditor._works.database = _Dead()  # type: ignore[assignment]
        for _ in range(5):
            county.clock.forward(minutes=1)
            try:
                auditor.step()
            except StoreUnavailable:
                continue
        assert len(heard.beats) == 1
        assert heard.fires


def test_a_record_that_was_cut_is_seen_from_outside(county: World) -> None:
    county.home(7, "daughter")
    with watcher(county.clock) as heard:
        county.press("pendant-7")
        county.forward(minutes=4)
        auditor = auditor_of(county, heard)
        auditor.step()
        (beat,) = heard.beats
        sequence, head = beat.heads["north"]
        assert sequence > 1
        assert not heard.cut
        shorter = replace(beat, heads={"north": (sequence - 1, head)})
        heard.hear(json.encode(shorter), None)
        assert heard.cut == {"north"}


class _Dead:
    """A database that does not answer."""

    is_sqlite = True

    def read(self) -> object:
        raise StoreUnavailable("The responder database does not answer.")

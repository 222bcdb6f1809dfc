"""F12: messages come twice, thrice, and in any order."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.decoders.native import decode
from gateway.identity import Identity
from gateway.intake import Arrival, take_in
from gateway.store import GatewayStore
from gateway.timestamps import Tolerance
from telecare.messages import Reading, Signal
from telecare.settings import Settings
from telecare.store.lane import LaneReader
from telecare.store.migrate import migrate, open_database
from tests.conftest import NIGHT

HUB = Identity("oak", "home-7", "hub-7")
MESSAGES = [
    ("alarm", b'{"id": "p-1", "type": "pendant", "at": "2026-03-10T02:53:00Z"}'),
    ("alarm", b'{"id": "p-2", "type": "cancel", "at": "2026-03-10T02:53:05Z"}'),
    ("reading", b'{"id": "m-1", "type": "motion", "at": "2026-03-10T02:52:00Z"}'),
    ("reading", b'{"id": "m-2", "type": "door", "at": "2026-03-10T02:52:30Z", "value": true}'),
    ("heartbeat", b'{"id": "h-1"}'),
]

_delivery = st.lists(
    st.lists(st.sampled_from(range(len(MESSAGES))), min_size=1, max_size=8), max_size=4
).map(lambda batches: [*batches, list(range(len(MESSAGES)))])


def _stored(folder: Path, deliveries: list[list[int]]) -> tuple[dict[str, Reading], list[Signal]]:
    made = Settings(data_dir=folder)
    migrate(made, ("gateway",))
    database = open_database(made, "gateway")
    store = GatewayStore(database, "gateway-1")
    for batch in deliveries:
        store.commit(
            [take_in(Arrival(HUB, *MESSAGES[each], NIGHT), decode, Tolerance()) for each in batch]
        )
    records = [each.record for each in LaneReader(database).read("gateway-1", 0, 1000)]
    database.close()
    readings = [record for record in records if isinstance(record, Reading)]
    assert len({reading.id for reading in readings}) == len(readings)
    signals = [record for record in records if isinstance(record, Signal)]
    return {reading.id: reading for reading in readings}, signals


@settings(max_examples=15, deadline=timedelta(seconds=30))
@given(_delivery)
def test_the_final_state_is_the_same(deliveries: list[list[int]]) -> None:
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        once = _stored(Path(first), [list(range(len(MESSAGES)))])
        again = _stored(Path(second), deliveries)
    assert again[0] == once[0]
    assert sorted(each.id for each in again[1]) == sorted(each.id for each in once[1])
    assert len(once[1]) == 2

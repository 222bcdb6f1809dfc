"""On PostgreSQL a lease lives as long as its connection: whoever lost it must notice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from gateway.store import GatewayStore
from telecare.errors import LaneTaken
from telecare.messages import Reading
from telecare.store.lane import LaneReader, LaneWriter
from telecare.store.lane_rows import key_of
from telecare.store.lease import LaneLease
from telecare.store.once import Indexed
from telecare.store.session import Database
from telecare.vocabulary import ReadingKind

AT = datetime(2026, 3, 10, 2, 53, 10, tzinfo=UTC)
LANE = "gateway-1"
pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


def press(number: int) -> Reading:
    return Reading(
        org="oak", home="home-1", device="hub-1", id=f"m-{number}", kind=ReadingKind.ALARM,
        type="pendant", occurred_at=AT, received_at=AT,
    )  # fmt: skip


def throw_out_lease_holders(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'")
        )


def test_an_idle_gateway_takes_its_lost_lease_again(
    database: Callable[[str], Database],
) -> None:
    gateway = database("gateway")
    lease, other = LaneLease(gateway, LANE), LaneLease(gateway, LANE)
    lease.take()
    store = GatewayStore(gateway, LANE, lease=lease)
    throw_out_lease_holders(gateway)
    store.probe()
    with pytest.raises(LaneTaken):
        other.take()
    lease.release()


def test_what_another_writer_committed_is_never_taken_back(
    database: Callable[[str], Database],
) -> None:
    """Two in one lane, one of them without its lease: it must not undo an acknowledged press."""
    gateway = database("gateway")
    with gateway.begin() as connection:
        LaneWriter(LANE).append(connection, [press(1)])
    once = Indexed()
    with gateway.begin() as without_lease:
        head = once.look(without_lease, LANE)
        with gateway.begin() as connection:
            assert LaneWriter(LANE).append(connection, [press(2)]) == [2]
        assert not once.keep(without_lease, LANE, head, {key_of(press(1)): press(1)})
    ids = [each.record.id for each in LaneReader(gateway).read(LANE, 0, 10)]
    assert ids == ["m-1", "m-2"]

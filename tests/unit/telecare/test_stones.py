"""What is erased from a lane leaves no gap and nothing of what it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import text

from telecare.errors import LaneDamaged
from telecare.messages import Reading
from telecare.store import stones
from telecare.store.lane import LaneReader, LaneWriter
from telecare.store.session import Database
from telecare.vocabulary import ReadingKind

AT = datetime(2026, 3, 10, tzinfo=UTC)
LANE = "gateway-1"
EVER = AT + timedelta(days=400)


def reading(number: int, home: str) -> Reading:
    at = AT + timedelta(minutes=number)
    return Reading(
        org="dorset", home=home, device="hub-1", id=f"m-{number}", kind=ReadingKind.READING,
        type="motion", occurred_at=at, received_at=at, room="kitchen",
    )  # fmt: skip


@pytest.fixture
def gateway(database: Callable[[str], Database]) -> Database:
    return database("gateway")


def written(database: Database, homes: str) -> None:
    """One reading for each letter, of the home it names, after what is there."""
    writer = LaneWriter(LANE)
    with database.begin() as connection:
        start = writer.head(connection)
        numbered = [reading(start + n, f"home-{each}") for n, each in enumerate(homes)]
        writer.append(connection, numbered)


def erase(database: Database, home: str, upto: datetime = EVER) -> int:
    gone = 0
    while piece := stones.erase(database, "dorset", f"home-{home}", upto):
        gone += piece
    return gone


def left(database: Database, limit: int = 3) -> str:
    """The homes of what a reader still reads, batch by batch."""
    reader, after, found = LaneReader(database), 0, ""
    while batch := reader.read(LANE, after, limit):
        found += "".join(each.record.home[-1] for each in batch)
        after = batch[-1].offset
    return found


def rows(database: Database) -> list[tuple[str, str, str, bytes]]:
    with database.read() as connection:
        query = 'SELECT record, home, id, body FROM lane_record ORDER BY "offset"'
        return [tuple(row) for row in connection.execute(text(query))]


def test_others_stay_readers_go_on_and_nothing_of_it_is_left(gateway: Database) -> None:
    written(gateway, "abaabbab")
    assert erase(gateway, "a") == 4
    assert left(gateway) == "bbbb"
    assert all(bytes(body) == b"" for record, _, _, body in rows(gateway) if record == "erased")
    assert "home-a" not in str(rows(gateway))


def test_a_beginning_that_was_forgotten_is_one_row(gateway: Database) -> None:
    written(gateway, "abcabcabc")
    for home in "abc":
        erase(gateway, home, AT + timedelta(minutes=5))
    assert left(gateway) == "abc"
    stone, *_ = kept = rows(gateway)
    assert (stone[0], stone[2], len(kept)) == ("erased", f"{LANE}:1", 1 + 3)


def test_the_next_record_has_the_next_offset_also_when_all_was_erased(gateway: Database) -> None:
    written(gateway, "aaa")
    erase(gateway, "a")
    assert left(gateway) == ""
    written(gateway, "b")
    (only,) = LaneReader(gateway).read(LANE, 0, 10)
    assert only.offset == 4


def test_what_was_lost_and_not_erased_still_stops_the_reader(gateway: Database) -> None:
    written(gateway, "aaabbb")
    erase(gateway, "a")
    with gateway.begin() as connection:
        connection.execute(text('DELETE FROM lane_record WHERE "offset" = 4'))
    with pytest.raises(LaneDamaged):
        LaneReader(gateway).read(LANE, 0, 10)
    with gateway.begin() as connection:
        connection.execute(text("DELETE FROM lane_record WHERE record = 'erased'"))
    with pytest.raises(LaneDamaged):
        LaneReader(gateway).read(LANE, 2, 1)


@examples(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(homes=st.text("abc", min_size=1, max_size=20), order=st.permutations("abc"))
def test_in_whatever_order_it_is_erased(gateway: Database, homes: str, order: list[str]) -> None:
    with gateway.begin() as connection:
        for table in ("lane_record", "lane_once", "lane_home", "lane_mark"):
            connection.execute(text(f"DELETE FROM {table}"))
    written(gateway, homes)
    for gone, home in enumerate(order, 1):
        erase(gateway, home)
        assert left(gateway, 2) == "".join(each for each in homes if each not in order[:gone])
    assert len(rows(gateway)) == 1
    assert LaneReader(gateway).head(LANE) == len(homes)

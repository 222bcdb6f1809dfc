"""Filed or still to be filed: each record is stored once, found by its home, and erased whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from telecare.messages import Reading
from telecare.settings import Settings
from telecare.store import filing, stones
from telecare.store.lane import LaneReader, LaneWriter
from telecare.store.migrate import migration_config, open_database
from telecare.store.session import Database, Seat
from telecare.store.tray import OWN, Tray
from telecare.vocabulary import ReadingKind

AT = datetime(2026, 3, 10, tzinfo=UTC)
EVER = AT + timedelta(days=400)
HOMES = ("home-1", "home-2", "home-3")


def reading(number: int) -> Reading:
    """The home and the device follow from the number: a message comes from one place."""
    at, home = AT + timedelta(minutes=number), HOMES[number % 3]
    return Reading(
        org="dorset", home=home, device=f"{home}-hub", id=f"m-{number}", room="kitchen",
        kind=ReadingKind.READING, type="motion", occurred_at=at, received_at=at,
    )  # fmt: skip


class Door:
    """A gateway's writer, which may die and begin again."""

    def __init__(self, database: Database, lane: str) -> None:
        self.database, self.lane = database, lane
        self.begin()

    def begin(self) -> None:
        self.seat, self.tray = Seat(self.database, OWN), Tray(lot=4)
        self.writer = LaneWriter(self.lane, self.tray)

    def store(self, numbers: list[int]) -> list[bool]:
        """Which of them were new."""
        with self.seat.begin() as connection:
            return self._append(connection, numbers)

    def fail(self, numbers: list[int]) -> None:
        """The same, rolled back."""
        with self.seat.begin() as connection:
            self._append(connection, numbers)
            connection.rollback()
        self.tray.size = -1

    def _append(self, connection: Connection, numbers: list[int]) -> list[bool]:
        offsets = self.writer.append(connection, [reading(each) for each in numbers])
        self.tray.file(connection, 2)
        return [each is not None for each in offsets]

    def file(self, limit: int) -> None:
        with self.seat.begin() as connection:
            self.tray.look(connection)
            self.tray.file(connection, limit, in_peace=True)

    def die(self) -> None:
        self.seat.leave()
        self.begin()


@pytest.fixture
def gateway(sqlite_settings: Settings) -> Iterator[Database]:
    """On SQLite alone: PostgreSQL indexes its lanes."""
    opened = open_database(sqlite_settings, "gateway")
    yield opened
    opened.close()


def erase(database: Database, home: str) -> None:
    while stones.erase(database, "dorset", home, EVER):
        pass


def numbers_of(database: Database, home: str) -> list[int]:
    found = LaneReader(database).history("dorset", home, limit=1000)
    past = list(LaneReader(database).past("dorset", home, AT, AT + timedelta(days=2)))
    assert past == found[::-1]
    assert len(LaneReader(database).heard("dorset", home, AT, EVER)) == len(found)
    return [int(each.id.removeprefix("m-")) for each in past]


def filed(database: Database) -> tuple[int, int]:
    with database.read() as connection:
        once, home = (
            connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
            for name in ("lane_once", "lane_home")
        )
    return once, home


class Story:
    """Two gateways on one file, somebody who erases, and what must be stored."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.doors = [Door(database, "gateway-1"), Door(database, "gateway-2")]
        self.stored: set[int] = set()

    def store(self, which: int, numbers: list[int]) -> None:
        for number, is_new in zip(numbers, self.doors[which].store(numbers), strict=True):
            assert is_new is (number not in self.stored)
            self.stored.add(number)

    def fail(self, which: int, numbers: list[int]) -> None:
        self.doors[which].fail(numbers)

    def file(self, which: int, numbers: list[int]) -> None:
        self.doors[which].file(len(numbers))

    def die(self, which: int, _: list[int]) -> None:
        self.doors[which].die()

    def others_file(self, *_: object) -> None:
        filing.file_all(self.database)

    def erase(self, _: int, numbers: list[int]) -> None:
        home = HOMES[numbers[0] % 3]
        erase(self.database, home)
        self.stored = {each for each in self.stored if HOMES[each % 3] != home}


STEPS = st.lists(
    st.tuples(
        st.sampled_from((Story.store, Story.store, Story.fail, Story.file, Story.die,
                         Story.others_file, Story.erase)),
        st.integers(0, 1),
        st.lists(st.integers(0, 30), min_size=1, max_size=8),
    ),
    max_size=14,
)  # fmt: skip


@examples(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(steps=STEPS)
def test_whatever_happens_each_message_is_stored_once_and_found(
    gateway: Database, steps: list[tuple[Callable[[Story, int, list[int]], None], int, list[int]]]
) -> None:
    with gateway.begin() as connection:
        for table in ("lane_record", "lane_once", "lane_home", "lane_mark"):
            connection.execute(text(f"DELETE FROM {table}"))
    story = Story(gateway)
    for step, which, numbers in steps:
        step(story, which, numbers)
    stored = story.stored
    for each in HOMES:
        assert numbers_of(gateway, each) == sorted(n for n in stored if HOMES[n % 3] == each)
    for door in story.doors:
        door.file(1)
        while door.tray.size:
            door.file(5)
        door.seat.leave()
    assert filed(gateway) == (len(stored), len(stored))


def test_a_mark_that_moves_before_its_rows_are_filed_would_be_noticed(
    gateway: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: the mark moves when a round begins, and the gateway dies in it."""
    door = Door(gateway, "gateway-1")
    begin_round = door.tray.file

    def with_the_mark_first(connection: Connection, limit: int) -> None:
        filing.put_mark(connection, "gateway-1", door.writer.head(connection))
        begin_round(connection, limit)

    monkeypatch.setattr(door.tray, "file", with_the_mark_first)
    door.store([1, 2, 3, 4, 5])
    door.die()
    assert door.store([1, 2, 3, 4, 5]) != [False] * 5


def test_killed_in_the_middle_of_a_round_a_repeat_is_still_a_repeat(gateway: Database) -> None:
    door = Door(gateway, "gateway-1")
    door.store([1, 2, 3, 4, 5])
    assert 0 < filed(gateway)[0] < 5
    door.die()
    assert door.store([1, 2, 3, 4, 5]) == [False] * 5
    assert [each.record.id for each in LaneReader(gateway).read("gateway-1", 0, 9)] == [
        "m-1", "m-2", "m-3", "m-4", "m-5"
    ]  # fmt: skip


def test_a_database_of_the_version_before_is_filed_when_it_is_migrated(gateway: Database) -> None:
    config = migration_config("gateway")
    with gateway.begin() as connection:
        LaneWriter("gateway-1").append(connection, [reading(n) for n in range(7)])
        config.attributes["connection"] = connection
        command.downgrade(config, "0170")
        command.upgrade(config, "0200")
    assert filed(gateway) == (7, 7)
    with gateway.begin() as connection:
        again = [reading(3), reading(8)]
        assert LaneWriter("gateway-2").append(connection, again) == [None, 1]
    assert numbers_of(gateway, "home-1") == [0, 3, 6]

"""Filed or still to be filed: each record is stored once, found by its home, and erased whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import Connection, text

from telecare.errors import LaneDamaged
from telecare.messages import Reading, Signal
from telecare.settings import Settings
from telecare.store import filing, lane_rows, sheaf, stones
from telecare.store.lane import LaneReader, LaneWriter
from telecare.store.lane_rows import Numbered
from telecare.store.migrate import migration_config, open_database
from telecare.store.session import Database, Seat
from telecare.store.tray import OWN, Tray
from telecare.vocabulary import ReadingKind, SignalKind

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


def signal(number: int) -> Signal:
    at = AT + timedelta(minutes=number)
    return Signal(
        id=f"s-{number}", org="dorset", home="home-1", kind=SignalKind.ALARM, occurred_at=at,
        raised_at=at, why="The pendant was pressed.", source="gateway", explicit=True,
    )  # fmt: skip


class Door:
    """A gateway's writer, which may die and begin again."""

    def __init__(self, database: Database, lane: str) -> None:
        self.database, self.lane = database, lane
        self.begin()

    def begin(self) -> None:
        self.seat = Seat(self.database, OWN)
        self.tray = Tray(self.lane, lot=4, bind_from=3, hold=6)
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
            self.tray.look(connection, self.lane)
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


def in_lanes(database: Database, together: int) -> list[int]:
    """As somebody reads on who takes so many records at once."""
    reader, found = LaneReader(database), []
    for lane in reader.lanes():
        after = 0
        while records := reader.read(lane, after, together):
            found += [int(each.record.id.removeprefix("m-")) for each in records]
            after = records[-1].offset
        assert reader.head(lane) >= after
    assert sum(reader.count("dorset").values()) == len(found)
    return found


def in_sheaves(database: Database) -> int:
    with database.read() as connection:
        return sheaf.held(connection, "gateway-1")


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
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(steps=STEPS)
def test_whatever_happens_each_message_is_stored_once_and_found(
    gateway: Database, steps: list[tuple[Callable[[Story, int, list[int]], None], int, list[int]]]
) -> None:
    with gateway.begin() as connection:
        for table in ("lane_record", "lane_sheaf", "lane_once", "lane_home", "lane_mark"):
            connection.execute(text(f"DELETE FROM {table}"))
    story = Story(gateway)
    for step, which, numbers in steps:
        step(story, which, numbers)
    stored = story.stored
    assert sorted(in_lanes(gateway, 2)) == sorted(in_lanes(gateway, 9)) == sorted(stored)
    for each in HOMES:
        assert numbers_of(gateway, each) == sorted(n for n in stored if HOMES[n % 3] == each)
    for door in story.doors:
        door.file(1)
        while not door.tray.is_empty:
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
    for numbers in ([1, 2], [3, 4], [5]):
        door.store(numbers)
    assert 0 < filed(gateway)[0] < 5
    door.die()
    assert door.store([1, 2, 3, 4, 5]) == [False] * 5
    assert [each.record.id for each in LaneReader(gateway).read("gateway-1", 0, 9)] == [
        "m-1", "m-2", "m-3", "m-4", "m-5"
    ]  # fmt: skip


def test_what_came_in_behind_a_round_is_known_to_the_next_process(gateway: Database) -> None:
    """Home 1 stands before home 2, where the round is: the mark stays below what waits there."""
    door = Door(gateway, "gateway-1")
    for of_home_2 in (1, 4, 7, 10):
        door.store([of_home_2])
    for of_home_1 in (0, 3):
        door.store([of_home_1])
    assert filed(gateway)[0] == 4, "the round is over"
    door.die()
    assert door.store([0, 3]) == [False, False]


def test_what_lies_in_a_sheaf_when_a_round_ends_is_known_to_the_next_process(
    gateway: Database,
) -> None:
    door = Door(gateway, "gateway-1")
    door.store([0, 1, 2, 3, 4, 5])
    for later in (10, 11, 12, 13, 14, 15, 16):
        door.store([later])
    assert in_sheaves(gateway) == 6
    assert filed(gateway)[0] >= 4, "a round is over"
    door.die()
    assert door.store([0, 5]) == [False, False]


def test_many_readings_are_one_sheaf_and_the_alarm_among_them_a_row(gateway: Database) -> None:
    door, alarm = Door(gateway, "gateway-1"), signal(9)
    with door.seat.begin() as connection:
        readings = [reading(number) for number in (1, 2, 3, 4)]
        offsets = door.writer.append(connection, [*readings[:3], alarm, readings[3]])
    assert offsets == [1, 2, 3, 4, 5]
    assert door.tray.held == 3
    reader = LaneReader(gateway)
    assert [each.record for each in reader.read_signals("gateway-1", 0, 9)[0]] == [alarm]
    whole = [*readings[:3], alarm, readings[3]]
    assert [each.record for each in reader.read("gateway-1", 0, 9)] == whole
    door.file(9)
    assert door.tray.held == 0
    assert [each.record for each in reader.read("gateway-1", 0, 9)] == whole


def test_in_one_sheaf_two_organisations_have_homes_of_one_name_and_each_finds_its_own(
    gateway: Database,
) -> None:
    door = Door(gateway, "gateway-1")
    ours = [reading(number) for number in (0, 3, 6)]
    theirs = [replace(each, org="devon") for each in ours]
    forged = {"org": "dorset", "home": "home-1", "y": 1}  # a device may say what it likes
    theirs.append(replace(reading(9), org="devon", data={"x": forged}))
    with door.seat.begin() as connection:
        door.writer.append(connection, [*theirs, *ours])
    until = AT + timedelta(days=1)
    for stands in ("bound", "filed"):
        reader = LaneReader(gateway)
        for org, said in (("dorset", ours), ("devon", theirs)):
            assert reader.history(org, "home-1") == said[::-1], stands
            assert list(reader.past(org, "home-1", AT, until)) == said, stands
            assert len(reader.heard(org, "home-1", AT, until)) == len(said), stands
            assert reader.count(org) == {"reading": len(said)}, stands
        while not door.tray.is_empty:
            door.file(9)


def test_what_one_gateway_bound_and_laid_the_other_knows_again(gateway: Database) -> None:
    one, other = Door(gateway, "gateway-1"), Door(gateway, "gateway-2")
    one.store([1, 2, 3])
    one.store([4])
    assert (one.tray.held, one.tray.size) == (3, 1)
    assert other.store([4, 2, 5]) == [False, False, True]


def test_a_signal_between_two_sheaves_is_not_counted_among_their_readings(
    gateway: Database,
) -> None:
    door = Door(gateway, "gateway-1")
    with door.seat.begin() as connection:
        readings = [reading(number) for number in range(6)]
        door.writer.append(connection, [*readings[:3], signal(9), *readings[3:]])
    door.file(3)
    assert (door.tray.held, in_sheaves(gateway)) == (3, 3)
    door.file(3)
    assert (door.tray.held, in_sheaves(gateway)) == (0, 0)


def test_in_a_storm_without_end_sheaves_do_not_grow_without_end(gateway: Database) -> None:
    door = Door(gateway, "gateway-1")
    for begin in range(0, 90, 3):
        with door.seat.begin() as connection:
            door.writer.append(connection, [reading(begin + each) for each in range(3)])
            door.tray.file(connection, 6)
    assert door.tray.held == in_sheaves(gateway) <= 9
    assert in_lanes(gateway, 50) == list(range(90))


def test_what_was_erased_and_is_said_again_is_stored_once_again(gateway: Database) -> None:
    door = Door(gateway, "gateway-1")
    door.store([1, 2, 3])
    erase(gateway, "home-2")
    assert door.store([1, 4, 7]) == [True] * 3
    assert door.store([1, 4, 7]) == [False] * 3


def test_of_a_sheaf_that_only_a_newer_version_can_read_somebody_is_asked(
    gateway: Database,
) -> None:
    door = Door(gateway, "gateway-1")
    door.store([1, 2, 3])
    with gateway.begin() as connection:
        newer = text("UPDATE lane_sheaf SET body = replace(body, :kind, :newer)")
        connection.execute(newer, {"kind": '"kind":"reading"', "newer": '"kind":"hologram"'})
    before = [each.record for each in LaneReader(gateway).read("gateway-1", 0, 9)]
    assert {each.kind for each in before if isinstance(each, Signal)} == {
        SignalKind.UNREADABLE_ALARM
    }
    assert [each.home for each in before] == ["home-2", "home-3", "home-1"]
    door.file(9)
    assert [each.record for each in LaneReader(gateway).read("gateway-1", 0, 9)] == before


def test_a_sheaf_untied_without_its_rows_would_be_noticed(
    gateway: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: one reading of a sheaf is forgotten as it is untied."""
    door, insert = Door(gateway, "gateway-1"), lane_rows.insert
    door.store([1, 2, 3])

    def but_the_first(connection: Connection, rows: list[Numbered], *, indexed: bool) -> int:
        return insert(connection, rows[1:], indexed=indexed)

    monkeypatch.setattr(lane_rows, "insert", but_the_first)
    door.file(9)
    with pytest.raises(LaneDamaged, match="gap after offset 0"):
        LaneReader(gateway).read("gateway-1", 0, 9)


def test_a_lane_that_never_moved_its_mark_is_known_after_the_migration(gateway: Database) -> None:
    config = migration_config("gateway")
    door = Door(gateway, "gateway-1")
    door.store([1, 2])
    with gateway.begin() as connection:
        connection.execute(text("DELETE FROM lane_mark"))
        config.attributes["connection"] = connection
        command.downgrade(config, "0200")
        command.upgrade(config, "head")
    door.die()
    assert in_lanes(gateway, 9) == [1, 2]
    assert door.store([1, 3]) == [False, True]


def test_a_database_of_the_version_before_is_filed_when_it_is_migrated(gateway: Database) -> None:
    config = migration_config("gateway")
    with gateway.begin() as connection:
        LaneWriter("gateway-1").append(connection, [reading(n) for n in range(7)])
        config.attributes["connection"] = connection
        command.downgrade(config, "0170")
        command.upgrade(config, "head")
    assert filed(gateway) == (7, 7)
    with gateway.begin() as connection:
        again = [reading(3), reading(8)]
        assert LaneWriter("gateway-2").append(connection, again) == [None, 1]
    assert numbers_of(gateway, "home-1") == [0, 3, 6]

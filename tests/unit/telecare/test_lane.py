"""A lane keeps every record once, in order, without gaps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import event, text

from telecare.errors import LaneDamaged, LaneTaken, StoreUnavailable
from telecare.messages import Reading, Signal
from telecare.store.lane import LaneReader, LaneWriter
from telecare.store.lease import LaneLease
from telecare.store.session import Database
from telecare.store.turn import Turn
from telecare.vocabulary import ReadingKind, SignalKind

AT = datetime(2026, 3, 10, 2, 53, 10, 123456, tzinfo=UTC)


def reading(number: int, *, org: str = "dorset", home: str = "home-1") -> Reading:
    return Reading(
        org=org, home=home, device="hub-1", id=f"m-{number}", kind=ReadingKind.READING,
        type="motion", occurred_at=AT, received_at=AT, room="kitchen",
    )  # fmt: skip


def signal(number: int) -> Signal:
    return Signal(
        id=f"s-{number}", org="dorset", home="home-1", kind=SignalKind.ALARM, type="pendant",
        occurred_at=AT, raised_at=AT, why="Pendant pressed.", source="gateway", explicit=True,
        device="hub-1",
    )  # fmt: skip


@pytest.fixture
def gateway(database: Callable[[str], Database]) -> Database:
    return database("gateway")


def test_records_come_back_in_order_and_equal(gateway: Database) -> None:
    records: list[Reading | Signal] = [reading(1), signal(1), reading(2)]
    with gateway.begin() as connection:
        assert LaneWriter("gateway-1").append(connection, records) == [1, 2, 3]
    read = LaneReader(gateway).read("gateway-1", 0, 10)
    assert [item.record for item in read] == records
    assert [item.offset for item in read] == [1, 2, 3]


def test_a_lane_is_read_in_the_order_of_its_commits_though_a_clock_was_set_back(
    gateway: Database,
) -> None:
    writer, hour = LaneWriter("gateway-1"), timedelta(hours=1)
    for number, at in enumerate((AT + hour, AT - hour, AT), start=1):
        said = replace(reading(number), occurred_at=at, received_at=at)
        pressed = replace(signal(number), occurred_at=at, raised_at=at)
        with gateway.begin() as connection:
            writer.append(connection, [said, pressed])
    reader = LaneReader(gateway)
    read = [each.record.id for each in reader.read("gateway-1", 0, 10)]
    assert read == ["m-1", "s-1", "m-2", "s-2", "m-3", "s-3"]
    signals, _ = reader.read_signals("gateway-1", 0, 10)
    assert [each.record.id for each in signals] == ["s-1", "s-2", "s-3"]


def test_a_repeated_message_is_stored_once_and_leaves_no_gap(gateway: Database) -> None:
    writer = LaneWriter("gateway-1")
    with gateway.begin() as connection:
        writer.append(connection, [reading(1), reading(2)])
    with gateway.begin() as connection:
        again = writer.append(
            connection, [reading(2), reading(3), reading(3), reading(1), reading(4)]
        )
    assert again == [None, 3, None, None, 4]
    ids = [item.record.id for item in LaneReader(gateway).read("gateway-1", 0, 10)]
    assert ids == ["m-1", "m-2", "m-3", "m-4"]


def test_of_two_messages_of_one_id_in_one_commit_the_first_is_kept(gateway: Database) -> None:
    told, again = reading(1), replace(reading(1), room="hallway")
    with gateway.begin() as connection:
        assert LaneWriter("gateway-1").append(connection, [told, again]) == [1, None]
    assert [each.record for each in LaneReader(gateway).read("gateway-1", 0, 10)] == [told]


def test_what_another_lane_has_is_not_stored_again_and_leaves_no_gap(gateway: Database) -> None:
    with gateway.begin() as connection:
        LaneWriter("gateway-1").append(connection, [reading(1), reading(2)])
    with gateway.begin() as connection:
        asked = [reading(2), reading(3), reading(1), reading(4)]
        assert LaneWriter("gateway-2").append(connection, asked) == [None, 1, None, 2]
    reader = LaneReader(gateway)
    read = [[each.record.id for each in reader.read(lane, 0, 10)] for lane in reader.lanes()]
    assert read == [["m-1", "m-2"], ["m-3", "m-4"]]


def test_two_lanes_at_once_are_given_the_same_message(gateway: Database) -> None:
    """Each is given all of them, as after a power cut: each is stored once, in one of them."""
    said = [reading(number) for number in range(1, 41)]

    def write(lane: str, records: Sequence[Reading]) -> None:
        writer, left, turn = LaneWriter(lane), list(records), Turn(gateway, alone=False)
        while left:
            try:
                with turn, gateway.begin() as connection:
                    writer.append(connection, left[:4])
            except StoreUnavailable:
                continue  # a deadlock of the two: one of them is asked to try again
            del left[:4]
        turn.close()

    with ThreadPoolExecutor(2) as threads:
        for done in (
            threads.submit(write, "gateway-1", said),
            threads.submit(write, "gateway-2", said[::-1]),
        ):
            done.result()
    reader = LaneReader(gateway)
    read = [each.record.id for lane in reader.lanes() for each in reader.read(lane, 0, 100)]
    assert sorted(read) == sorted(each.id for each in said)


def test_the_same_id_from_another_organisation_is_another_message(gateway: Database) -> None:
    with gateway.begin() as connection:
        offsets = LaneWriter("gateway-1").append(connection, [reading(1), reading(1, org="poole")])
    assert offsets == [1, 2]
    assert LaneReader(gateway).count("poole") == {"reading": 1}


def test_what_a_neighbour_has_stored_under_the_same_id_is_neither_a_repeat_nor_told(
    gateway: Database,
) -> None:
    """Nor when only some of what comes with it was stored before."""
    writer = LaneWriter("gateway-1")
    with gateway.begin() as connection:
        writer.append(connection, [reading(1, org="poole"), reading(2)])
    with gateway.begin() as connection:
        assert writer.stored(connection, "dorset", "hub-1", "m-1") is None
        assert writer.append(connection, [reading(2), reading(1)]) == [None, 3]
        own = writer.stored(connection, "dorset", "hub-1", "m-1")
        neighbours = writer.stored(connection, "poole", "hub-1", "m-1")
    assert (own, neighbours) == (reading(1), reading(1, org="poole"))


def test_what_was_rolled_back_was_never_there(gateway: Database) -> None:
    writer = LaneWriter("gateway-1")
    with pytest.raises(RuntimeError), gateway.begin() as connection:  # noqa: PT012
        writer.append(connection, [reading(1)])
        raise RuntimeError
    with gateway.begin() as connection:
        assert writer.append(connection, [reading(2)]) == [1]


def test_signals_are_found_among_readings_and_the_place_moves_on(gateway: Database) -> None:
    with gateway.begin() as connection:
        LaneWriter("gateway-1").append(
            connection, [reading(1), signal(1), reading(2), signal(2), reading(3)]
        )
    reader = LaneReader(gateway)
    first, place = reader.read_signals("gateway-1", 0, 1)
    assert ([s.record.id for s in first], place) == (["s-1"], 2)
    rest, place = reader.read_signals("gateway-1", place, 10)
    assert ([s.record.id for s in rest], place) == (["s-2"], 5)


def test_f21_a_signal_that_is_committed_while_the_lane_is_read_is_read_next(
    gateway: Database, database: Callable[[str], Database]
) -> None:
    """Whatever comes between the questions of one reading, nobody's press is passed over."""
    writer, late = database("gateway"), [signal(2)]
    with gateway.begin() as connection:
        LaneWriter("gateway-1").append(connection, [signal(1)])

    def comes_in(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if late and "lane_record" in statement:
            with writer.begin() as connection:
                LaneWriter("gateway-1").append(connection, [late.pop()])

    event.listen(gateway.engine, "after_cursor_execute", comes_in)
    reader = LaneReader(gateway)
    first, place = reader.read_signals("gateway-1", 0, 10)
    event.remove(gateway.engine, "after_cursor_execute", comes_in)
    then, _ = reader.read_signals("gateway-1", place, 10)
    assert late == []
    assert [each.record.id for each in (*first, *then)] == ["s-1", "s-2"]


def test_f21_a_gap_stops_the_reader_instead_of_skipping(gateway: Database) -> None:
    with gateway.begin() as connection:
        LaneWriter("gateway-1").append(connection, [reading(n) for n in range(1, 6)])
    with gateway.begin() as connection:
        connection.execute(text('DELETE FROM lane_record WHERE "offset" = 3'))
    with pytest.raises(LaneDamaged):
        LaneReader(gateway).read("gateway-1", 0, 10)


def test_a_record_nobody_can_read_becomes_a_question_and_stops_nothing(gateway: Database) -> None:
    with gateway.begin() as connection:
        LaneWriter("gateway-1").append(connection, [signal(1), signal(2), signal(3)])
        connection.execute(
            text("""UPDATE lane_record SET body = :body WHERE "offset" = 2"""), {"body": b"{}"}
        )
    reader = LaneReader(gateway)
    signals, place = reader.read_signals("gateway-1", 0, 10)
    assert place == 3
    assert [s.record.kind for s in signals if isinstance(s.record, Signal)] == [
        SignalKind.ALARM,
        SignalKind.UNREADABLE_ALARM,
        SignalKind.ALARM,
    ]
    asked = signals[1].record
    assert isinstance(asked, Signal)
    assert (asked.home, asked.explicit) == ("home-1", True), "as urgent as a call for help"
    assert [item.offset for item in reader.read("gateway-1", 0, 10)] == [1, 2, 3]


def test_history_is_newest_first_and_only_of_that_home(gateway: Database) -> None:
    with gateway.begin() as connection:
        LaneWriter("gateway-1").append(connection, [reading(1), reading(2, home="home-2")])
    assert [r.id for r in LaneReader(gateway).history("dorset", "home-1")] == ["m-1"]


def test_a_lane_has_exactly_one_writer(gateway: Database) -> None:
    first, second = LaneLease(gateway, "gateway-1"), LaneLease(gateway, "gateway-1")
    first.take()
    assert first.still_held()
    with pytest.raises(LaneTaken):
        second.take()
    first.release()
    second.take()
    second.release()


def test_two_lanes_have_two_writers(gateway: Database) -> None:
    first, second = LaneLease(gateway, "gateway-1"), LaneLease(gateway, "gateway-2")
    first.take()
    second.take()
    first.release()
    second.release()

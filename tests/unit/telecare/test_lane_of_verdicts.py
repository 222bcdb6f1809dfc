"""Lanes carry verdicts and rehearsals too, and answer what a home did over weeks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from telecare.messages import (
    Fired,
    Reading,
    Record,
    Rehearsal,
    RehearsalRequest,
    Signal,
    Verdict,
    encode,
    stored_at,
)
from telecare.store.lane import LaneReader, LaneWriter
from telecare.store.session import Database
from telecare.vocabulary import FalseAlarmCause, Outcome, ReadingKind, SignalKind, Truth

AT = datetime(2026, 3, 10, 2, 53, 10, 123456, tzinfo=UTC)
DAY = timedelta(days=1)

VERDICT = Verdict(
    id="s-1", org="dorset", home="home-1", alert="alert-1", source="falls", kind=SignalKind.FALL,
    device="watch-1", truth=Truth.FALSE, outcome=Outcome.FALSE_ALARM, cause=FalseAlarmCause.PET,
    probability=0.6, occurred_at=AT, at=AT,
)  # fmt: skip
REQUEST = RehearsalRequest(
    id="tuning-1", org="dorset", home="home-1", detector="falls", setting="threshold", value=0.6,
    at=AT,
)  # fmt: skip
REHEARSAL = Rehearsal(
    id="tuning-1", org="dorset", home="home-1", detector="falls", setting="threshold", before=0.5,
    after=0.6, at=AT, since=AT - 28 * DAY, readings=7, reason="Three were false.",
    now=[Fired(id="s-1", at=AT, kind=SignalKind.FALL, truth=Truth.FALSE)],
)  # fmt: skip


def reading(number: int, at: datetime, kind: ReadingKind = ReadingKind.READING) -> Reading:
    return Reading(
        org="dorset", home="home-1", device="hub-1", id=f"m-{number}", kind=kind, type="motion",
        occurred_at=at, received_at=at, room="kitchen",
    )  # fmt: skip


@pytest.fixture
def responder(database: Callable[[str], Database]) -> Database:
    return database("responder")


def test_every_kind_of_record_comes_back_as_it_went_in(responder: Database) -> None:
    records: list[Record] = [VERDICT, REQUEST, REHEARSAL]
    with responder.begin() as connection:
        assert LaneWriter("responder-1").append(connection, records) == [1, 2, 3]
    reader = LaneReader(responder)
    assert [item.record for item in reader.read("responder-1", 0, 10)] == records
    assert [stored_at(record) for record in records] == [AT, AT, AT]
    assert reader.read_signals("responder-1", 0, 10) == ([], 3), "none of them is a signal"
    assert reader.verdicts("dorset", AT) == [VERDICT]
    assert reader.verdicts("dorset", AT + timedelta.resolution) == []
    assert reader.verdicts("devon", AT) == []
    assert reader.rehearsals("dorset", "home-1", AT, AT + DAY) == [REHEARSAL]
    assert reader.rehearsals("dorset", "home-1", AT - DAY, AT) == []


def test_a_signal_is_judged_once(responder: Database) -> None:
    with responder.begin() as connection:
        assert LaneWriter("responder-1").append(connection, [VERDICT]) == [1]
        assert LaneWriter("responder-1").append(connection, [VERDICT]) == [None]


def test_a_kind_of_record_of_a_newer_version_stops_nothing(responder: Database) -> None:
    with responder.begin() as connection:
        LaneWriter("responder-1").append(connection, [VERDICT, REQUEST])
        connection.execute(text("""UPDATE lane_record SET record = 'omen' WHERE "offset" = 1"""))
    first, second = (item.record for item in LaneReader(responder).read("responder-1", 0, 10))
    assert isinstance(first, Signal)
    assert first.kind is SignalKind.UNREADABLE_ALARM
    assert second == REQUEST


def test_a_verdict_says_nothing_of_the_person() -> None:
    assert set(VERDICT.__struct_fields__).isdisjoint({"why", "room", "evidence", "text", "name"})
    assert b"why" not in encode(VERDICT)


def test_the_past_comes_in_the_order_of_receipt_over_many_days(
    database: Callable[[str], Database],
) -> None:
    gateway = database("gateway")
    moments = [AT + n * DAY / 2 for n in range(8)]
    beats = [
        reading(100 + n, at + timedelta(hours=1), ReadingKind.HEARTBEAT)
        for n, at in enumerate(moments)
    ]
    with gateway.begin() as connection:
        LaneWriter("gateway-2").append(connection, [reading(n, at) for n, at in enumerate(moments)])
        LaneWriter("gateway-1").append(connection, beats)
    reader = LaneReader(gateway)
    past = list(reader.past("dorset", "home-1", AT, AT + 3 * DAY))
    assert [r.received_at for r in past] == sorted(r.received_at for r in past)
    assert len(past) == 12, "up to but not including the end"
    only = reader.past("dorset", "home-1", AT, AT + 3 * DAY, [ReadingKind.READING])
    assert [r.id for r in only] == [f"m-{n}" for n in range(6)]
    assert len(reader.heard("dorset", "home-1", AT, AT + 4 * DAY)) == 16
    assert list(reader.past("devon", "home-1", AT, AT + 3 * DAY)) == []

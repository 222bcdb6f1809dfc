"""Recorded rows become happenings: once each, in order, at the right instant."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from simulators.recordings import Tihm
from telecare.errors import InvalidInput

ROWS = [
    ("b", "kitchen", "2019-05-01 08:00:05"),
    ("a", "fridge-door", "2019-05-01 08:00:04"),
    ("a", "bathroom", "2019-05-01 08:00:04"),
    ("a", "bathroom", "2019-05-01 08:00:04"),
    ("a", "front-door", "2019-04-30 23:59:59"),
]


def recording(folder: Path, rows: list[tuple[str, str, str]] = ROWS) -> Path:
    """A file with the columns of TIHM's activity."""
    values = ", ".join(f"('{p}', '{where}', timestamp '{ts}')" for p, where, ts in rows)
    file = folder / "activity.parquet"
    duckdb.sql(
        f"copy (select * from (values {values}) as rows(patient_id, location, ts)) to '{file}'"
    )
    return folder


def test_rows_come_in_order_of_time_and_keep_the_files_order_within_a_second(
    tmp_path: Path,
) -> None:
    told = [(r.patient, r.happening.room) for r in Tihm(recording(tmp_path)).rows()]
    assert told == [
        ("a", "front-door"), ("a", "fridge-door"), ("a", "bathroom"), ("a", "bathroom"),
        ("b", "kitchen"),
    ]  # fmt: skip


def test_english_summer_time_becomes_utc(tmp_path: Path) -> None:
    first, last = Tihm(recording(tmp_path)).span()
    assert first == datetime(2019, 4, 30, 22, 59, 59, tzinfo=UTC)
    assert last == datetime(2019, 5, 1, 7, 0, 5, tzinfo=UTC)


def test_two_equal_rows_are_two_messages_and_a_second_reading_gives_the_same_ids(
    tmp_path: Path,
) -> None:
    tihm = Tihm(recording(tmp_path))
    ids = [(r.patient, r.happening.id) for r in tihm.rows()]
    assert len(set(ids)) == tihm.count() == 5
    assert ids == [(r.patient, r.happening.id) for r in tihm.rows()]


def test_doors_are_doors_and_rooms_are_motion(tmp_path: Path) -> None:
    kinds = {r.happening.room: r.happening.type for r in Tihm(recording(tmp_path)).rows()}
    assert kinds == {
        "front-door": "door", "fridge-door": "door", "bathroom": "motion", "kitchen": "motion"
    }  # fmt: skip


def test_a_missing_or_foreign_file_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"activity\.parquet"):
        Tihm(tmp_path)
    duckdb.sql(f"copy (select 1 as other) to '{tmp_path / 'activity.parquet'}'")
    with pytest.raises(InvalidInput, match="patient_id, location and ts"):
        Tihm(tmp_path)
    (tmp_path / "activity.parquet").write_bytes(b"no parquet")
    with pytest.raises(InvalidInput, match="patient_id, location and ts"):
        Tihm(tmp_path)

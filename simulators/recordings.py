"""Homes that were really recorded, read as happenings in order of time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec

from simulators.happening import Happening
from telecare.errors import InvalidInput

if TYPE_CHECKING:
    import duckdb

TIHM_ZONE = ZoneInfo("Europe/London")
"""The recording states local time in England."""
_AT_ONCE = 20_000


class Recorded(msgspec.Struct, frozen=True):
    """One row of a recording: what fired, and in whose home."""

    patient: str
    happening: Happening


class Tihm:
    """The TIHM recording at `path`: a folder with `activity.parquet`, or that file.

    Data: TIHM, Palermo et al. 2023, doi 10.1038/s41597-023-02519-y, CC BY 4.0, with
    acknowledgement to the Surrey and Borders Partnership NHS Foundation Trust and Howz.
    Raises `InvalidInput` when there is no such file or it has other columns.
    """

    def __init__(self, path: Path) -> None:
        self.file = path / "activity.parquet" if path.is_dir() else path
        if not self.file.exists():
            raise InvalidInput(
                f"There is no recording at {self.file}; give the folder that holds "
                "activity.parquet."
            )
        self._ask("select patient_id, location, ts from recording limit 0")

    def patients(self) -> list[str]:
        """Everybody in the recording, in a fixed order."""
        rows = self._ask("select distinct patient_id from recording order by 1").fetchall()
        return [str(patient) for (patient,) in rows]

    def count(self) -> int:
        """Number of rows."""
        return int(self._one("select count(*) from recording")[0])

    def span(self) -> tuple[datetime, datetime]:
        """First and last moment, UTC."""
        first, last = self._one("select min(ts), max(ts) from recording")
        if first is None:
            raise InvalidInput(f"The recording at {self.file} has no rows.")
        return _utc(first), _utc(last)

    def rows(self) -> Iterator[Recorded]:
        """Every row once, in order of time over all homes; rows of one second keep the
        file's order. The same file always gives the same ids.
        """
        result = self._ask(
            "select patient_id, location, ts, row_number() over"
            " (partition by patient_id, location, ts order by file_row_number) - 1"
            " from recording order by ts, patient_id, file_row_number"
        )
        while rows := result.fetchmany(_AT_ONCE):
            for patient, location, ts, again in rows:
                yield Recorded(str(patient), fired(location, _utc(ts), again))

    def _one(self, query: str) -> tuple[Any, ...]:
        row = self._ask(query).fetchone()
        assert row is not None  # an aggregate always has a row
        return tuple(row)

    def _ask(self, query: str) -> duckdb.DuckDBPyConnection:
        import duckdb  # noqa: PLC0415 - 27 MB that no service needs all day

        connection = duckdb.connect()
        try:
            connection.execute("set threads to 1")
            recording = connection.read_parquet(str(self.file), file_row_number=True)
            recording.create_view("recording")
            return connection.execute(query)
        except (duckdb.IOException, duckdb.InvalidInputException, duckdb.BinderException) as wrong:
            raise InvalidInput(
                f"{self.file} is not a TIHM activity recording; it needs the columns "
                "patient_id, location and ts."
            ) from wrong


def fired(location: str, at: datetime, again: int) -> Happening:
    """One firing: contact doors are named `...-door`, every other place is a room."""
    door = location.endswith("-door")
    return Happening(
        at=at,
        sensor=location if door else f"motion-{location}",
        type="door" if door else "motion",
        room=location,
        value=True,
        again=again,
    )


def _utc(local: datetime) -> datetime:
    return local.replace(tzinfo=TIHM_ZONE).astimezone(UTC)

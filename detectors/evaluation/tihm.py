"""TIHM as readings: real homes of people living with dementia, April to June 2019.

Palermo et al. 2023, doi 10.1038/s41597-023-02519-y, CC BY 4.0. One row is one firing of a
room's motion sensor or of a door, in local time. There are no heartbeats.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from detectors.local_time import DAY_S
from detectors.movement import place
from telecare.errors import InvalidInput
from telecare.messages import Reading
from telecare.vocabulary import ReadingKind

ORG = "recorded"
_ZONE = ZoneInfo("Europe/London")
_EPOCH = date(1970, 1, 1)
_EVENTS = "activity.parquet"
ROOMS = ("kitchen", "hallway", "lounge", "bedroom", "fridge-door", "bathroom", "front-door",
         "back-door")  # fmt: skip


class Event(msgspec.Struct, frozen=True):
    """A sign of life: civil second since 1970 and the room."""

    second: int
    room: str


class Recording(msgspec.Struct, frozen=True):
    """Some homes' events in order, and the civil days with a validated agitation alert."""

    homes: dict[str, list[Event]]
    agitated: set[tuple[str, int]]

    def days(self) -> list[tuple[str, int]]:
        """Every home-day on which anything was heard."""
        found = {(home, e.second // DAY_S) for home, events in self.homes.items() for e in events}
        return sorted(found)

    def only(self, homes: set[str]) -> Recording:
        """The same of some homes."""
        return Recording(
            {name: events for name, events in self.homes.items() if name in homes},
            {each for each in self.agitated if each[0] in homes},
        )


def recording(folder: Path) -> Recording:
    """What `folder` (or its `tihm`) holds, rooms in the one spelling of `place`. Raises
    `InvalidInput` if there is no such set there, or it cannot be read.
    """
    if not (folder / _EVENTS).exists():
        folder = folder / "tihm"
    if not (folder / _EVENTS).exists():
        raise InvalidInput(
            f"there is no {_EVENTS} in {folder.parent} or its tihm; give the folder of the set"
        )
    homes: dict[str, list[Event]] = defaultdict(list)
    for home, room, second in _rows(folder / _EVENTS):
        homes[home].append(Event(second, place(room, None)))
    rooms = {event.room for events in homes.values() for event in events}
    if rooms.isdisjoint(ROOMS):
        raise InvalidInput(
            f"no room of {folder / _EVENTS} is known ({', '.join(sorted(rooms)[:3])} ...); call "
            f"them {', '.join(ROOMS)}"
        )
    return Recording(dict(homes), _agitated(folder / "labels.csv"))


def _rows(events: Path) -> list[tuple[str, str | None, int]]:
    """Home, room and civil second, in order."""
    import duckdb  # noqa: PLC0415 - 27 MB that no service needs all day

    try:
        rows = (
            duckdb.connect()
            .execute(
                "select patient_id::varchar, location::varchar, epoch(ts::timestamp)::bigint "
                "from read_parquet(?) order by patient_id, ts, location",
                [str(events)],
            )
            .fetchall()
        )
    except duckdb.Error as wrong:
        raise InvalidInput(
            f"{events} cannot be read as a recording: it needs the columns patient_id, location "
            f"and ts, a local time ({str(wrong).splitlines()[0]})"
        ) from wrong
    if not rows:
        raise InvalidInput(f"{events} holds no events; give a recording with some")
    nameless = sum(home is None or second is None for home, _, second in rows)
    if nameless:
        raise InvalidInput(
            f"in {events} {nameless} of {len(rows)} rows have no patient_id or no ts; drop them"
        )
    return rows


def day_number(day: date) -> int:
    """Civil days since 1970."""
    return (day - _EPOCH).days


def reading(home: str, event: Event, number: int | str) -> Reading:
    """The event as a hub of today would have told it."""
    civil = datetime.fromtimestamp(event.second, UTC).replace(tzinfo=_ZONE)
    moment = civil.astimezone(UTC)
    return Reading(
        org=ORG,
        home=home,
        device=f"hub-{home}",
        id=str(number),
        kind=ReadingKind.READING,
        type="door" if event.room.endswith("-door") else "motion",
        occurred_at=moment,
        received_at=moment,
        room=event.room,
        value=True,
    )


def _agitated(labels: Path) -> set[tuple[str, int]]:
    if not labels.exists():
        return set()
    try:
        with labels.open(encoding="utf-8") as rows:
            return {
                (row["patient_id"], day_number(datetime.fromisoformat(row["date"]).date()))
                for row in csv.DictReader(rows)
                if row["type"] == "Agitation"
            }
    except (OSError, KeyError, TypeError, ValueError, csv.Error) as wrong:
        raise InvalidInput(
            f"{labels} cannot be read: it needs the columns patient_id, date (like 2019-04-05) and "
            f"type ({wrong})"
        ) from wrong

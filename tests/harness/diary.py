"""Readings of one home, told as a story: who moved where, and when."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from detectors.base import Detector, HomeProfile
from detectors.home import Home
from detectors.position import Ground
from telecare.messages import Reading, Signal
from telecare.vocabulary import ClaimOfTime, ReadingKind, SignalKind

LONDON = ZoneInfo("Europe/London")
POSITION = (50.715, -2.437)
"""Where the diary's home stands."""
FIRST_DAY = date(2026, 2, 2)
"""A Monday; five weeks later nothing but ordinary days have passed."""


def local(day: date, clock: str, zone: ZoneInfo = LONDON) -> datetime:
    """`clock` (HH:MM or HH:MM:SS) of a civil day, as UTC."""
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)


class Diary:
    """Makes readings of one home with ids that count up."""

    def __init__(self, home: str = "home-1", hub: str = "home-1-hub", org: str = "county") -> None:
        self.org, self.home, self.hub = org, home, hub
        self._count = 0

    def profile(self, **changes: object) -> HomeProfile:
        """The home's profile; its hub promises nothing unless told."""
        given: dict[str, object] = {"org": self.org, "home": self.home, "position": POSITION}
        return HomeProfile(**(given | changes))  # type: ignore[arg-type]

    def note(
        self,
        at: datetime,
        type: str,  # noqa: A002 - the payload's own word
        room: str | None = None,
        *,
        kind: ReadingKind = ReadingKind.READING,
        value: float | bool | str | None = None,
        received_at: datetime | None = None,
        data: dict[str, object] | None = None,
    ) -> Reading:
        """One reading; told late if `received_at` is over a minute after `at`."""
        self._count += 1
        received = received_at or at
        late = received - at > timedelta(minutes=1)
        return Reading(
            org=self.org,
            home=self.home,
            device=self.hub,
            id=f"{self.home}-{self._count}",
            kind=kind,
            type=type,
            occurred_at=at,
            received_at=received,
            at=at,
            time_claim=ClaimOfTime.LATE if late else ClaimOfTime.TRUSTED,
            room=room,
            value=value,
            data=data or {},
        )

    def moves(self, at: datetime, room: str, received_at: datetime | None = None) -> Reading:
        """Somebody moves in `room`."""
        return self.note(at, "motion", room, value=True, received_at=received_at)

    def door(self, at: datetime, room: str = "front-door") -> Reading:
        """A door opens."""
        return self.note(at, "door", room, value=True)

    def located(
        self,
        at: datetime,
        east: float,
        north: float,
        *,
        accuracy_m: float = 10.0,
        battery: float | None = 80.0,
        device: str = "locator",
    ) -> Reading:
        """A locating device is that many metres from home."""
        latitude, longitude = Ground(*POSITION).position((east, north))
        data: dict[str, object] = {"lat": latitude, "lon": longitude, "accuracy_m": accuracy_m}
        note = self.note(at, "location", kind=ReadingKind.LOCATION, data=data)
        return replace(note, device=device, battery=battery)

    def beat(self, at: datetime) -> Reading:
        """The hub says that it lives."""
        return self.note(at, "heartbeat", kind=ReadingKind.HEARTBEAT)

    def day(
        self,
        day: date,
        *,
        seed: int = 0,
        night_bathroom: int = 1,
        kitchen: int = 12,
        beats_s: float | None = None,
        up: str = "07:30",
        to_bed: str = "21:50",
    ) -> list[Reading]:
        """An ordinary day and the night after it until 06:00, in order."""
        chance = random.Random(f"{self.home}/{day}/{seed}")
        notes: list[tuple[datetime, str]] = []
        wakes, sleeps = local(day, up), local(day, to_bed)
        awake = (sleeps - wakes).total_seconds()
        rooms = ["lounge", "hallway", "bathroom", "bedroom", "lounge", "lounge"]
        moment = wakes + timedelta(seconds=chance.uniform(0, 900))
        while moment < sleeps:
            notes.append((moment, chance.choice(rooms)))
            moment += timedelta(seconds=chance.uniform(240, 1500))
        for i in range(kitchen):
            share = (i + chance.uniform(0.2, 0.8)) / kitchen
            notes.append((wakes + timedelta(seconds=awake * share), "kitchen"))
        notes.append((sleeps, "bedroom"))
        night = local(day + timedelta(days=1), "00:20")
        for i in range(night_bathroom):
            out = night + timedelta(minutes=260 * (i + chance.uniform(0.2, 0.8)) / night_bathroom)
            notes += [
                (out, "bedroom"),
                (out + timedelta(minutes=1), "bathroom"),
                (out + timedelta(minutes=6), "bedroom"),
            ]
        readings = [self.moves(at, room) for at, room in notes]
        if beats_s is not None:
            begin = local(day, "06:00")
            length = (local(day + timedelta(days=1), "06:00") - begin).total_seconds()
            readings += [
                self.beat(begin + timedelta(seconds=beats_s * i))
                for i in range(int(length / beats_s))
            ]
        return sorted(readings, key=lambda r: r.occurred_at)

    def days(self, first: date, count: int, **habits: object) -> Iterator[Reading]:
        """`count` ordinary days, one after the other."""
        for i in range(count):
            yield from self.day(first + timedelta(days=i), **habits)  # type: ignore[arg-type]


def watched(detector: Detector, profile: HomeProfile) -> Home:
    """A home with this one detector, which meets its deadlines on time."""
    return Home(profile, timedelta(seconds=2), [detector])


def tell(home: Home, readings: Iterator[Reading] | Sequence[Reading]) -> list[Signal]:
    """Every signal that follows from the readings; a detector that raises fails the test."""
    signals = [signal for reading in readings for signal in home.observe(reading)]
    assert not home.failures, home.failures
    return signals


def kinds(signals: Sequence[Signal]) -> list[SignalKind]:
    """Just the kinds, in order."""
    return [signal.kind for signal in signals]

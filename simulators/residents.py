"""How a person lives: habits drawn once, days drawn one by one from home and date.

Any day can be asked for alone and is always the same one, so a hub that comes back after
a month knows exactly what its sensors saw meanwhile. A day runs from getting up to the
next getting up; elapsed time is counted in UTC, so a night across a clock change is an
hour shorter or longer, as real ones are.

Counts are near those of the 37 recorded homes of TIHM (222 firings a day at the median
of rooms and doors together; kitchen and lounge the busiest, one or two visits to the
bathroom a night), with fewer repeats in the same room.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from simulators.chance import chance
from simulators.happening import Happening
from simulators.homes import FRIDGE_DOOR, FRONT_DOOR, KETTLE, Home


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """One person's usual ways. Times are minutes after local midnight."""

    wakes: float
    wakes_spread: float
    sleeps: float
    """May pass 1440: bed after midnight."""
    sleeps_spread: float
    night_bathroom: float
    """Visits to the bathroom in a usual night, on average."""
    teas: int
    """Kettles boiled beside meals."""
    outings_a_week: float
    presses_a_month: float = 2.8
    """Glasgow's people called about 2.8 times a month each (2011)."""


class Errand(msgspec.Struct, frozen=True, order=True):
    """Somebody goes somewhere for a while; offsets in minutes from getting up."""

    begins: float
    room: str
    minutes: float
    what: str = ""


def habits_of(home: Home) -> Habits:
    """The habits of the person living in `home`; always the same for the same home."""
    rng = chance("habits", home.seed)
    return Habits(
        wakes=rng.gauss(7 * 60, 35),
        wakes_spread=rng.uniform(8, 22),
        sleeps=rng.gauss(22 * 60 + 30, 35),
        sleeps_spread=rng.uniform(10, 25),
        night_bathroom=rng.uniform(0.7, 2.0),
        teas=rng.randint(3, 6),
        outings_a_week=rng.uniform(2, 6),
    )


def lived(home: Home, habits: Habits, start: datetime, end: datetime) -> Iterator[Happening]:
    """What the sensors of `home` see from `start` up to but not including `end`, in order.

    The same call always yields the same happenings, and two neighbouring spans yield
    together exactly what one span over both would.
    """
    day = start.astimezone(home.zone).date() - timedelta(days=2)
    last = end.astimezone(home.zone).date()
    while day <= last:
        for happening in whole_day(home, habits, day):
            if start <= happening.at < end:
                yield happening
        day += timedelta(days=1)


def whole_day(home: Home, habits: Habits, day: date) -> list[Happening]:
    """Everything from getting up on `day` to getting up the next morning, in order."""
    rng = chance("day", home.seed, day)
    up = rises_at(home, habits, day)
    up_again = rises_at(home, habits, day + timedelta(days=1))
    bed = _local(home, day, rng.gauss(habits.sleeps, habits.sleeps_spread))
    bed = min(max(bed, up + timedelta(hours=8)), up_again - timedelta(hours=4))
    waking = (bed - up) / timedelta(minutes=1)
    asleep = (up_again - bed) / timedelta(minutes=1)
    steps = [*_daytime(habits, waking, rng), *_night(habits, waking, asleep, rng)]
    happenings = _walk(home, up, sorted(steps), rng)
    # A sensor cannot fire twice in one moment, and the next day begins with its own rising.
    seen: dict[str, Happening] = {h.id: h for h in happenings if up <= h.at < up_again}
    return sorted(seen.values(), key=lambda h: (h.at, h.sensor))


def rises_at(home: Home, habits: Habits, day: date) -> datetime:
    """When the person gets up on `day`, UTC."""
    rng = chance("rises", home.seed, day)
    return _local(home, day, rng.gauss(habits.wakes, habits.wakes_spread))


def _local(home: Home, day: date, minutes: float) -> datetime:
    """`minutes` after local midnight by the wall clock, as UTC in whole milliseconds."""
    naive = datetime.combine(day, time()) + timedelta(milliseconds=round(minutes * 60_000))
    return naive.replace(tzinfo=home.zone).astimezone(UTC)


def _daytime(habits: Habits, waking: float, rng: random.Random) -> list[Errand]:
    """Meals, tea, the bathroom, perhaps an outing; the lounge in between."""
    errands = [
        Errand(0.0, "bedroom", 4),
        Errand(5.0, "bathroom", rng.uniform(8, 16)),
        Errand(rng.uniform(24, 35), "kitchen", rng.uniform(18, 30), "meal"),
        Errand(waking * 0.37 + rng.gauss(0, 15), "kitchen", rng.uniform(20, 35), "meal"),
        Errand(waking * 0.70 + rng.gauss(0, 15), "kitchen", rng.uniform(22, 40), "meal"),
        Errand(waking - rng.uniform(20, 30), "bathroom", rng.uniform(6, 12)),
        Errand(waking - 6, "bedroom", 6),
    ]
    errands += [
        Errand(rng.uniform(80, waking - 60), "kitchen", rng.uniform(4, 9), "tea")
        for _ in range(habits.teas)
    ]
    visit = rng.uniform(90, 150)
    while visit < waking - 60:
        errands.append(Errand(visit, "bathroom", rng.uniform(3, 7)))
        visit += rng.uniform(90, 170)
    if rng.random() < habits.outings_a_week / 7:
        leaves = waking * rng.uniform(0.18, 0.5)
        errands.append(Errand(leaves, FRONT_DOOR, rng.uniform(35, 120), "out"))
    return errands


def _night(habits: Habits, waking: float, asleep: float, rng: random.Random) -> list[Errand]:
    """Visits to the bathroom between falling asleep and getting up."""
    visits = sum(rng.random() < habits.night_bathroom / 4 for _ in range(4))
    return [
        Errand(waking + asleep * rng.uniform(0.15, 0.92), "bathroom", rng.uniform(3, 7), "night")
        for _ in range(visits)
    ]


def _walk(home: Home, up: datetime, errands: list[Errand], rng: random.Random) -> list[Happening]:
    """Turn errands into firings: through the hallway, into the room, then sit in the lounge."""
    firings: list[Happening] = []
    free_at = 0.0
    for errand in errands:
        begins = max(errand.begins, free_at)
        if errand.what != "night":
            firings += _lounging(home, up, free_at, begins, rng)
        firings += errand_firings(home, up + timedelta(minutes=begins), errand, rng)
        free_at = begins + errand.minutes + 0.7
    return firings


def _lounging(
    home: Home, up: datetime, since: float, until: float, rng: random.Random
) -> list[Happening]:
    """Movement in the lounge while nothing else is to be done: a firing every 14 min or so."""
    firings: list[Happening] = []
    moment = since + rng.uniform(0.3, 1.0)
    while moment < until - 1:
        firings.append(firing(home, "motion-lounge", up + timedelta(minutes=moment)))
        moment += min(rng.expovariate(1 / 11) + 2, 45)
    return firings


def errand_firings(
    home: Home, begins: datetime, errand: Errand, rng: random.Random
) -> list[Happening]:
    """The firings of one errand, from the hallway on the way there to the one back."""

    def after(minutes: float) -> datetime:
        return begins + timedelta(milliseconds=round(minutes * 60_000))

    if errand.what == "out":
        return _outing(home, begins, errand.minutes, rng)
    firings = [
        firing(home, "motion-hallway", after(0)),
        firing(home, f"motion-{errand.room}", after(rng.uniform(0.1, 0.3))),
    ]
    moment = rng.uniform(1.5, 3)
    while moment < errand.minutes:
        firings.append(firing(home, f"motion-{errand.room}", after(moment)))
        moment += rng.uniform(2, 5)
    if errand.what in {"meal", "tea"}:
        boils = rng.uniform(0.5, 2)
        firings.append(firing(home, KETTLE, after(boils), value=2200.0))
        firings.append(firing(home, KETTLE, after(boils + rng.uniform(2.5, 3.5)), value=0.0))
        firings.append(firing(home, FRIDGE_DOOR, after(boils + 0.4), value=True))
    if errand.what == "meal":
        firings.append(firing(home, FRIDGE_DOOR, after(errand.minutes * 0.6), value=True))
    if errand.what == "night":
        firings.append(firing(home, "motion-bedroom", after(-0.4)))
        firings.append(firing(home, "motion-bedroom", after(errand.minutes + 0.5)))
    firings.append(firing(home, "motion-hallway", after(errand.minutes + 0.2)))
    return firings


def _outing(home: Home, leaves: datetime, minutes: float, rng: random.Random) -> list[Happening]:
    """Out through the front door and back in; nobody moves indoors meanwhile."""
    comes_back = leaves + timedelta(milliseconds=round(minutes * 60_000))
    shuts = timedelta(milliseconds=round(rng.uniform(3, 9) * 1000))
    moment = timedelta(milliseconds=round(rng.uniform(8, 20) * 1000))
    return [
        firing(home, "motion-hallway", leaves - moment),
        firing(home, FRONT_DOOR, leaves, value=True),
        firing(home, FRONT_DOOR, leaves + shuts, value=False),
        firing(home, FRONT_DOOR, comes_back, value=True),
        firing(home, FRONT_DOOR, comes_back + shuts, value=False),
        firing(home, "motion-hallway", comes_back + moment),
    ]


def firing(
    home: Home, sensor: str, at: datetime, *, value: float | bool | None = None
) -> Happening:
    """One sensor of `home` fires; motion states true unless told otherwise."""
    known = home.sensor(sensor)
    stated = True if value is None and known.type == "motion" else value
    return Happening(
        at=at,
        sensor=known.name,
        type=known.type,
        room=known.room,
        value=stated,
        unit="W" if known.type == "power" else None,
    )

"""How soon is somebody who is lost noticed, and how often is somebody who is not?

Everything here is simulated, and said to be: no recording of real wandering with positions
may be used. What is judged is the detector that runs in homes, fed as the gateway feeds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import shapely

from detectors.base import HomeProfile, at
from detectors.evaluation.chance import chance
from detectors.evaluation.lives import DAY_S, HOME, Person, day_of, person
from detectors.evaluation.receiver import Cover, Heard, Leg, Receiver, receive
from detectors.evaluation.report import Curve, Plot, Report, Request, Row, Table
from detectors.evaluation.walks import Lost, Stray, strayed
from detectors.home import Home
from detectors.outing import Outing
from detectors.position import Ground, Point, apart
from telecare.messages import Reading, Signal
from telecare.vocabulary import ReadingKind, SignalKind

PEOPLE = 24
DAYS = 60
"""Judged, after the four weeks of warm-up."""
WITHIN_MIN = 15.0
GOAL_RECALL = 0.9
GOAL_FALSE = 1.0
_WARM_UP_DAYS = 28
_BEGIN = datetime(2025, 11, 3, tzinfo=UTC).timestamp()
"""A Monday; the whole span is Greenwich time."""
_POSITION = (50.715, -2.437)
_GROUND = Ground(*_POSITION)
_LOST_MIN = 60.0
_HOURS = {"by day": (10.0, 14.0, 16.5), "at night": (0.5, 2.0, 3.5)}
_KNOWN_M = 150.0
"""Farther from all their usual ways than this, people are on ground they do not know."""
_NAIVE_M = 500.0
_OPENING = frozenset({SignalKind.WANDERING, SignalKind.OUT_OF_TOUCH})


class Case(msgspec.Struct, frozen=True):
    """One wandering and what came of it, by ours and by the naive fence."""

    kind: Lost
    when: str
    delay_min: float | None
    """From the onset to our signal; None if it never came. `AWAY` begins where they leave
    the ground they know: before, nobody could tell it from going shopping."""
    door_min: float | None
    """From when they left home."""
    naive_min: float | None


class Lived(msgspec.Struct, frozen=True):
    """What one device brought: its false signals after the warm-up, and its cases."""

    days: int
    false: dict[str, int]
    naive_false: int
    cases: list[Case]
    state_bytes: int


def evaluate(request: Request) -> Report:
    """All four kinds by day and night, and the false alerts of ordinary life."""
    usual = _lives(request, "fix every 30 s", PEOPLE, Receiver())
    sparse = _lives(request, "fix every 60 s", PEOPLE // 3, Receiver(interval_s=60.0))
    cases = [case for lived in usual for case in lived.cases]
    false = _per_30_days(usual, [sum(lived.false.values()) for lived in usual])
    recall = _share(cases)
    return Report(
        title="Wandering, simulated",
        tables=[
            _recalls("Noticed within 15 minutes (a fix every 30 s)", cases),
            _recalls(
                "Noticed within 15 minutes (a fix every 60 s)",
                [case for lived in sparse for case in lived.cases],
            ),
            _falses(usual, sparse),
        ],
        figures={
            "recall": recall,
            "sensitivity": recall,
            "false_alerts_per_person_30_days": false,
            "false_alerts_per_home_week": false * 7 / 30,
        },
        parts={
            kind.value: {
                "recall": _share([c for c in cases if c.kind is kind]),
                "recall_by_day": _share(
                    [c for c in cases if c.kind is kind and c.when == "by day"]
                ),
            }
            for kind in Lost
        },
        remarks=_remarks(usual),
        plots=[_delays(cases)],
    )


def _lives(request: Request, what: str, people: int, receiver: Receiver) -> list[Lived]:
    lived = []
    for number in range(people):
        request.progress(f"wandering, {what}", number, people)
        lived.append(live(request.seed, number, DAYS, receiver))
    request.progress(f"wandering, {what}", people, people)
    return lived


def live(seed: int, number: int, days: int, receiver: Receiver) -> Lived:
    """One person's four weeks of warm-up, `days` ordinary days, then all the strays."""
    who = person(seed * 10_000 + number)
    rng = chance("receiver", seed, number)
    home, naive = _home(), _Naive()
    false: dict[str, int] = {}
    naive_false = 0
    for day in range(_WARM_UP_DAYS + days):
        legs = day_of(who, day, _BEGIN + day * DAY_S)
        heard = list(receive(legs, receiver, rng))
        signals = _signals(home, _readings(heard, f"{day}"))
        crossed = naive.crossings(heard)
        if day >= _WARM_UP_DAYS:
            naive_false += crossed
            for signal in signals:
                name = f"{signal.kind.value}.{signal.type}"
                false[name] = false.get(name, 0) + 1
    kept = home.snapshot()
    midnight = _BEGIN + (_WARM_UP_DAYS + days) * DAY_S
    cases = [
        _case(who, kept, kind, when, midnight, hour, receiver)
        for kind in Lost
        for when, hours in _HOURS.items()
        for hour in hours
    ]
    return Lived(days, false, naive_false, cases, len(kept[Outing.name]))


def _case(
    who: Person,
    kept: dict[str, bytes],
    kind: Lost,
    when: str,
    midnight: float,
    hour: float,
    receiver: Receiver,
) -> Case:
    rng = chance("stray", who.seed, kind.value, hour)
    begins = midnight + (hour + rng.uniform(0, 1)) * 3600
    stray = strayed(kind, begins, _LOST_MIN, rng)
    legs = [Leg(midnight, begins, HOME, HOME, Cover.INDOORS), *stray.legs]
    heard = list(receive(legs, receiver, rng))
    home = _home()
    home.restore(kept)
    found = _signals(home, _readings(heard, "stray"))
    first = min((s.occurred_at.timestamp() for s in found), default=None)
    fenced = _Naive().first(heard)
    onset = _leaves_known(who, stray) if kind is Lost.AWAY else stray.onset
    return Case(
        kind=kind,
        when=when,
        delay_min=None if first is None else (first - onset) / 60,
        door_min=None if first is None else (first - begins) / 60,
        naive_min=None if fenced is None else (fenced - onset) / 60,
    )


class _Naive:
    """A fence as it is sold: two fixes in a row farther from home than 500 metres."""

    def __init__(self) -> None:
        self._beyond = 0

    def first(self, heard: Iterable[Heard]) -> float | None:
        """When it would first have cried, POSIX seconds."""
        for each in heard:
            if self._cries(each.point):
                return each.at
        return None

    def crossings(self, heard: Iterable[Heard]) -> int:
        """How often it would have cried."""
        return sum(self._cries(each.point) for each in heard)

    def _cries(self, point: Point | None) -> bool:
        if point is None:
            return False
        self._beyond = self._beyond + 1 if apart(HOME, point) > _NAIVE_M else 0
        return self._beyond == 2


def _home() -> Home:
    profile = HomeProfile(org="simulated", home="home", position=_POSITION)
    return Home(profile, timedelta(seconds=2), [Outing(profile)])


def _signals(home: Home, readings: Iterable[Reading]) -> list[Signal]:
    """Those that would open an alert."""
    found = [signal for reading in readings for signal in home.observe(reading)]
    if home.failures:
        raise home.failures[0].error
    return [signal for signal in found if signal.kind in _OPENING]


def _readings(heard: Iterable[Heard], prefix: str) -> Iterator[Reading]:
    for number, each in enumerate(heard):
        data: dict[str, float] = {}
        if each.point is not None:
            latitude, longitude = _GROUND.position(each.point)
            data = {"lat": latitude, "lon": longitude, "accuracy_m": each.accuracy_m}
        yield Reading(
            org="simulated",
            home="home",
            device="locator",
            id=f"{prefix}-{number}",
            kind=ReadingKind.LOCATION,
            type="location",
            occurred_at=at(each.at),
            received_at=at(each.at),
            data=data,
        )


def _leaves_known(who: Person, stray: Stray) -> float:
    """When the true way is first on ground this person's usual ways do not come near."""
    ways = [[HOME, *way] for way in who.ways.values() if apart(HOME, way[-1]) < 2000]
    known = shapely.MultiLineString(ways).buffer(_KNOWN_M)
    for leg in stray.legs:
        moment = leg.begins
        while moment < leg.ends:
            if not known.covers(shapely.Point(leg.at(moment))):
                return max(moment, stray.onset)
            moment += 10
    return stray.onset


def _share(cases: Sequence[Case]) -> float:
    """Of those noticed within a quarter of an hour."""
    hits = sum(c.delay_min is not None and c.delay_min <= WITHIN_MIN for c in cases)
    return hits / max(len(cases), 1)


def _recalls(title: str, cases: Sequence[Case]) -> Table:
    rows = []
    for kind in Lost:
        ours = [c for c in cases if c.kind is kind]
        rows.append(_row(kind.value, ours, goal=True))
        rows += [_row(f"{kind.value} {when}", [c for c in ours if c.when == when])
                 for when in _HOURS]  # fmt: skip
        if kind is Lost.AWAY:
            early = [msgspec.structs.replace(c, delay_min=c.door_min) for c in ours]
            by_day = [c for c in early if c.when == "by day"]
            rows.append(_row("away by day, counted from the own door", by_day))
    return Table(
        title=title,
        columns=("recall", "ever", "median_delay_min", "naive_recall", "cases"),
        rows=rows,
    )


def _row(name: str, cases: Sequence[Case], *, goal: bool = False) -> Row:
    delays = sorted(c.delay_min for c in cases if c.delay_min is not None)
    naive = sum(c.naive_min is not None and c.naive_min <= WITHIN_MIN for c in cases)
    recall = _share(cases)
    return Row(
        name=name,
        figures={
            "recall": recall,
            "ever": len(delays) / max(len(cases), 1),
            "median_delay_min": delays[len(delays) // 2] if delays else None,
            "naive_recall": naive / max(len(cases), 1),
            "cases": float(len(cases)),
        },
        reached=recall >= GOAL_RECALL if goal else None,
    )


def _falses(usual: Sequence[Lived], sparse: Sequence[Lived]) -> Table:
    rows = []
    for name, lived in (("a fix every 30 s", usual), ("a fix every 60 s", sparse)):
        each = [sum(one.false.values()) for one in lived]
        ours = _per_30_days(lived, each)
        rows.append(
            Row(
                name=name,
                figures={
                    "per_person_30_days": ours,
                    "worst_person": max(each) * 30 / lived[0].days,
                    "naive": _per_30_days(lived, [one.naive_false for one in lived]),
                    "people": float(len(lived)),
                },
                reached=ours <= GOAL_FALSE,
                note="; ".join(
                    f"{kind} {sum(one.false.get(kind, 0) for one in lived)}"
                    for kind in sorted({kind for one in lived for kind in one.false})
                ),
            )
        )
    return Table(
        title="False alerts of ordinary life, after the warm-up",
        columns=("per_person_30_days", "worst_person", "naive", "people"),
        rows=rows,
    )


def _per_30_days(lived: Sequence[Lived], counts: Sequence[int]) -> float:
    return sum(counts) * 30 / max(sum(one.days for one in lived), 1)


def _remarks(usual: Sequence[Lived]) -> list[str]:
    largest = max(one.state_bytes for one in usual)
    return [
        "All walks and lives are simulated; no real wandering was judged.",
        "Delays count from where the pattern begins.",
        "Walking away begins where they leave the ground they know, and is also counted from home.",
        f"Naive is a fence of {_NAIVE_M:.0f} metres around home, as it is sold.",
        "During the four weeks of warm-up only odd hours and zones are judged.",
        f"The detector's state of a person took {largest} bytes at most.",
    ]


def _delays(cases: Sequence[Case]) -> Plot:
    curves = []
    for kind in Lost:
        ours = [c for c in cases if c.kind is kind and c.when == "by day"]
        minutes = [float(minute) for minute in range(61)]
        noticed = [
            sum(c.delay_min is not None and c.delay_min <= minute for c in ours) / max(len(ours), 1)
            for minute in minutes
        ]
        curves.append(Curve(name=kind.value, x=minutes, y=noticed))
    return Plot(
        title="Noticed by day, by minutes since the onset",
        x_label="minutes",
        y_label="share noticed",
        curves=curves,
    )

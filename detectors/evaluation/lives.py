"""Ordinary lives of people who carry a locating device, as true ways day by day.

Made hard on purpose for whoever must not cry wolf: dogs that lap a park and sniff to and
fro, markets browsed for an hour, forgotten purses, buses and lifts home late, new places
twice a month by car and now and then on foot, bins at eleven at night.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import msgspec

from detectors.evaluation.chance import chance
from detectors.evaluation.receiver import Cover, Leg
from detectors.evaluation.walks import Walker, browse, streets
from detectors.position import Point

DAY_S = 86_400.0
HOME: Point = (0.0, 0.0)


class Person(msgspec.Struct, frozen=True):
    """Where one person goes and how."""

    seed: int
    speed: float
    ways: dict[str, list[Point]]
    """Place -> the street corners on the usual way there; the last is the place."""
    weekly: dict[str, float]
    """Errand -> times a week."""


def person(seed: int) -> Person:
    """Person `seed`; always the same."""
    rng = chance("person", seed)
    near = {
        "shop": (250, 900), "church": (400, 1200), "friend": (200, 900), "park": (200, 700),
        "stop": (120, 400), "doctor": (500, 1500),
    }  # fmt: skip
    far = {"town": (4000, 9000), "family": (3000, 20_000), "market": (2500, 12_000)}
    ways = {name: streets(HOME, _spot(span, rng), rng) for name, span in near.items()}
    ways |= {name: [_spot(span, rng)] for name, span in far.items()}
    dog = rng.random() < 0.4
    return Person(
        seed=seed,
        speed=rng.uniform(0.75, 1.2),
        ways=ways,
        weekly={
            "shop": rng.uniform(2, 5),
            "church": 1.0 if rng.random() < 0.5 else 0.1,
            "friend": rng.uniform(0.3, 2),
            "dog": rng.uniform(7, 13) if dog else 0.0,
            "round": rng.uniform(0.3, 3),
            "town": rng.uniform(0.3, 2),
            "family": rng.uniform(0.3, 1.5),
            "market": rng.uniform(0.2, 0.8),
            "doctor": 0.3,
            "garden": rng.uniform(0.5, 4),
            "late": 0.3,
            "bins": 1.0,
            "new_by_car": 0.5,
            "new_on_foot": 0.16,
            "lift": 0.3,
        },
    )


def day_of(who: Person, day: int, midnight: float) -> list[Leg]:
    """The person's true way on day number `day` that begins at `midnight` (POSIX), at home
    at both its ends.
    """
    rng = chance("day", who.seed, day)
    walker = Walker(midnight, HOME)
    errands = [
        (_hour(name, rng), name)
        for name, often in sorted(who.weekly.items())
        for _ in range(_times(often / 7, rng))
    ]
    for hour, name in sorted(errands):
        begins = midnight + hour * 3600
        if begins < walker.moment or walker.moment > midnight + 23.3 * 3600:
            continue
        walker.until(begins, Cover.INDOORS)
        _ERRANDS[name](who, walker, rng)
    walker.until(midnight + DAY_S, Cover.INDOORS)
    return walker.legs


def _on_foot(who: Person, walker: Walker, place: str, rng: random.Random) -> None:
    """There by the usual way, now and then after a forgotten purse."""
    way = _trembling(who.ways[place], rng)
    if rng.random() < 0.04:
        forgot = rng.randint(1, len(way))
        walker.walk(way[:forgot], who.speed)
        walker.walk([*reversed(way[: forgot - 1]), HOME], who.speed)
        walker.stay(rng.uniform(60, 300), Cover.INDOORS)
    walker.walk(way, who.speed)


def _back_on_foot(who: Person, walker: Walker, place: str, rng: random.Random) -> None:
    if rng.random() < 0.15:  # by another street for once
        walker.walk(streets(walker.point, HOME, rng), who.speed)
        return
    walker.walk([*reversed(_trembling(who.ways[place], rng)[:-1]), HOME], who.speed)


def _visit(place: str, shortest: float, longest: float) -> Callable[..., None]:
    def go(who: Person, walker: Walker, rng: random.Random) -> None:
        _on_foot(who, walker, place, rng)
        walker.stay(rng.uniform(shortest, longest) * 60, Cover.INDOORS)
        if rng.random() < 0.3:  # a neighbour at the corner
            walker.wait_outside(rng.uniform(120, 900), rng)
        _back_on_foot(who, walker, place, rng)

    return go


def _dog(who: Person, walker: Walker, rng: random.Random) -> None:
    _on_foot(who, walker, "park", rng)
    x, y = walker.point
    turn = chance("park", who.seed).uniform(0, 2 * math.pi)
    for _ in range(rng.randint(1, 4)):
        for corner in range(1, 5):
            angle = turn + corner * math.pi / 2
            to = (
                x + 75 * (math.sin(angle) - math.sin(turn)) + rng.gauss(0, 8),
                y + 75 * (math.cos(angle) - math.cos(turn)) + rng.gauss(0, 8),
            )
            walker.walk([to], who.speed)
            if rng.random() < 0.4:
                walker.wait_outside(rng.uniform(20, 90), rng)
    _back_on_foot(who, walker, "park", rng)


def _round(who: Person, walker: Walker, rng: random.Random) -> None:
    """Once round the houses."""
    usual = chance("round", who.seed)
    reach, turn = usual.uniform(90, 200), usual.uniform(0, 2 * math.pi)
    centre = (reach * math.sin(turn), reach * math.cos(turn))
    way = [
        (
            centre[0] + reach * math.sin(turn + math.pi + step * math.pi / 3),
            centre[1] + reach * math.cos(turn + math.pi + step * math.pi / 3),
        )
        for step in range(1, 6)
    ]
    walker.walk([*_trembling(way, rng), HOME], who.speed)


def _town(who: Person, walker: Walker, rng: random.Random) -> None:
    _on_foot(who, walker, "stop", rng)
    walker.wait_outside(rng.uniform(120, 1100), rng)
    (town,) = who.ways["town"]
    line = streets(walker.point, town, chance("bus", who.seed))
    stop = walker.point
    walker.ride(line, rng)
    browse(walker, rng.uniform(30, 90) * 60, 220, rng)
    walker.wait_outside(rng.uniform(120, 1100), rng)
    walker.ride([*reversed(line[:-1]), stop], rng)
    _back_on_foot(who, walker, "stop", rng)


def _driven(place: str, browsing: float) -> Callable[..., None]:
    """By somebody's car; `browsing` is the share of visits spent walking about."""

    def go(who: Person, walker: Walker, rng: random.Random) -> None:
        if place == "new":
            end = _spot((2000, 25_000), rng)
        else:
            (end,) = who.ways[place]
        way = streets(HOME, end, rng)
        walker.ride(way, rng)
        if rng.random() < browsing:
            browse(walker, rng.uniform(25, 80) * 60, rng.uniform(60, 200), rng)
        else:
            walker.stay(rng.uniform(40, 200) * 60, Cover.INDOORS)
        walker.ride([*reversed(way[:-1]), HOME], rng)

    return go


def _lift(who: Person, walker: Walker, rng: random.Random) -> None:
    """Walks to the shop and is driven home."""
    _on_foot(who, walker, "shop", rng)
    walker.stay(rng.uniform(10, 30) * 60, Cover.INDOORS)
    walker.ride([*reversed(who.ways["shop"][:-1]), HOME], rng)


def _new_on_foot(who: Person, walker: Walker, rng: random.Random) -> None:
    way = streets(HOME, _spot((300, 1000), rng), rng)
    walker.walk(way, who.speed)
    walker.stay(rng.uniform(15, 90) * 60, Cover.INDOORS)
    walker.walk([*reversed(way[:-1]), HOME], who.speed)


def _garden(who: Person, walker: Walker, rng: random.Random) -> None:
    ends = walker.moment + rng.uniform(15, 80) * 60
    while walker.moment < ends:
        walker.walk([(rng.uniform(-22, 22), rng.uniform(-22, 22))], 0.6)
        walker.stay(rng.uniform(20, 300), Cover.OPEN)
    walker.walk([HOME], who.speed)


def _late(who: Person, walker: Walker, rng: random.Random) -> None:
    """An evening at the family's, home by taxi before midnight."""
    (end,) = who.ways["family"]
    way = streets(HOME, end, rng)
    walker.ride(way, rng)
    midnight = walker.moment - walker.moment % DAY_S
    walker.until(midnight + rng.uniform(22.0, 22.9) * 3600, Cover.INDOORS)
    walker.ride([*reversed(way[:-1]), HOME], rng)


def _bins(who: Person, walker: Walker, rng: random.Random) -> None:
    walker.walk([(rng.uniform(10, 35), 5.0)], who.speed)
    walker.stay(rng.uniform(20, 120), Cover.OPEN)
    walker.walk([HOME], who.speed)


def _hour(name: str, rng: random.Random) -> float:
    """When an errand begins, hours after midnight."""
    spans = {"bins": (20.0, 23.2), "late": (16.0, 18.0), "church": (9.5, 10.5),
             "dog": (6.6, 20.5), "town": (8.5, 13.5)}  # fmt: skip
    return rng.uniform(*spans.get(name, (8.5, 18.5)))


def _times(expected: float, rng: random.Random) -> int:
    whole = int(expected)
    return whole + (rng.random() < expected - whole)


def _trembling(way: list[Point], rng: random.Random) -> list[Point]:
    """The other pavement, a parked van."""
    return [(x + rng.gauss(0, 5), y + rng.gauss(0, 5)) for x, y in way]


def _spot(span: tuple[float, float], rng: random.Random) -> Point:
    metres, turn = rng.uniform(*span), rng.uniform(0, 2 * math.pi)
    return metres * math.sin(turn), metres * math.cos(turn)


_ERRANDS: dict[str, Callable[..., None]] = {
    "shop": _visit("shop", 8, 35),
    "church": _visit("church", 60, 90),
    "friend": _visit("friend", 40, 150),
    "doctor": _visit("doctor", 20, 60),
    "dog": _dog,
    "round": _round,
    "town": _town,
    "family": _driven("family", 0.2),
    "market": _driven("market", 0.9),
    "new_by_car": _driven("new", 0.6),
    "new_on_foot": _new_on_foot,
    "garden": _garden,
    "late": _late,
    "bins": _bins,
    "lift": _lift,
}

"""What a locating device makes of a true way: errors that hang together, reflections, gaps.

Figures are round ones of consumer receivers among houses: 6 to 11 m in the open, several
times that indoors, an error that lasts for a minute or two, one fix in fifty reflected off
a wall, and a claimed accuracy that is mostly right and sometimes far too good.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from enum import StrEnum

import msgspec

from detectors.position import Point


class Cover(StrEnum):
    """What is between the receiver and the sky."""

    OPEN = "open"
    INDOORS = "indoors"
    VEHICLE = "vehicle"


class Leg(msgspec.Struct, frozen=True):
    """A straight piece of a true way, at even speed; standing if both ends are one."""

    begins: float
    ends: float
    start: Point
    end: Point
    cover: Cover = Cover.OPEN

    def at(self, moment: float) -> Point:
        """The true point at `moment`."""
        share = (moment - self.begins) / max(self.ends - self.begins, 1e-9)
        share = min(max(share, 0.0), 1.0)
        return (
            self.start[0] + (self.end[0] - self.start[0]) * share,
            self.start[1] + (self.end[1] - self.start[1]) * share,
        )


class Heard(msgspec.Struct, frozen=True):
    """One message of the device: a fix with its claim, or only that it is alive."""

    at: float
    point: Point | None
    accuracy_m: float = 0.0


class Receiver(msgspec.Struct, frozen=True):
    """One device's manners."""

    interval_s: float = 30.0
    """Between messages while it moves."""
    resting_s: float = 600.0
    """Between messages while it lies still."""
    open_m: float = 8.0
    """Spread of the error under the open sky, each axis."""
    reflected: float = 0.02
    """Share of fixes that come off a wall."""
    lies: float = 0.15
    """Share of claims that are far too good."""
    blind_indoors: float = 0.45
    """Share of messages from indoors without any fix."""
    mistakes_a_week: float = 2.0
    """Times a week that it believes itself elsewhere for ten to forty minutes indoors, as
    with a wireless network that has moved."""
    gaps_a_day: float = 1.0
    """Times a day that the mobile network is out of reach, for five to twenty minutes."""


_LASTS_S = 75.0
"""Over which an error fades to a third."""


def receive(legs: Sequence[Leg], receiver: Receiver, rng: random.Random) -> Iterator[Heard]:
    """The messages of a device carried along `legs`, which follow one another without gaps."""
    moment = legs[0].begins + rng.uniform(0, receiver.interval_s)
    error = (rng.gauss(0, receiver.open_m), rng.gauss(0, receiver.open_m))
    before = moment
    quiet_until = mistaken_until = 0.0
    mistake = (0.0, 0.0)
    which = 0
    while which < len(legs):
        leg = legs[which]
        if moment >= leg.ends:
            which += 1
            continue
        spread = _spread(leg, receiver)
        error = _drift(error, spread, moment - before, rng)
        before = moment
        indoors = leg.cover is Cover.INDOORS
        step = receiver.resting_s if _rests(leg) else receiver.interval_s
        if indoors and rng.random() < receiver.mistakes_a_week * step / 604_800:
            mistaken_until = moment + rng.uniform(600, 2400)
            mistake = _somewhere(rng.uniform(70, 160), rng)
        if moment >= quiet_until:
            wrong = mistake if indoors and moment < mistaken_until else (0.0, 0.0)
            off = (error[0] + wrong[0], error[1] + wrong[1])
            yield _heard(leg, moment, off, spread, receiver, rng)
        if rng.random() < receiver.gaps_a_day * step / 86_400:
            quiet_until = moment + rng.uniform(300, 1200)
        following = moment + step * rng.uniform(0.85, 1.15)
        # A device at rest wakes when it is carried off.
        if _rests(leg) and following > leg.ends:
            following = leg.ends + rng.uniform(5, receiver.interval_s)
        moment = following


def _rests(leg: Leg) -> bool:
    return leg.start == leg.end and leg.ends - leg.begins > 300


def _spread(leg: Leg, receiver: Receiver) -> float:
    return receiver.open_m * {Cover.OPEN: 1.0, Cover.INDOORS: 2.6, Cover.VEHICLE: 1.5}[leg.cover]


def _drift(error: Point, spread: float, seconds: float, rng: random.Random) -> Point:
    """An error fades while another grows; its spread stays `spread`."""
    kept = math.exp(-seconds / _LASTS_S)
    fresh = spread * math.sqrt(1 - kept * kept)
    return error[0] * kept + rng.gauss(0, fresh), error[1] * kept + rng.gauss(0, fresh)


def _heard(
    leg: Leg, moment: float, error: Point, spread: float, receiver: Receiver, rng: random.Random
) -> Heard:
    if leg.cover is Cover.INDOORS and rng.random() < receiver.blind_indoors:
        return Heard(moment, None)
    true = leg.at(moment)
    found = (true[0] + error[0], true[1] + error[1])
    claim = spread * 1.5 * rng.uniform(0.6, 1.6)
    reflected = receiver.reflected * (3 if leg.cover is Cover.INDOORS else 1)
    if rng.random() < reflected:
        way = rng.uniform(60, 250)
        off = _somewhere(way, rng)
        found = (found[0] + off[0], found[1] + off[1])
        claim = claim if rng.random() < 0.5 else way
    if rng.random() < receiver.lies:
        claim = rng.uniform(3, 6)
    return Heard(moment, found, claim)


def _somewhere(metres: float, rng: random.Random) -> Point:
    turn = rng.uniform(0, 2 * math.pi)
    return metres * math.sin(turn), metres * math.cos(turn)

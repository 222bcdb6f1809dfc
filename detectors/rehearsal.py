"""What would a detector have said lately, had it been set otherwise?

The detectors of production run twice over the home's own readings: once as the home is set,
once as it would be. Readings before the four weeks that are told only warm them up, so that
neither begins without knowing the person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from detectors.base import HomeProfile
from detectors.home import Home
from detectors.registry import DETECTORS
from telecare.dials import Dial
from telecare.errors import InvalidInput
from telecare.messages import Fired, Reading, Signal
from telecare.vocabulary import ReadingKind, Truth

TOLD = timedelta(days=28)
WARM_UP = timedelta(days=42)
"""28 days of baseline, the guard behind them, and some days that cannot be judged."""
LISTED_AT_MOST = 500


class Rehearsed(msgspec.Struct, frozen=True):
    """Both runs over the same readings."""

    readings: int
    now: list[Fired]
    then: list[Fired]


def rehearse(
    profile: HomeProfile,
    dial: Dial,
    value: float,
    readings: Iterable[Reading],
    *,
    since: datetime,
    until: datetime,
    allowance: timedelta,
    known: Mapping[str, Truth],
) -> Rehearsed:
    """Run the dial's detector with the present value and with `value`; signals from `since` on.

    `readings` are the home's in the order of receipt; `known` is what people found signals
    to be, by id. Raises `InvalidInput` if the detector refuses the settings.
    """
    homes = [
        _home(each, dial.detector, allowance) for each in (profile, turned(profile, dial, value))
    ]
    said: tuple[list[Signal], list[Signal]] = ([], [])
    count = 0
    for reading in readings:
        count += 1
        for home, signals in zip(homes, said, strict=True):
            signals.extend(home.observe(reading))
    for home, signals in zip(homes, said, strict=True):
        signals.extend(home.tick(until - allowance))
        if home.failures:
            raise InvalidInput(
                f"The detector {dial.detector} failed on {len(home.failures)} of the readings, so "
                "what it would have said is not known."
            )
    now, then = ([_fired(s, known) for s in signals if _told(s, since)] for signals in said)
    return Rehearsed(count, now[-LISTED_AT_MOST:], then[-LISTED_AT_MOST:])


def kinds_of(detector: str) -> frozenset[ReadingKind]:
    """The kinds of readings a detector listens to."""
    return DETECTORS[detector](HomeProfile(org="", home="")).listens_to


def turned(profile: HomeProfile, dial: Dial, value: float) -> HomeProfile:
    """The same home with the dial at `value`."""
    own = {**profile.settings.get(dial.detector, {}), dial.setting: dial.setting_of(value)}
    return msgspec.structs.replace(profile, settings={**profile.settings, dial.detector: own})


def _told(signal: Signal, since: datetime) -> bool:
    """Good news that ends an earlier signal goes with that one and is not told by itself."""
    return signal.occurred_at >= since and "ends" not in signal.evidence.facts


def _home(profile: HomeProfile, detector: str, allowance: timedelta) -> Home:
    return Home(profile, allowance, [DETECTORS[detector](profile)])


def _fired(signal: Signal, known: Mapping[str, Truth]) -> Fired:
    return Fired(
        id=signal.id, at=signal.occurred_at, kind=signal.kind, type=signal.type, why=signal.why,
        truth=known.get(signal.id),
    )  # fmt: skip

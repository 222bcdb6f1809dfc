"""Which detector settings of a home may people turn, and how far.

Shared words: the responder offers these, the detectors rehearse and propose them. The usual
value of each is the detector's own default; a test holds the two together. Every home keeps
what differs, under the detector's name in its settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from telecare.errors import InvalidInput
from telecare.vocabulary import SignalKind


class Dial(msgspec.Struct, frozen=True, kw_only=True):
    """One number of one detector."""

    detector: str
    setting: str
    words: str
    """What it is, for a person who never saw the code."""
    unit: str
    usual: float
    least: float
    most: float
    whole: bool = False
    """Whole numbers only."""
    kind: SignalKind | None = None
    """The signals it makes rarer or more frequent; None: it is never proposed by itself."""
    type: str = ""
    step: float = 0.0
    """How far a proposal goes at a time; rises towards fewer signals."""
    floor: float = 0.0
    """Where proposals end, however many signals were false: past it too much would be
    missed. A person may go on to `most`, and sees what that costs."""

    @property
    def key(self) -> str:
        """Names it in a form."""
        return f"{self.detector}.{self.setting}"

    def value_in(self, settings: Mapping[str, Any]) -> float:
        """The value in force under a home's `settings`."""
        own = settings.get(self.detector)
        given = own.get(self.setting) if isinstance(own, Mapping) else None
        return float(given) if isinstance(given, int | float) else self.usual

    def checked(self, value: float) -> float:
        """`value` if it may be set; raises `InvalidInput` with the range."""
        within = self.least <= value <= self.most  # false for NaN
        if not within or (self.whole and value != int(value)):
            whole = "a whole number " if self.whole else ""
            raise InvalidInput(
                f"{self.words} must be {whole}from {self.least:g} to {self.most:g} {self.unit}."
            )
        return value

    def setting_of(self, value: float) -> float | int:
        """`value` as the detector wants it."""
        return int(value) if self.whole else float(value)


_HOUR = "o'clock"

DIALS = (
    Dial(detector="falls", setting="threshold", words="How sure a fall must be", unit="probability",
         usual=0.5, least=0.2, most=0.8, kind=SignalKind.FALL, step=0.05, floor=0.65),
    Dial(detector="wandering", setting="still_minutes",
         words="Nobody moves indoors after the door", unit="minutes",
         usual=24.75, least=5, most=45, kind=SignalKind.WANDERING, type="night_exit",
         step=5, floor=30),
    Dial(detector="wandering", setting="night_from_hour", words="The night at the door begins",
         unit=_HOUR, usual=23, least=18, most=23, whole=True),
    Dial(detector="wandering", setting="night_until_hour", words="The night at the door ends",
         unit=_HOUR, usual=5, least=4, most=9, whole=True),
    Dial(detector="inactivity", setting="margin_minutes",
         words="Stillness allowed beyond the usual", unit="minutes",
         usual=45, least=15, most=180, kind=SignalKind.INACTIVITY, step=15, floor=90),
    Dial(detector="inactivity", setting="least_minutes", words="Stillness never said before",
         unit="minutes", usual=150, least=60, most=480),
    Dial(detector="routine", setting="bathroom_threshold",
         words="How unusual nights in the bathroom must be", unit="spreads",
         usual=2.4, least=1.0, most=5.0, kind=SignalKind.ROUTINE, type="bathroom_night",
         step=0.25, floor=3.0),
    Dial(detector="routine", setting="kitchen_threshold",
         words="How unusual days in the kitchen must be", unit="spreads",
         usual=2.5, least=1.0, most=5.0, kind=SignalKind.ROUTINE, type="kitchen_day",
         step=0.25, floor=2.75),
)  # fmt: skip
"""Explicit alarms and the hub's silence have no dial: nothing about them can be turned down."""


def dial(detector: str, setting: str) -> Dial:
    """Raises `InvalidInput` for a setting nobody may turn."""
    for each in DIALS:
        if (each.detector, each.setting) == (detector, setting):
            return each
    raise InvalidInput(f"There is no setting {setting} of {detector} that can be changed here.")

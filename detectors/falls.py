"""Did the wearer fall? Impact, posture and stillness in one window of acceleration."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec
import numpy as np

from detectors.acceleration import GRID_HZ, Window, window_of
from detectors.base import HomeProfile, pack, settings_of, signal_id, unpack
from detectors.fall_moment import CALM_G, Moment, most_fall_like
from detectors.fall_shipped import WORN, Placement, models
from detectors.fall_threshold import OPERATING
from detectors.movement import Glance, place
from detectors.ranges import Seconds, Share
from telecare.errors import InvalidInput
from telecare.messages import Evidence, EvidenceSeries, Reading, Signal
from telecare.vocabulary import ReadingKind, SignalKind

_VERSION = 1
_MOST_DEVICES = 16
_UNREAD_IN_A_ROW = 3
"""One window may have been mangled on its way; three are a device that nobody can judge."""
_DRAWN_HZ = 16.0


class FallsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What differs from home to home; figures in docs/judgement-falls.md."""

    threshold: Share = OPERATING
    """Probability from which a moment counts as a fall; `suggestions` proposes another for a
    wearer whose false alarms have earned it, up to `fall_threshold.CEILING`."""
    repeat_seconds: Seconds = 20.0
    """Windows that overlap show one fall twice; it is raised once."""
    placement: Placement = Placement.WRIST
    """Where it is worn, if the reading does not say; waist is also belt, pocket and chest."""


class _State(msgspec.Struct, array_like=True):
    fell_at: dict[str, datetime]
    """Device and sensor -> the last fall."""
    unread: dict[str, int] = {}
    """Device and sensor -> windows in a row that could not be read."""


class Falls:
    """Raises `fall` with the strength of the impact, the change of posture and the stillness
    after it. It does not stand before a device's own fall alarm, which has come through
    already. `occurred_at` is the reading's; its evidence counts seconds from the impact.

    Raises `equipment` of type `unreadable_windows` once so many in a row could not be read.
    """

    name: ClassVar[str] = "falls"
    listens_to: ClassVar[frozenset[ReadingKind]] = frozenset({ReadingKind.ACCELERATION})
    due_at: datetime | None = None

    def __init__(self, profile: HomeProfile) -> None:
        self._profile = profile
        self._set = settings_of(profile, self.name, FallsSettings)
        self._repeat = timedelta(seconds=self._set.repeat_seconds)
        self._state = _State({})

    def observe(self, reading: Reading, seen: Glance) -> list[Signal]:  # noqa: ARG002 - its own data
        wearer = f"{reading.device}/{reading.sensor or ''}"
        try:
            window = window_of(reading.data)
        except InvalidInput as wrong:
            if self._unread_with(wearer) == _UNREAD_IN_A_ROW:
                return [self._unwatched(reading, wrong)]
            raise
        self._state.unread.pop(wearer, None)
        placement = placement_of(reading.data, self._set.placement)
        moment = most_fall_like(window, models(placement))
        if moment is None or moment.probability < self._set.threshold:
            return []
        last = self._state.fell_at.get(wearer)
        if last is not None and abs(reading.occurred_at - last) < self._repeat:
            return []
        if last is None or reading.occurred_at > last:
            self._remember(wearer, reading.occurred_at)
        return [self._fall(reading, window, moment)]

    def tick(self, now: datetime) -> list[Signal]:  # noqa: ARG002 - a fall needs no absence
        return []

    def snapshot(self) -> bytes:
        return pack(_VERSION, self._state)

    def restore(self, snapshot: bytes) -> None:
        self._state = unpack(_VERSION, snapshot, _State)

    def _remember(self, wearer: str, moment: datetime) -> None:
        fell_at = self._state.fell_at
        fell_at[wearer] = moment
        if len(fell_at) > _MOST_DEVICES:
            del fell_at[min(fell_at, key=lambda each: fell_at[each])]

    def _unread_with(self, wearer: str) -> int:
        """How many of its windows in a row could not be read, with this one."""
        unread = self._state.unread
        count = unread.pop(wearer, 0) + 1
        if len(unread) >= _MOST_DEVICES:
            del unread[next(iter(unread))]
        unread[wearer] = min(count, _UNREAD_IN_A_ROW + 1)
        return unread[wearer]

    def _unwatched(self, reading: Reading, wrong: InvalidInput) -> Signal:
        whose = reading.device if not reading.sensor else f"the sensor {reading.sensor}"
        return Signal(
            id=signal_id(self._profile, self.name, "unread", reading.device, reading.id),
            org=self._profile.org,
            home=self._profile.home,
            kind=SignalKind.EQUIPMENT,
            type="unreadable_windows",
            occurred_at=reading.occurred_at,
            raised_at=reading.received_at,
            why=f"What {whose} measures cannot be read, so a fall of its wearer would not be seen: "
            f"{wrong}.",
            source=self.name,
            device=reading.device,
            reading=reading.id,
            evidence=Evidence(
                around=reading.occurred_at,
                series=[
                    EvidenceSeries(
                        name="Windows that could not be read, in a row",
                        x=[float(n) for n in range(_UNREAD_IN_A_ROW)],
                        y=[float(n + 1) for n in range(_UNREAD_IN_A_ROW)],
                    )
                ],
            ),
        )

    def _fall(self, reading: Reading, window: Window, moment: Moment) -> Signal:
        return Signal(
            id=signal_id(self._profile, self.name, reading.device, reading.id),
            org=self._profile.org,
            home=self._profile.home,
            kind=SignalKind.FALL,
            occurred_at=reading.occurred_at,
            raised_at=reading.received_at,
            why=_why(moment),
            source=self.name,
            type="worn",
            device=reading.device,
            reading=reading.id,
            room=place(reading.room, None) if reading.room else None,
            probability=round(moment.probability, 4),
            evidence=_evidence(reading, window, moment),
        )


def placement_of(data: dict[str, Any], usual: Placement) -> Placement:
    """Where the device says it is worn, in `position`; `usual` where it does not say."""
    return WORN.get(str(data.get("position", "")).lower(), usual)


def _why(moment: Moment) -> str:
    """What the window shows, in the order it happened."""
    turned = f"a turn of the body by {moment.angle_degrees:.0f} degrees"
    if moment.still_share >= 0.6:
        after = "hardly any movement after it"
    else:
        after = "some movement after it"
    posture = f", {turned}" if moment.angle_degrees >= 30 else ""
    return f"Movement like a fall: an impact of {moment.impact_g:.1f} g{posture} and {after}."


def _evidence(reading: Reading, window: Window, moment: Moment) -> Evidence:
    """|a| around the impact at no more than 16 points a second, peaks kept."""
    magnitude = window.magnitude
    step = max(1, round(GRID_HZ / _DRAWN_HZ))
    whole = len(magnitude) // step * step
    blocks = magnitude[:whole].reshape(-1, step)
    # The sample farthest from rest stands for its block, so that no peak is smoothed away.
    drawn = blocks[np.arange(len(blocks)), np.abs(blocks - 1).argmax(axis=1)]
    marks = {"impact": 0.0}
    facts: dict[str, float | int | str | bool | None] = {
        "impact_g": round(moment.impact_g, 2),
        "lightest_g": round(moment.lightest_g, 2),
        "angle_degrees": round(moment.angle_degrees),
        "still_share": round(moment.still_share, 2),
    }
    still = _still_from(window, moment)
    if still is not None:
        marks["stillness begins"] = still
    return Evidence(
        around=reading.occurred_at,
        facts=facts,
        series=[
            EvidenceSeries(
                name="Acceleration",
                x=[round((i * step - moment.index) / GRID_HZ, 3) for i in range(len(blocks))],
                y=[round(float(value), 3) for value in drawn],
                unit="g",
                usual_low=1 - CALM_G,
                usual_high=1 + CALM_G,
            )
        ],
        marks=marks,
    )


def _still_from(window: Window, moment: Moment) -> float | None:
    """Seconds after the impact from which a whole second stays within 0.12 g of rest."""
    second = int(GRID_HZ)
    calm = np.abs(window.magnitude[moment.index :] - 1) < CALM_G
    if len(calm) < second:
        return None
    run = np.convolve(calm, np.ones(second), mode="valid")
    starts = np.flatnonzero(run >= second)
    return round(float(starts[0]) / GRID_HZ, 2) if len(starts) else None

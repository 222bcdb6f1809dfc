"""What is wrong with a device, as its own words show: battery, mains, tamper, clock, gaps, and
movement without an end.

Work for the TEC team, never a judgement about a person. Each trouble is said once, when it
begins; a battery that hovers around its limit is not said again and again.
"""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from detectors.base import HomeProfile, pack, signal_id, unpack
from detectors.local_time import local_time
from detectors.movement import Glance, place, spoken
from detectors.spell import roughly
from telecare.messages import Evidence, EvidenceSeries, Reading, Signal
from telecare.vocabulary import GAP, ClaimOfTime, ReadingKind, SignalKind

BATTERY_LOW = 20
RECOVERED = 10
"""Per cent above the limit from which a battery was changed or charged: below it, it hovers. And
if it has shown as much only just before, it sags under load and recovers without being new."""
WRONG_IN_A_ROW = 3
"""One wrong time may be a message that was mangled; three are a clock."""
GAP_WAITS = timedelta(minutes=10)
"""For so long what is missing may still be on its way from the device's memory."""
GAP_AGAIN = timedelta(days=1)
LARGEST_GAP = 500
"""A number further ahead, or behind, is a device that counts anew, or one with a full memory that
speaks of now before it says what it kept."""
_HIGHEST = 2**53
"""No device counts further; and no larger number can be drawn, or kept."""
_BOOT_KEPT = 64
_KEPT = 8
_MISSING = 50
"""Missing numbers remembered of a device."""
_DEVICES = 64
"""Devices and sensors of a home that are remembered, as many as the roll call keeps. The
longest unheard of those without a trouble gives way: what was told is not told again."""
_VERSION = 1
_TRUSTED, _WRONG = ClaimOfTime.TRUSTED, ClaimOfTime.WRONG
_NOTHING: list[Signal] = []


class _Device(msgspec.Struct, array_like=True, omit_defaults=True):
    is_low: bool = False
    levels: list[int | float] = []
    """Whole per cent; other versions kept fractions."""
    mains: bool = True
    tampered: bool = False
    wrong: int = 0
    """Wrong times in a row; negative: right ones since the clock was called wrong."""
    boot: str = ""
    number: int = -1
    missing: list[int] = []
    gap_at: datetime | None = None
    told_gap_at: datetime | None = None
    first: int = -1
    """Where the numbers begin that `number` is the last of."""
    overtook: list[int] = []
    """Numbers that came before others far behind them: what is said in between is not missing."""

    @property
    def is_well(self) -> bool:
        """Whether there is nothing it would be told of again, were it forgotten."""
        return self.mains and not (self.is_low or self.tampered or self.wrong or self.gap_at)


class _State(msgspec.Struct, array_like=True):
    devices: dict[str, _Device]


class DeviceTrouble:
    """Raises `equipment` signals of type `battery_low`, `mains_failure`, `tamper`, `clock_wrong`,
    `gap` (numbers that never came) and `stuck` (movement without an end).
    """

    name: ClassVar[str] = "device_trouble"
    listens_to: ClassVar[frozenset[ReadingKind]] = frozenset(ReadingKind)

    def __init__(self, profile: HomeProfile) -> None:
        self.due_at: datetime | None = None
        self._profile = profile
        self._local = local_time(profile.timezone)
        self._state = _State({})

    def observe(self, reading: Reading, seen: Glance) -> list[Signal]:
        devices = self._state.devices
        is_plain = (
            reading.battery is None
            and not reading.data
            and reading.time_claim is not _WRONG
            and seen.stuck_since is None
        )
        if is_plain and not devices:
            return _NOTHING  # what nearly every reading of nearly every home is
        key = f"{reading.device}/{reading.sensor}" if reading.sensor else reading.device
        if is_plain and key not in devices:
            return _NOTHING
        device = self._known(key)
        found = [
            *self._battery(reading, device),
            *self._mains(reading, device),
            *self._tamper(reading, device),
            *self._clock(reading, device),
            *self._stuck(reading, seen),
        ]
        if "seq" in reading.data:
            # A hub numbers what it says, whichever of its sensors that was about.
            self._count(reading, self._known(reading.device))
        return found or _NOTHING

    def tick(self, now: datetime) -> list[Signal]:
        if self.due_at is None or now < self.due_at:
            return []
        found = []
        for key, device in self._state.devices.items():
            if device.gap_at is not None and device.gap_at + GAP_WAITS <= now:
                if device.told_gap_at is None or now - device.told_gap_at >= GAP_AGAIN:
                    found.append(self._gap(key, device, device.gap_at + GAP_WAITS))
                    device.told_gap_at = now
                device.missing, device.gap_at = [], None
        self._look_at_dues()
        return found

    def snapshot(self) -> bytes:
        kept = {
            key: replace(each, missing=_folded(each.missing), overtook=_folded(each.overtook))
            if each.missing or each.overtook
            else each
            for key, each in self._state.devices.items()
        }
        return pack(_VERSION, _State(kept))

    def restore(self, snapshot: bytes) -> None:
        self._state = unpack(_VERSION, snapshot, _State)
        for each in self._state.devices.values():
            each.missing, each.overtook = _unfolded(each.missing), _unfolded(each.overtook)
        self._look_at_dues()

    def _known(self, key: str) -> _Device:
        """The device, new if need be; the dictionary is in the order of their last words."""
        devices = self._state.devices
        device = devices.pop(key, None)
        if device is None:
            device = _Device()
            while len(devices) >= _DEVICES:
                well = (k for k, each in devices.items() if each.is_well)
                del devices[next(well, next(iter(devices)))]
        devices[key] = device
        return device

    def _battery(self, reading: Reading, device: _Device) -> list[Signal]:
        level = reading.battery
        if level is None:
            return self._battery_word(reading, device)
        device.levels = [*device.levels, round(level)][-_KEPT:]
        limit = self._profile.battery_low.get(reading.device, BATTERY_LOW)
        if level >= limit + RECOVERED and (
            level > max(device.levels[:-1], default=0)
            or (len(device.levels) == _KEPT and min(device.levels) >= limit + RECOVERED)
        ):
            device.is_low = False
        if device.is_low or level > limit:
            return []
        device.is_low = True
        series = EvidenceSeries(
            name="Battery", x=[float(n) for n in range(len(device.levels))],
            y=[*map(float, device.levels)], unit="%", usual_low=float(limit), usual_high=100.0,
        )  # fmt: skip
        why = f"The battery of {_whose(reading)} is at {level:.0f} %."
        return [self._signal(reading, "battery_low", why, series)]

    def _battery_word(self, reading: Reading, device: _Device) -> list[Signal]:
        """Many sensors know no per cent and only say that it is low."""
        is_low = reading.data.get("battery_low")
        if not isinstance(is_low, bool) or is_low is device.is_low:
            return []
        device.is_low = is_low
        if not is_low:
            return []
        why = f"The battery of {_whose(reading)} is low, as it says itself."
        return [self._signal(reading, "battery_low", why, _switched("Battery low"))]

    def _mains(self, reading: Reading, device: _Device) -> list[Signal]:
        mains = reading.data.get("mains")
        if not isinstance(mains, bool) or mains is device.mains:
            return []
        device.mains = mains
        if mains:
            return []
        why = f"The mains power of {_whose(reading)} has failed; it runs on its battery."
        return [self._signal(reading, "mains_failure", why, _switched("Mains"))]

    def _tamper(self, reading: Reading, device: _Device) -> list[Signal]:
        tampered = reading.data.get("tamper")
        if not isinstance(tampered, bool) or tampered is device.tampered:
            return []
        device.tampered = tampered
        if not tampered:
            return []
        why = f"The tamper switch of {_whose(reading)} says that it was opened or moved."
        return [self._signal(reading, "tamper", why, _switched("Tamper"))]

    def _clock(self, reading: Reading, device: _Device) -> list[Signal]:
        if reading.time_claim is _TRUSTED:
            if device.wrong < 0 or device.wrong >= WRONG_IN_A_ROW:
                device.wrong = min(device.wrong, 0) - 1
            if device.wrong <= -WRONG_IN_A_ROW or 0 < device.wrong < WRONG_IN_A_ROW:
                device.wrong = 0
            return []
        if reading.time_claim is not _WRONG or reading.at is None or device.wrong < 0:
            return []
        device.wrong = min(device.wrong + 1, WRONG_IN_A_ROW + 1)
        if device.wrong != WRONG_IN_A_ROW:
            return []
        seconds = (reading.at - reading.received_at).total_seconds()
        series = EvidenceSeries(name="Clock ahead of ours", x=[0.0], y=[seconds], unit="s")
        size, who = roughly(abs(seconds)), _whose(reading)
        what = f"The clock of {who} is {size} fast"
        if seconds < 0:
            what = f"What {who} says is {size} old: its clock is slow, or it holds everything back"
        why = f"{what}; we go by the time of receipt."
        return [self._signal(reading, "clock_wrong", why, series)]

    def _stuck(self, reading: Reading, seen: Glance) -> list[Signal]:
        if seen.stuck_since is None:
            return []
        since = self._local.day_and_clock(seen.stuck_since)
        what, name = ("sensor", reading.sensor) if reading.sensor else ("device", reading.device)
        who = _and_where(reading, f"The {what}", name)
        why = (
            f"{who} has gone on saying that somebody moves since {since}; until "
            "it stops, that counts as no movement."
        )
        return [self._signal(reading, "stuck", why, _switched("Movement"))]

    def _count(self, reading: Reading, device: _Device) -> None:
        number = reading.data.get("seq")
        if not isinstance(number, int) or isinstance(number, bool):
            return
        if not 0 <= number <= _HIGHEST:
            return
        boot = str(reading.data.get("boot", ""))[:_BOOT_KEPT]
        ahead = number - device.number
        if boot != device.boot or device.number < 0:
            device.overtook = []
            self._count_from(number, boot, device)
        elif abs(ahead) > LARGEST_GAP:
            if ahead < 0:
                said = range(max(device.first, device.number - _MISSING), device.number + 1)
                heard = [each for each in said if each not in device.missing]
                device.overtook = [*device.overtook, *heard][-_MISSING:]
            self._count_from(number, boot, device)
        elif number in device.missing:
            device.missing = [each for each in device.missing if each != number]
            device.gap_at = device.gap_at if device.missing else None
        elif ahead > 1:
            between = range(device.number + 1, number)
            missing = [each for each in between if each not in device.overtook]
            device.number = number
            if missing:
                device.missing = [*device.missing, *missing][-_MISSING:]
                device.gap_at = device.gap_at or reading.received_at
                due = device.gap_at + GAP_WAITS
                self.due_at = due if self.due_at is None else min(self.due_at, due)
        else:
            device.number = max(device.number, number)

    def _count_from(self, number: int, boot: str, device: _Device) -> None:
        device.boot, device.number, device.first = boot, number, number
        device.missing, device.gap_at = [], None

    def _gap(self, key: str, device: _Device, at: datetime) -> Signal:
        numbers, who = device.missing, key.partition("/")[0]
        count = "1 message" if len(numbers) == 1 else f"{len(numbers)} messages"
        if len(numbers) == _MISSING:
            count += " or more"
        noticed = self._local.clock((at - GAP_WAITS).timestamp())
        series = EvidenceSeries(
            name="Numbers that never came", x=[float(n) for n in range(len(numbers))],
            y=[float(n) for n in numbers],
        )  # fmt: skip
        return Signal(
            id=signal_id(self._profile, self.name, "gap", key, device.boot, str(numbers[0])),
            org=self._profile.org, home=self._profile.home, kind=SignalKind.EQUIPMENT, type=GAP,
            occurred_at=at, raised_at=at, source=self.name, device=who,
            why=f"Of what {who} said before {noticed}, {count} did not reach us: its line is down, "
            "or loses some of it.",
            evidence=Evidence(around=device.gap_at, facts={"boot": device.boot}, series=[series]),
        )  # fmt: skip

    def _signal(self, reading: Reading, trouble: str, why: str, series: EvidenceSeries) -> Signal:
        return Signal(
            id=signal_id(self._profile, self.name, trouble, reading.device, reading.id),
            org=self._profile.org, home=self._profile.home, kind=SignalKind.EQUIPMENT,
            type=trouble, occurred_at=reading.occurred_at, raised_at=reading.received_at, why=why,
            source=self.name, device=reading.device, reading=reading.id, room=reading.room,
            late=reading.time_claim is ClaimOfTime.LATE,
            evidence=Evidence(around=reading.occurred_at, series=[series]),
        )  # fmt: skip

    def _look_at_dues(self) -> None:
        gaps = [d.gap_at for d in self._state.devices.values() if d.gap_at is not None]
        self.due_at = min(gaps) + GAP_WAITS if gaps else None


def _folded(numbers: list[int]) -> list[int]:
    """The same in few bytes: below 0 stands by how much a number is above the one before."""
    steps = (then - now for then, now in itertools.pairwise(numbers))
    return numbers[:1] + [
        step if step < 0 else number for step, number in zip(steps, numbers[1:], strict=True)
    ]


def _unfolded(folded: list[int]) -> list[int]:
    return [*itertools.accumulate(folded, lambda last, each: last - each if each < 0 else each)]


def _whose(reading: Reading) -> str:
    return _and_where(reading, "the sensor", reading.sensor) if reading.sensor else reading.device


def _and_where(reading: Reading, what: str, name: str) -> str:
    room = f" in the {spoken(place(reading.room, None))}" if reading.room else ""
    return f"{what} {name}{room}"


def _switched(name: str) -> EvidenceSeries:
    off_then_on = name != "Mains"
    return EvidenceSeries(
        name=name, x=[-1.0, 0.0], y=[0.0, 1.0] if off_then_on else [1.0, 0.0],
        labels=["before", "now"],
    )  # fmt: skip

"""Has the hub gone quiet? A dark home is a fact about the equipment, not about the person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

import msgspec

from detectors.base import HomeProfile, pack, signal_id, unpack
from detectors.local_time import DAY_S, local_time
from detectors.movement import Glance
from detectors.spell import roughly
from telecare.messages import Evidence, EvidenceSeries, Reading, Signal
from telecare.vocabulary import ReadingKind, SignalKind

_VERSION = 1
_KEPT_INTERVALS = 12
_DAYS_FROM_S = 2 * DAY_S
_HEARTBEAT = ReadingKind.HEARTBEAT


class _Hub(msgspec.Struct, array_like=True):
    heard: datetime
    intervals: list[int]
    """Seconds between its last words, oldest first: the evidence."""
    silent: bool | str = False
    """Whether a signal of its silence since `heard` is open; other versions kept that one's id."""


class _State(msgspec.Struct, array_like=True):
    hubs: dict[str, _Hub]


class DeviceHealth:
    """Raises `hub_silent` when a hub that promises heartbeats says nothing at all for its
    policy's seconds, found by the deadline alone; `hub_back` at its next word. Of any other
    device that promises a word, and of a sensor behind a hub, it raises `equipment` of type
    `missed_check_in` instead: the home itself is still seen.

    Any message shows that a hub lives, not only a heartbeat. A hub that has never spoken
    is waiting to be installed, not silent; the one that was withdrawn before it is missed until
    then, and what was said of that one ends with the new one's word, or, where none is to follow,
    with the first movement that a sensor of its own sees. Through a silent hub no sensor
    can be heard: their time begins anew at its next word, so that one dark hub is one matter.
    """

    name: ClassVar[str] = "device_health"
    listens_to: ClassVar[frozenset[ReadingKind]] = frozenset(ReadingKind)

    def __init__(self, profile: HomeProfile) -> None:
        self.due_at: datetime | None = None
        self._profile = profile
        self._local = local_time(profile.timezone)
        self._hubs = profile.seen_through()
        promised = {**profile.gone, **profile.hubs, **profile.sensors}
        self._allowed = {each: timedelta(seconds=s) for each, s in promised.items()}
        self._state = _State({})

    def observe(self, reading: Reading, seen: Glance) -> list[Signal]:
        if seen.heard is None:
            return []
        heard = reading.received_at if seen.is_late else reading.occurred_at
        found = self._heard(reading.device, reading, heard)
        if self._hubs.gone and self._hubs.takes_a_place(reading.device, seen.room):
            found += self._succeeds(reading, heard)
        if reading.sensor and self._profile.sensors:
            found += self._heard(f"{reading.device}/{reading.sensor}", reading, heard)
        return found

    def _heard(self, who: str, reading: Reading, heard: datetime) -> list[Signal]:
        allowed = self._allowed.get(who)
        if allowed is None:
            return []
        hub = self._state.hubs.get(who)
        if hub is None:
            self._state.hubs[who] = _Hub(heard, [])
            self._want(heard + allowed)
            return []
        if heard <= hub.heard:
            return []
        gap = heard - hub.heard
        if gap > allowed:
            self._begin_anew(who, heard)
        if reading.kind is _HEARTBEAT or gap > allowed:
            hub.intervals.append(int(gap.total_seconds()))
            if len(hub.intervals) > _KEPT_INTERVALS:
                del hub.intervals[0]
        silent_since = hub.heard
        open_signal = self._silence(who, hub) if hub.silent else ""
        hub.heard, hub.silent = heard, False
        if self.due_at is None:
            self._want(heard + allowed)
        if not open_signal:
            return []
        return [self._back(who, reading, heard, silent_since, open_signal)]

    def tick(self, now: datetime) -> list[Signal]:
        if self.due_at is None or now < self.due_at:
            return []
        signals = []
        self.due_at = None
        waited_for = self._waited_for()
        for device, hub in self._state.hubs.items():
            allowed = self._allowed.get(device)
            if allowed is None or hub.silent or device not in waited_for:
                continue
            deadline = hub.heard + allowed
            if deadline <= now and self._is_dark(device.partition("/"), now):
                continue  # looked at again when its hub speaks
            if deadline <= now:
                signals.append(self._silent(device, hub, deadline))
            else:
                self._want(deadline)
        return signals

    def snapshot(self) -> bytes:
        return pack(_VERSION, self._state)

    def restore(self, snapshot: bytes) -> None:
        self._state = unpack(_VERSION, snapshot, _State)
        self.due_at = None
        waited_for = self._waited_for()
        for device, hub in [*self._state.hubs.items()]:
            if device in waited_for and not hub.silent:
                self._want(hub.heard + self._allowed[device])
            elif not hub.silent:
                del self._state.hubs[device]  # should it come, it comes as a new one

    def _waited_for(self) -> set[str]:
        """Whose silence is to be told."""
        hubs = self._hubs.waited_for({who: each.heard for who, each in self._state.hubs.items()})
        return {*hubs, *self._profile.hubs, *self._profile.sensors}

    def _succeeds(self, reading: Reading, heard: datetime) -> list[Signal]:
        """A hub speaks: of those that were withdrawn none is missed any more."""
        hubs = self._state.hubs
        over = [(who, hubs.pop(who)) for who in self._hubs.gone if who in hubs]
        return [self._succeeded(who, hub, reading, heard) for who, hub in over if hub.silent]

    def _is_dark(self, parts: tuple[str, str, str], now: datetime) -> bool:
        """Whether it is a sensor whose hub is not heard itself."""
        device, of_sensor, _ = parts
        hub, allowed = self._state.hubs.get(device), self._allowed.get(device)
        if not of_sensor or hub is None or allowed is None:
            return False
        return bool(hub.silent) or hub.heard + allowed <= now

    def _begin_anew(self, device: str, heard: datetime) -> None:
        for who, sensor in self._state.hubs.items():
            allowed = self._allowed.get(who)
            if who.startswith(f"{device}/") and not sensor.silent and allowed is not None:
                sensor.heard = max(sensor.heard, heard)
                self._want(sensor.heard + allowed)

    def _want(self, moment: datetime) -> None:
        # Later words only move a deadline back, so an early due is kept and re-judged then:
        # a heartbeat costs no rescheduling.
        if self.due_at is None or moment < self.due_at:
            self.due_at = moment

    def _silent(self, device: str, hub: _Hub, deadline: datetime) -> Signal:
        hub.silent = True
        allowed_s = self._allowed[device].total_seconds()
        clock = self._local.day_and_clock if allowed_s >= _DAYS_FROM_S else self._local.clock
        since = clock(hub.heard.timestamp())
        of_hub = self._hubs.is_hub(device)
        return Signal(
            id=self._silence(device, hub),
            org=self._profile.org,
            home=self._profile.home,
            kind=SignalKind.HUB_SILENT if of_hub else SignalKind.EQUIPMENT,
            type="" if of_hub else "missed_check_in",
            occurred_at=deadline,
            raised_at=deadline,
            why=f"Nothing has been heard from this home's hub for {roughly(allowed_s)}, "
            f"since {since}; we cannot see the home."
            if of_hub
            else f"{_named(device)} promised to check in and was not heard for "
            f"{roughly(allowed_s)}, since {since}.",
            source=self.name,
            device=device.partition("/")[0],
            evidence=Evidence(
                around=hub.heard,
                facts={
                    "last_heard_at": hub.heard.isoformat(),
                    "silent_after_s": allowed_s,
                },
                series=[_intervals(hub, [*hub.intervals, int(allowed_s)], allowed_s)],
            ),
        )

    def _silence(self, who: str, hub: _Hub) -> str:
        """Id of the signal that it is silent."""
        return signal_id(self._profile, self.name, "silent", who, hub.heard.isoformat())

    def _back(
        self, who: str, reading: Reading, heard: datetime, since: datetime, ended: str
    ) -> Signal:
        silent_s = (heard - since).total_seconds()
        name = "The hub" if self._hubs.is_hub(who) else _named(who)
        why = f"{name} speaks again after {roughly(silent_s)} of silence."
        return self._over(reading.device, reading, heard, why, ended, silent_s=silent_s)

    def _succeeded(self, who: str, hub: _Hub, reading: Reading, heard: datetime) -> Signal:
        why = f"The silent hub {who} was withdrawn; the home is seen by {reading.device} instead."
        return self._over(who, reading, heard, why, self._silence(who, hub))

    def _over(
        self, device: str, reading: Reading, heard: datetime, why: str, ended: str, **facts: float
    ) -> Signal:
        return Signal(
            id=signal_id(self._profile, self.name, "back", ended),
            org=self._profile.org,
            home=self._profile.home,
            kind=SignalKind.HUB_BACK,
            occurred_at=heard,
            raised_at=heard,
            why=why,
            source=self.name,
            device=device,
            reading=reading.id,
            evidence=Evidence(around=heard, facts={"ends": ended, **facts}),
        )


def _named(who: str) -> str:
    device, of_sensor, sensor = who.partition("/")
    return f"The sensor {sensor} behind {device}" if of_sensor else f"The device {device}"


def _intervals(hub: _Hub, seconds: list[int], allowed_s: float) -> EvidenceSeries:
    """The pauses between its last words, the present one last."""
    return EvidenceSeries(
        name="Seconds between words of the hub",
        x=[float(i) for i in range(len(seconds))],
        y=[float(s) for s in seconds],
        labels=[
            *(f"-{len(hub.intervals) - i}" for i in range(len(hub.intervals))),
            "now",
        ],
        unit="s",
        usual_low=0.0,
        usual_high=allowed_s,
    )

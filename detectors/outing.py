"""Where is whoever carries this locating device, and do they look lost?

Four ways to look lost: out at an hour when this person never is; walking to and fro, round
and round or without a goal where they do not usually do so; walking away on ground they do
not know; out of a zone that people have drawn. What is usual is learnt for four weeks
first; until then only odd hours and zones are judged.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from detectors import outing_news
from detectors.base import HomeProfile, at, pack, settings_of, signal_id, unpack
from detectors.geofence import Fence, Side, Zone, ZoneAlert, fence_of, round_fence, step
from detectors.journey import Journey, Kept, Told
from detectors.local_time import local_time
from detectors.lostness import Judge, Lostness, OutingSettings
from detectors.movement import Glance
from detectors.outing_news import Scene
from detectors.position import Fix, Ground, Point, fix_of
from telecare.messages import Reading, Signal
from telecare.vocabulary import ReadingKind

_VERSION = 1
_MOST_DEVICES = 4
_USELESS_M = 150.0
"""A fix claimed no better than this says only that the device is alive."""


class _State(msgspec.Struct, array_like=True):
    devices: dict[str, Kept]


class Outing:
    """Raises `wandering` once an outing, `whereabouts` while it lasts, `returned` at its end;
    `out_of_touch` when the device falls silent or its battery runs out while they are out;
    `whereabouts` beside every alarm of the home while they are out.

    Whoever is out keeps every protection they have at home: nothing here holds back another
    signal, and `testimony` says in its evidence that they were out. Without the home's
    position only zones are watched.
    """

    name: ClassVar[str] = "outing"
    listens_to: ClassVar[frozenset[ReadingKind]] = frozenset(
        {ReadingKind.LOCATION, ReadingKind.STATUS, ReadingKind.HEARTBEAT, ReadingKind.ALARM}
    )

    def __init__(self, profile: HomeProfile) -> None:
        self.due_at: datetime | None = None
        self._profile = profile
        self._set = settings_of(profile, self.name, OutingSettings)
        self._local = local_time(profile.timezone)
        self._journeys: dict[str, Journey] = {}
        self._ground: Ground | None = None
        self._landmark = "home"
        self._home: Fence | None = None
        self._fences: dict[str, tuple[Zone, Fence]] = {}
        self._judge = Judge(self._set, self._local, self._is_known_ground)
        self._survey()

    def observe(self, reading: Reading, seen: Glance) -> list[Signal]:
        journey = self._journeys.get(reading.device)
        if journey is None and reading.kind is ReadingKind.HEARTBEAT:
            return []
        fix = None
        if reading.kind is ReadingKind.LOCATION or reading.kind is ReadingKind.ALARM:
            fix = fix_of(reading)
            if fix is not None and journey is None:
                journey = self._meet(reading.device)
        signals: list[Signal] = []
        if journey is not None and seen.heard is not None:
            signals += self._hears(reading, journey, seen.heard)
            if fix is not None and (journey.kept.fix is None or fix.at > journey.kept.fix.at):
                signals += self._moves(reading, journey, fix)
            self._look_at_due()
        if reading.kind is ReadingKind.ALARM:
            signals += self._beside_an_alarm(reading)
        return signals

    def tick(self, now: datetime) -> list[Signal]:
        if self.due_at is None or now < self.due_at:
            return []
        signals = []
        for device, journey in self._journeys.items():
            due = self._silent_from(journey)
            if due is not None and at(due) <= now:
                identity = self._id("silent", device, repr(journey.kept.heard_at))
                journey.kept.silent = identity
                signals.append(outing_news.silent(self._scene(device, journey, now), identity))
        self._look_at_due()
        return signals

    def blind(self, since: datetime, until: datetime) -> None:  # noqa: ARG002 - its end counts
        """A device nobody could hear was not silent."""
        for journey in self._journeys.values():
            journey.kept.heard_at = max(journey.kept.heard_at, until.timestamp())
        self._look_at_due()

    def testimony(self, moment: float) -> dict[str, str]:
        """What other signals of this home should know: empty while nobody is out."""
        for journey in self._journeys.values():
            fix = journey.kept.fix
            if journey.is_out and fix is not None:
                return {
                    "out_since": at(journey.kept.left_at).isoformat(),
                    "last_position": outing_news.last_position(
                        self._local, fix, self._landmark, self._point(fix), moment
                    ),
                }
        return {}

    def snapshot(self) -> bytes:
        return pack(_VERSION, _State({d: j.packed() for d, j in self._journeys.items()}))

    def restore(self, snapshot: bytes) -> None:
        state = unpack(_VERSION, snapshot, _State)
        # Where the register knows the home's place no longer, nothing can be said of anybody.
        devices = {} if self._ground is None else state.devices
        self._journeys = {d: Journey(self._local, kept) for d, kept in devices.items()}
        if self._home is None:
            for journey in self._journeys.values():
                journey.come_home()  # or nothing would ever end their being out
        self._look_at_due()

    def _survey(self) -> None:
        """Draw the home's lines on the ground around it."""
        if self._profile.position is not None:
            self._ground = Ground(*self._profile.position)
            self._home = round_fence((0.0, 0.0), self._set.home_radius_m, self._set.margin_m)
        for zone in self._set.zones:
            if self._ground is None:
                self._ground = Ground(*zone.middle)
                self._landmark = f"the middle of {zone.name!r}"
            self._fences[zone.name] = (zone, fence_of(zone, self._ground, self._set.margin_m))

    def _meet(self, device: str) -> Journey | None:
        """A device heard for the first time; None where nothing could be said of it."""
        if self._ground is None:
            return None
        if len(self._journeys) >= _MOST_DEVICES:
            journeys = self._journeys
            del journeys[min(journeys, key=lambda each: (journeys[each].kept.heard_at, each))]
        journey = self._journeys[device] = Journey(self._local)
        return journey

    def _hears(self, reading: Reading, journey: Journey, heard: float) -> list[Signal]:
        """The device speaks: its battery, and the end of a silence."""
        kept = journey.kept
        journey.hear(heard, reading.battery)
        signals = []
        if kept.silent and reading.kind is not ReadingKind.ALARM:
            ended, kept.silent = kept.silent, ""
            scene = self._scene(reading.device, journey, reading.received_at, reading)
            signals.append(outing_news.heard_again(scene, self._id("heard", ended), ended))
        low = kept.battery is not None and kept.battery <= self._set.low_battery
        if low and journey.is_out and not kept.weak:
            kept.weak = True
            identity = self._id("battery", reading.device, repr(kept.left_at))
            scene = self._scene(reading.device, journey, reading.received_at, reading)
            signals.append(outing_news.weak(scene, identity))
        return signals

    def _moves(self, reading: Reading, journey: Journey, fix: Fix) -> list[Signal]:
        kept = journey.kept
        if fix.accuracy_m > _USELESS_M:
            return []
        kept.fix = fix
        point = self._point(fix)
        scene = self._scene(reading.device, journey, reading.received_at, reading)
        signals = self._crosses_zones(journey, fix, point, scene)
        if self._home is None:
            return signals
        side = self._home.side(point, fix.accuracy_m)
        fixes, seconds = self._set.confirm_fixes, self._set.confirm_seconds
        changed = step(kept.home, side, fix.at, fixes, seconds)
        if changed is False or (kept.home.inside is False and not journey.is_out):
            journey.leave(kept.home.since or fix.at)
        elif changed is True:
            signals += self._is_back(journey, scene)
        if journey.is_out:
            if side is Side.INSIDE:
                kept.trail.restart()  # past the own door: another walk
            signals += self._is_out(journey, fix, point, scene)
        return signals

    def _crosses_zones(
        self, journey: Journey, fix: Fix, point: Point, scene: Scene
    ) -> list[Signal]:
        signals = []
        for name, (zone, fence) in self._fences.items():
            standing = journey.kept.zones.setdefault(name, Kept().home)
            side = fence.side(point, fix.accuracy_m)
            fixes, seconds = self._set.confirm_fixes, self._set.confirm_seconds
            inside = step(standing, side, fix.at, fixes, seconds)
            news = {ZoneAlert.LEAVING: False, ZoneAlert.ENTERING: True}.get(zone.alert)
            if inside is None or news is None:
                continue
            # That they are missing already is no reason to keep a danger back.
            if inside is news and (inside or journey.kept.wandering is None):
                lost = Lostness("entered_zone" if inside else "left_zone", zone=name)
                signals.append(self._raise(journey, lost, scene))
            elif inside is not news and (told := journey.crossed_back(name)) is not None:
                identity = self._id("returned", told.id)
                signals.append(outing_news.crossed_back(scene, identity, told, inside=inside))
        for gone in journey.kept.zones.keys() - self._fences.keys():
            del journey.kept.zones[gone]
        return signals

    def _is_back(self, journey: Journey, scene: Scene) -> list[Signal]:
        kept = journey.kept
        away_s = scene.moment - kept.left_at if kept.left_at else 0.0
        told = journey.ended()
        journey.come_home()
        return [
            outing_news.returned(scene, self._id("returned", each.id), each.id, away_s)
            for each in told
        ]

    def _is_out(self, journey: Journey, fix: Fix, point: Point, scene: Scene) -> list[Signal]:
        kept = journey.kept
        if not kept.trail.add(fix.at, point):
            return []
        if kept.wandering is not None:
            return self._still_gone(kept.wandering, scene)
        lost = self._judge.why(journey, fix.at, point)
        self._learn(journey, fix.at)
        return [] if lost is None else [self._raise(journey, lost, scene)]

    def _learn(self, journey: Journey, moment: float) -> None:
        journey.was_out(moment)
        _, points = journey.kept.trail.smooth()
        if not points or journey.kept.trail.rode_at:
            return  # where they are driven is not where they walk alone
        day = journey.day(moment)
        journey.places.walked(points[-1], day)
        for point in self._judge.circling(journey):
            journey.places.walked(point, day, circling=True)

    def _still_gone(self, told: Told, scene: Scene) -> list[Signal]:
        if scene.moment - told.at < self._set.tell_minutes * 60:
            return []
        told.at = scene.moment
        identity = self._id("whereabouts", told.id, repr(scene.moment))
        return [outing_news.whereabouts(scene, identity, of=told.id)]

    def _raise(self, journey: Journey, lost: Lostness, scene: Scene) -> Signal:
        identity = self._id(lost.type, scene.device, lost.zone, repr(scene.moment))
        journey.raised(Told(identity, scene.moment, lost.zone))
        return outing_news.wandering(scene, identity, lost)

    def _beside_an_alarm(self, reading: Reading) -> list[Signal]:
        """An alarm came while somebody is out: where they were last seen goes with it."""
        signals = []
        for device, journey in self._journeys.items():
            if journey.is_out and journey.kept.fix is not None:
                scene = self._scene(device, journey, reading.received_at, reading)
                identity = self._id("beside", device, reading.device, reading.id)
                signals.append(outing_news.whereabouts(scene, identity, of=reading.id))
        return signals

    def _scene(
        self, device: str, journey: Journey, now: datetime, reading: Reading | None = None
    ) -> Scene:
        assert journey.kept.fix is not None  # a device is met at its first fix
        return Scene(
            profile=self._profile, local=self._local, device=device, journey=journey,
            point=self._point(journey.kept.fix), landmark=self._landmark, now=now,
            reading=reading,
        )  # fmt: skip

    def _is_known_ground(self, point: Point) -> bool:
        """Whether people have said that this ground is known."""
        return any(
            zone.alert is ZoneAlert.NEVER and fence.covers(point)
            for zone, fence in self._fences.values()
        )

    def _point(self, fix: Fix) -> Point:
        assert self._ground is not None
        return self._ground.metres(fix.latitude, fix.longitude)

    def _silent_from(self, journey: Journey) -> float | None:
        kept = journey.kept
        if not journey.is_out or kept.silent:
            return None
        return kept.heard_at + self._set.silent_minutes * 60

    def _look_at_due(self) -> None:
        dues = [due for j in self._journeys.values() if (due := self._silent_from(j)) is not None]
        self.due_at = at(min(dues)) if dues else None

    def _id(self, *parts: str) -> str:
        return signal_id(self._profile, self.name, *parts)

"""What is said of somebody who is out: sentences without a map, and tracks to draw."""

from __future__ import annotations

from datetime import datetime

import msgspec

from detectors.base import HomeProfile, at
from detectors.journey import Journey, Told
from detectors.local_time import LocalTime
from detectors.lostness import Lostness, heading
from detectors.position import Fix, Point, apart, distance, seen_from
from detectors.spell import spell
from telecare.messages import Evidence, EvidenceSeries, Reading, Signal
from telecare.vocabulary import SignalKind


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a sentence may need."""

    profile: HomeProfile
    local: LocalTime
    device: str
    journey: Journey
    point: Point
    landmark: str
    """What `point` is seen from: `home`, or where nobody knows that, a zone."""
    now: datetime
    reading: Reading | None = None

    @property
    def moment(self) -> float:
        """When it happened, POSIX seconds."""
        return (self.reading.occurred_at if self.reading else self.now).timestamp()


def wandering(scene: Scene, identity: str, lost: Lostness) -> Signal:
    """Somebody looks lost."""
    return _signal(scene, identity, SignalKind.WANDERING, _why(scene, lost), lost.type, lost)


def returned(scene: Scene, identity: str, ended: str, away_s: float) -> Signal:
    """And is home again."""
    gone = f" after {spell(away_s)}" if away_s else ""
    why = f"The locating device is back home{gone}."
    return _signal(scene, identity, SignalKind.RETURNED, why, facts={"ends": ended})


def crossed_back(scene: Scene, identity: str, told: Told, *, inside: bool) -> Signal:
    """The line that was crossed has been crossed back."""
    side = "back inside" if inside else "out of"
    why = f"The locating device is {side} the zone {told.zone!r}; {_last(scene)}."
    return _signal(scene, identity, SignalKind.RETURNED, why, facts={"ends": told.id})


def whereabouts(scene: Scene, identity: str, of: str) -> Signal:
    """Where they are, for those who search; opens nothing by itself."""
    why = f"{_capital(_last_and_heading(scene))}."
    return _signal(scene, identity, SignalKind.WHEREABOUTS, why, facts={"of": of})


def silent(scene: Scene, identity: str) -> Signal:
    """The device has said nothing for too long while they are out."""
    kept = scene.journey.kept
    quiet = spell(scene.now.timestamp() - kept.heard_at)
    battery = "" if kept.battery is None else f"; its battery was at {kept.battery:.0f} per cent"
    why = (
        f"The locating device has been silent for {quiet} while its carrier is out: "
        f"{_last(scene)}{battery}."
    )
    return _signal(scene, identity, SignalKind.OUT_OF_TOUCH, why, "silent")


def weak(scene: Scene, identity: str) -> Signal:
    """Its battery is nearly empty while they are out."""
    why = (
        f"The locating device's battery is at {scene.journey.kept.battery or 0:.0f} per cent "
        f"while its carrier is out: {_last(scene)}."
    )
    return _signal(scene, identity, SignalKind.OUT_OF_TOUCH, why, "battery")


def heard_again(scene: Scene, identity: str, ended: str) -> Signal:
    """The silent device speaks again."""
    why = f"The locating device speaks again; {_last(scene)}."
    return _signal(scene, identity, SignalKind.WHEREABOUTS, why, facts={"ends": ended})


def last_position(local: LocalTime, fix: Fix, landmark: str, point: Point, moment: float) -> str:
    """`650 metres north-east of home at 14:32 (within 12 metres)`, with the age if it is old."""
    age = moment - fix.at
    old = f", {spell(age)} ago" if age >= 600 else ""
    return (
        f"{seen_from(landmark, point)} at {local.clock(fix.at)}{old} "
        f"(within {max(round(fix.accuracy_m), 5)} metres)"
    )


def _why(scene: Scene, lost: Lostness) -> str:
    clock = scene.local.clock(scene.journey.kept.left_at or scene.moment)
    here = _last_and_heading(scene)
    if lost.type == "left_zone":
        return f"Has left the zone {lost.zone!r}; {here}."
    if lost.type == "entered_zone":
        return f"Has entered the zone {lost.zone!r}; {here}."
    if lost.type == "odd_hour":
        return f"Left home at {clock}, {_how_odd(lost.days_out)}; {here}."
    if lost.type == "away":
        return f"Is walking away from home where they do not usually walk; {here}."
    manner = {
        "pacing": "to and fro",
        "lapping": "round and round",
        "random": "this way and that without a goal",
    }[lost.type]
    reach = distance(lost.path.reach_m if lost.path else 0.0)
    return (
        f"Has been walking {manner} within {reach} for {spell(lost.minutes * 60)}, "
        f"where they do not usually do so; {here}."
    )


def _how_odd(days_out: float | None) -> str:
    if days_out is None:
        return "in the night"
    return f"an hour at which they are {'hardly ever' if days_out > 0 else 'never'} out"


def _last(scene: Scene) -> str:
    fix = scene.journey.kept.fix
    assert fix is not None
    moment = scene.now.timestamp()
    return "last seen " + last_position(scene.local, fix, scene.landmark, scene.point, moment)


def _last_and_heading(scene: Scene) -> str:
    return ", ".join(filter(None, (_last(scene), _heading(scene))))


def _heading(scene: Scene) -> str:
    """Heading home or not, from the last minutes of the trail; empty where they are too few."""
    return heading(*scene.journey.kept.trail.smooth())


def _signal(
    scene: Scene,
    identity: str,
    kind: SignalKind,
    why: str,
    type: str = "",  # noqa: A002 - the signal's own word
    lost: Lostness | None = None,
    facts: dict[str, str] | None = None,
) -> Signal:
    reading = scene.reading
    return Signal(
        id=identity,
        org=scene.profile.org,
        home=scene.profile.home,
        kind=kind,
        occurred_at=at(scene.moment),
        raised_at=scene.now,
        why=why,
        source="outing",
        type=type,
        device=scene.device,
        reading=reading.id if reading else None,
        evidence=_evidence(scene, lost, facts or {}),
    )


def _evidence(scene: Scene, lost: Lostness | None, facts: dict[str, str]) -> Evidence:
    kept = scene.journey.kept
    assert kept.fix is not None
    stated: dict[str, float | int | str | bool | None] = {
        "latitude": round(kept.fix.latitude, 5),
        "longitude": round(kept.fix.longitude, 5),
        "accuracy_m": round(kept.fix.accuracy_m),
        "seen_at": at(kept.fix.at).isoformat(),
        "heading": _heading(scene) or None,
        "battery": kept.battery,
        "left_home_at": at(kept.left_at).isoformat() if kept.left_at else None,
        "days_learnt": int(scene.journey.days_known(scene.moment)),
    }
    if scene.profile.position is not None:
        stated["from_home_m"] = round(apart((0.0, 0.0), scene.point))
    if lost is not None and lost.path is not None:
        stated |= {
            "path": lost.path.kind.value,
            "walked_m": round(lost.path.length_m),
            "reach_m": round(lost.path.reach_m),
            "displacement_m": round(lost.path.displacement_m),
            "walked_again": round(lost.path.again_share, 2),
            "sharp_turns": lost.path.turns,
        }
    times, points = kept.trail.smooth()
    away = EvidenceSeries(
        name=f"Distance from {scene.landmark}",
        x=[round(t - scene.moment) for t in times] or [round(kept.fix.at - scene.moment)],
        y=[round(apart((0.0, 0.0), p)) for p in points] or [round(apart((0.0, 0.0), scene.point))],
        unit="m",
    )
    marks: dict[str, float] = {}
    if kept.left_at and times and kept.left_at >= times[0]:
        marks["left home"] = round(kept.left_at - scene.moment)
    return Evidence(around=at(scene.moment), facts={**stated, **facts}, series=[away], marks=marks)


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]

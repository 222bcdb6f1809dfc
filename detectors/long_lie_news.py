"""What is said of somebody who does not come back from a visit, and why it is said or not."""

from __future__ import annotations

from datetime import datetime

import msgspec

from detectors.base import HomeProfile
from detectors.dwell import WINDOW_DAYS, Dwell
from detectors.local_time import LocalTime
from detectors.movement import spoken
from detectors.spell import spell
from detectors.visits import BATHROOM, NAME, Visit
from telecare.messages import Evidence, EvidenceSeries, Signal
from telecare.vocabulary import SignalKind


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a sentence may need."""

    profile: HomeProfile
    local: LocalTime
    visit: Visit
    dwell: Dwell
    """The last visits of its kind."""
    now: datetime

    @property
    def lasted(self) -> float:
        """Seconds since the visit began."""
        return self.now.timestamp() - self.visit.entered


def still(
    scene: Scene, identity: str, unknown_min: float, silent_since: float | None = None
) -> Signal:
    """Nothing has moved for too long, or had when a hub fell silent at `silent_since`;
    `unknown_min` is the usual length until one is known.
    """
    visit, clock = scene.visit, scene.local.clock
    since = clock(visit.still_since)
    if visit.watched > visit.moved:
        since += " when we could see again"
    minutes = ((silent_since or scene.now.timestamp()) - visit.still_since) / 60
    room = spoken(visit.room)
    if visit.kind == BATHROOM:
        begun = f"Went into the {room} at {clock(visit.entered)}"
    else:
        begun = f"Got up at {clock(visit.entered)} and was last seen in the {room}"
    if silent_since is None:
        why = f"{begun}; nothing has moved anywhere for {spell(minutes * 60)}, since {since}."
    else:
        why = (
            f"{begun}; nothing had moved anywhere for {spell(minutes * 60)} when a hub of this "
            f"home fell silent at {clock(silent_since)}, and nobody sees whether they "
            f"{_way_back(visit)}: ring."
        )
    facts: dict[str, float | int | str | bool | None] = {
        "still_minutes": round(minutes),
        "visit_minutes": round(scene.lasted / 60),
        "usual_minutes": round(scene.dwell.usual(unknown_min)),
        "visits_known": len(scene.dwell.minutes),
    }
    return _signal(scene, identity, SignalKind.INACTIVITY, why, facts)


def cannot_see(scene: Scene, identity: str, silent_since: float) -> Signal:
    """A hub is silent: nobody can tell whether they came out."""
    visit, local = scene.visit, scene.local
    since = local.clock_since(silent_since, scene.now.timestamp())
    why = (
        f"Somebody was last seen in the {spoken(visit.room)} at {local.clock(visit.moved)}, and a "
        f"hub of this home has been silent since {since}: whether they {_way_back(visit)} cannot "
        "be judged."
    )
    return _signal(scene, identity, SignalKind.UNJUDGED, why, {"reason": "hub_silent"})


def _way_back(visit: Visit) -> str:
    return "came out" if visit.kind == BATHROOM else "went back to bed"


def sees_no_returns(scene: Scene, identity: str, days: int, visits: str) -> Signal:
    """The home's sensors miss the way back from `visits` on too many days."""
    why = (
        f"On {days} of the last {WINDOW_DAYS} days nothing saw anybody come back from "
        f"{visits}, so a long stay there cannot be judged; another motion sensor on the way "
        "would help."
    )
    facts: dict[str, float | int | str | bool | None] = {"reason": "returns_unseen", "days": days}
    return _signal(scene, identity, SignalKind.UNJUDGED, why, facts)


def _signal(
    scene: Scene, identity: str, kind: SignalKind, why: str,
    facts: dict[str, float | int | str | bool | None],
) -> Signal:  # fmt: skip
    return Signal(
        id=identity,
        org=scene.profile.org,
        home=scene.profile.home,
        kind=kind,
        occurred_at=scene.now,
        raised_at=scene.now,
        why=why,
        source=NAME,
        type=scene.visit.kind,
        reading=scene.visit.reading,
        room=scene.visit.room,
        evidence=Evidence(around=scene.now, facts=facts, series=[_visits(scene)]),
    )


def _visits(scene: Scene) -> EvidenceSeries:
    """How long the last visits were, the present one last."""
    minutes = [*scene.dwell.minutes, round(scene.lasted / 60)]
    return EvidenceSeries(
        name="Length of the last visits",
        x=[float(i) for i in range(len(minutes))],
        y=[float(m) for m in minutes],
        labels=[*(f"-{len(minutes) - 1 - i}" for i in range(len(minutes) - 1)), "now"],
        unit="min",
        usual_low=0.0,
        usual_high=scene.dwell.usual(15.0),
    )

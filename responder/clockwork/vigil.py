"""Do the gateway and the detectors work? If not, somebody is told within two minutes.

A service that does not beat, that says it cannot work or that lags behind (its own word)
for longer than `PATIENCE_S` opens an alert of its own in every organisation, because every
home is affected. What stands is read from the alert, never from memory: several responders
tell it once, and one that was restarted goes on where the last one stood.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from enum import StrEnum
from functools import partial

from responder.arriving.intake import take_in
from responder.clockwork.apart import Apart
from responder.store import Work, Works
from responder.whom.people import PLATFORM_HOME
from telecare.clock import Clock
from telecare.messages import Signal
from telecare.observe import Health
from telecare.store.lane import LaneRecord
from telecare.vocabulary import SignalKind

PATIENCE_S = 45.0
"""Real seconds: a service that is only restarted is back by then. With the 60 s of lag the
detectors allow themselves it stays under two minutes."""
WELL_S = 15.0
"""Real seconds a service must work before it counts as back: one that dies again and again, and
says in between that it works, does not."""
LOOK_AGAIN_S = 10.0
"""Real seconds between two looks at the alert while a service is down."""
SAY_AGAIN_S = 900
"""Closed while it is still down, it opens again at the latest after this long."""

MEANS = {
    "gateway": "Nothing arrives from any home, no press either: ring those who depend on it most.",
    "detectors": "Falls, exits and stillness are not being judged; presses still arrive.",
}


class Step(StrEnum):
    """What to do about a service."""

    NOTHING = "nothing"
    TELL_DOWN = "tell_down"
    TELL_BACK = "tell_back"


def step_for(*, down: bool, last: SignalKind | None) -> Step:
    """What to do, given what the open alert last said of the service (None: no open alert)."""
    if down and last is not SignalKind.SERVICE_DOWN:
        return Step.TELL_DOWN
    if not down and last is SignalKind.SERVICE_DOWN:
        return Step.TELL_BACK
    return Step.NOTHING


class Vigil:
    """Looks at the services' beats. One loop calls it."""

    def __init__(
        self,
        works: Works,
        health: Callable[[str], Health],
        organisations: Callable[[], Sequence[str]],
        clock: Clock,
        machine: Clock,
    ) -> None:
        self._works = works
        self._health = health
        self._organisations = organisations
        self._clock, self._machine = clock, machine
        self._down_since: dict[str, float] = {}
        self._works_since: dict[str, float] = {}
        self._look_at = dict.fromkeys(MEANS, float("-inf"))
        self._well = dict.fromkeys(MEANS, False)
        """Whether we have made sure that no open alert still calls it down."""
        self._apart = Apart("vigil", works, clock, timedelta(seconds=LOOK_AGAIN_S * clock.speed))

    def step(self) -> int:
        """Look at each service; how many signals were raised."""
        return sum(self._watch(service) for service in MEANS)

    def _watch(self, service: str) -> int:
        health, now = self._health(service), self._machine.monotonic()
        if health.working:
            works_since = self._works_since.setdefault(service, now)
            if service in self._down_since and now - works_since < WELL_S:
                return 0
            self._down_since.pop(service, None)
            if self._well[service]:
                return 0
            told = self._tell(service, down=False, detail="")
            self._well[service] = None not in told
            return sum(each or 0 for each in told)
        self._works_since.pop(service, None)
        since = self._down_since.setdefault(service, now)
        if now - since < PATIENCE_S or now < self._look_at[service]:
            return 0
        self._look_at[service] = now + LOOK_AGAIN_S
        self._well[service] = False
        return sum(each or 0 for each in self._tell(service, down=True, detail=health.detail))

    def _tell(self, service: str, *, down: bool, detail: str) -> list[int | None]:
        """Of each organisation how many signals were raised; None where we stumbled over it."""
        return [
            self._apart.take(
                "vigil", org, service, partial(self._tell_one, org, service, down, detail)
            )
            for org in self._organisations()
        ]

    def _tell_one(self, org: str, service: str, down: bool, detail: str) -> int:  # noqa: FBT001
        with self._works.begin(self._clock.now()) as work:
            work.only_intake()
            last, count = _said(work, org, service)
            step = step_for(down=down, last=last)
            if step is Step.NOTHING:
                return 0
            signal = self._signal(org, service, step, detail, count)
            return take_in(work, [LaneRecord("vigil", 0, signal)])

    def _signal(self, org: str, service: str, step: Step, detail: str, count: int) -> Signal:
        now = self._clock.now()
        period = int(self._machine.now().timestamp()) // SAY_AGAIN_S
        down = step is Step.TELL_DOWN
        return Signal(
            id=f"{service}-{step.value}-{period}-{count}", org=org, home=PLATFORM_HOME,
            kind=SignalKind.SERVICE_DOWN if down else SignalKind.SERVICE_BACK, type=service,
            occurred_at=now, raised_at=now, source="vigil",
            why=f"{detail} {MEANS[service]}".strip() if down else f"The {service} works again.",
        )  # fmt: skip


def _said(work: Work, org: str, service: str) -> tuple[SignalKind | None, int]:
    """What the open alert last said of the service, and how many signals it has."""
    for alert in work.open_alerts([(org, PLATFORM_HOME)]):
        own = [s for s in work.signals(org, alert.id) if s.type == service and s.source == "vigil"]
        return (own[-1].kind if own else None), alert.signal_count
    return None, 0

"""Is anything stuck? Asked by somebody who takes no part in the work.

Every ten seconds one cheap look with a time limit; a kind of thing that two looks in a row find
late is raised as an alert of its own, once an hour. Every minute a beat leaves the house with the
head of the record, so that the outside notices within five minutes when nothing leaves any more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from responder.arriving.intake import Neighbour, take
from responder.channels.watch import OutsideBeat, Watch
from responder.store import Reads, Works, audit
from responder.store.audit import Stuck
from responder.whom.people import OFFICE
from responder.whom.planning import Planning
from telecare.clock import Clock, Jump
from telecare.errors import StoreUnavailable, TelecareError
from telecare.messages import Signal
from telecare.observe import log
from telecare.vocabulary import SignalKind

LOOK_EVERY = timedelta(seconds=10)
BEAT_EVERY = timedelta(seconds=60)
"""Five missed beats are the five minutes in which the outside must notice."""
PATIENCE = timedelta(seconds=30)
"""A due row left alone for longer is stuck: the steps look twenty times a second, and a lease
of somebody who died ends after five seconds."""

_WORDS = {
    "alert": "an alert's next step was not taken",
    "message": "a message was neither sent nor given up",
    "window": "a window did not begin or end",
    "expectation": "something expected was not looked at",
    "round": "what is done every night was not done",
    "erasure": "somebody's data were to be erased and were not",
    "dispatch": "a responder's job was not looked after",
    "package": "a package's review or end did not come to the list of calls",
    "concern": "a signal of our own is not taken in",
    "lane": "signals are not taken in",
}


class Auditor:
    """Looks, raises, beats. Holds nothing that a restart would lose."""

    def __init__(
        self,
        works: Works,
        reads: Reads,
        neighbours: Sequence[Neighbour],
        planning: Planning,
        clock: Clock,
        *,
        watch: Watch | None = None,
        jumps: Callable[[], list[Jump]] = list,
        orgs: Callable[[], list[str]] = list,
    ) -> None:
        self._works = works
        self._reads = reads
        self._neighbours = neighbours
        self._planning = planning
        self._clock = clock
        self._watch = watch
        self._jumps = jumps
        self._orgs = orgs
        # A virtual clock may run fast, and the work still takes real time.
        self._patience = PATIENCE * max(1.0, clock.speed)
        self._look_every = LOOK_EVERY.total_seconds() * clock.speed
        self._beat_every = BEAT_EVERY.total_seconds() * clock.speed
        self._looked = clock.monotonic()
        self._beaten = float("-inf")
        self._seen: set[tuple[str, str]] = set()
        self._stuck: list[Stuck] = []

    def step(self) -> int:
        """Look if it is time, then beat if it is time; how many things are stuck.

        Raises `StoreUnavailable` when the look could not be done: then no beat leaves either.
        """
        moment = self._clock.monotonic()
        if moment - self._looked >= self._look_every:
            self._looked = moment
            found = self._find()
            # Twice in a row: what an outage left behind is overdue at the first look after it
            # and done before the second. A backlog that moves and stays late is no better off.
            self._tell([each for each in found if (each.kind, each.org) in self._seen])
            self._seen = set(_kinds(found))
        if self._watch is not None and moment - self._beaten >= self._beat_every:
            self._beaten = moment
            self._beat(self._watch)
        return 0

    def look(self) -> list[Stuck]:
        """What is stuck now, whatever the time and at first sight; raised too."""
        self._tell(self._find())
        return self._stuck

    def _find(self) -> list[Stuck]:
        now = self._clock.now()
        return audit.look(self._works.database, now, self._patience) + self._stuck_lanes(now)

    def _tell(self, found: list[Stuck]) -> None:
        self._stuck = found
        now = self._clock.now()
        signals = [_told(kind, found, org, now) for kind, org in _kinds(found)]
        for jump in self._jumps():
            signals += [_jumped(org, jump, now) for org in self._orgs()]
        if signals:
            self._raise(signals, now)

    def _stuck_lanes(self, now: datetime) -> list[Stuck]:
        """Lanes whose next signal has waited longer than it may."""
        found = []
        for neighbour in self._neighbours:
            for lane in neighbour.lanes():
                records, _ = neighbour.read_signals(lane, self._reads.position(lane), 1)
                for each in records:
                    signal = each.record
                    if isinstance(signal, Signal) and now - signal.raised_at > self._patience:
                        found.append(Stuck(signal.org, "lane", lane, signal.raised_at))
        return found

    def _raise(self, signals: Sequence[Signal], now: datetime) -> None:
        """Open their alerts here and now: the intake may be what is stuck."""
        log("auditor").error("something is stuck", signals=[each.id for each in signals])
        with self._works.begin(now) as work:
            audit.impatient(work)
            work.only_intake()
            take(work, signals, self._planning)

    def _beat(self, watch: Watch) -> None:
        beat = OutsideBeat(
            at=self._clock.now().isoformat(timespec="seconds"), well=not self._stuck,
            stuck=len(self._stuck), heads=audit.heads(self._works.database),
        )  # fmt: skip
        try:
            watch.beat(beat)
        except StoreUnavailable:
            raise
        except TelecareError as error:
            # Whoever listens outside raises the alarm by itself; here it is only told.
            log("auditor").warning("the outside watch was not reached", reason=str(error))


def _kinds(found: Sequence[Stuck]) -> list[tuple[str, str]]:
    return sorted({(each.kind, each.org) for each in found})


def _told(kind: str, found: Sequence[Stuck], org: str, now: datetime) -> Signal:
    """The same kind in the same hour is the same signal."""
    count = sum(each.kind == kind and each.org == org for each in found)
    more = f" ({count} of them)" if count > 1 else ""
    return Signal(
        id=f"stuck-{kind}-{now:%Y%m%d%H}", org=org, home=OFFICE, kind=SignalKind.DUTY,
        type="stuck", occurred_at=now, raised_at=now, source="auditor",
        why=f"Something of ours is stuck: {_WORDS[kind]}{more}. Look at the queue by hand and "
        "call the engineer.",
    )  # fmt: skip


def _jumped(org: str, jump: Jump, now: datetime) -> Signal:
    way = "forward" if jump.seconds > 0 else "back"
    size = timedelta(seconds=round(abs(jump.seconds)))
    return Signal(
        id=f"clock-{int(jump.at.timestamp())}", org=org, home=OFFICE, kind=SignalKind.DUTY,
        type="clock", occurred_at=now, raised_at=now, source="auditor",
        why=f"The machine's clock jumped {way} by {size}: times shown around it may be wrong. "
        "Call the engineer.",
    )  # fmt: skip

"""Signals come in: each becomes an alert or joins one, once, in the order of its lane.

What a batch did, its record and the position in the lane are one transaction, so a crash
at any point takes each signal in exactly once. Signals of our own come by the same door.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar

from responder.arriving import incidents, suppression, triage
from responder.arriving.gathering import gather
from responder.arriving.suppression import Window
from responder.arriving.triage import Standing, Track
from responder.callout import dispatching
from responder.clockwork.in_hand import InHand
from responder.clockwork.stumbling import tried, untaken
from responder.kept.record import Act
from responder.life import alerts
from responder.life.alerts import Alert
from responder.store import Reads, Work, Works, timed
from responder.whom.planning import Planning
from telecare.clock import Clock, stopwatch
from telecare.crash import crash_at
from telecare.messages import Signal
from telecare.register.secrets import new_id
from telecare.store.lane import LaneRecord
from telecare.tenancy import PLATFORM
from telecare.vocabulary import AlertState

BATCH = 200
LIST_LANES_SECONDS = 0.25
"""How soon (real) a neighbour's further lane is noticed; its first one is noticed at once."""
WITH_PLAN, WITHOUT = 2, 3
"""At so many deaths with a signal alone in hand it is taken without its home's plan; at so many it
is only told of. All behind it wait meanwhile, for the order of a lane is kept.
"""
CALL_OUT_AGAIN = timedelta(seconds=60)
"""A babbling pendant is called out at most this often; its count grows all the same."""


T = TypeVar("T")
_As = Callable[[Signal, datetime], Signal]


def _as_it_is(signal: Signal, now: datetime) -> Signal:  # noqa: ARG001
    return signal


_Act = Callable[[Sequence[T], Planning | None, _As], int]
"""Takes in what it is given, in one transaction; how many signals were new."""


class Neighbour(Protocol):
    """Lanes of one neighbour, as `telecare.store.lane.LaneReader` offers them."""

    def lanes(self) -> list[str]: ...

    def read_signals(self, lane: str, after: int, limit: int) -> tuple[list[LaneRecord], int]: ...


class Intake:
    """Follows the lanes of all neighbours."""

    def __init__(
        self,
        works: Works,
        reads: Reads,
        neighbours: Sequence[Neighbour],
        clock: Clock,
        planning: Planning | None = None,
        in_hand: InHand | None = None,
    ) -> None:
        self._planning = planning
        self._in_hand = in_hand or InHand()
        self._works = works
        self._reads = reads
        self._neighbours = neighbours
        self._clock = clock
        self._seen: dict[str, int] = {}
        self._lanes: list[list[str]] = [[] for _ in neighbours]
        self._since_listed = stopwatch()

    def step(self) -> int:
        """Take in at most one batch of each lane; how many signals were new."""
        again = self._since_listed() > LIST_LANES_SECONDS
        if again:
            self._since_listed = stopwatch()
        taken = 0
        for number, neighbour in enumerate(self._neighbours):
            if again or not self._lanes[number]:
                self._lanes[number] = neighbour.lanes()
            taken += sum(self._follow(neighbour, lane) for lane in self._lanes[number])
        return taken + self._take_concerns()

    def _take_concerns(self) -> int:
        """Signals of our own, such as a visit that did not happen or a step without anybody."""
        waiting = timed.waiting_concerns(self._works.database, BATCH)
        return self._together("concerns", waiting, "-".join, self._take_told) if waiting else 0

    def _together(
        self, whose: str, found: Sequence[T], name: Callable[[T], str], act: _Act[T]
    ) -> int:
        """Take these in by one act; if we fail at one of them, or died with them in hand, each by
        its own. One that fails alone is taken without its home's plan, and at last only told of.
        """
        with self._in_hand.holding(whose) as deaths:
            taken = None
            if not deaths:
                taken = tried("intake", partial(act, found, self._planning, _as_it_is))
            if taken is None:
                taken = sum(self._alone(each, name(each), act) for each in found)
        return taken

    def _alone(self, one: T, name: str, act: _Act[T]) -> int:
        with self._in_hand.holding(name) as deaths:
            for deadly, planning in ((WITH_PLAN, self._planning), (WITHOUT, None)):
                if deaths < deadly:
                    taken = tried("intake", partial(act, [one], planning, _as_it_is))
                    if taken is not None:
                        return taken
            return act([one], None, untaken)

    def _take_told(
        self, keys: Sequence[tuple[str, str]], planning: Planning | None, as_: _As
    ) -> int:
        with self._works.begin(self._clock.now()) as work:
            work.only_intake()
            found = timed.take_concerns(work, len(keys), keys)
            return take(work, [as_(each, work.now) for each in found], planning)

    def _follow(self, neighbour: Neighbour, lane: str) -> int:
        if lane not in self._seen:
            self._seen[lane] = self._reads.position(lane)
        after = self._seen[lane]
        records, reached = neighbour.read_signals(lane, after, BATCH)
        if not records:
            # Only what was taken in is written down: an idle lane costs no transaction.
            self._seen[lane] = reached
            return 0
        taken = self._together(lane, records, _name, self._take_records)
        self._seen[lane] = reached
        return taken

    def _take_records(
        self, records: Sequence[LaneRecord], planning: Planning | None, as_: _As
    ) -> int:
        with self._works.begin(self._clock.now()) as work:
            work.only_intake()
            lane = records[0].lane
            position = work.position(lane)
            fresh = [r.record for r in records if r.offset > position]
            signals = [as_(each, work.now) for each in fresh if isinstance(each, Signal)]
            taken = take(work, signals, planning)
            work.move(lane, max(position, records[-1].offset))
            crash_at("before_intake_commit")
        crash_at("after_intake_commit")
        return taken


def _name(record: LaneRecord) -> str:
    return f"{record.lane}-{record.offset}"


def take_in(work: Work, records: Sequence[LaneRecord], planning: Planning | None = None) -> int:
    """Put these signals where they belong; how many were new."""
    return take(work, [s for r in records if isinstance(s := r.record, Signal)], planning)


def take(work: Work, found: Sequence[Signal], planning: Planning | None = None) -> int:
    """Put these signals where they belong, each once for ever; how many were new."""
    signals = {(s.org, s.id): s for s in found}
    known = work.known_signals(list(signals)) if signals else set()
    fresh = [signal for key, signal in signals.items() if key not in known]
    if fresh:
        _Batch(work, fresh, planning).take()
    return len(fresh)


class _Batch:
    def __init__(self, work: Work, signals: Sequence[Signal], planning: Planning | None) -> None:
        self._work = work
        self._signals = signals
        self._planning = planning
        homes = sorted({(s.org, s.home) for s in signals})
        self._windows: dict[tuple[str, str], list[Window]] = {}
        # Locked: what is held back by a window must be there for whoever ends it.
        for window in timed.windows.of_homes(work, homes, locked=True):
            self._windows.setdefault((window.org, window.home), []).append(window)
        self._held: list[tuple[Signal, Window]] = []
        self._silent: list[Alert] = []
        gathering = {s.org for s in signals if planning is not None and incidents.is_groupable(s)}
        opened = work.open_alerts(homes, gathering=sorted(gathering))
        self._open = {(a.org, a.home, a.track): a for a in opened}
        self._joined: dict[tuple[str, str], list[Signal]] = {}
        self._kept: list[tuple[Signal, str | None, int]] = []

    def take(self) -> None:
        for signal in self._signals:
            crash_at(f"signal_of_{signal.home}")
            window = suppression.holding(
                self._windows.get((signal.org, signal.home), ()), signal, self._work.now
            )
            if window is not None:
                self._hold_back(signal, window)
                continue
            track = triage.track_of(signal)
            alert = self._open.get((signal.org, signal.home, track))
            if alert is not None:
                self._join(alert, signal)
            elif triage.opens(signal):
                self._open_new(signal, track)
            else:
                self._kept.append((signal, None, 0))
                self._write(Act.TOLD, signal, None, kind=triage.label_of(signal), **_origin(signal))
        self._work.keep_signals(self._kept)
        dispatching.heard(self._work, self._signals)
        for signal, window in self._held:
            timed.hold_back(self._work, signal.org, signal.id, window.id)
        if self._silent and self._planning is not None:
            gather(self._work, self._silent, self._planning)

    def _hold_back(self, signal: Signal, window: Window) -> None:
        self._kept.append((signal, None, 0))
        self._held.append((signal, window))
        self._write(
            Act.HELD_BACK, signal, None, kind=triage.label_of(signal), window=window.id,
            cause=window.cause.value, **_origin(signal),
        )  # fmt: skip

    def _terms(self, signal: Signal, track: Track) -> alerts.Terms:
        if self._planning is None:
            return alerts.DEFAULT_TERMS
        return self._planning.terms(signal.org, signal.home, triage.label_of(signal), track)

    def _open_new(self, signal: Signal, track: Track) -> None:
        joined = triage.first(signal)
        alert = alerts.opened(
            new_id("alert"), signal, joined, track, self._work.now, self._terms(signal, track)
        )
        self._work.put(alert, new=True)
        if incidents.is_groupable(signal):
            self._silent.append(alert)
        self._remember(alert, signal, [])
        self._write(
            Act.OPENED, signal, alert, kind=triage.label_of(signal),
            priority=alert.priority.value, **_origin(signal),
        )  # fmt: skip

    def _join(self, before: Alert, signal: Signal) -> None:
        now = self._work.now
        held = self._joined.get((before.org, before.id))
        if held is None:
            held = self._work.signals(before.org, before.id)
        answered = before.first_claimed_at is not None or before.state is AlertState.ATTENDING
        joined = triage.join(Standing(before.judgement, answered, held), signal)
        terms = self._terms(signal, before.track) if joined.leads else None
        alert = alerts.joined(before, signal, joined, now, terms)
        self._write(Act.JOINED, signal, alert, kind=triage.label_of(signal), **_origin(signal))
        if before.hold is not None and alert.hold is None:
            self._write(Act.TAKEN_OVER, signal, alert)  # from here figures count the desk's answer
        if joined.raised:
            self._write(
                Act.RAISED, signal, alert, before=before.priority.value,
                after=alert.priority.value,
            )  # fmt: skip
        is_new_kind = triage.label_of(signal) not in before.kinds
        if alerts.insists(signal) and (is_new_kind or _may_call_out(before.announced_at, now)):
            # A device that babbles is called out once a minute; another kind of alarm from the
            # same home is never lost in it.
            sentence = f"And now: {signal.why}" if is_new_kind else f"Again: {alert.reason}."
            alert = alerts.announced(alert, sentence, now)
            # Why a signal was raised may tell of a place or a habit: the record refers to it.
            said = {"and_now": 1} if is_new_kind else {"sentence": sentence}
            self._write(Act.ANNOUNCED, signal, alert, **said)
        self._work.put(alert)
        self._remember(alert, signal, held)

    def _remember(self, alert: Alert, signal: Signal, held: list[Signal]) -> None:
        self._open[alert.org, alert.home, alert.track] = alert
        self._joined[alert.org, alert.id] = [*held, signal]
        self._kept.append((signal, alert.id, alert.signal_count))

    def _write(
        self, act: Act, signal: Signal, alert: Alert | None, **detail: str | int | None
    ) -> None:
        self._work.write(
            act, org=signal.org, actor=PLATFORM, alert=alert.id if alert else None,
            home=signal.home, signal=signal.id, **detail,
        )  # fmt: skip


def _origin(signal: Signal) -> dict[str, str | int | None]:
    """What figures need of a signal, so that the record alone gives them: who raised it and
    when, by which device, and how many seconds it took from happening to being raised.
    """
    delay = (signal.raised_at - signal.occurred_at).total_seconds()
    call = signal.evidence.facts.get("call") if signal.explicit else None
    return {
        **({"call": str(call)} if call else {}),
        "source": signal.source,
        "device": signal.device,
        "raised_at": signal.raised_at.isoformat(),
        "delay": max(0, round(delay)),
    }


def _may_call_out(last: datetime | None, now: datetime) -> bool:
    return last is None or now - last >= CALL_OUT_AGAIN

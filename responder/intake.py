"""Signals come in: each becomes an alert or joins one, once, in the order of its lane.

What a batch did, its record and the position in the lane are one transaction, so a crash
at any point takes each signal in exactly once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from responder import alerts, triage
from responder.alerts import Alert
from responder.record import Act
from responder.store import Reads, Work, Works
from responder.triage import Standing, Track
from telecare.clock import Clock, stopwatch
from telecare.crash import crash_at
from telecare.messages import Signal
from telecare.register.secrets import new_id
from telecare.store.lane import LaneRecord
from telecare.vocabulary import AlertState

PLATFORM = "platform"
"""The actor of what happens by itself."""
BATCH = 200
LIST_LANES_SECONDS = 0.25
"""How soon (real) a neighbour's further lane is noticed; its first one is noticed at once."""
CALL_OUT_AGAIN = timedelta(seconds=60)
"""A babbling pendant is called out at most this often; its count grows all the same."""


class Neighbour(Protocol):
    """Lanes of one neighbour, as `telecare.store.lane.LaneReader` offers them."""

    def lanes(self) -> list[str]: ...

    def read_signals(self, lane: str, after: int, limit: int) -> tuple[list[LaneRecord], int]: ...


class Intake:
    """Follows the lanes of all neighbours."""

    def __init__(
        self, works: Works, reads: Reads, neighbours: Sequence[Neighbour], clock: Clock
    ) -> None:
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
        return taken

    def _follow(self, neighbour: Neighbour, lane: str) -> int:
        if lane not in self._seen:
            self._seen[lane] = self._reads.position(lane)
        after = self._seen[lane]
        records, reached = neighbour.read_signals(lane, after, BATCH)
        if not records:
            # Only what was taken in is written down: an idle lane costs no transaction.
            self._seen[lane] = reached
            return 0
        now = self._clock.now()
        with self._works.begin(now) as work:
            work.only_intake()
            position = work.position(lane)
            taken = take_in(work, [r for r in records if r.offset > position])
            work.move(lane, max(position, records[-1].offset))
            crash_at("before_intake_commit")
        crash_at("after_intake_commit")
        self._seen[lane] = reached
        return taken


def take_in(work: Work, records: Sequence[LaneRecord]) -> int:
    """Put these signals where they belong; how many were new."""
    signals = {(s.org, s.id): s for r in records if isinstance(s := r.record, Signal)}
    known = work.known_signals(list(signals)) if signals else set()
    fresh = [signal for key, signal in signals.items() if key not in known]
    if fresh:
        _Batch(work, fresh).take()
    return len(fresh)


class _Batch:
    def __init__(self, work: Work, signals: Sequence[Signal]) -> None:
        self._work = work
        self._signals = signals
        homes = sorted({(s.org, s.home) for s in signals})
        self._open = {(a.org, a.home, a.track): a for a in work.open_alerts(homes)}
        self._joined: dict[tuple[str, str], list[Signal]] = {}
        self._kept: list[tuple[Signal, str | None, int]] = []

    def take(self) -> None:
        for signal in self._signals:
            track = triage.track_of(signal)
            alert = self._open.get((signal.org, signal.home, track))
            if alert is not None:
                self._join(alert, signal)
            elif triage.opens(signal):
                self._open_new(signal, track)
            else:
                self._kept.append((signal, None, 0))
                self._write(Act.TOLD, signal, None, kind=triage.label_of(signal))
        self._work.keep_signals(self._kept)

    def _open_new(self, signal: Signal, track: Track) -> None:
        joined = triage.first(signal)
        alert = alerts.opened(new_id("alert"), signal, joined, track, self._work.now)
        self._work.put(alert, new=True)
        self._remember(alert, signal, [])
        self._write(
            Act.OPENED, signal, alert, kind=triage.label_of(signal),
            priority=alert.priority.value,
        )  # fmt: skip

    def _join(self, before: Alert, signal: Signal) -> None:
        now = self._work.now
        held = self._joined.get((before.org, before.id))
        if held is None:
            held = self._work.signals(before.org, before.id)
        answered = before.first_claimed_at is not None or before.state is AlertState.ATTENDING
        joined = triage.join(Standing(before.judgement, answered, held), signal)
        alert = alerts.joined(before, signal, joined, now)
        self._write(Act.JOINED, signal, alert, kind=triage.label_of(signal))
        if joined.raised:
            self._write(
                Act.RAISED, signal, alert, before=before.priority.value,
                after=alert.priority.value,
            )  # fmt: skip
        if alerts.insists(signal) and _may_call_out(before.announced_at, now):
            sentence = f"Again: {alert.reason}."
            alert = alerts.announced(alert, sentence, now)
            self._write(Act.ANNOUNCED, signal, alert, sentence=sentence)
        self._work.put(alert)
        self._remember(alert, signal, held)

    def _remember(self, alert: Alert, signal: Signal, held: list[Signal]) -> None:
        self._open[alert.org, alert.home, alert.track] = alert
        self._joined[alert.org, alert.id] = [*held, signal]
        self._kept.append((signal, alert.id, alert.signal_count))

    def _write(self, act: Act, signal: Signal, alert: Alert | None, **detail: str) -> None:
        self._work.write(
            act, org=signal.org, actor=PLATFORM, alert=alert.id if alert else None,
            home=signal.home, signal=signal.id, **detail,
        )  # fmt: skip


def _may_call_out(last: datetime | None, now: datetime) -> bool:
    return last is None or now - last >= CALL_OUT_AGAIN

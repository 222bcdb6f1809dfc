"""One home and its detectors, in the order of its own time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec.structs import replace

from detectors.base import Detector, HomeProfile
from detectors.coverage import Blindable, Refusing
from detectors.movement import glance
from detectors.outing import Outing
from detectors.registry import DETECTORS
from detectors.stuck import Stuck
from telecare.messages import Reading, Signal
from telecare.vocabulary import ReadingKind

_READING = ReadingKind.READING
_STUCK = "stuck"


class Failure(msgspec.Struct, frozen=True):
    """A detector raised: which, on what, and why. The others went on."""

    detector: str
    reading: str
    """Id of the reading, empty for a tick or a snapshot."""
    error: Exception


class Home:
    """Feeds a home's detectors and keeps their deadlines.

    Before a reading is observed, every deadline up to the home's time is met at exactly
    its own moment. The home's time is that of the newest event, and never lags more than
    `allowance` behind the receipt of a reading: what is still on its way for that long is
    not mistaken for silence, and the outcome does not depend on how often anybody looks at
    a clock.
    """

    def __init__(
        self,
        profile: HomeProfile,
        allowance: timedelta,
        detectors: list[Detector] | None = None,
    ) -> None:
        if detectors is None:
            detectors = [make(profile) for make in DETECTORS.values()]
        self.profile = profile
        self.failures: list[Failure] = []
        """Since the runner last looked; it clears the list."""
        self.refusals: Counter[str] = Counter()
        """`detector.reason` -> judgements refused; the runner clears it."""
        self._allowance = allowance
        self._detectors = detectors
        self._witness = next((d for d in detectors if isinstance(d, Outing)), None)
        self._stuck = Stuck()
        self._by_kind = {
            kind: [(d, d.observe) for d in detectors if kind in d.listens_to]
            for kind in ReadingKind
        }
        self._refusing = [d for d in detectors if isinstance(d, Refusing)]
        self._blindable = [d for d in detectors if isinstance(d, Blindable)]
        self.due_at: datetime | None = None
        self._due_received = datetime.max.replace(tzinfo=UTC)

    def observe(self, reading: Reading) -> list[Signal]:
        """The signals of every deadline passed, then of the reading itself."""
        signals: list[Signal] = []
        if self.due_at is not None and (
            reading.occurred_at >= self.due_at or reading.received_at >= self._due_received
        ):
            signals = self.tick(max(reading.occurred_at, reading.received_at - self._allowance))
        seen = glance(reading)
        if reading.kind is _READING:
            seen = self._stuck.look(reading, seen)
        for detector, observe in self._by_kind[reading.kind]:
            before = detector.due_at
            try:
                found = observe(reading, seen)
            except Exception as error:  # noqa: BLE001 - kept and told; the others go on
                self.failures.append(Failure(detector.name, reading.id, error))
            else:
                if found:
                    signals += self._with_whereabouts(found)
            due = detector.due_at
            # One put off or called off leaves ours early, which the next tick puts right.
            if due is not before and due is not None and (self.due_at is None or due < self.due_at):
                self._await(due)
        return signals

    def tick(self, until: datetime) -> list[Signal]:
        """Meet every deadline up to and including `until`, each at its own moment."""
        signals: list[Signal] = []
        stuck: set[str] = set()
        while self.due_at is not None and self.due_at <= until:
            moment = self.due_at
            for detector in self._detectors:
                if detector.due_at is None or detector.due_at > moment:
                    continue
                try:
                    if found := detector.tick(moment):
                        signals += self._with_whereabouts(found)
                except Exception as error:  # noqa: BLE001 - kept and told; the others go on
                    self.failures.append(Failure(detector.name, "", error))
                if detector.due_at is not None and detector.due_at <= moment:
                    # It broke its promise; without this the home would turn on the spot.
                    stuck.add(detector.name)
            self._look_at_dues(stuck)
        self._gather_refusals()
        return signals

    def blind(self, since: datetime, until: datetime) -> None:
        """Nobody in the whole installation could be heard between these moments."""
        for detector in self._blindable:
            detector.blind(since, until)
        self._look_at_dues()

    def snapshot(self) -> dict[str, bytes]:
        """Detector name -> its state, but for those whose state cannot be kept: a failure each;
        and which sensors go on without an end.
        """
        kept = {_STUCK: self._stuck.snapshot()}
        for detector in self._detectors:
            try:
                kept[detector.name] = detector.snapshot()
            except Exception as error:  # noqa: BLE001 - kept and told; the others go on
                self.failures.append(Failure(detector.name, "", error))
        return kept

    def restore(self, snapshots: dict[str, bytes]) -> None:
        """Go on from `snapshot`; a detector that has none there begins to learn.

        Raises `SnapshotUnreadable` if one was written by another version.
        """
        if _STUCK in snapshots:
            self._stuck.restore(snapshots[_STUCK])
        for detector in self._detectors:
            if detector.name in snapshots:
                detector.restore(snapshots[detector.name])
        self._look_at_dues()

    def _gather_refusals(self) -> None:
        for detector in self._refusing:
            if not detector.refusals:
                continue
            for reason, count in detector.refusals.items():
                self.refusals[f"{detector.name}.{reason}"] += count
            detector.refusals.clear()

    def _with_whereabouts(self, found: list[Signal]) -> list[Signal]:
        """What other detectors say of a person who is out says so in its evidence."""
        if self._witness is None:
            return found
        told = []
        for signal in found:
            known: dict[str, str] = {}
            if signal.source != self._witness.name:
                known = self._witness.testimony(signal.occurred_at.timestamp())
            if known:
                evidence = replace(signal.evidence, facts=signal.evidence.facts | known)
                told.append(replace(signal, evidence=evidence))
            else:
                told.append(signal)
        return told

    def _look_at_dues(self, without: Collection[str] = ()) -> None:
        dues = [d.due_at for d in self._detectors if d.due_at is not None and d.name not in without]
        self._await(min(dues, default=None))

    def _await(self, due: datetime | None) -> None:
        self.due_at = due
        if due is not None:
            self._due_received = due + self._allowance

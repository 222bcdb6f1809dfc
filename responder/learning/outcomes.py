"""What did people find, and how often was each detector right?

Pure. The outcome of an alert judges every signal that was in it; what an outcome says of a
signal depends on the signal: a found-safe proves an exit that was seen, and says little of
a fall. What does not tell counts neither way, so that precision flatters nobody.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from responder.arriving.triage import REASSURING
from telecare.messages import Signal, Verdict
from telecare.vocabulary import AlarmType, FalseAlarmCause, Outcome, SignalKind, Truth

Z_95 = 1.959964
"""Quantile of the normal distribution for a 95 % interval."""

_HELPED = frozenset({
    Outcome.HELPED_BY_TALKING, Outcome.KEYHOLDER_ATTENDED, Outcome.RESPONDER_ATTENDED,
    Outcome.AMBULANCE, Outcome.FIRE, Outcome.POLICE, Outcome.GP_OR_111,
})  # fmt: skip
_EQUIPMENT = frozenset({
    SignalKind.HUB_SILENT, SignalKind.EQUIPMENT, SignalKind.UNJUDGED, SignalKind.SERVICE_DOWN,
})  # fmt: skip
"""That something of ours is broken is what these said."""
_FOUND = frozenset({SignalKind.ALARM, SignalKind.UNREADABLE_ALARM, SignalKind.WANDERING})
"""Being found safe afterwards proves that these were right to be raised."""


def truth_of(kind: SignalKind, outcome: Outcome) -> Truth:
    """What closing its alert with `outcome` says of a signal of this kind."""
    if outcome is Outcome.TEST_CALL:
        return Truth.TEST
    if outcome is Outcome.FALSE_ALARM:
        return Truth.FALSE
    if outcome is Outcome.EQUIPMENT_FAULT:
        return Truth.REAL if kind in _EQUIPMENT else Truth.FALSE
    if outcome in _HELPED:
        return Truth.REAL
    if outcome is Outcome.FOUND_SAFE and kind in _FOUND:
        return Truth.REAL
    return Truth.UNKNOWN


def verdicts(
    alert: str,
    signals: Iterable[Signal],
    outcome: Outcome,
    cause: FalseAlarmCause | None,
    now: datetime,
) -> list[Verdict]:
    """One for each signal of the alert that claimed something; good news and withdrawals
    claim nothing.
    """
    return [
        Verdict(
            id=signal.id, org=signal.org, home=signal.home, alert=alert, source=signal.source,
            kind=signal.kind, type=signal.type, device=signal.device,
            truth=truth_of(signal.kind, outcome), outcome=outcome, cause=cause,
            probability=signal.probability, strength=_strength(signal),
            occurred_at=signal.occurred_at, at=now,
        )
        for signal in signals
        if signal.kind not in REASSURING and signal.type != AlarmType.CANCEL
    ]  # fmt: skip


def _strength(signal: Signal) -> float | None:
    found = signal.evidence.facts.get("strength")
    return float(found) if isinstance(found, int | float) else None


class Precision(msgspec.Struct, frozen=True, kw_only=True):
    """How often one kind of signal was right, by what people found."""

    detector: str
    kind: str
    """As shown: `alarm.pendant`, `routine.bathroom_night`, `fall`."""
    model: str
    """Of the device it came from; empty for the home as a whole or an unknown model."""
    signals: int
    """Judged ones: those whose alert has been closed."""
    real: int
    false: int
    tests: int
    unknown: int
    false_by_cause: dict[str, int]
    precision: float | None
    """real / (real + false); None when nothing tells."""
    low: float | None
    high: float | None
    """Wilson's interval for it, 95 %."""


def precision(found: Sequence[Verdict], models: Mapping[str, str]) -> list[Precision]:
    """A row for each detector, kind and model of device, in that order.

    `models` names the model of a device; `found` are one organisation's.
    """
    groups: dict[tuple[str, str, str], list[Verdict]] = defaultdict(list)
    for each in found:
        model = models.get(each.device, "") if each.device else ""
        groups[each.source, _label(each), model].append(each)
    return [_row(*key, group) for key, group in sorted(groups.items())]


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share; trials > 0. Honest for few trials and for 0 or all."""
    share, z2 = successes / trials, Z_95**2
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    spread = Z_95 * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    half = spread / (1 + z2 / trials)
    return max(0.0, middle - half), min(1.0, middle + half)


def _row(detector: str, kind: str, model: str, group: list[Verdict]) -> Precision:
    truths = Counter(each.truth for each in group)
    real, false = truths[Truth.REAL], truths[Truth.FALSE]
    causes = Counter(str(each.cause or each.outcome) for each in group if each.truth is Truth.FALSE)
    told = real + false
    low, high = wilson(real, told) if told else (None, None)
    return Precision(
        detector=detector, kind=kind, model=model, signals=len(group), real=real, false=false,
        tests=truths[Truth.TEST], unknown=truths[Truth.UNKNOWN],
        false_by_cause=dict(sorted(causes.items())), precision=real / told if told else None,
        low=low, high=high,
    )  # fmt: skip


def _label(verdict: Verdict) -> str:
    return f"{verdict.kind.value}.{verdict.type}" if verdict.type else verdict.kind.value

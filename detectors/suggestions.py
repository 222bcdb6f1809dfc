"""Should this home's detector be set otherwise? Proposed with its reason, never applied.

Pure but for `rehearse`, which is given. A proposal turns one dial a little towards fewer
signals, after several that people found false for a cause a threshold can help with. It
stops at the dial's floor, and it is not made at all if any signal that proved real, or whose
truth nobody knows, would be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import msgspec

from detectors.rehearsal import Rehearsed
from telecare.dials import DIALS, Dial
from telecare.messages import Fired, Verdict
from telecare.vocabulary import FalseAlarmCause, Truth

LOOKED_BACK = timedelta(days=28)
LEAST_FALSE = 3
"""False signals of one kind in the four weeks before anything is proposed."""
LEAST_FALSE_SHARE = 0.5
"""And at least this share of those whose truth is known."""
TRIED = 4
"""Steps of a dial that are rehearsed at most."""
PAUSE = timedelta(days=28)
"""A dial of a home is proposed at most this often, whatever was decided."""

NOT_TUNED_AWAY = frozenset({FalseAlarmCause.SENSOR, FalseAlarmCause.INSTALLATION, None})
"""Equipment that misleads is repaired; a threshold would only hide it."""

Rehearse = Callable[[Dial, float], Rehearsed]


class Proposal(msgspec.Struct, frozen=True):
    """A dial, the value proposed, why, and what it would have done."""

    dial: Dial
    value: float
    reason: str
    rehearsed: Rehearsed


def worth_a_look(verdicts: Sequence[Verdict]) -> list[Dial]:
    """The dials whose signals were false often enough. `verdicts` are one home's, of the last
    four weeks.
    """
    return [dial for dial in DIALS if dial.kind is not None and _often_false(dial, verdicts)]


def suggest(
    dial: Dial, value: float, verdicts: Sequence[Verdict], rehearse: Rehearse
) -> Proposal | None:
    """The smallest turn from `value` that spares at least half of the false signals and loses
    no other; None if there is none before the floor.
    """
    false = {each.id for each in _of(dial, verdicts) if _can_be_tuned(each)}
    for candidate in _steps(dial, value):
        rehearsed = rehearse(dial, candidate)
        kept = {fired.id for fired in rehearsed.then}
        lost = [fired for fired in rehearsed.now if fired.id not in kept]
        spared = sum(fired.id in false for fired in lost)
        if all(_may_be_lost(fired) for fired in lost) and spared * 2 >= len(false):
            return Proposal(
                dial, candidate, _reason(dial, candidate, len(false), spared), rehearsed
            )
    return None


def _often_false(dial: Dial, verdicts: Sequence[Verdict]) -> bool:
    own = _of(dial, verdicts)
    false = sum(_can_be_tuned(each) for each in own)
    told = sum(each.truth in (Truth.REAL, Truth.FALSE) for each in own)
    return false >= LEAST_FALSE and false >= LEAST_FALSE_SHARE * told


def _of(dial: Dial, verdicts: Sequence[Verdict]) -> list[Verdict]:
    return [
        each
        for each in verdicts
        if each.source == dial.detector
        and each.kind is dial.kind
        and (not dial.type or each.type == dial.type)
    ]


def _can_be_tuned(verdict: Verdict) -> bool:
    return verdict.truth is Truth.FALSE and verdict.cause not in NOT_TUNED_AWAY


def _may_be_lost(fired: Fired) -> bool:
    return fired.truth in (Truth.FALSE, Truth.TEST)


def _steps(dial: Dial, value: float) -> Iterator[float]:
    for n in range(1, TRIED + 1):
        candidate = round(value + n * dial.step, 6)
        if candidate > dial.floor:
            return
        yield candidate


def _reason(dial: Dial, value: float, false: int, spared: int) -> str:
    return (
        f"{false} of these signals were false in the last 28 days. With {value:g} {dial.unit} "
        f"{spared} of them would not have come, and none that was real or is still unjudged "
        "would have been missed."
    )

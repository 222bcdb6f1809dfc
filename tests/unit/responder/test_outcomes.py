"""What an outcome says of a signal, and how often a detector was right."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from responder.learning.outcomes import precision, truth_of, verdicts, wilson
from telecare.messages import Evidence, Signal, Verdict
from telecare.vocabulary import AlarmType, FalseAlarmCause, Outcome, SignalKind, Truth

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


def signal(kind: SignalKind = SignalKind.FALL, type_: str = "", number: int = 1) -> Signal:
    return Signal(
        id=f"signal-{number}", org="north", home="home-1", kind=kind, type=type_,
        occurred_at=NOW, raised_at=NOW, why="Somebody may have fallen.", source="falls",
        device="watch-1", probability=0.7, evidence=Evidence(facts={"strength": 2.5}),
    )  # fmt: skip


def test_every_outcome_says_something_of_every_kind() -> None:
    for kind in SignalKind:
        for outcome in Outcome:
            assert truth_of(kind, outcome) in Truth


@pytest.mark.parametrize(
    ("kind", "outcome", "truth"),
    [
        (SignalKind.FALL, Outcome.AMBULANCE, Truth.REAL),
        (SignalKind.FALL, Outcome.FALSE_ALARM, Truth.FALSE),
        (SignalKind.FALL, Outcome.FOUND_SAFE, Truth.UNKNOWN),
        (SignalKind.WANDERING, Outcome.FOUND_SAFE, Truth.REAL),
        (SignalKind.FALL, Outcome.NO_ONE_FOUND, Truth.UNKNOWN),
        (SignalKind.FALL, Outcome.EQUIPMENT_FAULT, Truth.FALSE),
        (SignalKind.HUB_SILENT, Outcome.EQUIPMENT_FAULT, Truth.REAL),
        (SignalKind.EQUIPMENT, Outcome.EQUIPMENT_FAULT, Truth.REAL),
        (SignalKind.UNJUDGED, Outcome.EQUIPMENT_FAULT, Truth.REAL),
        (SignalKind.ALARM, Outcome.TEST_CALL, Truth.TEST),
        (SignalKind.ALARM, Outcome.CANCELLED_BY_PERSON, Truth.UNKNOWN),
    ],
)
def test_what_an_outcome_proves(kind: SignalKind, outcome: Outcome, truth: Truth) -> None:
    assert truth_of(kind, outcome) is truth


def test_good_news_and_withdrawals_are_not_judged() -> None:
    said = [
        signal(number=1),
        signal(SignalKind.RETURNED, number=2),
        signal(SignalKind.ALARM, AlarmType.CANCEL, number=3),
    ]
    (found,) = verdicts("alert-1", said, Outcome.FALSE_ALARM, FalseAlarmCause.PET, NOW)
    assert (found.id, found.truth, found.cause) == ("signal-1", Truth.FALSE, FalseAlarmCause.PET)
    assert (found.probability, found.strength) == (0.7, 2.5)


def test_a_verdict_holds_nothing_a_family_would_not_want_told() -> None:
    (found,) = verdicts("alert-1", [signal()], Outcome.AMBULANCE, None, NOW)
    assert "fallen" not in repr(found)


def found(truths: str, source: str = "falls", device: str | None = "watch-1") -> list[Verdict]:
    meaning = {"r": Truth.REAL, "f": Truth.FALSE, "t": Truth.TEST, "u": Truth.UNKNOWN}
    return [
        Verdict(
            id=f"{source}-{device}-{n}", org="north", home="home-1", alert="alert-1",
            source=source, kind=SignalKind.FALL, device=device, truth=meaning[letter],
            outcome=Outcome.FALSE_ALARM if letter == "f" else Outcome.AMBULANCE,
            cause=FalseAlarmCause.USER if letter == "f" else None, occurred_at=NOW, at=NOW,
        )
        for n, letter in enumerate(truths)
    ]  # fmt: skip


def test_precision_counts_only_what_is_known() -> None:
    (row,) = precision(found("rrrffutt"), {"watch-1": "Watch 2"})
    assert (row.signals, row.real, row.false, row.unknown, row.tests) == (8, 3, 2, 1, 2)
    assert row.precision == pytest.approx(0.6)
    assert row.false_by_cause == {"user": 2}
    assert row.model == "Watch 2"


def test_models_and_detectors_stand_in_rows_of_their_own() -> None:
    every = (
        found("rf") + found("r", device="watch-2") + found("u", source="inactivity", device=None)
    )
    rows = precision(every, {"watch-1": "Watch 2", "watch-2": "Watch 3"})
    assert [(row.detector, row.model) for row in rows] == [
        ("falls", "Watch 2"), ("falls", "Watch 3"), ("inactivity", ""),
    ]  # fmt: skip
    assert rows[2].precision is None, "nothing tells, so nothing is claimed"


@pytest.mark.parametrize(
    ("real", "told", "low", "high"),
    [(8, 10, 0.490, 0.943), (0, 5, 0.0, 0.434), (5, 5, 0.566, 1.0), (50, 100, 0.404, 0.596)],
)
def test_wilsons_interval_is_that_of_the_textbook(
    real: int, told: int, low: float, high: float
) -> None:
    assert wilson(real, told) == pytest.approx((low, high), abs=0.001)

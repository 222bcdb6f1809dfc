"""What we think of the time a device states."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.timestamps import HISTORY, TOLERANCE, judge, tolerance
from telecare.vocabulary import ClaimOfTime

RECEIVED = datetime(2026, 3, 10, 2, 53, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "claim"),
    [
        (timedelta(0), ClaimOfTime.TRUSTED),
        (timedelta(minutes=2), ClaimOfTime.TRUSTED),
        (timedelta(minutes=-2), ClaimOfTime.TRUSTED),
        (timedelta(minutes=2, microseconds=1), ClaimOfTime.LATE),
        (timedelta(days=7), ClaimOfTime.LATE),
        (timedelta(days=7, microseconds=1), ClaimOfTime.WRONG),
        (timedelta(hours=-1), ClaimOfTime.WRONG),
        (timedelta(days=20_000), ClaimOfTime.WRONG),  # 1970 and thereabouts
    ],
)
def test_claims_are_judged_by_their_age(age: timedelta, claim: ClaimOfTime) -> None:
    assert judge(RECEIVED - age, RECEIVED).claim is claim


def test_without_a_claim_the_receipt_stands_in() -> None:
    judged = judge(None, RECEIVED)
    assert (judged.occurred_at, judged.claim) == (RECEIVED, ClaimOfTime.ABSENT)


@given(st.datetimes(timezones=st.just(UTC)))
def test_only_a_believed_claim_moves_the_event(claimed: datetime) -> None:
    judged = judge(claimed, RECEIVED)
    believed = judged.claim in (ClaimOfTime.TRUSTED, ClaimOfTime.LATE)
    assert judged.occurred_at == (claimed if believed else RECEIVED)
    assert RECEIVED - HISTORY <= judged.occurred_at <= RECEIVED + TOLERANCE


def test_a_hub_with_a_longer_memory_is_believed_for_longer() -> None:
    claimed = RECEIVED - timedelta(days=20)
    assert judge(claimed, RECEIVED, history=timedelta(days=30)).claim is ClaimOfTime.LATE


def test_on_a_fast_clock_the_way_over_the_wire_takes_longer() -> None:
    assert tolerance(1.0) == timedelta(minutes=2)
    assert tolerance(3600.0) == timedelta(hours=2)

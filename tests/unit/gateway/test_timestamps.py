"""What we think of the time a device states."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import timestamps
from gateway.timestamps import HISTORY, TOLERANCE, Tolerance, judge
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
    assert Tolerance(1.0).allowed == timedelta(minutes=2)
    assert Tolerance(3600.0).allowed == timedelta(hours=2)


class Listening:
    """A gateway that hears hub-7."""

    def __init__(self, speed: float = 1.0) -> None:
        self.tolerance = Tolerance(speed)

    def hears(self, second: float, age: timedelta, whose: object = "hub-7") -> ClaimOfTime:
        """What it thinks of a claim that is so old when it comes, at that second."""
        received_at = RECEIVED + timedelta(seconds=second)
        judged = judge(received_at - age, received_at)
        followed = self.tolerance.follow(whose, received_at - age, received_at, judged)
        if followed.claim is ClaimOfTime.WRONG:
            assert followed.occurred_at == received_at
        return followed.claim


MINUTES = timedelta(minutes=1)


def test_a_clock_that_is_behind_ours_all_the_while_is_wrong_and_what_it_says_is_of_now() -> None:
    """Or ours is ahead: nobody here can know which."""
    gateway = Listening()
    assert gateway.hears(0, 10 * MINUTES) is ClaimOfTime.LATE
    assert gateway.hears(1, 10 * MINUTES) is ClaimOfTime.LATE, "twice in a breath may be stored"
    for second in (60, 120, 180):
        jitter = timedelta(seconds=second % 7 / 4)
        assert gateway.hears(second, 10 * MINUTES + jitter) is ClaimOfTime.WRONG
    assert gateway.hears(181, 10 * MINUTES, "hub-8") is ClaimOfTime.LATE, "another's is its own"
    assert gateway.hears(240, timedelta(0)) is ClaimOfTime.TRUSTED, "one of them was put right"
    assert gateway.hears(300, 10 * MINUTES) is ClaimOfTime.LATE, "and this was stored"


def test_a_clock_that_goes_a_little_slow_meanwhile_is_still_behind_all_the_while() -> None:
    gateway = Listening()
    assert gateway.hears(0, 10 * MINUTES) is ClaimOfTime.LATE
    for minute in range(1, 20):
        age = 10 * MINUTES + timedelta(seconds=1.5 * minute)
        assert gateway.hears(60 * minute, age) is ClaimOfTime.WRONG, minute


def test_what_was_stored_is_late_however_it_comes() -> None:
    gateway = Listening()
    after_an_outage = [gateway.hears(0.1 * each, (180 - each) * MINUTES) for each in range(170)]
    one_a_minute = [gateway.hears(60 * each, (180 - 2 * each) * MINUTES) for each in range(1, 80)]
    assert set(after_an_outage + one_a_minute) == {ClaimOfTime.LATE}


def test_on_a_fast_clock_nobody_is_known_to_be_behind() -> None:
    gateway = Listening(3600.0)
    assert {gateway.hears(each * 3600, 180 * MINUTES) for each in range(100)} == {ClaimOfTime.LATE}


def test_a_hub_that_gathers_for_ten_minutes_is_on_time_with_the_last_of_it() -> None:
    gateway = Listening()
    for batch in range(20):
        assert gateway.hears(600 * batch, 5 * MINUTES) is ClaimOfTime.LATE
        assert gateway.hears(600 * batch, 0 * MINUTES) is ClaimOfTime.TRUSTED


def test_no_more_clocks_are_remembered_than_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timestamps, "LIMIT", 10)
    gateway = Listening()
    for hub in range(100):
        gateway.hears(0, 10 * MINUTES, hub)
        assert len(gateway.tolerance.behind) <= 10

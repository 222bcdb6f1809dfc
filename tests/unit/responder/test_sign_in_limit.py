"""Guessing passwords is slow, and cannot lock an operator out from elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from responder.api.problems import TooManyTries
from responder.api.sign_in_limit import (
    TRIES_FOR_ACCOUNT,
    TRIES_FOR_ADDRESS,
    WINDOW_SECONDS,
    SignInLimit,
)
from telecare.clock import HandClock


@pytest.fixture
def hand() -> HandClock:
    return HandClock(datetime(2026, 3, 10, 3, 0, tzinfo=UTC))


def test_after_too_many_wrong_passwords_one_has_to_wait_and_is_told_how_long(
    hand: HandClock,
) -> None:
    limit = SignInLimit(hand)
    for _ in range(TRIES_FOR_ACCOUNT):
        limit.check("10.0.0.1", "operator")
        limit.failed("10.0.0.1", "operator")
    with pytest.raises(TooManyTries, match="in 5 minutes"):
        limit.check("10.0.0.1", "operator")
    hand.forward(seconds=WINDOW_SECONDS + 1)
    limit.check("10.0.0.1", "operator")


def test_a_guesser_elsewhere_does_not_lock_the_operator_out(hand: HandClock) -> None:
    limit = SignInLimit(hand)
    for _ in range(100):
        limit.failed("203.0.113.9", "operator")
    limit.check("10.0.0.1", "operator")


def test_one_address_cannot_try_many_accounts(hand: HandClock) -> None:
    limit = SignInLimit(hand)
    for number in range(TRIES_FOR_ADDRESS):
        limit.failed("203.0.113.9", f"account-{number}")
    with pytest.raises(TooManyTries):
        limit.check("203.0.113.9", "operator")


def test_the_right_password_clears_the_count(hand: HandClock) -> None:
    limit = SignInLimit(hand)
    for _ in range(TRIES_FOR_ACCOUNT):
        limit.failed("10.0.0.1", "operator")
    limit.succeeded("10.0.0.1", "operator")
    limit.check("10.0.0.1", "operator")

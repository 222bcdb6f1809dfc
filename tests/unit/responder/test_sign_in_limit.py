"""Guessing passwords is slow, and cannot lock an operator out from elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from responder.api.problems import TooManyTries
from responder.api.sign_in_limit import (
    LONGEST_WAIT_SECONDS,
    STRANGERS_TRIES,
    STRANGERS_WINDOW_SECONDS,
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


def test_many_places_guessing_at_one_account_wait_longer_and_longer(hand: HandClock) -> None:
    limit, told = SignInLimit(hand), []
    for number in range(STRANGERS_TRIES):
        limit.check(f"203.0.113.{number}", "operator")
        told.append(limit.failed(f"203.0.113.{number}", "operator"))
    assert told == [False] * (STRANGERS_TRIES - 1) + [True], "it is told once"
    waits = []
    for number in range(6):
        with pytest.raises(TooManyTries, match="or from a browser you have signed in with before"):
            limit.check(f"198.51.100.{number}", "operator")
        waited = 0
        while True:
            hand.forward(seconds=1)
            waited += 1
            try:
                limit.check(f"198.51.100.{number}", "operator")
                break
            except TooManyTries:
                continue
        waits.append(waited)
        assert limit.failed(f"198.51.100.{number}", "operator") is False
    assert waits == [5, 10, 20, 40, LONGEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS]
    limit.check("198.51.100.1", "another")
    hand.forward(seconds=STRANGERS_WINDOW_SECONDS + 1)
    limit.check("198.51.100.1", "operator")


def test_a_browser_that_signed_in_before_is_slowed_by_nobody_but_itself(hand: HandClock) -> None:
    limit = SignInLimit(hand)
    for number in range(200):
        limit.failed(f"203.0.113.{number % 250}", "operator")
        limit.failed("10.0.0.1", f"account-{number}")
        limit.failed("10.0.0.1", "operator")
    limit.check("10.0.0.1", "operator", "secret of the desk's browser")
    for _ in range(TRIES_FOR_ACCOUNT):
        limit.failed("10.0.0.1", "operator", "secret of the desk's browser")
    with pytest.raises(TooManyTries, match="in 5 minutes"):
        limit.check("10.0.0.1", "operator", "secret of the desk's browser")

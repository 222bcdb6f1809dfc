"""Sessions: they end, whatever happens, and are locked for a while rather than vanish."""

from __future__ import annotations

from datetime import timedelta

import pytest

from telecare.clock import HandClock
from telecare.errors import InvalidInput, SettingsError
from telecare.register import Register
from telecare.register.people import Person
from telecare.register.sessions import WRONG_PINS, hours_named
from telecare.settings import SESSION_HOURS
from telecare.vocabulary import Role

PIN = "407291"


@pytest.fixture
def ann(register: Register) -> Person:
    register.organisations.add_organisation("dorset", "Dorset")
    ann = Person(org="dorset", person="ann", username="ann", name="Ann", role=Role.OPERATOR)
    return register.people.add(ann, "quiet river under the bridge")


def test_a_session_ends_where_nobody_used_it(
    register: Register, ann: Person, clock: HandClock
) -> None:
    secret = register.sessions.begin(ann, proved=False)
    clock.forward(hours=11)
    assert register.sessions.held(secret) is not None
    clock.forward(hours=13)
    assert register.sessions.held(secret) is None


def test_one_that_could_last_a_week_ends_all_the_same_where_nobody_used_it_for_half_a_day(
    register: Register, clock: HandClock
) -> None:
    register.organisations.add_organisation("dorset", "Dorset")
    kin = Person(org="dorset", person="kin", username="kin", name="Kin", role=Role.FAMILY)
    secret = register.sessions.begin(
        register.people.add(kin, "quiet river under the bridge"), proved=True
    )
    for _ in range(2):
        clock.forward(hours=11, minutes=59)
        assert register.sessions.held(secret) is not None, "looking keeps it"
    clock.forward(hours=12, seconds=1)
    assert register.sessions.held(secret) is None


def test_a_session_in_use_locks_at_its_end_and_is_gone_two_hours_later(
    register: Register, ann: Person, clock: HandClock
) -> None:
    secret, begun = register.sessions.begin(ann, proved=True), clock.now()
    clock.forward(hours=11, minutes=59)
    held = register.sessions.held(secret)
    assert held is not None
    assert (held.ends_at, held.locked) == (begun + timedelta(hours=12), False)
    clock.forward(minutes=1)
    register.sessions.unlock(secret)
    held = register.sessions.held(secret)
    assert held is not None
    assert (held.over, held.locked) == (True, True), "no hand opens what is over"
    clock.forward(hours=2, seconds=1)
    assert register.sessions.held(secret) is None


def test_a_lock_stays_until_it_is_opened(register: Register, ann: Person) -> None:
    secret, other = (register.sessions.begin(ann, proved=True) for _ in range(2))
    register.sessions.lock(secret)
    locked, free = register.sessions.held(secret), register.sessions.held(other)
    assert locked is not None
    assert locked.locked
    assert free is not None
    assert not free.locked, "her other desk"
    register.sessions.unlock(secret)
    assert register.sessions.held(secret) == free


def test_a_pin_is_its_owners_and_few_wrong_ones_are_looked_at(
    register: Register, ann: Person
) -> None:
    bob = Person(org="dorset", person="bob", username="bob", name="Bob", role=Role.OPERATOR)
    register.people.add(bob, "quiet river under the bridge")
    secret = register.sessions.begin(ann, proved=True)
    assert not register.sessions.takes_pin(secret, ann, PIN), "none was chosen"
    register.sessions.set_pin(ann, PIN)
    register.sessions.set_pin(bob, "730518")
    assert register.sessions.takes_pin(secret, ann, PIN)
    register.sessions.unlock(secret)
    assert not register.sessions.takes_pin(secret, ann, "730518")
    for _ in range(WRONG_PINS - 1):
        assert not register.sessions.takes_pin(secret, ann, "000111")
    assert not register.sessions.takes_pin(secret, ann, PIN), "only the password from now on"
    register.sessions.unlock(secret)
    assert register.sessions.takes_pin(secret, ann, PIN)
    register.people.leave("dorset", "ann")
    assert not register.sessions.takes_pin(secret, ann, PIN)


@pytest.mark.parametrize(
    "pin", ["12345", "abcdef", "112112", "111222", "345678", "876543", "1" * 13]
)
def test_a_pin_that_is_guessed_at_once_is_refused(
    register: Register, ann: Person, pin: str
) -> None:
    with pytest.raises(InvalidInput, match="PIN"):
        register.sessions.set_pin(ann, pin)


def test_hours_are_named_for_everybody_and_by_role() -> None:
    hours = hours_named(SESSION_HOURS)
    assert set(hours) == set(Role)
    assert (hours[Role.OPERATOR], hours[Role.FAMILY]) == (timedelta(hours=12), timedelta(days=7))


@pytest.mark.parametrize("named", ["", "soon", "12 nurse=8", "12 family=0.1", "800", "family=8"])
def test_hours_that_are_none_are_named_at_the_start(named: str) -> None:
    with pytest.raises(SettingsError, match="TELECARE_SESSION_HOURS"):
        hours_named(named)

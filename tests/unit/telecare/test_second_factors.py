"""Six digits from somebody's pocket: right once, near now, and never again."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from telecare.clock import HandClock
from telecare.errors import Conflict, InvalidInput, NotFound
from telecare.register import Register, open_register
from telecare.register.people import Person
from telecare.settings import Settings
from telecare.vocabulary import Role


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


@pytest.fixture
def dorset(settings: Settings, clock: HandClock) -> Register:
    register = open_register(settings, clock, machine=clock)
    for org in ("dorset", "devon"):
        register.organisations.add_organisation(org, org)
    return register


@pytest.fixture
def ann(dorset: Register) -> Person:
    person = Person(org="dorset", person="ann", username="ann", name="Ann", role=Role.OPERATOR)
    return dorset.people.add(person, "correct horse battery")


def phone(address: str) -> pyotp.TOTP:
    return pyotp.TOTP(parse_qs(urlsplit(address).query)["secret"][0])


def test_it_counts_from_its_first_code_on(dorset: Register, ann: Person, clock: HandClock) -> None:
    factors = dorset.second_factors
    app = phone(factors.enrol(ann))
    assert factors.since("dorset", "ann") is None
    assert not factors.takes("dorset", "ann", app.at(clock.now()))
    with pytest.raises(InvalidInput, match="six digits"):
        factors.confirm("dorset", "ann", "000000")
    codes = factors.confirm("dorset", "ann", app.at(clock.now()))
    assert len(set(codes)) == 8
    assert factors.since("dorset", "ann") == clock.now()
    with pytest.raises(Conflict):
        factors.enrol(ann)
    dorset.close()


def test_a_code_holds_once_and_none_from_before_it(
    dorset: Register, ann: Person, clock: HandClock
) -> None:
    factors = dorset.second_factors
    app = phone(factors.enrol(ann))
    factors.confirm("dorset", "ann", app.at(clock.now()))
    clock.forward(seconds=60)
    late, now = app.at(clock.now() - timedelta(seconds=30)), app.at(clock.now())
    spaced = f"{now[:3]} {now[3:]}"
    assert factors.takes("dorset", "ann", spaced)
    assert not factors.takes("dorset", "ann", now)
    assert not factors.takes("dorset", "ann", late)
    clock.forward(seconds=120)
    assert not factors.takes("dorset", "ann", app.at(clock.now() - timedelta(seconds=60)))
    assert factors.takes("dorset", "ann", app.at(clock.now() + timedelta(seconds=30)))
    dorset.close()


def test_a_recovery_code_stands_in_once(dorset: Register, ann: Person, clock: HandClock) -> None:
    factors = dorset.second_factors
    app = phone(factors.enrol(ann))
    first, *_ = factors.confirm("dorset", "ann", app.at(clock.now()))
    assert not factors.takes("devon", "ann", first)
    assert factors.takes("dorset", "ann", first.upper())
    assert not factors.takes("dorset", "ann", first)
    dorset.close()


def test_a_lost_telephone_ends_the_sessions_and_begins_anew(
    dorset: Register, ann: Person, clock: HandClock
) -> None:
    factors = dorset.second_factors
    app = phone(factors.enrol(ann))
    factors.confirm("dorset", "ann", app.at(clock.now()))
    secret = dorset.sessions.begin(ann, proved=True)
    factors.forget("dorset", "ann")
    assert dorset.sessions.held(secret) is None
    assert factors.since("dorset", "ann") is None
    with pytest.raises(NotFound, match="Scan"):
        factors.confirm("dorset", "ann", app.at(clock.now()))
    dorset.close()


def test_the_key_is_never_kept_readable(dorset: Register, ann: Person, settings: Settings) -> None:
    key = phone(dorset.second_factors.enrol(ann)).secret
    dorset.close()
    for file in settings.data_dir.glob("register.db*"):
        assert key.encode() not in file.read_bytes()

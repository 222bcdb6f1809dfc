"""Credentials of simulated devices: made once, kept private, made again when lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulators.access import access_for
from simulators.keyring import Keyring
from telecare.errors import InvalidInput
from telecare.register import Register
from telecare.register.devices import Device
from telecare.register.homes import Home
from telecare.vocabulary import Role

HUB = Device(org="oak", device="h1-hub", home="h1")


def fill(register: Register, path: Path) -> Keyring:
    keyring = Keyring(register, path)
    keyring.organisation("oak", "Oak")
    keyring.homes([Home(org="oak", home="h1", address="", time_zone="Europe/London")])
    return keyring


def test_a_second_run_signs_in_with_the_first_ones_secret(
    register: Register, tmp_path: Path
) -> None:
    path = tmp_path / "keys.json"
    first = fill(register, path).devices([HUB])
    assert fill(register, path).devices([HUB]) == first
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_lost_file_means_a_new_secret_for_the_same_device(
    register: Register, tmp_path: Path
) -> None:
    path = tmp_path / "keys.json"
    first = fill(register, path).devices([HUB])["h1-hub"]
    path.unlink()
    second = fill(register, path).devices([HUB])["h1-hub"]
    assert second.username == first.username
    assert second.password != first.password


def test_a_damaged_file_says_what_to_do(register: Register, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_bytes(b"{")
    with pytest.raises(InvalidInput, match="delete it"):
        Keyring(register, tmp_path / "keys.json")


def test_the_operators_sign_in_works_and_is_kept(register: Register, tmp_path: Path) -> None:
    fill(register, tmp_path / "keys.json")
    path = tmp_path / "desk.json"
    access = access_for(register, "oak", "http://here", path)
    signed_in = register.people.by_password(access.username, access.password)
    assert signed_in is not None
    assert signed_in.role is Role.OPERATOR
    actor = register.people.token_actor(access.api_token)
    assert actor is not None
    assert actor.org == "oak"
    assert access_for(register, "oak", "http://here", path) == access
    assert path.stat().st_mode & 0o777 == 0o600
    path.unlink()
    assert access_for(register, "oak", "http://here", path).username != access.username

"""Who may come in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.admission import Admitted, Denied, Doorkeeper
from telecare.clock import RealClock
from telecare.errors import StoreUnavailable
from telecare.settings import Settings
from tests.harness.door import World, world_of


@pytest.fixture
def world(sqlite_settings: Settings) -> Iterator[World]:
    with world_of(sqlite_settings, RealClock()) as made:
        yield made


def test_a_credential_is_its_device_and_home(world: World) -> None:
    hub = world.hub("hub-7", home="home-7")
    answer = Doorkeeper(world.register).check(hub.username, hub.password.encode())
    assert isinstance(answer, Admitted)
    assert (answer.identity.org, answer.identity.home) == ("oak", "home-7")
    assert answer.identity.device == "hub-7"


def test_everybody_else_is_denied_without_a_hint(world: World) -> None:
    hub, other = world.hub("hub-7"), world.hub("hub-8")
    doorkeeper = Doorkeeper(world.register)
    answers = [
        doorkeeper.check(username, password)
        for username, password in [
            (hub.username, b""),
            (hub.username, b"guess"),
            (hub.username, other.password.encode()),
            ("oak.nobody", hub.password.encode()),
            ("", b""),
        ]
    ]
    assert set(answers) == {Denied("The user name or the password is wrong.")}
    assert isinstance(doorkeeper.check(hub.username, b"\xff"), Denied)


def test_a_withdrawn_device_may_only_call_for_help(world: World) -> None:
    hub = world.hub("hub-7")
    doorkeeper = Doorkeeper(world.register)
    admitted = doorkeeper.check(hub.username, hub.password.encode())
    assert isinstance(admitted, Admitted)
    assert doorkeeper.is_welcome(admitted)
    world.register.devices.revoke("oak", "hub-7")
    later = Doorkeeper(world.register)
    answer = later.check(hub.username, hub.password.encode())
    assert isinstance(answer, Admitted)
    assert answer.is_withdrawn
    assert later.is_welcome(answer)
    assert not later.is_welcome(admitted), "its session with all rights ends"
    assert isinstance(later.check(hub.username, b"guess"), Denied)


def test_a_reissued_credential_ends_the_old_one(world: World) -> None:
    hub = world.hub("hub-7")
    admitted = Doorkeeper(world.register).check(hub.username, hub.password.encode())
    assert isinstance(admitted, Admitted)
    world.register.devices.reissue("oak", "hub-7")
    later = Doorkeeper(world.register)
    later.refresh()
    assert not later.is_welcome(admitted)


def test_while_the_register_is_away_who_was_known_stays_known(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = world.hub("hub-7")
    doorkeeper = Doorkeeper(world.register)

    def away(*_: object) -> None:
        raise StoreUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(doorkeeper._remembered, "get", away)
        with pytest.raises(StoreUnavailable):
            doorkeeper.check(hub.username, hub.password.encode())
    doorkeeper.refresh()
    monkeypatch.setattr(doorkeeper._remembered, "get", away)
    assert isinstance(doorkeeper.check(hub.username, hub.password.encode()), Admitted)
    assert isinstance(doorkeeper.check(hub.username, b"guess"), Denied)

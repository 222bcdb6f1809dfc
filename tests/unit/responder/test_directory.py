"""Does the duty see a changed plan, rota or number, whoever was reading while it changed?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from responder.directory import RegisterDirectory
from telecare.clock import HandClock
from telecare.register import Register, open_register
from telecare.register.homes import Contact
from telecare.settings import Settings
from tests.harness.duty import ORG, furnish


@pytest.fixture
def register(sqlite_settings: Settings, clock: HandClock) -> Iterator[Register]:
    made = open_register(sqlite_settings, clock)
    furnish(made, homes=1)
    yield made
    made.close()


def test_a_read_that_was_begun_before_a_change_is_not_kept_after_it(
    register: Register, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = RegisterDirectory(register, clock)
    directory.contacts(ORG, "home-1")
    clock.forward(seconds=1)
    register.homes.join_scheme(ORG, "home-1", None)  # any change: what is remembered is let go
    read = register.homes.contacts
    number = "01632 960999"

    def slow(org: str, home: str) -> list[Contact]:
        found = read(org, home)
        monkeypatch.setattr(register.homes, "contacts", read)
        register.homes.change_contact(replace(found[0], phone=number))
        clock.forward(seconds=1)
        directory.card(org, home)  # another thread notices the change meanwhile
        return found

    monkeypatch.setattr(register.homes, "contacts", slow)
    directory.contacts(ORG, "home-1")
    assert directory.contacts(ORG, "home-1")[0].phone == number

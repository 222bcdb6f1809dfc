"""Does the duty see what the register says, however it is read and while it changes?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event

from responder.whom.directory import MANY, RegisterDirectory
from responder.whom.people import Channel
from responder.whom.planning import Planning
from telecare.clock import HandClock
from telecare.register import Register, open_register
from telecare.register.browsers import Browser
from telecare.register.contacts import Contact
from telecare.register.device import Device
from telecare.register.homes import Home
from telecare.register.residents import Resident
from telecare.settings import Settings
from tests.harness.duty import ORG, furnish

COUNTY = "county"


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
    read = register.contacts.contacts
    number = "01632 960999"

    def slow(org: str, home: str) -> list[Contact]:
        found = read(org, home)
        monkeypatch.setattr(register.contacts, "contacts", read)
        register.contacts.change_contact(org, found[0].contact, phone=number)
        clock.forward(seconds=1)
        directory.card(org, home)  # another thread notices the change meanwhile
        return found

    monkeypatch.setattr(register.contacts, "contacts", slow)
    directory.contacts(ORG, "home-1")
    assert directory.contacts(ORG, "home-1")[0].phone == number


def test_a_home_is_the_same_however_it_was_read(
    sqlite_settings: Settings, clock: HandClock
) -> None:
    register = open_register(sqlite_settings, clock)
    register.organisations.add_organisation(COUNTY, "The County")
    names = [f"home-{number}" for number in range(MANY + 20)]
    register.devices.add_all(
        [Device(org=COUNTY, device=f"hub-{each}", home=each) for each in names],
        [Home(org=COUNTY, home=each, address=f"At {each}", time_zone="Europe/London")
         for each in names],
        lambda _: None,
    )  # fmt: skip
    living = (("home-1", "Ann", 1941), ("home-110", "Bea", 1938), ("home-110", "Cy", 1940))
    for home, name, born in living:
        register.residents.add_resident(
            Resident(org=COUNTY, resident=f"r-{name.lower()}", home=home, name=name, born=born)
        )
    asked = RegisterDirectory(register, clock)
    register.contacts.add_contact(
        Contact(
            org=COUNTY, contact="dee", home="home-110", name="Dee", relation="niece", rank=2,
            phone="07700 900123", quiet_from="22:00", quiet_until="07:00",
        )
    )  # fmt: skip
    register.contacts.add_contact(
        Contact(org=COUNTY, contact="eve", home="home-110", name="Eve", relation="sister")
    )
    register.browsers.add(COUNTY, "eve", Browser("https://push.example/abc", "key", "secret"))
    many = {each: asked.card(COUNTY, each) for each in [*names, "home-nowhere"]}
    ladders = {each: asked.contacts(COUNTY, each) for each in [*names, "home-nowhere"]}
    assert [each.id for each in ladders["home-110"]] == ["eve", "dee"]
    for each in ("home-1", "home-110", "home-119", "home-nowhere"):
        assert ladders[each] == RegisterDirectory(register, clock).contacts(COUNTY, each)
        assert many[each] == RegisterDirectory(register, clock).card(COUNTY, each)
    assert (many["home-1"].born_year, many["home-110"].born_year) == (1941, None)
    assert many["home-110"].resident_label == "Bea and Cy"
    register.close()


def test_all_plans_of_a_county_are_checked_in_a_few_looks(
    sqlite_settings: Settings, clock: HandClock
) -> None:
    """Home by home the register was asked 80,000 times in a county of 20,000, at each look at the
    plans' page; and all of it was read again for the first press after every change.
    """
    register = open_register(sqlite_settings, clock)
    for org in (COUNTY, "other"):
        furnish(register, org, homes=MANY + 50)
    planning = Planning(RegisterDirectory(register, clock), [Channel.EMAIL])
    looks = 0

    def count(*_: object) -> None:
        nonlocal looks
        looks += 1

    event.listen(Engine, "before_cursor_execute", count)
    for org in (COUNTY, "other"):
        assert list(planning.nightly(org, clock.now())) == []
        assert looks < 5 * MANY
        looks = 0
    event.remove(Engine, "before_cursor_execute", count)
    register.close()

"""Are contacts kept as they were written, and what is secret kept sealed?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from telecare.errors import InvalidInput, NotFound
from telecare.register import Register
from telecare.register.browsers import MOST, Browser
from telecare.register.contacts import Contact
from telecare.register.homes import Home
from telecare.store.session import Database

SIAN = Contact(
    org="north", contact="sian", home="home-1", name="Siân", relation="daughter", language="cy",
    may_know_who=False, quiet_from="22:00", quiet_until="07:00", phone="07700 900123",
    elsewhere="tgram://bottoken/12345",
)  # fmt: skip


@pytest.fixture
def furnished(register: Register) -> Register:
    register.organisations.add_organisation("north", "North")
    home = Home(org="north", home="home-1", address="1 Mill Lane", time_zone="Europe/London")
    register.homes.add_home(home)
    return register


def test_a_contact_comes_back_as_written_and_can_be_changed(furnished: Register) -> None:
    furnished.contacts.add_contact(SIAN)
    assert furnished.contacts.contact("north", "sian") == SIAN
    furnished.contacts.change_contact("north", "sian", quiet_from=None, quiet_until=None)
    changed = replace(SIAN, quiet_from=None, quiet_until=None)
    assert furnished.contacts.contacts("north", "home-1") == [changed]
    with pytest.raises(NotFound):
        furnished.contacts.contact("south", "sian")
    with pytest.raises(NotFound):
        furnished.contacts.change_contact("south", "sian", quiet_from=None)


@pytest.mark.parametrize("hours", [("22:00", None), ("ten", "07:00"), ("25:00", "07:00")])
def test_hours_that_are_none_are_refused(
    furnished: Register, hours: tuple[str, str | None]
) -> None:
    with pytest.raises(InvalidInput):
        furnished.contacts.add_contact(replace(SIAN, quiet_from=hours[0], quiet_until=hours[1]))


def test_a_messengers_address_and_a_browsers_keys_are_sealed(
    furnished: Register, database: Callable[[str], Database]
) -> None:
    furnished.contacts.add_contact(SIAN)
    furnished.browsers.add("north", "sian", Browser("https://push.example/abc", "key", "secret"))
    with database("register").read() as connection:
        sealed = connection.execute(text("SELECT elsewhere FROM contact")).scalar_one()
        kept = connection.execute(text("SELECT sealed FROM push_subscription")).scalar_one()
    assert b"bottoken" not in bytes(sealed)
    assert b"push.example" not in bytes(kept)


def test_the_oldest_browser_makes_room(furnished: Register) -> None:
    furnished.contacts.add_contact(SIAN)
    for number in range(MOST + 2):
        furnished.browsers.add("north", "sian", Browser(f"https://push.example/{number}", "k", "a"))
    furnished.browsers.add("north", "sian", Browser(f"https://push.example/{MOST + 1}", "k2", "a"))
    assert len(furnished.browsers.of("north", ["sian"])["sian"]) == MOST
    with pytest.raises(NotFound):
        furnished.browsers.add("north", "nobody", Browser("https://push.example/x", "k", "a"))

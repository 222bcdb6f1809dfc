"""Cards of homes, read singly or, when many are asked for, all at once."""

from __future__ import annotations

from responder.directory import MANY, RegisterDirectory
from telecare.clock import HandClock
from telecare.register import open_register
from telecare.register.device import Device
from telecare.register.homes import Home, Resident
from telecare.settings import Settings

ORG = "county"


def test_a_card_is_the_same_however_it_was_read(
    sqlite_settings: Settings, clock: HandClock
) -> None:
    register = open_register(sqlite_settings, clock)
    register.homes.add_organisation(ORG, "The County")
    names = [f"home-{number}" for number in range(MANY + 20)]
    register.devices.add_all(
        [Device(org=ORG, device=f"hub-{each}", home=each) for each in names],
        [Home(org=ORG, home=each, address=f"At {each}", time_zone="Europe/London")
         for each in names],
        lambda _: None,
    )  # fmt: skip
    living = (("home-1", "Ann", 1941), ("home-110", "Bea", 1938), ("home-110", "Cy", 1940))
    for home, name, born in living:
        register.homes.add_resident(
            Resident(org=ORG, resident=f"r-{name.lower()}", home=home, name=name, born=born)
        )
    asked = RegisterDirectory(register)
    many = {each: asked.card(ORG, each) for each in [*names, "home-nowhere"]}
    for each in ("home-1", "home-110", "home-119", "home-nowhere"):
        assert many[each] == RegisterDirectory(register).card(ORG, each)
    assert (many["home-1"].born_year, many["home-110"].born_year) == (1941, None)
    assert many["home-110"].resident_label == "Bea and Cy"
    register.close()

"""The demo: an installation whose homes are simulated, with a desk to sign in to."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from simulators import staff
from simulators.access import Access, access_for
from simulators.connection import Door
from simulators.fleet import Fleet, Household
from simulators.homes import make_home
from simulators.keyring import Keyring, write_private
from simulators.people import person
from simulators.scenarios import programme
from telecare.clock import Clock, VirtualClock
from telecare.errors import AlreadyExists, InvalidInput
from telecare.register import Register
from telecare.register.contacts import Contact
from telecare.register.devices import Device
from telecare.register.homes import Home
from telecare.register.organisations import TELEPHONE
from telecare.register.residents import Resident
from telecare.settings import Settings

ORG = "demo"
HISTORY_ALLOWED_DAYS = 60


class Opened(msgspec.Struct, frozen=True):
    """When the demo's doors first opened, on the installation's clock; kept for restarts."""

    ready: datetime


def prepare(register: Register, settings: Settings) -> Access:
    """See that organisation, homes, people and an operator are there; safe to repeat, also where
    the first time broke off in its midst.
    """
    signs_in = settings.data_dir / "demo.json"
    keyring = Keyring(register, settings.data_dir / "demo-devices.json")
    if keyring.organisation(ORG, "Demo County Careline"):
        telephone = {TELEPHONE: "01632 960 100"}
        register.organisations.change_settings(ORG, lambda had: had | telephone)
    # Only homes and settings matter here: no moment of the programme does.
    cast = programme.roles(*(2 * (programme.opening(_EPOCH),)))
    keys = [role.home.key for role in cast]
    keysafes = {key: person(programme.SEED, n).keysafe for n, key in enumerate(keys)}
    homes = [_home(role, number) for number, role in enumerate(cast)]
    keyring.homes(homes, keysafes)
    if not signs_in.exists():  # afterwards whoever was let go stays gone
        for number, home in enumerate(homes):
            _move_in(register, home, number)
    keyring.devices([_hub(role) for role in cast])
    access = access_for(register, ORG, settings.public_url, signs_in)
    staff.hire(register, ORG, access.password, relative_of=f"{keys[0]}-contact-1")
    return access


def names() -> dict[str, str]:
    """Everybody around the demo's residents, by their number as it is dialled and by e-mail."""
    found = {}
    for number in range(programme.HOMES):
        for contact in person(programme.SEED, number).contacts:
            found[contact.phone.replace(" ", "")] = contact.name
            found[contact.email] = contact.name
    found[staff.PHONE.replace(" ", "")] = found[staff.EMAIL] = "Riley Responder"
    return found


def zone() -> ZoneInfo:
    """Where the demo's homes are."""
    return make_home(programme.SEED, 0).zone


def fleet(register: Register, settings: Settings, clock: Clock) -> Fleet:
    """The demo's homes, ready to be lived. Raises `InvalidInput` on a real clock."""
    if not isinstance(clock, VirtualClock):
        raise InvalidInput(
            "The demo needs a virtual clock, for its night begins when you come; start it with "
            "`telecare demo`, or live ordinary homes with `telecare simulate homes`."
        )
    ready = _ready_since(settings.data_dir / "demo-opened.json", clock)
    cast = programme.roles(clock.line.start, ready, clock.speed)
    identities = Keyring(register, settings.data_dir / "demo-devices.json").devices(
        [_hub(role) for role in cast]
    )
    households = [
        Household(
            home=role.home,
            identity=identities[role.home.hub],
            habits=role.habits,
            story=role.story,
            history_days=role.history_days,
        )
        for role in cast
    ]
    return Fleet(households, Door(settings.bind, settings.mqtt_port), clock)


_EPOCH = datetime.fromisoformat("2026-01-01T12:00:00+00:00")


def _ready_since(path: Path, clock: Clock) -> datetime:
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=Opened).ready
    opened = Opened(clock.now())
    write_private(path, msgspec.json.encode(opened))
    return opened.ready


def _hub(role: programme.Role) -> Device:
    return Device(
        org=ORG,
        device=role.home.hub,
        home=role.home.key,
        model="simulated",
        heartbeat_seconds=round(role.home.heartbeat_s),
        history_days=HISTORY_ALLOWED_DAYS,
    )


def _home(role: programme.Role, number: int) -> Home:
    lives = person(programme.SEED, number)
    return Home(
        org=ORG,
        home=role.home.key,
        address=lives.address,
        time_zone=role.home.timezone,
        access=lives.access,
        hazards=list(lives.hazards),
        rooms=sorted({sensor.room for sensor in role.home.sensors}),
        settings=role.settings,
    )


def _move_in(register: Register, home: Home, number: int) -> None:
    """The resident and the people around them, but for those who are there already."""
    lives = person(programme.SEED, number)
    with suppress(AlreadyExists):
        register.residents.add_resident(
            Resident(
                org=ORG,
                resident=f"{home.home}-resident",
                home=home.home,
                name=lives.name,
                born=lives.born,
                speak=lives.speak,
                health=lives.medical,
            )
        )
    for rank, contact in enumerate(lives.contacts, start=1):
        with suppress(AlreadyExists):
            register.contacts.add_contact(
                Contact(
                    org=ORG,
                    contact=f"{home.home}-contact-{rank}",
                    home=home.home,
                    name=contact.name,
                    relation=contact.relation,
                    phone=contact.phone,
                    email=contact.email,
                    rank=rank,
                    keyholder=contact.keyholder,
                    minutes_away=contact.minutes_away,
                )
            )

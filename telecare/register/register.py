"""The register in one object, and a copy of it that notices changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from sqlalchemy import select

from telecare.clock import Clock, RealClock, clock_of
from telecare.errors import TelecareError
from telecare.register import tables
from telecare.register.accounts import Accounts
from telecare.register.browsers import Browsers
from telecare.register.claims import Claims
from telecare.register.classes import Classes
from telecare.register.contacts import Contacts
from telecare.register.deeds import Deeds
from telecare.register.devices import Devices
from telecare.register.ground import Ground
from telecare.register.homes import Homes
from telecare.register.identities import Identities
from telecare.register.known_browsers import KnownBrowsers
from telecare.register.leaving import Leaving
from telecare.register.orders import Orders
from telecare.register.organisations import Organisations
from telecare.register.passwords import Passwords
from telecare.register.people import People
from telecare.register.plans import Plans
from telecare.register.residents import Residents
from telecare.register.second_factors import SecondFactors
from telecare.register.secrets import SecretKey, key_of
from telecare.register.sessions import Sessions, hours_named
from telecare.register.teams import Teams
from telecare.settings import SESSION_HOURS, Settings
from telecare.store.migrate import open_database
from telecare.store.session import Database

T = TypeVar("T")
LOOK_AGAIN_SECONDS = 0.5


class Register:
    """Homes, devices and people of every organisation on this installation."""

    def __init__(
        self,
        database: Database,
        key: SecretKey,
        clock: Clock,
        machine: Clock | None = None,
        session_hours: str = SESSION_HOURS,
        passwords: Passwords | None = None,
    ) -> None:
        self._ground = Ground(database, key, clock)
        self.key = key
        self.organisations = Organisations(self._ground)
        self.homes = Homes(self._ground, self.organisations)
        self.residents = Residents(self._ground, self.homes)
        self.contacts = Contacts(self._ground, self.homes)
        self.devices = Devices(self._ground)
        self.claims = Claims(self._ground)
        self.classes = Classes(self._ground)
        self.orders = Orders(self._ground)
        self.people = People(self._ground, passwords)
        self.sessions = Sessions(self._ground, hours_named(session_hours))
        self.known_browsers = KnownBrowsers(self._ground)
        self.second_factors = SecondFactors(self._ground, machine or RealClock())
        self.identities = Identities(self._ground)
        self.accounts = Accounts(self._ground)
        self.browsers = Browsers(self._ground)
        self.teams = Teams(self._ground)
        self.plans = Plans(self._ground)
        self.leaving = Leaving(self._ground)
        self.deeds = Deeds(self._ground)

    @property
    def database(self) -> Database:
        """Where it is kept; for the store's own work on all owners' tables."""
        return self._ground.database

    def version(self) -> int:
        """Grows with every change of homes, devices, people or tokens."""
        return self._ground.version()

    def close(self) -> None:
        """Give back all connections."""
        self._ground.database.close()


def open_register(
    settings: Settings, clock: Clock | None = None, machine: Clock | None = None
) -> Register:
    """The installation's register; `machine` is what authenticators follow, real time unless
    given. Raises `NotMigrated`, `StoreUnavailable`, or `SettingsError` if its key is gone.
    """
    database = open_database(settings, "register")
    try:
        key = key_of(settings.data_dir, is_new=lambda: _is_new(database))
    except TelecareError:
        database.close()
        raise
    return Register(
        database,
        key,
        clock or clock_of(settings.data_dir),
        machine,
        settings.session_hours,
        Passwords(settings.breached_passwords),
    )


def _is_new(database: Database) -> bool:
    with database.read() as connection:
        return connection.execute(select(tables.organisation.c.org).limit(1)).first() is None


class Remembered(Generic[T]):
    """Something read from the register, read again only when the register changed.

    `get` looks at the version at most twice a second, so a change is known within half a
    second; `fresh` looks at once.
    """

    def __init__(self, register: Register, read: Callable[[], T]) -> None:
        self._register = register
        self._read = read
        self._clock = RealClock()
        self._version = -1
        self._looked = float("-inf")
        self._value: T | None = None
        self._looking = threading.Lock()

    def get(self, within: float = LOOK_AGAIN_SECONDS) -> T:
        """The value as of at most `within` seconds ago; an older one while another thread looks.

        One thread at a time looks, so a register that hangs holds one and not all of them.
        """
        if self._value is None:
            return self.fresh()
        if self._is_old(within) and self._looking.acquire(blocking=False):
            try:
                return self.fresh() if self._is_old(within) else self._value
            finally:
                self._looking.release()
        return self._value

    def anew(self) -> T:
        """The value as of a look that begins now, once the one that another thread is at has ended,
        so that nothing older takes its place.
        """
        with self._looking:
            return self.fresh()

    @property
    def known(self) -> T | None:
        """The value as of the last look; None before the first."""
        return self._value

    def _is_old(self, within: float) -> bool:
        return self._clock.monotonic() - self._looked > within

    def fresh(self) -> T:
        """The value as of now."""
        self._looked = self._clock.monotonic()
        version = self._register.version()
        if self._value is None or version != self._version:
            # Read after the version: a change in between is read again next time.
            self._value = self._read()
            self._version = version
        return self._value

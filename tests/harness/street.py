"""Homes whose residents live and press, each hub on a real line that insists until it is heard."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from anyio.from_thread import BlockingPortal, start_blocking_portal

from simulators.backoff import Backoff
from simulators.connection import Door, HubConnection, Identity
from simulators.devices import Hub
from simulators.happening import Happening
from simulators.homes import Home, make_home
from simulators.pendants import press
from telecare.clock import RealClock
from telecare.register import Register, open_register
from telecare.register import homes as register_homes
from telecare.register.contacts import Contact
from telecare.register.devices import Device
from telecare.settings import Settings

ORG = "north"


class Street:
    """The hubs of `homes`, lived in an event loop of their own."""

    def __init__(
        self, portal: BlockingPortal, door: Door, homes: list[tuple[Home, Identity]]
    ) -> None:
        self._portal = portal
        self._clock = RealClock()
        self._latest = self._clock.now()
        self._homes = [home for home, _ in homes]
        self._hubs = {home.key: Hub(home.seed, heartbeat_s=20) for home in self._homes}
        self._lines = {
            home.key: HubConnection(
                self._hubs[home.key],
                identity,
                door,
                self._clock,
                Backoff(home.seed, first_s=0.2, longest_s=3),
            )
            for home, identity in homes
        }
        self.pressed: Counter[str] = Counter()
        """Presses, by the hub that carried them."""
        self._running = portal.start_task_soon(self._run)

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for home in self._homes:
                self._hubs[home.key].power_on(self._clock.now())
                tasks.create_task(self._lines[home.key].run())

    def lives(self, chance: random.Random) -> None:
        """Somebody walks through a room; now and then somebody presses."""
        home = chance.choice(self._homes)
        # A message is known by its sensor and its millisecond: no two of them have the same.
        self._latest = now = max(self._clock.now(), self._latest + timedelta(milliseconds=2))
        if chance.random() < 0.3:
            self._happens(home, press(home, now))
            self.pressed[home.hub] += 1
        sensor = chance.choice([each for each in home.sensors if each.type == "motion"])
        self._happens(home, Happening(at=now, sensor=sensor.name, type="motion",
                                      room=sensor.room, value=True))  # fmt: skip

    def is_heard(self) -> bool:
        """Every press has its receipt, and every reading its PUBACK."""
        return not any(hub.unheard_alarms or hub.backlog for hub in self._hubs.values())

    def leave(self) -> None:
        self._running.cancel()

    def _happens(self, home: Home, happening: Happening) -> None:
        def now() -> None:
            self._hubs[home.key].happened(happening)
            self._lines[home.key].wake()

        self._portal.call(now)


@contextmanager
def street(
    settings: Settings, count: int, *, first: int = 1, broker: int | None = None
) -> Iterator[Street]:
    """So many homes, each with a hub, a daughter and a son, connected until the end of the block:
    to our own door, or to somebody's `broker` at that port.

    The installation need not run. `first` is the number of the first home.
    """
    homes = [make_home(7, number) for number in range(first, first + count)]
    register = open_register(settings)
    try:
        moved_in = [(home, _hub_of(register, home)) for home in homes]
    finally:
        register.close()
    door = Door("127.0.0.1", broker or settings.mqtt_port)
    with start_blocking_portal() as portal:
        made = Street(portal, door, moved_in)
        try:
            yield made
        finally:
            made.leave()


def _hub_of(register: Register, home: Home) -> Identity:
    moves_in(register, home.key, home.timezone)
    issued = register.devices.add(Device(org=ORG, device=home.hub, home=home.key))
    return Identity(org=ORG, device=home.hub, username=issued.username, password=issued.password)


def moves_in(register: Register, home: str, time_zone: str = "Europe/London") -> None:
    """A home with a daughter and a son, in an organisation that is made for the first."""
    if ORG not in {known.org for known in register.organisations.organisations()}:
        register.organisations.add_organisation(ORG, "North")
    register.homes.add_home(
        register_homes.Home(org=ORG, home=home, address="1 Mill Lane", time_zone=time_zone)
    )
    for rank, relation in enumerate(("daughter", "son"), 1):
        register.contacts.add_contact(
            Contact(
                org=ORG, contact=f"{home}-{relation}", home=home, name=relation.title(),
                relation=relation, phone=f"07700 90{rank}123", rank=rank, minutes_away=10,
                email=f"{relation}@{home}.example",
            )
        )  # fmt: skip

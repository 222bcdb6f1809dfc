"""What devices are still to be told: the register has it, and the door says it.

A command of our own contract is said on every connection of its device until it is answered or its
time is over, so a device must know a command by its id; a configuration until the device goes. The
rows stay where they are: nothing is lost when this process ends.

Devices of other makers know no id by which they would do a thing once. They are told once: in doubt
nothing is done twice, and people hear that no answer came.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from telecare.clock import Clock
from telecare.errors import StoreUnavailable
from telecare.register import Register
from telecare.register.orders import Command, Config
from telecare.register.register import Remembered
from telecare.telling.dialects import TELLING, TO, dialect_of, fault_of
from telecare.telling.said import Order, Place, Words

CONFIG_SECONDS = 24 * 3600
"""For how long what is under way stays good; the next connection hears it anyhow."""


class Told(msgspec.Struct, frozen=True):
    """One thing to say to a device."""

    mark: str
    """Says whether this connection has heard it."""
    what: str
    """The last level of its topic: `command` or `config`."""
    payload: bytes
    seconds: int


class Foreign(msgspec.Struct, frozen=True):
    """One thing to say in another maker's words."""

    org: str
    device: str
    order: Order
    dialect: str
    to: str
    """Which of several behind a bridge; empty for the only one."""
    made_at: datetime
    seconds: int

    def words(self, heard: Mapping[str, Place]) -> Words | None:
        """What to publish, if it is known where; `heard` are the dialect's places by name."""
        named = [
            place
            for name, place in heard.items()
            if not self.to or name == self.to or name.endswith(f"/{self.to}")
        ]
        place = named[0] if len(named) == 1 else None
        return None if place is None else TELLING[self.dialect].say(self.order, place)


class Downlink:
    """A copy of what waits. `refresh` reads: call it from a thread."""

    def __init__(self, register: Register, clock: Clock) -> None:
        self._orders = register.orders
        self._clock = clock
        self._configs = Remembered(
            register, lambda: {(each.org, each.device): each for each in self._orders.configs()}
        )
        self._told: dict[tuple[str, str], list[Told]] = {}
        self._foreign: list[Foreign] = []
        self._given: dict[str, datetime] = {}
        """Order -> until when it must be known here: another's look at what waits may be old."""

    def refresh(self) -> None:
        """Look again. While the register does not answer, what was known stays."""
        now = self._clock.now()
        try:
            told = {key: [_config(each)] for key, each in self._configs.get().items()}
            foreign: list[Foreign] = []
            for each in self._orders.waiting():
                key = (each.org, each.device)
                if not dialect_of(each.body):
                    told.setdefault(key, []).append(_command(each, now))
                elif not fault_of(each.body):
                    foreign.append(_foreign(each, now))
        except StoreUnavailable:
            return
        self._told, self._foreign = told, foreign
        for order in [each for each, until in list(self._given.items()) if until < now]:
            self._given.pop(order, None)

    def of(self, org: str, device: str) -> list[Told]:
        """What this device is to be told, the oldest first."""
        return self._told.get((org, device), [])

    def in_other_words(self) -> list[Foreign]:
        """What is to be told in another maker's words and was not, the oldest first."""
        return [each for each in self._foreign if each.order.id not in self._given]

    def gave(self, foreign: Foreign) -> None:
        """It is being told now, and never again."""
        self._given[foreign.order.id] = self._clock.now() + timedelta(
            seconds=foreign.seconds + 3600
        )


def _foreign(command: Command, now: datetime) -> Foreign:
    left = max(1, int((command.deadline_at - now).total_seconds()))
    body = command.body
    order, to = Order(command.command, body), str(body.get(TO, ""))
    return Foreign(command.org, command.device, order, dialect_of(body), to, command.made_at, left)


def _command(command: Command, now: datetime) -> Told:
    said = {
        "id": command.command, "name": command.name, "body": command.body,
        "deadline": command.deadline_at,
    }  # fmt: skip
    left = max(1, int((command.deadline_at - now).total_seconds()))
    return Told(command.command, "command", msgspec.json.encode(said), left)


def _config(config: Config) -> Told:
    said = {"version": config.version, "config": config.body}
    mark = f"config-{config.version}"
    return Told(mark, "config", msgspec.json.encode(said), CONFIG_SECONDS)

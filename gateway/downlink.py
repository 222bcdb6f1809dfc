"""What devices are still to be told: the register has it, and the door says it.

A command is said on every connection of its device until it is answered or its time is over,
so a device must know a command by its id; a configuration until the device goes. The rows stay
where they are: nothing is lost when this process ends.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from telecare.clock import Clock
from telecare.errors import StoreUnavailable
from telecare.register import Register
from telecare.register.orders import Command, Config
from telecare.register.register import Remembered

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


class Downlink:
    """A copy of what waits. `refresh` reads: call it from a thread."""

    def __init__(self, register: Register, clock: Clock) -> None:
        self._orders = register.orders
        self._clock = clock
        self._configs = Remembered(
            register, lambda: {(each.org, each.device): each for each in self._orders.configs()}
        )
        self._told: dict[tuple[str, str], list[Told]] = {}

    def refresh(self) -> None:
        """Look again. While the register does not answer, what was known stays."""
        now = self._clock.now()
        try:
            told = {key: [_config(each)] for key, each in self._configs.get().items()}
            for each in self._orders.waiting():
                told.setdefault((each.org, each.device), []).append(_command(each, now))
        except StoreUnavailable:
            return
        self._told = told

    def of(self, org: str, device: str) -> list[Told]:
        """What this device is to be told, the oldest first."""
        return self._told.get((org, device), [])


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

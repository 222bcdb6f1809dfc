"""What devices are still to be told: commands that wait for an answer, configurations.

The rows are the register's, and last until the device answered or their time is over; here
they are only carried to devices that are there and listen, once for each connection.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from telecare.register.orders import Command, Config, Orders

CONFIGS_EVERY = 5
_FOR_GOOD = timedelta(days=3650)


class Errand(msgspec.Struct, frozen=True):
    """One message for one device."""

    org: str
    device: str
    id: str
    """Unique for the device: what it was given on a connection it is not given there again."""
    what: str
    """The level after `down/`: `command` or `config`."""
    payload: bytes
    until: datetime
    """After that it means nothing any more."""


Errands = Callable[[], Sequence[Errand]]
"""All that wait now, the oldest first. Called on a thread; raises `StoreUnavailable`."""


def none() -> Sequence[Errand]:
    """Nobody is to be told anything."""
    return ()


class OfOrders:
    """Errands from the register's orders: every waiting command, and how devices should be set.

    Configurations change seldom: they are read again every `CONFIGS_EVERY` calls.
    """

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._calls = 0
        self._configs: list[Errand] = []

    def __call__(self) -> Sequence[Errand]:
        if self._calls % CONFIGS_EVERY == 0:
            self._configs = [_config(each) for each in self._orders.configs()]
        self._calls += 1
        return [*self._configs, *(_command(each) for each in self._orders.waiting())]


def _command(command: Command) -> Errand:
    body = {
        "id": command.command,
        "name": command.name,
        "body": command.body,
        "until": command.deadline_at,
    }
    return Errand(
        command.org,
        command.device,
        command.command,
        "command",
        msgspec.json.encode(body),
        command.deadline_at,
    )


def _config(config: Config) -> Errand:
    return Errand(
        config.org,
        config.device,
        f"config-{config.version}",
        "config",
        msgspec.json.encode({"version": config.version, "config": config.body}),
        config.set_at + _FOR_GOOD,
    )

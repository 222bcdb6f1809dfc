"""What devices are still to be told: commands that wait for an answer, configurations.

The rows are the register's, and last until the device answered or their time is over; here
they are only carried to devices that are there and listen, once for each connection.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec


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

"""Who speaks: what a credential stands for, never what a payload claims."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from gateway.bridges import Bridge
from gateway.decoders.said import Sensor


class Identity(msgspec.Struct, frozen=True):
    """A device of one home of one organisation, as its credential proves."""

    org: str
    home: str
    device: str
    history: timedelta = timedelta(days=7)
    """How old a message may be that the device stored and sends late."""
    bridge: Bridge | None = None
    """What it may say for others, and in whose words; None: our own contract alone."""
    press: str | None = None
    """The alarm that a press of its button raises, in whatever words, unless its settings say."""

    @property
    def sensors(self) -> Mapping[str, Sensor]:
        """What the register knows of the sensors it speaks for."""
        return self.bridge.sensors if self.bridge is not None else {}

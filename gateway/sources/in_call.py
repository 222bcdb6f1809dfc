"""What an operator may ask of a unit during a call, and how each protocol says it.

SCAIP units hear a tone (DTMF, sent by the phone system that has the call); NOW-IP schemes
get a command message.
"""

from __future__ import annotations

from enum import StrEnum


class InCall(StrEnum):
    """A command during a call."""

    CLOSE = "close"
    """End the call; the unit is at rest again."""
    QUIETER = "quieter"
    LOUDER = "louder"
    DUPLEX = "duplex"
    """Both may speak at once."""
    LISTEN = "listen"
    """We hear the home, it does not hear us."""
    SPEAK = "speak"
    """The home hears us, we do not hear it."""
    RELEASE = "release"
    """Open the door or the keysafe."""
    CLEAR = "clear"
    """The unit's call is dealt with. Grouped schemes only."""
    NEXT = "next"
    """The next outstanding call of a scheme. Grouped schemes only."""


_SCAIP = {
    InCall.CLOSE: "0", InCall.QUIETER: "1", InCall.LOUDER: "3", InCall.DUPLEX: "4",
    InCall.LISTEN: "7", InCall.SPEAK: "8", InCall.RELEASE: "9",
}  # fmt: skip
_NOWIP = {
    InCall.CLOSE: "D", InCall.QUIETER: "35", InCall.LOUDER: "34", InCall.DUPLEX: "38",
    InCall.LISTEN: "8", InCall.SPEAK: "7", InCall.RELEASE: "20001", InCall.CLEAR: "9",
    InCall.NEXT: "10000",
}  # fmt: skip


def scaip_tone(wanted: InCall) -> str | None:
    """The key whose tone a SCAIP unit understands; None if it has no such command."""
    return _SCAIP.get(wanted)


def nowip_command(wanted: InCall) -> str:
    """The data of a NOW-IP command message."""
    return _NOWIP[wanted]


def nowip_select(unit: int) -> str:
    """The data of the command that selects a dwelling; `unit` is 0 to 9999."""
    if not 0 <= unit <= 9999:
        raise ValueError(f"a unit's number has four digits, not {unit}")
    return f"0{unit:04}"

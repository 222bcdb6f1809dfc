"""What a session wants done: the only way in which it reaches the outside."""

from __future__ import annotations

import msgspec

from gateway.sessions.notes import Note
from gateway.sources.mqtt_endpoint.packets import Connect, Reason


class Send(msgspec.Struct, frozen=True, gc=False):
    """Write these bytes."""

    data: bytes


class CheckCredentials(msgspec.Struct, frozen=True):
    """Ask admission, then call `admitted` or `refused`; read nothing until then."""

    connect: Connect


class Take(msgspec.Struct, frozen=True, gc=False):
    """A message of this device: decode, commit, then `stored(token)` if that is not 0."""

    kind: str
    """The levels after `up/`; of a dialect, the topic as its decoder reads it."""
    payload: bytes
    token: int
    missing: int = 0
    dialect: str = ""
    note: Note | None = None
    """To be made safe in the same commit."""
    will: bool = False
    """Said for a client that has vanished."""


class Keep(msgspec.Struct, frozen=True, gc=False):
    """Commit this note, then call `stored(token)` if that is not 0."""

    note: Note
    token: int = 0


class Refused(msgspec.Struct, frozen=True, gc=False):
    """Nothing to do but to count and log: the client has been told, or will be cut off."""

    reason: Reason
    why: str


class Close(msgspec.Struct, frozen=True, gc=False):
    """Flush what was sent, then close."""

    why: str


Action = Send | CheckCredentials | Take | Keep | Refused | Close

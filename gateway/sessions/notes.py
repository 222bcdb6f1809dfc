"""What changes in a client's session: notes that the committing thread makes safe.

A note travels with a message, or alone, through the same queue as every message, so that
the order of what happened is the order on disk.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

EXPIRY_LIMIT = 7 * 24 * 3600
"""Seconds for which the session of an absent client is kept at most."""
SESSIONS_PER_DEVICE = 64
OWED_PER_SESSION = 64
"""Messages kept for a client; the oldest give way."""


class SessionKey(msgspec.Struct, frozen=True, gc=False):
    """Whose session: a client id means something only below its device."""

    org: str
    device: str
    client: str


class KeptSession(msgspec.Struct, frozen=True, gc=False):
    """A session that outlives its connection."""

    key: SessionKey
    epoch: str
    """A fresh id for each session begun under this key: what belonged to one that was begun
    before has no meaning in this one."""
    expiry: int
    """Seconds."""
    filters: tuple[tuple[str, int], ...] = ()
    """Topic filters of its subscriptions, with the QoS granted."""


class Owed(msgspec.Struct, frozen=True, gc=False):
    """A message for the client that it has not acknowledged."""

    number: int
    """Its packet identifier in every delivery; 0 lets the store choose, for one not yet made."""
    topic: str
    payload: bytes
    expires_at: datetime


class Found(msgspec.Struct, frozen=True):
    """A session as it was kept, with what its client is still to be given, in order."""

    session: KeptSession
    owed: tuple[Owed, ...]
    received: tuple[int, ...] = ()
    """Numbers of QoS 2 messages that the client has not released."""


class Held(msgspec.Struct, frozen=True, gc=False):
    """The connection `holder`, let in `at`, has this session now: it began, came back, or changed.
    Without effect if the client was let in by another gateway since.
    """

    session: KeptSession
    holder: str
    at: datetime
    is_new: bool
    """Whatever was kept under the key before is forgotten."""


class Left(msgspec.Struct, frozen=True, gc=False):
    """The connection `holder` is gone; without effect if another has the session now."""

    session: KeptSession
    holder: str
    at: datetime


class Ended(msgspec.Struct, frozen=True, gc=False):
    """A client let in `at` wants nothing kept, nor what was kept before."""

    key: SessionKey
    at: datetime


class Received(msgspec.Struct, frozen=True, gc=False):
    """A QoS 2 message came: under this number it is not taken a second time."""

    key: SessionKey
    epoch: str
    packet_id: int


class Released(msgspec.Struct, frozen=True, gc=False):
    """The client will use this number for another message."""

    key: SessionKey
    epoch: str
    packet_id: int


class Posted(msgspec.Struct, frozen=True, gc=False):
    """A message is owed to the client."""

    key: SessionKey
    epoch: str
    owed: Owed


class Handed(msgspec.Struct, frozen=True, gc=False):
    """The client has this message, or is not to be given it any more."""

    key: SessionKey
    epoch: str
    number: int


class Swept(msgspec.Struct, frozen=True, gc=False):
    """Time passed: what expired is forgotten. With `lane`: that process has just started, so
    none of its connections is there any more.
    """

    at: datetime
    lane: str = ""


class Came(msgspec.Struct, frozen=True, gc=False):
    """The connection `holder`, let in `at`, has this client now, kept session or not."""

    key: SessionKey
    holder: str
    at: datetime


class Gone(msgspec.Struct, frozen=True, gc=False):
    """The connection `holder` is no more."""

    key: SessionKey
    holder: str


class Parted(msgspec.Struct, frozen=True, gc=False):
    """A connection that another gateway's took the place of, and that ends for it."""

    org: str
    holder: str


Note = Held | Left | Ended | Received | Released | Posted | Handed | Swept | Came | Gone | Parted

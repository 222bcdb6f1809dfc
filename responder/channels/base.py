"""What every way to reach people promises."""

from __future__ import annotations

from typing import Protocol

import msgspec

from responder.people import Channel


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A message ready to leave, in the words its reader will see."""

    key: str
    """The message's key: a provider that knows idempotency is told it."""
    address: str
    subject: str
    body: str


class Sender(Protocol):
    """One channel.

    `send` returns when the provider has taken the letter. It raises `ChannelRefused` when
    trying again would not help, and `ChannelUnavailable` when it may; nothing else. It
    gives up by itself after a few real seconds of silence. On a clock that is not real it refuses.
    """

    channel: Channel

    def send(self, letter: Letter) -> None: ...

"""What every way to reach people promises."""

from __future__ import annotations

from typing import Protocol

import msgspec

from responder.whom.people import Channel
from telecare.errors import ChannelUnavailable

TIMEOUT_SECONDS = 4.0
"""Real seconds of silence of a provider after which we say that it does not answer."""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A message ready to leave, in the words its reader will see."""

    key: str
    """The message's key: a provider that knows idempotency is told it."""
    address: str
    """E-mail address, number as +44..., lines of a postal address, or what the channel needs."""
    subject: str
    body: str
    org: str = ""
    language: str = "en"
    link: str = ""
    """Where its reader answers; empty when nothing is asked."""
    again: bool = False
    """An earlier try may have reached the provider without our learning of it."""

    @property
    def reference(self) -> str:
        """What a provider gives back with its receipts."""
        return f"{self.org}.{self.key}"


class RecipientUnavailable(ChannelUnavailable):
    """The provider answers, and does not take it for this address now: the others need not wait."""


class Sender(Protocol):
    """One channel.

    `send` returns when the provider has taken the letter, with what the provider calls it,
    if it says so. It raises `ChannelRefused` when trying again would not help, `ChannelBusy`
    when the provider asks us to slow down, and `ChannelUnavailable` when it may help; nothing
    else. It gives up by itself after a few real seconds of silence. On a clock that is not
    real it refuses.
    """

    channel: Channel

    def send(self, letter: Letter) -> str | None: ...


class Provider(Sender, Protocol):
    """A channel that can be asked whether it would work, without anything being sent."""

    def check(self) -> str:
        """A sentence that it works, or what it raises: `ChannelRefused` when its settings must
        be corrected, `ChannelUnavailable` when it does not answer.
        """

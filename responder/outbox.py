"""Messages on their way out: what is retried, when, and what is never sent twice.

Pure. A message is written down in the transaction that decided on it, and sent afterwards;
its `key` is unique, so deciding twice writes it once.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from telecare.errors import TelecareError

FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(seconds=60)


class MessageState(StrEnum):
    """Where a message stands."""

    READY = "ready"
    """Not with the provider yet; `next_try_at` says when it is tried."""
    SENT = "sent"
    """The provider took it. Whether it was read only the person can say."""
    REFUSED = "refused"
    """The provider will never take it; the reason is on record."""
    GIVEN_UP = "given_up"
    """It was tried until it was of no use any more."""
    EXPIRED = "expired"
    """It was of no use any more before it was first tried: stale messages confuse people."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one person about one alert. Holds no text: that is composed when sent."""

    org: str
    alert: str
    step: str
    """What decided on it: `ladder-1`, `ladder-2`, `desk`."""
    recipient: str
    """A contact's id."""
    channel: str
    attempt: int
    """Which asking of this contact on this alert it is, from 1."""
    urgency: int
    """Lower is sent first: the alert's priority rank."""
    created_at: datetime
    expires_at: datetime
    """The contact's deadline: after it the ladder has moved on."""

    @property
    def key(self) -> str:
        """The same for the same (alert, step, recipient, channel, attempt), and only for it."""
        parts = (
            self.org, self.alert, self.step, self.recipient, self.channel, str(self.attempt),
        )  # fmt: skip
        return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


class Verdict(msgspec.Struct, frozen=True):
    """What becomes of a message after a try."""

    state: MessageState
    next_try_at: datetime | None = None

    @property
    def is_final(self) -> bool:
        """It will not be tried again."""
        return self.state is not MessageState.READY


def before_try(message: Message, tries: int, now: datetime) -> Verdict | None:
    """None when the message may be sent now, else what becomes of it instead."""
    if now < message.expires_at:
        return None
    return Verdict(MessageState.GIVEN_UP if tries else MessageState.EXPIRED)


def after_failure(message: Message, tries: int, now: datetime, error: TelecareError) -> Verdict:
    """Whether trying again can help, and when; `tries` counts the failed one."""
    if not error.retryable:
        return Verdict(MessageState.REFUSED)
    wait = min(FIRST_RETRY * 2 ** min(tries - 1, 10), LONGEST_RETRY)
    if now + wait >= message.expires_at:
        return Verdict(MessageState.GIVEN_UP)
    return Verdict(MessageState.READY, now + wait)
